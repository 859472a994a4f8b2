package views

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// The steps of the listener wizard (LSN-02 to LSN-07).
const (
	StepListener = 1 + iota
	StepServers
	StepHealth
	StepConfirm
)

// The panel My Servers over step 2: first the servers, then their weights.
const (
	PanelPick    = "pick"
	PanelWeights = "weights"
)

// ListenerWizard is the wizard with one of its steps open. All of it is one
// form: what other steps hold is carried along hidden.
type ListenerWizard struct {
	Form     ui.Form
	Balancer cloud.BalancerView
	Listener cloud.Listener // the one that is edited; zero for a new one
	Step     int
	// Panel is open over step 2, if any.
	Panel string
	// Candidates are the instances of the CLB's VPC.
	Candidates []cloud.Instance
	// Changed says that the kind of check was changed with the protocol.
	Changed bool
}

// Fields of the wizard by step; weights have one field for each server.
func wizardFields(step int) []string {
	switch step {
	case StepListener:
		return []string{"protocol", "port", "name", "scheduler", "idle"}
	case StepServers:
		return []string{"servers", "backendport"}
	case StepHealth:
		return []string{"healthkind", "healthport", "interval", "timeout", "healthy", "unhealthy", "path", "host", "codes"}
	}
	return nil
}

// kept are the fields that the open step does not show.
func (p ListenerWizard) kept() []string {
	var out []string
	for step := StepListener; step <= StepHealth; step++ {
		if step == p.Step {
			continue
		}
		out = append(out, wizardFields(step)...)
		if step == StepServers {
			for _, id := range p.Form.All("servers") {
				out = append(out, "weight."+id)
			}
		}
	}
	if p.Step == StepHealth && p.Form.Value("healthkind") != "http" {
		out = append(out, "path", "host", "codes")
	}
	return out
}

func (p ListenerWizard) editing() bool { return p.Listener.ID != "" }

func (p ListenerWizard) title(f *Frame) string {
	if p.editing() {
		return f.T("listener.edit", "name", listenerName(p.Listener))
	}
	return f.T("listener.wizard")
}

// back is where Cancel leads.
func (p ListenerWizard) back(f *Frame) string {
	if p.editing() {
		return f.balancer(p.Balancer.ID)
	}
	return f.Link("/load-balancers")
}

// next is the main button of the open step.
func (p ListenerWizard) next(f *Frame) ui.Button {
	switch {
	case p.Panel == PanelPick:
		return ui.Button{Label: f.T("do.next"), Name: "panel", Value: PanelWeights, Main: true}
	case p.Panel == PanelWeights:
		return ui.Button{Label: f.T("do.add"), Name: "panel", Value: "add", Main: true}
	case p.Step == StepConfirm:
		return ui.Button{Label: f.T("do.submit"), Post: true, Main: true}
	}
	return ui.Button{Label: f.T("do.next"), Name: "go", Value: strconv.Itoa(p.Step + 1), Main: true}
}

func (p ListenerWizard) steps(f *Frame) []string {
	var out []string
	for s := StepListener; s <= StepConfirm; s++ {
		out = append(out, f.T("listener.step."+strconv.Itoa(s)))
	}
	return out
}

// server finds a candidate by its ID; one that is gone keeps its ID as name.
func (p ListenerWizard) server(id string) cloud.Instance {
	for _, i := range p.Candidates {
		if i.ID == id {
			return i
		}
	}
	return cloud.Instance{ID: id, Name: id}
}

// panel is My Servers as the wizard shows it.
func (p ListenerWizard) panel(f *Frame) ServerPanel {
	return ServerPanel{
		Form: p.Form, Balancer: p.Balancer.Balancer, VPCName: p.Balancer.VPCName, Candidates: p.Candidates,
		In: p.Form.All("servers"), Weights: p.Panel == PanelWeights, Next: p.next(f),
		Previous: ui.Button{Label: f.T("do.back"), Name: "panel", Value: PanelPick},
		Cancel:   ui.Button{Label: f.T("do.cancel"), Name: "go", Value: strconv.Itoa(StepServers)},
	}
}

