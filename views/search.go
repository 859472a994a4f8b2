package views

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"culvert.internal/cloud"
)

// Search is what a search across everything has found.
type Search struct {
	Query string
	Hits  []cloud.Hit // best first
	More  bool        // some kind has more
	Short bool        // too short to search for
	Long  bool
}

// searchKinds are the kinds of hits in the order they are shown.
func searchKinds() []string {
	return []string{"endpoint", "connection", "service", "open", "grant", "instance", "balancer", "vpc", "vswitch", "idc", "group", "acl", "privatezone", "record", "cluster", "privatelink", "project"}
}

// places are the pages of the edition that are called, or also called, as the
// reader typed.
func (f *Frame) places(p Search) []Place {
	typed := strings.ToLower(p.Query)
	if p.Short || p.Long || typed == "" {
		return nil
	}
	called := func(key string) bool { return strings.Contains(strings.ToLower(f.T(key)), typed) }
	var out []Place
	for _, at := range f.Edition.Places {
		if called(at.Label) || slices.ContainsFunc(at.Also, called) {
			out = append(out, at)
		}
	}
	return out
}

// kindOf is under which heading a hit stands.
func kindOf(h cloud.Hit) string {
	if h.Side != cloud.OwnSide {
		return h.Side
	}
	return h.Kind
}

// of are the hits of a heading.
func (p Search) of(kind string) []cloud.Hit {
	var out []cloud.Hit
	for _, h := range p.Hits {
		if kindOf(h) == kind {
			out = append(out, h)
		}
	}
	return out
}

// MostHits is how many hits of a kind the page asks for; "search.more" says so.
const MostHits = 20

// cut says that a kind may have more than these. The search does not tell
// which kinds have more: those that are not full have none.
func (p Search) cut(hits []cloud.Hit) bool { return p.More && len(hits) >= MostHits }

// number is how many hits there are, or at least are.
func (p Search) number(hits []cloud.Hit) string { return atLeast(len(hits), p.cut(hits)) }

func atLeast(n int, more bool) string {
	if more {
		return strconv.Itoa(n) + "+"
	}
	return strconv.Itoa(n)
}

// regionsOf are the regions of hits, the best hit's first.
func regionsOf(hits []cloud.Hit) []string {
	var out []string
	for _, h := range hits {
		if !slices.Contains(out, h.Region) {
			out = append(out, h.Region)
		}
	}
	return out
}

// hitList is a region's list of a kind, searched for the same; empty for a
// kind without one.
func (f *Frame) hitList(kind, region, query string) string {
	list, ok := pages[kind]
	if !ok || f.Edition.Place != "" {
		return ""
	}
	if region == "" {
		region = f.Region
	}
	return f.in(region) + strings.TrimSuffix(list, "/") + "?q=" + url.QueryEscape(query)
}

// Only is the address of the one thing whose whole ID was typed.
func (p Search) Only(f *Frame) (string, bool) {
	at, n := "", 0
	for _, h := range p.Hits {
		if h.Rank == cloud.RankWhole && h.Field == "id" {
			at, n = f.hitHref(h), n+1
		}
	}
	return at, n == 1
}

// hitHref is where a hit leads: to the thing, or to where the reader's account
// has to do with it.
func (f *Frame) hitHref(h cloud.Hit) string {
	in := f.in(h.Region)
	if h.Region == "" { // in no region
		in = f.in(f.Region)
	}
	switch kindOf(h) {
	case "project", "cluster", "privatelink":
		return f.Ref(h.Ref)
	case cloud.ProviderSide:
		return in + "/endpoint-services/" + h.Service + "?tab=connections&q=" + url.QueryEscape(h.ID)
	case cloud.OpenSide:
		if h.Owner == cloud.Operator {
			return in + "/endpoints/new?how=cloud&service=" + h.ID
		}
		return in + "/endpoints/new?how=name&servicename=" + url.QueryEscape(h.Name)
	case "record":
		return in + zonePath(h.Zone) + "?q=" + url.QueryEscape(h.ID)
	case "grant":
		return in + "/endpoint-services/" + h.Service + "?tab=grants&q=" + url.QueryEscape(h.Owner)
	}
	return in + pages[h.Kind] + h.ID
}

// hitPlace is where a hit is.
func (f *Frame) hitPlace(h cloud.Hit) string { return f.regionOr(h.Region) }

// regionOr is a region's name, or that a thing is in none.
func (f *Frame) regionOr(region string) string {
	if region == "" {
		return f.T("pvz.global")
	}
	return f.RegionName(region)
}

// hitName is what a hit is called.
func (f *Frame) hitName(h cloud.Hit) string {
	switch {
	case h.Kind == "grant":
		if name := f.AccountName(h.Owner); name != "" {
			return name
		}
		return h.Owner
	case h.Side == cloud.OpenSide || h.Name == "":
		return h.ID
	}
	return h.Name
}

// hitNote tells a hit apart from others of its name.
func (f *Frame) hitNote(h cloud.Hit) string {
	switch kindOf(h) {
	case cloud.ProviderSide:
		return f.T("search.note.connection", "account", f.AccountName(h.Owner), "service", h.Service)
	case cloud.OpenSide:
		return f.T("search.note.open", "account", f.AccountName(h.Owner))
	case "grant":
		return f.T("search.note.grant", "service", h.Service)
	}
	return ""
}

// hitWhy says in what it was found, when the name and the ID do not show it.
func (f *Frame) hitWhy(h cloud.Hit) string {
	switch {
	case h.Text == "" || h.Text == f.hitName(h) || h.Field == "id" && h.Text == h.ID:
		return ""
	case h.Rank == cloud.RankHolds:
		return f.T("search.holds")
	}
	return f.T("search.field." + h.Field)
}

// marked cuts a text around what was typed: before, the part itself, after.
func marked(text, typed string) (before, part, after string) {
	i := strings.Index(strings.ToLower(text), strings.ToLower(typed))
	if typed == "" || i < 0 || i+len(typed) > len(text) || !strings.EqualFold(text[i:i+len(typed)], typed) {
		return text, "", ""
	}
	return text[:i], text[i : i+len(typed)], text[i+len(typed):]
}

// markedText is a text with what was typed marked in it; written here because
// a template's own line breaks would show as spaces.
func markedText(text, typed string) templ.Component {
	before, part, after := marked(text, typed)
	out := templ.EscapeString(before)
	if part != "" {
		out += "<mark>" + templ.EscapeString(part) + "</mark>" + templ.EscapeString(after)
	}
	return templ.Raw(out)
}

// iconOf is the symbol of a hit's kind.
func iconOf(h cloud.Hit) string {
	switch h.Kind {
	case "balancer":
		return "clb"
	case "group", "acl":
		return "shield"
	case "grant":
		return "user"
	case "privatezone", "record":
		return "dns"
	case "privatelink":
		return "link"
	}
	return h.Kind
}

func queryEscape(s string) string { return url.QueryEscape(s) }
