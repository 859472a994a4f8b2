package views

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/reach"
	"culvert.internal/views/ui"
)

// Browser is the browser on an instance's page.
type Browser struct {
	Address string // in the address bar, as typed while it is wrong
	Src     string // of the frame; empty while nothing is open
	Error   string // key of what is wrong with the address
	Detail  string // for Error
	Back    bool   // there is a document before this one
	Visit   *BrowserVisit
}

// BrowserVisit is what came of the last document: what answered, who, and the
// measured times.
type BrowserVisit struct {
	Address                 string
	Status                  int
	Name, At                string // the backend, when the reader may know it
	Provider                string // the account behind it, when not
	Resolve, Connect, Total time.Duration
	Bytes                   int64
	Cut                     string
	Done                    bool
	Problem                 *BrowserProblem // nothing answered
	Refused                 *Refusal        // a gate is why
}

// BrowserProblem is why the frame shows no page of a site. Kind names the words.
type BrowserProblem struct {
	Kind     string
	Address  string
	Detail   string
	Instance string
	// Of a refusal: the gate, the reason in the reader's language, what can
	// be changed, and whose it is.
	Gate, Reason, Provider string
	Fix                    reach.Ref
}

// title says in a few words why there is no page.
func (p BrowserProblem) title(f *Frame) string {
	if p.Kind == "refused" {
		return f.T("instance.terminal.refused", "gate", f.T("gate."+p.Gate))
	}
	return f.T("browser.fail."+p.Kind, "name", p.Instance)
}

func (p BrowserProblem) text(f *Frame) string {
	if p.Kind == "refused" {
		return p.Reason
	}
	host := p.Address
	if u, err := url.Parse(p.Address); err == nil && u.Host != "" {
		host = u.Host
	}
	return f.T("browser.fail."+p.Kind+".text", "name", p.Instance, "host", host, "detail", p.Detail)
}

// kind colours the status of an answer.
func (v BrowserVisit) kind() ui.Kind {
	switch {
	case v.Status >= 400:
		return ui.Bad
	case v.Cut != "":
		return ui.Wait
	}
	return ui.OK
}

func (v BrowserVisit) status() string {
	return strings.TrimSpace(strconv.Itoa(v.Status) + " " + http.StatusText(v.Status))
}

// times are the measured parts of a visit; an address needs no resolving.
func (v BrowserVisit) times(f *Frame) string {
	key := "browser.times"
	if v.Resolve == 0 {
		key = "browser.times.address"
	}
	return f.T(key, "resolve", took(v.Resolve), "connect", took(v.Connect), "total", took(v.Total))
}

// Visit is the address of the instance's page with this address open in its
// browser.
func (f *Frame) Visit(instance, address string) string {
	return f.Link("/instances/"+instance) + "?" + url.Values{"url": {address}}.Encode()
}

// sites are addresses worth opening: the endpoint's domains, a neighbour, and
// something that must not open.
func (p InstanceDetail) sites(f *Frame) []Example {
	var out []Example
	if e, ok := p.webEndpoint(); ok {
		if e.Domain != "" {
			out = append(out, Example{webAt(e.Domain, webPort(e)), f.T("instance.terminal.ex.curl")})
		}
		for _, z := range named(e) {
			out = append(out, Example{"http://" + z.Domain + "/", f.T("instance.terminal.ex.zone", "zone", f.ZoneShort(z.Zone))})
		}
		if ip := hostIP(e); ip != "" {
			out = append(out, Example{webAt(ip, webPort(e)), f.T("browser.ex.ip")})
		}
	}
	near, far := p.neighbours()
	if near.ID != "" {
		out = append(out, Example{"http://" + at(near) + "/", f.T("instance.terminal.ex.near", "name", near.Name)})
	}
	if far.ID != "" {
		out = append(out, Example{"http://" + at(far) + "/", f.T("instance.terminal.ex.far", "name", far.Name)})
	}
	return out
}

// browserAt is where the browser's bar and foot are fetched alone.
func browserAt(f *Frame, i cloud.InstanceView) string {
	return f.Link("/instances/" + i.ID + "/browser")
}
