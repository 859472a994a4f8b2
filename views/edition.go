package views

import (
	"github.com/a-h/templ"

	"culvert.internal/cloud"
	"culvert.internal/views/text"
)

// Edition is one cloud's console as a value (DESIGN idea 6): its menu, its
// words, its own pages. A page that every edition shows alike is called
// directly; one that an edition shows its own way gets a field in Pages.
type Edition struct {
	// ID is the first part of every address: "aliyun".
	ID string
	// Cloud is whose regions it has.
	Cloud string
	// Place stands in the place of the region in the addresses of a console
	// that has no regions; its top bar has no region menu then, and nothing
	// that waits for the account in a region.
	Place string
	// Name is the key of its name in the cloud menu.
	Name string
	Menu []MenuGroup
	// Top heads the left navigation; nil: nothing does.
	Top func(*Frame) templ.Component
	// Services is the menu "service list" of the top bar; empty: there is none.
	Services []MenuGroup
	// Places are pages that the search finds by what they are called.
	Places []Place
	// RegionLast puts the region menu at the end of the top bar, beside the
	// account, where this cloud's console has it.
	RegionLast bool
	// DomainIDs says that accounts are known by their domain ID.
	DomainIDs bool
	// Words say the catalogue the way this edition's cloud does; nil: as it is.
	Words *text.Dialect
	// Real says that addresses of networks are real here: not those of this
	// host's loopback, and not to be dialled from this host.
	Real  bool
	Pages Pages
}

// AsReal makes the edition one of an installation whose networks are namespaces.
func (e *Edition) AsReal() *Edition {
	e.Real, e.Words = true, e.Words.Real()
	return e
}

// Pages are the pages an edition brings itself; nil is the shared one. There
// is a field for each page that some edition shows its own way, and a handler
// serves what it read by
//
//	f.Edition.Pages.ServiceList.Or(views.ServiceListPage)(f, p)
//
// so that requests are read, and the engine is asked, in one place for all.
type Pages struct {
	// Guide stands beside the overview, in place of the tutorial.
	Guide Page[Home]
	// BalancerNew is a shorter form than the other cloud's purchase page: name,
	// network and feature.
	BalancerNew Page[BalancerNew]

	// Help is a page that only editions with a field for it have.
	Help Page[Help]

	EndpointList   Page[EndpointList]
	EndpointNew    Page[EndpointNew]
	EndpointDetail Page[EndpointDetail]
	// EndpointDelete is a dialog over EndpointList; the shared one is a page.
	EndpointDelete Page[EndpointForm]

	ServiceList   Page[ServiceList]
	ServiceNew    Page[ServiceNew]
	ServiceDetail Page[ServiceDetail]
	ServiceEdit   Page[ServiceEdit]
	// ServiceDelete is a dialog over ServiceList; the shared one is a page.
	ServiceDelete Page[ServiceDelete]
	// Allow is a dialog over ServiceDetail.
	Allow Page[ConnectionDialog]
	// GrantAdd is a dialog over ServiceDetail, of editions whose whitelists
	// take several accounts at once; the shared page has a form in it.
	GrantAdd Page[GrantAdd]
}

// Page shows what a handler read, a T, to the reader of a frame.
type Page[T any] func(*Frame, T) templ.Component

// Or is the edition's own page, or else the shared one.
func (own Page[T]) Or(shared Page[T]) Page[T] {
	if own == nil {
		return shared
	}
	return own
}

// Place is a page with its name and what it is called elsewhere, all of them
// keys.
type Place struct {
	Path  string // below edition and region
	Label string
	Also  []string
}

// Regions are the regions of the edition's cloud, for the region menu.
func (e *Edition) Regions() []cloud.Region { return cloud.RegionsOf(e.Cloud) }

// Home is the address of the overview, in the edition's first region.
func (e *Edition) Home() string {
	if e.Place != "" {
		return "/" + e.ID + "/" + e.Place
	}
	return "/" + e.ID + "/" + e.Regions()[0].ID
}

// Has says whether the edition has the region, or the place that stands for it.
func (e *Edition) Has(region string) bool {
	if e.Place != "" {
		return region == e.Place
	}
	r, ok := cloud.FindRegion(region)
	return ok && r.Cloud == e.Cloud
}
