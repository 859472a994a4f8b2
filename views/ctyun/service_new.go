package ctyun

import (
	"strconv"
	"strings"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

func protocols() []ui.Option {
	return []ui.Option{{Value: cloud.TCP, Label: "TCP"}, {Value: cloud.UDP, Label: "UDP"}}
}

func backendTypes(f *views.Frame) []ui.Option {
	return []ui.Option{
		{Value: cloud.BackendBalancer, Label: f.T("backend.balancer"), Note: f.T("backend.balancer.hint")},
		{Value: cloud.BackendInstance, Label: f.T("backend.instance"), Note: f.T("backend.instance.hint")},
	}
}

// use says how many services a backend has already; one that is full cannot be
// chosen (TYS-11).
func use(f *views.Frame, p views.ServiceNew, o ui.Option, behind string) ui.Option {
	n := p.Use[behind]
	notes := []string{o.Note, f.T("backend.used", "n", n, "max", p.MostUse)}
	if n >= p.MostUse {
		o.Off, notes = true, append(notes, f.T("backend.full"))
	}
	o.Note = strings.Trim(strings.Join(notes, " · "), " ·")
	return o
}

// keep leaves what is chosen choosable, so that a refused form shows and sends
// it again.
func keep(form ui.Form, field string, o ui.Option) ui.Option {
	o.Off = o.Off && form.Value(field) != o.Value
	return o
}

// balancers are those of the VPC; classic ones are shown and cannot be chosen
// (TYS-09).
func balancers(f *views.Frame, p views.ServiceNew) []ui.Option {
	var out []ui.Option
	for _, b := range p.Balancers {
		o := use(f, p, ui.Option{Value: b.ID, Label: b.Name, Note: b.IP.String()}, b.ID)
		if why := views.LinkReason(f, b.Balancer); why != "" {
			o.Off, o.Note = true, f.T("backend.unfit", "why", why)
		}
		out = append(out, keep(p.Form, "balancer", o))
	}
	return out
}

func servers(p views.ServiceNew) []ui.Option {
	out := make([]ui.Option, len(p.Instances))
	for i, s := range p.Instances {
		out[i] = ui.Option{Value: s.ID, Label: s.Name, Note: s.IP.String()}
	}
	return out
}

// nics are the chosen cloud server's: the primary one and the others (TYS-10).
func nics(f *views.Frame, p views.ServiceNew) []ui.Option {
	chosen := p.Form.Value("instance")
	first := ui.Option{Value: cloud.PrimaryNIC, Label: f.T("nic.primary")}
	for _, i := range p.Instances {
		if i.ID == chosen {
			first.Note = i.IP.String()
		}
	}
	out := []ui.Option{keep(p.Form, "nic", use(f, p, first, chosen))}
	for _, n := range p.NICs {
		o := ui.Option{Value: n.ID, Label: f.T("nic.secondary"), Note: n.IP.String() + " · " + ranged(n.VSwitchName, n.CIDR.String())}
		out = append(out, keep(p.Form, "nic", use(f, p, o, n.ID)))
	}
	return out
}

func typeIs(p views.ServiceNew, t string) bool { return p.Form.Value("backendtype") == t }

// chosenUse is how many services the chosen backend has, of how many.
func chosenUse(f *views.Frame, p views.ServiceNew) string {
	text := f.T("backend.used.hint", "max", p.MostUse)
	behind := p.Form.Value("balancer")
	if typeIs(p, cloud.BackendInstance) {
		if behind = p.Form.Value("nic"); behind == cloud.PrimaryNIC {
			behind = p.Form.Value("instance")
		}
	}
	if behind != "" {
		text += " " + f.T("backend.used.now", "n", p.Use[behind])
	}
	return text
}

func rowField(name string, n int) string { return name + "." + strconv.Itoa(n) }

func numbers(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i + 1
	}
	return out
}

// choosing stands in a choice of a backend that was not made.
func choosing(f *views.Frame, p views.ServiceNew) string {
	if p.Form.Value("vpc") == "" {
		return f.T("backend.first")
	}
	return f.T("word.choose")
}

// unchecked is the key of why nothing was checked.
func unchecked(p views.ServiceNew) string {
	if p.Checked {
		return "backend.source.none"
	}
	return "backend.source.later"
}
