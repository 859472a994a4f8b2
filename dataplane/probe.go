package dataplane

import (
	"net/netip"
	"time"
)

// ProbeKind is how a probe finds out.
type ProbeKind string

// Kinds of a probe.
const (
	ProbeTCP  ProbeKind = "tcp"  // connects
	ProbeHTTP ProbeKind = "http" // asks for a page
	ProbeUDP  ProbeKind = "udp"  // sends a packet; only a port-unreachable is bad
)

// Probe is one health check of one backend. The first result decides; later
// ones need Rise successes or Fall failures in a row. Besides, a connect that
// failed for a client brings the next check forward.
//
// The why given to Options.Health is "ok", a code of Code, "status 503" for an
// unexpected answer, "malformed" for one that is not HTTP, or Blocked.
type Probe struct {
	ID       string
	VPC      string
	Addr     netip.AddrPort
	From     netip.Addr // a sender of the cloud; invalid: the kernel's choice
	Kind     ProbeKind
	Interval time.Duration // between two checks, default 2 s
	Timeout  time.Duration // of one check, default 5 s
	Rise     int           // default 3
	Fall     int           // default 3

	// Introduce sends a header of PROXY protocol of the command LOCAL first,
	// for a backend that expects one. UDP has none.
	Introduce bool

	// Blocked is the reason why a rule keeps probes away from the backend;
	// then nothing is sent and the backend counts as unhealthy.
	Blocked string

	// HTTP only: Method (default HEAD), Path (default "/"), Host (default the
	// backend's address) and the classes of good answers, as in
	// "http_2xx,http_3xx" (the default).
	Method, Path, Host, Expect string
}

// Defaults of a Probe.
const (
	DefaultProbeInterval = 2 * time.Second
	DefaultProbeTimeout  = 5 * time.Second
	DefaultRise          = 3
	DefaultFall          = 3
	DefaultExpect        = "http_2xx,http_3xx"
)

// SetProbes makes the probes of a key (a listener, a balancer) the given ones;
// none removes them. Probes that are the same as before are not restarted. IDs
// are unique in a key.
func (p *Plane) SetProbes(key string, probes []Probe) {
	p.life.RLock()
	defer p.life.RUnlock()
	if p.stopped {
		return
	}
	want := make(map[string]Probe, len(probes))
	for _, pr := range probes {
		want[pr.ID] = pr
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	have := p.probes[key]
	if have == nil {
		have = map[string]*prober{}
		p.probes[key] = have
	}
	for id, w := range have {
		if pr, ok := want[id]; ok && pr == w.asked {
			delete(want, id)
			continue
		}
		w.cancel()
		delete(have, id)
		delete(p.targets[w.target()], w)
		if len(p.targets[w.target()]) == 0 {
			delete(p.targets, w.target())
		}
	}
	for id, pr := range want {
		w := newProber(p, pr)
		have[id] = w
		if p.targets[w.target()] == nil {
			p.targets[w.target()] = map[*prober]struct{}{}
		}
		p.targets[w.target()][w] = struct{}{}
		p.wg.Go(w.run)
	}
	if len(have) == 0 {
		delete(p.probes, key)
	}
}

// nudge brings the next check of every probe of an address forward.
func (p *Plane) nudge(t target) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for w := range p.targets[t] {
		w.hurry()
	}
}
