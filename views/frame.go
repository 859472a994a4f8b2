// Package views holds the pages: templ components that show what a handler
// gives them, in the reader's language, inside one frame.
//
// Every page is a function of a *Frame and of one struct; views/ui says how a
// page is put together and handlers how one is served. Pages that all clouds
// share are here. What only one cloud has, or shows its own way, is in
// views/<cloud> and is reached through its Edition:
//
//	templ HomePage(f *Frame, p Home) {
//		@Layout(f, f.T("home.title")) {
//			…
//		}
//	}
package views

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/views/text"
	"culvert.internal/views/ui"
)

// Frame is what every page of one request shares: who reads, in which
// language, where they are and what waits for them.
type Frame struct {
	Lang    text.Lang
	Theme   string // "light", "dark" or "" for the system's
	Edition *Edition
	// Editions are the consoles of this installation, for the cloud menu.
	Editions []*Edition
	Region   string // ID of the current region (COM-04)
	// Account is whose resources are shown, a main account; Self is who reads:
	// that account or a sub-account of it (ZIL-08).
	Account, Self cloud.Account
	// Accounts are those this browser can switch to (COM-03).
	Accounts []cloud.Account
	// Pending is the number of things that wait for this account.
	Pending int
	// Projects are the account's, in consoles that have projects, and Project
	// the one that is looked at or was last.
	Projects []cloud.ProjectView
	Project  cloud.Project
	// Path is the address of this request with its query.
	Path string
	Now  time.Time
	// Seq is the number of the last change this page can show; its stream of
	// changes goes on from there.
	Seq int64
	// Build tells the program that made the page from another version of it.
	Build string
	// Sent says that the page answers a form that was sent: fetching it again
	// would lose what was typed.
	Sent bool
	// Charts says that the page has charts: it then loads what draws them.
	Charts bool
	// Failed are the zones of the region that do not work.
	Failed []cloud.Zone
	// Notice is said once at the top of the page, after a change.
	Notice Notice
	// Names answers an account's display name, empty for an unknown one.
	Names func(id string) string
}

// Notice is a sentence about what just happened.
type Notice struct {
	Kind ui.Kind
	Text string
	// Secret is shown this once, to be copied.
	Secret string
}

// SignedIn says whether the page is read by an account.
func (f *Frame) SignedIn() bool { return f.Account.ID != "" }

// T answers the text of a key in the reader's language, in the words of this
// edition.
func (f *Frame) T(key string, pairs ...any) string { return f.words().T(f.Lang, key, pairs...) }

// T2 is T for the keys and arguments of errors and reasons.
func (f *Frame) T2(key string, args map[string]string) string {
	return f.words().T2(f.Lang, key, args)
}

// Real says whether addresses of networks are real, and not this host's.
func (f *Frame) Real() bool { return f.Edition != nil && f.Edition.Real }

// exec is how a program is run as an instance.
func (f *Frame) exec(who, line string) string {
	command := "bin/culvert exec " + who + " -- " + line
	if f.Real() {
		return "sudo " + command
	}
	return command
}

func (f *Frame) words() *text.Dialect {
	if f.Edition == nil {
		return nil
	}
	return f.Edition.Words
}

// Link makes the address of a page of this edition and region:
// Link("/endpoints") is "/aliyun/eu-central-1/endpoints". The page of a thing
// is in the region that the thing's ID names, in that region's console.
func (f *Frame) Link(path string) string {
	at, _, _ := strings.Cut(path, "?")
	for _, part := range strings.Split(at, "/") {
		if own := RegionOf(part); own != "" {
			return f.in(own) + path
		}
	}
	return f.in(f.Region) + path
}

func (f *Frame) in(region string) string {
	if f.Edition == nil {
		return ""
	}
	e := f.Edition
	for _, other := range f.Editions {
		if other.Has(region) {
			e = other
		}
	}
	return "/" + e.ID + "/" + region
}

// In is the address of the list this page belongs to in another region.
func (f *Frame) In(region string) string {
	rest := strings.TrimPrefix(f.path(), f.in(f.Region)+"/")
	list, _, _ := strings.Cut(rest, "/")
	if list == f.path() {
		list = ""
	}
	return strings.TrimSuffix(f.in(region)+"/"+list, "/")
}

func (f *Frame) path() string {
	path, _, _ := strings.Cut(f.Path, "?")
	return path
}

// Here says whether this page is the list at path or below it.
func (f *Frame) Here(path string) bool {
	at := f.Link(path)
	if path == "" {
		return f.path() == at
	}
	return f.path() == at || strings.HasPrefix(f.path(), at+"/")
}

