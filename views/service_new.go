package views

import (
	"slices"
	"strconv"

	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// ServiceNew is the page Create Endpoint Service (EPS-01 to EPS-04, TYS-01 to
// TYS-13); its rows are also those of adding one service resource.
type ServiceNew struct {
	Form      ui.Form
	Rows      int // of resources, or of port mappings
	Zones     []string
	Balancers []cloud.BalancerView // the account's, all of them
	Cleared   []string             // sentences about choices that were emptied

	// The rest is of services that map ports.
	VPCs      []cloud.VPC
	Instances []cloud.InstanceView // of the chosen VPC
	NICs      []cloud.NICView      // secondary ones of the chosen instance
	Most      int                  // mappings at once
	Use       map[string]int       // services by what is behind them (cloud.BackendUse)
	MostUse   int                  // services on one backend
	Checked   bool                 // a backend and a port are chosen
	Check     Check                // of the chosen backend
}

// Left is how many port mappings can still be added.
func (p ServiceNew) Left() int { return max(0, p.Most-p.Rows) }

func (p ServiceNew) zones(f *Frame) []ui.Option {
	out := make([]ui.Option, len(p.Zones))
	for i, z := range p.Zones {
		out[i] = ui.Option{Value: z, Label: f.ZoneName(z)}
	}
	return out
}

// balancers are the CLBs that may be chosen in a zone (CLB-15, EPS-09).
func (p ServiceNew) balancers(f *Frame, zone string) []ui.Option {
	var out []ui.Option
	for _, b := range p.Balancers {
		if ok, _ := b.PrivateLink(); ok && slices.Contains(b.Zones(), zone) {
			note := addrText(b.IP)
			if len(b.Listeners) == 0 {
				note += " · " + f.T("service.listener.none")
			}
			out = append(out, ui.Option{Value: b.ID, Label: b.Name + " · " + b.ID, Note: note})
		}
	}
	return out
}

// hint says what a zone's list holds, and which CLBs it leaves out and why.
func (p ServiceNew) hint(f *Frame, zone string) string {
	if zone == "" {
		return f.T("service.resource.hint")
	}
	var left []string
	for _, b := range p.Balancers {
		why := ""
		switch ok, key := b.PrivateLink(); {
		case ok && slices.Contains(b.Zones(), zone):
			continue
		case ok:
			why = f.T("service.why.zone")
		case key == "error.resource.internet":
			why = f.T("service.why.internet")
		case key == "error.resource.subscription":
			why = f.T("service.why.subscription")
		default:
			why = f.T("service.why.network")
		}
		left = append(left, f.T("service.resource.refuse", "name", b.Name, "why", why))
	}
	text := f.T("service.resource.only")
	if len(p.balancers(f, zone)) == 0 {
		text = f.T("service.resource.none")
	}
	if len(left) > 0 {
		text += " " + f.T("service.resource.not", "list", f.list(left))
	}
	return text
}

func row(name string, n int) string { return name + "." + strconv.Itoa(n) }

// upTo counts from 1 to n, for the rows of a form.
func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i + 1
	}
	return out
}

func (f *Frame) autoAcceptOptions() []ui.Option {
	return []ui.Option{
		{Value: "yes", Label: f.T("word.yes"), Note: f.T("service.autoaccept.yes")},
		{Value: "no", Label: f.T("word.no"), Note: f.T("service.autoaccept.no")},
	}
}

func (f *Frame) affinityOptions() []ui.Option {
	return []ui.Option{
		{Value: "yes", Label: f.T("word.yes"), Note: f.T("service.affinity.yes")},
		{Value: "no", Label: f.T("word.no"), Note: f.T("service.affinity.no")},
	}
}
