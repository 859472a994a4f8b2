package views

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"culvert.internal/cloud"
	"culvert.internal/reach"
	"culvert.internal/views/ui"
)

// Resolve is the page that resolves a name from a VPC.
type Resolve struct {
	Form      ui.Form
	Instances []cloud.InstanceView
	VPCs      []cloud.VPC
	Address   string // of this page, to be copied

	// Asked says that there is an answer.
	Asked  bool
	VPC    cloud.VPC
	Client cloud.InstanceView // zero when the question comes from no instance
	Result reach.Resolution
	Zones  []cloud.PrivateZone // all of the account's
}

// ResolveTypes are the record types that can be asked for.
func ResolveTypes() []string {
	return []string{"A", "AAAA", "CNAME", "TXT", "MX", "PTR", "SRV", "SOA", "NS", "ANY"}
}

// ResolveFrom asks for a name from a place: an instance's ID, or "vpc:ID".
func (f *Frame) ResolveFrom(place string) string {
	return f.Link("/resolve") + "?" + url.Values{"from": {place}}.Encode()
}

func (p Resolve) from(f *Frame) []ui.Option {
	var out []ui.Option
	for _, i := range p.Instances {
		out = append(out, ui.Option{Value: i.ID, Label: i.Name + " · " + i.IP.String() + " (" + i.VPCName + ")"})
	}
	for _, v := range p.VPCs {
		out = append(out, ui.Option{Value: "vpc:" + v.ID, Label: v.Name})
	}
	return out
}

func (p Resolve) types() []ui.Option {
	var out []ui.Option
	for _, t := range ResolveTypes() {
		out = append(out, ui.Option{Value: t, Label: t})
	}
	return out
}

// plainName is a name without its last dot, as people write it.
func plainName(name string) string { return strings.TrimSuffix(name, ".") }

// zone is the account's private zone of a name that is bound to the VPC or
// not.
func (p Resolve) zone(name string, bound bool) cloud.PrivateZone {
	for _, z := range p.Zones {
		if z.Name == plainName(name) && slices.Contains(z.VPCs, p.VPC.ID) == bound {
			return z
		}
	}
	return cloud.PrivateZone{}
}

// found is what the answer comes to: the data of the records at the end of the
// chain.
func (p Resolve) found() []string {
	var out []string
	for _, l := range p.Result.Answer {
		if l.Type != "CNAME" || p.Result.Type == "CNAME" || p.Result.Type == "ANY" {
			out = append(out, l.Value)
		}
	}
	return out
}

// last is the step that ended it.
func (p Resolve) last() reach.ResolveStep {
	if n := len(p.Result.Steps); n > 0 {
		return p.Result.Steps[n-1]
	}
	return reach.ResolveStep{}
}

// verdict is the answer in one line, and who gave it.
func (p Resolve) verdict(f *Frame) (kind ui.Kind, title, who string) {
	found := p.found()
	pairs := []any{"name", plainName(p.Result.Name), "type", p.Result.Type, "n", len(found)}
	who = f.T("resolve.who", "who", p.by(f, p.last()))
	switch {
	case p.Result.Rcode == "NXDOMAIN":
		return ui.Bad, f.T("resolve.nxdomain", pairs...), who
	case p.Result.Rcode != "NOERROR":
		return ui.Bad, f.T("resolve.failed", append(pairs, "rcode", p.Result.Rcode)...), p.says(f, p.last())
	case len(found) == 0:
		return ui.Off, f.T("resolve.nodata", pairs...), who
	}
	return ui.OK, f.T("resolve.found", append(pairs, "values", f.list(shortened(found)))...), who
}

// shortened are the first few of many.
func shortened(all []string) []string {
	const most = 4
	if len(all) > most {
		return append(slices.Clone(all[:most]), "…")
	}
	return all
}

// by names who had the say at a step.
func (p Resolve) by(f *Frame, s reach.ResolveStep) string {
	if s.By == "" {
		return f.T("resolve.by.nobody")
	}
	return f.T("resolve.by."+s.By, "source", plainName(s.Source))
}

// says explains one step.
func (p Resolve) says(f *Frame, s reach.ResolveStep) string {
	pairs := []any{"name", plainName(s.Name), "source", plainName(s.Source), "type", p.Result.Type, "wildcard", plainName(s.Wildcard)}
	key := "resolve.says." + s.Outcome
	if s.Outcome == "nxdomain" || s.Outcome == "nodata" {
		key += "." + s.By
	}
	if s.Outcome == "silent" && s.Source == "" {
		key += ".none"
	}
	text := f.T(key, pairs...)
	if s.Wildcard != "" {
		text += f.T("resolve.says.wildcard", pairs...)
	}
	return text
}

// word is the outcome of a step in a word, with its colour.
func (p Resolve) word(f *Frame, s reach.ResolveStep) (ui.Kind, string) {
	kind := ui.Bad
	switch s.Outcome {
	case "answer", "alias":
		kind = ui.OK
	case "proxied", "nodata":
		kind = ui.Off
	}
	return kind, f.T("resolve.outcome." + s.Outcome)
}

// hint is something that explains an answer which may not be the one that was
// hoped for, with a way to change it.
type hint struct{ text, href, do string }

// hints are the reasons that lie outside the chain, for the console that has
// private zones.
func (p Resolve) hints(f *Frame) []hint {
	if f.ctyun() {
		return nil
	}
	var out []hint
	inZone := false
	for _, s := range p.Result.Steps {
		inZone = inZone || s.By == "zone"
		z := p.zone(s.Source, true)
		if s.By == "zone" && s.Outcome == "nxdomain" && !z.Proxy && z.ID != "" {
			out = append(out, hint{f.T("resolve.hint.proxy", "zone", z.Shown), f.Link("/private-zones/" + z.ID), f.T("resolve.hint.zone", "zone", z.Shown)})
		}
	}
	for _, s := range p.Result.Steps {
		for _, z := range p.elsewhere(s) {
			out = append(out, hint{
				f.T("resolve.hint.unbound", "zone", z.Shown, "vpc", p.VPC.Name, "name", plainName(s.Name)),
				f.Link("/private-zones/" + z.ID), f.T("resolve.hint.zone", "zone", z.Shown),
			})
		}
	}
	if !inZone && len(out) == 0 {
		out = append(out, hint{text: f.T("resolve.hint.none", "vpc", p.VPC.Name, "name", plainName(p.Result.Name))})
	}
	return out
}

// elsewhere are the account's zones that a step's name lies in and that are
// not in force in the VPC, where no zone as long is. Each is told once, at the
// first name.
func (p Resolve) elsewhere(s reach.ResolveStep) []cloud.PrivateZone {
	var out []cloud.PrivateZone
	name := strings.ToLower(plainName(s.Name))
	for _, z := range p.Zones {
		inside := name == z.Name || strings.HasSuffix(name, "."+z.Name)
		if !inside || slices.Contains(z.VPCs, p.VPC.ID) || s.By == "zone" && len(plainName(s.Source)) >= len(z.Name) {
			continue
		}
		first := slices.IndexFunc(p.Result.Steps, func(o reach.ResolveStep) bool {
			n := strings.ToLower(plainName(o.Name))
			return n == z.Name || strings.HasSuffix(n, "."+z.Name)
		})
		if p.Result.Steps[first].Name == s.Name && p.Result.Steps[first].By == s.By {
			out = append(out, z)
		}
	}
	return out
}

// clip is a value that is short enough for a line.
func clip(value string) string {
	const most = 300
	if len(value) > most {
		return value[:most] + "…"
	}
	return value
}

func seconds(n uint32) string { return strconv.FormatUint(uint64(n), 10) }