// With is this page's address with one query value changed; an empty value
// takes it out. Pairs of name and value.
func (f *Frame) With(pairs ...string) string {
	path, query, _ := strings.Cut(f.Path, "?")
	q, err := url.ParseQuery(query)
	if err != nil {
		q = url.Values{}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			q.Del(pairs[i])
		} else {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// pages says under which list a noun's own page is.
var pages = map[string]string{
	"vpc": "/vpcs/", "vswitch": "/vswitches/", "group": "/security-groups/", "acl": "/network-acls/", "instance": "/instances/",
	"balancer": "/load-balancers/", "service": "/endpoint-services/", "endpoint": "/endpoints/",
	"idc": "/idcs/", "privatezone": "/private-zones/",
	// Of the console with projects; they lead on to the project.
	"project": "/projects/", "cluster": "/clusters/", "privatelink": "/private-links/",
}

// Ref is the address of a resource's page. It is empty for what has no page
// of its own and for what belongs to another account.
func (f *Frame) Ref(r cloud.Ref) string {
	list, ok := pages[r.Kind]
	if !ok || r.ID == "" || (r.Account != "" && r.Account != f.Account.ID) {
		return ""
	}
	switch r.Kind {
	case "project", "cluster", "privatelink":
		return f.hosted(list + r.ID)
	}
	return f.Link(list + r.ID)
}

// List is the address of the list of a noun, empty when it has none.
func (f *Frame) List(kind string) string {
	if list, ok := pages[kind]; ok {
		return f.Link(strings.TrimSuffix(list, "/"))
	}
	return ""
}

// RegionOf is the region that a resource's ID names, empty when it names none.
func RegionOf(id string) string {
	r, _ := cloud.RegionOf(id)
	return r.ID
}

// AccountName is an account's name for this reader, empty for an unknown one.
func (f *Frame) AccountName(id string) string {
	if id == f.Account.ID {
		return f.Account.DisplayName(string(f.Lang))
	}
	if f.Names == nil {
		return ""
	}
	return f.Names(id)
}

// Name is the name of the account whose resources are shown.
func (f *Frame) Name() string { return f.Account.DisplayName(string(f.Lang)) }

// Sub says whether a sub-account reads.
func (f *Frame) Sub() bool { return f.Self.Main != "" }

// Reader is the name of the account that reads.
func (f *Frame) Reader() string { return f.Self.DisplayName(string(f.Lang)) }

// ctyun says whether the page is one of the ctyun edition's.
func (f *Frame) ctyun() bool { return f.Edition != nil && f.Edition.Cloud == cloud.Ctyun }

// AccountID is the ID under which this edition's cloud knows an account.
func (f *Frame) AccountID(a cloud.Account) string {
	if f.Edition != nil && f.Edition.DomainIDs {
		return a.DomainID
	}
	return a.ID
}

// RegionName is a region's name, its ID when it has none.
func (f *Frame) RegionName(id string) string { return f.named("region.", id) }

// ZoneName is a zone's name with its city, as the endpoint pages call it.
func (f *Frame) ZoneName(id string) string { return f.named("zone.", id) }

// ZoneShort is a zone's name where its region is clear.
func (f *Frame) ZoneShort(id string) string { return f.named("zone.short.", id) }

func (f *Frame) named(word, id string) string {
	if !text.Has(word + id) {
		return id
	}
	return f.T(word + id)
}

// Time is a moment to the minute, on the clock of the host.
func (f *Frame) Time(t time.Time) string { return t.Local().Format("2006-01-02 15:04") }

// Clock is a moment to the second, with its date unless it is today's.
func (f *Frame) Clock(t time.Time) string {
	l, n := t.Local(), f.Now.Local()
	if l.Year() == n.Year() && l.YearDay() == n.YearDay() {
		return l.Format("15:04:05")
	}
	return l.Format("01-02 15:04:05")
}

// Ago says how long ago a moment was.
func (f *Frame) Ago(t time.Time) string {
	d := f.Now.Sub(t)
	switch {
	case d < time.Minute:
		return f.T("ago.now")
	case d < time.Hour:
		return f.T("ago.minutes", "n", int(d.Minutes()))
	case d < 48*time.Hour:
		return f.T("ago.hours", "n", int(d.Hours()))
	}
	return f.T("ago.days", "n", int(d.Hours()/24))
}

// Bytes is an amount of data in decimal units.
func (f *Frame) Bytes(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	v := float64(n)
	for _, unit := range []string{"KB", "MB", "GB", "TB"} {
		v /= 1000
		if v < 1000 || unit == "TB" {
			return strconv.FormatFloat(v, 'f', 1, 64) + " " + unit
		}
	}
	return ""
}

// Other is this page in the other language.
func (f *Frame) Other() string { return f.With("lang", string(f.Lang.Other())) }

// Changes is the address of the stream of what changes for this account, as a
// page of this build hears it.
func (f *Frame) Changes() string {
	return f.Link("/changes?account=" + f.Self.ID + "&build=" + f.Build)
}

// PageHref is this list's address at another page.
func (f *Frame) PageHref(page int) string { return f.With("page", strconv.Itoa(page)) }

// State is the documented word of a state of a kind: State("connection",
// cloud.Connected).
func (f *Frame) State(kind string, s cloud.State) string {
	return f.T("state." + kind + "." + string(s))
}