// others are the listeners beside the one that is edited.
func (p ListenerWizard) others() []cloud.Listener {
	return slices.DeleteFunc(slices.Clone(p.Balancer.Listeners), func(l cloud.Listener) bool { return l.ID == p.Listener.ID })
}

// sharing is how many listeners will share the server group.
func (p ListenerWizard) sharing() int { return len(p.others()) + 1 }

func (p ListenerWizard) protocols(f *Frame) []ui.Option {
	out := []ui.Option{{Value: cloud.TCP, Label: f.T("listener.tcp")}, {Value: cloud.UDP, Label: f.T("listener.udp")}}
	for _, seven := range []string{"http", "https"} {
		out = append(out, ui.Option{Value: seven, Label: f.T("listener." + seven), Note: f.T("listener.layer7"), Off: true})
	}
	return out
}

func (p ListenerWizard) schedulers(f *Frame) []ui.Option {
	return []ui.Option{
		{Value: cloud.WRR, Label: f.T("listener.wrr"), Note: f.T("listener.wrr.note")},
		{Value: cloud.RR, Label: f.T("listener.rr"), Note: f.T("listener.rr.note")},
	}
}

func (p ListenerWizard) groups(f *Frame) []ui.Option {
	return []ui.Option{
		{Value: "default", Label: f.T("server.title"), Note: f.T("listener.group.note")},
		{Value: "vserver", Label: f.T("listener.group.other"), Note: f.T("listener.group.why"), Off: true},
	}
}

// checks are the kinds of probes a listener's protocol allows.
func (p ListenerWizard) checks(f *Frame) []ui.Option {
	var out []ui.Option
	for _, k := range CheckKinds(p.Form.Value("protocol")) {
		out = append(out, ui.Option{Value: k, Label: f.T("listener.check." + k), Note: f.T("listener.check." + k + ".note")})
	}
	return out
}

// CheckKinds are the kinds of health check a protocol allows, the default one
// first.
func CheckKinds(protocol string) []string {
	if protocol == cloud.UDP {
		return []string{cloud.UDP}
	}
	return []string{cloud.TCP, "http"}
}

func (p ListenerWizard) codes(f *Frame) []ui.Option {
	var out []ui.Option
	for _, c := range []string{"http_2xx", "http_3xx", "http_4xx", "http_5xx"} {
		out = append(out, ui.Option{Value: c, Label: f.T("listener.codes." + c)})
	}
	return out
}

func (p ListenerWizard) codesChosen(f *Frame) string {
	var out []string
	for _, c := range p.Form.All("codes") {
		out = append(out, f.T("listener.codes."+c))
	}
	return strings.Join(out, f.T("clb.zones.and"))
}

// listenerPort is "TCP 80".
func listenerPort(l cloud.Listener) string {
	return strings.ToUpper(l.Protocol) + " " + strconv.Itoa(int(l.Port))
}

// listenerState derives how a listener stands: its word is under
// "state.listener.". The observation is the CLB's; when a port could not be
// held, its detail begins with that port.
func listenerState(p BalancerDetail, l cloud.Listener) (ui.Kind, string) {
	at := netip.AddrPortFrom(p.IP, l.Port)
	switch o := p.Observed; {
	case !p.IP.IsValid():
		return ui.Off, "outside"
	case !l.Running:
		return ui.Off, "stopped"
	case strings.HasPrefix(o.Detail, at.String()+":"):
		return ui.Bad, "problem"
	case o.Open || o.Problem != "":
		return ui.OK, "running"
	}
	return ui.Run, "starting"
}

func listenerEffects(f *Frame, b cloud.BalancerView) []string {
	out := []string{f.T("listener.delete.port", "name", b.Name)}
	if n := len(b.Services); n > 0 {
		out = append(out, f.T("listener.delete.through", "n", n))
	}
	if len(b.Listeners) == 1 {
		out = append(out, f.T("listener.delete.last"))
	}
	return out
}

// ListenerDone is the page after Submit (LSN-07).
type ListenerDone struct {
	BalancerRow
	Listener cloud.Listener
}

// isOpen says whether a listener's port was seen listening.
func isOpen(p BalancerDetail, l cloud.Listener) bool {
	_, word := listenerState(p, l)
	return word == "running"
}
