package views

import (
	"cmp"
	"encoding/json"
	"net"
	"net/url"
	"strings"

	"culvert.internal/cloud"
	"culvert.internal/reach"
	"culvert.internal/views/ui"
)

// Terminal is the terminal of an instance's page: what was run, the newest
// last. It keeps nothing on the server: the form carries the past along.
type Terminal struct {
	Runs []Run
	// Refused is what stopped the last command, if a gate did.
	Refused *Refusal
}

// Run is one command line and what came of it.
type Run struct {
	Command string   `json:"c"`
	Output  string   `json:"o,omitempty"`
	Notes   []string `json:"n,omitempty"` // in the reader's language
	OK      bool     `json:"k,omitempty"`
}

// Refusal says which gate stopped a command and why, what was asked, and who
// can change it.
type Refusal struct {
	Gate     string
	Reason   string
	Target   string // host:port, as typed
	Protocol string
	// Fix is where the reader can change it: a path below edition and region,
	// empty when there is none. Kind is what it leads to.
	Fix, Kind string
	// Waits is the account that has to act, when it is another one.
	Waits string
}

// RefusalReason is a verdict's reason. What belongs to the provider's side
// is not told to another account.
func (f *Frame) RefusalReason(v reach.Verdict, provider string) string {
	if provider == "" || provider == f.Account.ID {
		return f.Reason(v.Reason.Key, v.Reason.Args)
	}
	return f.reasonAbroad(reach.Step{Gate: v.Gate, Outcome: reach.Stop, Reason: v.Reason, Fix: v.Fix}, provider)
}

// What the form carries along: this many commands, this much of each output.
const (
	keptRuns   = 8
	keptOutput = 4 << 10
)

// Past is the transcript as the form carries it.
func (t Terminal) Past() string {
	runs := t.Runs[max(0, len(t.Runs)-keptRuns):]
	short := make([]Run, len(runs))
	for i, r := range runs {
		if len(r.Output) > keptOutput {
			r.Output = strings.ToValidUTF8(r.Output[:keptOutput], "") + "…"
		}
		short[i] = r
	}
	b, err := json.Marshal(short)
	if err != nil {
		return "" // strings and bools cannot fail to encode
	}
	return string(b)
}

// PastRuns reads what a form carried along. It comes from a browser: what is
// not a transcript is an empty one, what is too much is cut.
func PastRuns(past string) []Run {
	var runs []Run
	if err := json.Unmarshal([]byte(past), &runs); err != nil {
		return nil
	}
	return runs[max(0, len(runs)-keptRuns):]
}

// lines are the transcript for the screen.
func (t Terminal) lines(f *Frame, i cloud.InstanceView) []ui.Line {
	prompt := "[" + i.Name + " " + i.IP.String() + "]$"
	out := []ui.Line{{Kind: ui.Off, Text: f.T("instance.terminal.hello", "name", i.Name, "ip", i.IP)}}
	for _, r := range t.Runs {
		out = append(out, ui.Line{Command: true, Prompt: prompt, Text: r.Command})
		if r.Output != "" {
			out = append(out, ui.Line{Text: r.Output})
		}
		kind := ui.Off
		if !r.OK {
			kind = ui.Bad
		}
		for _, n := range r.Notes {
			out = append(out, ui.Line{Kind: kind, Text: n})
		}
		if r.Output == "" && len(r.Notes) == 0 {
			out = append(out, ui.Line{Kind: ui.Off, Text: f.T("instance.terminal.empty")})
		}
	}
	return out
}

// commands are what was run, each once, for the input's suggestions.
func (t Terminal) commands() []string {
	var out []string
	seen := map[string]bool{}
	for _, r := range t.Runs {
		if !seen[r.Command] {
			seen[r.Command] = true
			out = append(out, r.Command)
		}
	}
	return out
}

// WhyTarget asks "why can't I connect?" about what the instance just tried.
func (f *Frame) WhyTarget(i cloud.InstanceView, r Refusal) string {
	q := url.Values{"vpc": {i.VPC}, "source": {i.IP.String()}, "protocol": {r.Protocol}}
	if host, port, err := net.SplitHostPort(r.Target); err == nil {
		q.Set("target", host)
		q.Set("port", port)
	} else {
		q.Set("target", r.Target)
	}
	return f.Link("/why") + "?" + q.Encode()
}

// Example is a command worth trying.
type Example struct{ Command, Note string }

// examples are commands filled with what is really there: the endpoints of
// the VPC, a neighbour, and something that must not work.
func (p InstanceDetail) examples(f *Frame) []Example {
	var out []Example
	if e, ok := p.webEndpoint(); ok {
		port := portText(webPort(e))
		out = append(out, Example{"curl " + webAt(host(e), webPort(e)), f.T("instance.terminal.ex.curl")})
		if e.Domain != "" {
			out = append(out, Example{"dig " + e.Domain, f.T("instance.terminal.ex.dig")})
		}
		for _, z := range named(e) {
			out = append(out, Example{"curl http://" + z.Domain + "/", f.T("instance.terminal.ex.zone", "zone", f.ZoneShort(z.Zone))})
		}
		if ip := hostIP(e); ip != "" {
			out = append(out,
				Example{"nc -vz " + ip + " " + port, f.T("instance.terminal.ex.nc")},
				Example{"probe " + ip + ":" + port, f.T("instance.terminal.ex.probe")})
		}
	}
	if e, ok := p.nameServer(); ok {
		out = append(out, Example{"dig @" + hostIP(e) + " " + cmp.Or(e.Domain, dnsTry), f.T("instance.terminal.ex.resolver")})
	}
	near, far := p.neighbours()
	if near.ID != "" {
		out = append(out, Example{"curl http://" + at(near) + "/", f.T("instance.terminal.ex.near", "name", near.Name)})
	}
	if far.ID != "" {
		out = append(out, Example{"probe " + far.IP.String() + ":" + portText(far.Port), f.T("instance.terminal.ex.far", "name", far.Name)})
	}
	return append(out, Example{"help", f.T("instance.terminal.ex.help")})
}

// neighbours are the first instance with a web page in the same VPC and the
// first one in another.
func (p InstanceDetail) neighbours() (near, far cloud.InstanceView) {
	for _, i := range p.Others {
		switch {
		case i.ID == p.Instance.ID || i.Program != cloud.ProgramWeb:
		case i.VPC == p.Instance.VPC && near.ID == "":
			near = i
		case i.VPC != p.Instance.VPC && far.ID == "":
			far = i
		}
	}
	return near, far
}
