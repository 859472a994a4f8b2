package behaviour

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"culvert.internal/dataplane"
	"culvert.internal/proxyproto"
	"culvert.internal/reach"
	"culvert.internal/underlay"
)

// Culvert are the paths of the data plane, each with a network of its own
// whose judge lets everybody in.
func Culvert() []Path {
	return paths("", func(s Setup, opt dataplane.Options) (*Rig, error) {
		lo, err := underlay.NewLoopback()
		if err != nil {
			return nil, err
		}
		p, err := newPlane(lo, s, opt)
		if err != nil {
			return nil, err
		}
		return p.rig(s), nil
	})
}

// Namespaces are the same paths where every network is a namespace. The error
// is an *underlay.RightsError where this process may not have any.
func Namespaces() ([]Path, error) {
	n, err := underlay.NewNetns(underlay.NetnsOptions{})
	if err != nil {
		return nil, err
	}
	n.Close()
	return paths(" in namespaces", namespaced), nil
}

func paths(where string, rig func(Setup, dataplane.Options) (*Rig, error)) []Path {
	path := func(name string, opt dataplane.Options) Path {
		return Path{Name: name + where, Make: func(_ context.Context, s Setup) (*Rig, error) { return rig(s, opt) }}
	}
	return []Path{
		path("system", dataplane.Options{}),
		path("annexed", dataplane.Options{OwnPorts: -1}),
		path("portable", dataplane.Options{Portable: true}),
	}
}

func namespaced(s Setup, opt dataplane.Options) (*Rig, error) {
	n, err := underlay.NewNetns(underlay.NetnsOptions{})
	if err != nil {
		return nil, err
	}
	p, err := newPlane(n, s, opt)
	if err != nil {
		n.Close()
		return nil, err
	}
	r := p.rig(s)
	r.Close = func() error {
		defer n.Close()
		return p.end()
	}
	r.In = func(at netip.Addr, fn func() error) error {
		vpc := clientVPC
		if slices.ContainsFunc(r.Backends, func(b netip.AddrPort) bool { return b.Addr() == at }) {
			vpc = serverVPC
		}
		return n.In(vpc, at, fn)
	}
	return r, nil
}

// never is the time for what a row does not ask for.
const never = 2 * time.Minute

var (
	clientVPC, serverVPC = "vpc-1", "vpc-2"
	frontAt              = netip.MustParseAddr("10.10.2.5")
	otherAt              = netip.MustParseAddr("10.10.2.6")
	senders              = netip.MustParsePrefix("100.64.0.0/28")
	slices127            atomic.Uint32
)

// plane is a data plane between two networks on a slice of 127/8.
type plane struct {
	*dataplane.Plane
	net  network
	port uint16
	idle time.Duration

	stop context.CancelFunc
	done chan error

	mu      sync.Mutex
	verdict reach.Verdict
}

// network is an underlay.
type network interface {
	dataplane.Network
	Map(vpc string, prefix, twin netip.Prefix) error
	Twin(vpc string, addr netip.Addr) (netip.Addr, bool)
}

func newPlane(lo network, s Setup, opt dataplane.Options) (p *plane, err error) {
	p = &plane{net: lo, idle: cmp.Or(s.Idle, never), done: make(chan error, 1)}
	slice := fmt.Sprintf("127.%d.%d.", 130+os.Getpid()%60, slices127.Add(1)%256)
	for _, m := range []struct{ vpc, prefix, twin string }{
		{clientVPC, "10.10.2.0/28", slice + "0/28"},
		{serverVPC, "192.168.24.0/28", slice + "32/28"},
		{"", senders.String(), slice + "64/28"},
	} {
		if err := lo.Map(m.vpc, netip.MustParsePrefix(m.prefix), netip.MustParsePrefix(m.twin)); err != nil {
			return nil, err
		}
	}
	if p.port, err = freePort(); err != nil {
		return nil, err
	}
	p.verdict = reach.Verdict{Allowed: true, Endpoint: "ep-1", Service: "epsrv-1", Listener: "lsn-1", Sender: senders}
	for i := range max(s.Places, 1) {
		id := fmt.Sprintf("ecs-%d", i)
		p.verdict.Backends = append(p.verdict.Backends, reach.Backend{ID: id, Name: id, VPC: serverVPC, Addr: p.place(i), Weight: 100})
	}
	opt.Senders, opt.Attempt = []netip.Prefix{senders}, func(dataplane.Attempt) {}
	opt.Drain, opt.ConnectTimeout = cmp.Or(s.Drain, never), cmp.Or(s.Connect, never)
	p.Plane = dataplane.New(lo, p, opt)
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	go func() { p.done <- p.Run(ctx) }()
	for key, at := range map[string]netip.Addr{"eni-1": frontAt, "eni-2": otherAt} {
		if err := p.apply(key, at, true); err != nil {
			return nil, errors.Join(err, p.end())
		}
	}
	return p, nil
}

// freePort is a port that nobody on the host uses now.
func freePort() (uint16, error) {
	ln, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		return 0, err
	}
	return ln.Addr().(*net.TCPAddr).AddrPort().Port(), ln.Close()
}

func (p *plane) place(i int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 168, 24, byte(2 + i)}), p.port)
}

// Judge lets everybody in.
func (p *plane) Judge(reach.Flow) reach.Verdict {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.verdict
}

// apply publishes an endpoint.
func (p *plane) apply(key string, at netip.Addr, open bool) error {
	st := p.Apply(key, &dataplane.Front{Key: key, VPC: clientVPC, Addr: at, Ports: []dataplane.Port{
		{Protocol: reach.TCP, Port: p.port, Open: open, IdleTimeout: p.idle},
		{Protocol: reach.UDP, Port: p.port, Open: open, IdleTimeout: p.idle},
	}})
	for _, port := range st.Ports {
		if port.Err != nil || port.Open != open || port.Host.Port() != p.port {
			return fmt.Errorf("port %+v", port)
		}
	}
	return nil
}

func (p *plane) end() error {
	p.stop()
	return <-p.done
}

func (p *plane) rig(s Setup) *Rig {
	host := func(vpc string, at netip.Addr) netip.Addr {
		twin, _ := p.net.Twin(vpc, at)
		return twin
	}
	r := &Rig{
		Front:   netip.AddrPortFrom(host(clientVPC, frontAt), p.port),
		Other:   netip.AddrPortFrom(host(clientVPC, otherAt), p.port),
		Clients: []netip.Addr{host(clientVPC, netip.MustParseAddr("10.10.2.1")), host(clientVPC, netip.MustParseAddr("10.10.2.2"))},
		Close:   p.end, UDP: true,
		Counters: func() (Counters, error) {
			c := p.Plane.Counters("eni-1")
			return Counters{In: c.In, Out: c.Out, Accepted: int(c.Accepted), Active: c.Active}, nil
		},
		Connections: func() ([]Carried, error) {
			var all []Carried
			for _, c := range p.Plane.Connections("eni-1") {
				all = append(all, Carried{c.In, c.Out})
			}
			return all, nil
		},
		Unrelated: p.unrelated,
		Shut:      func() error { return p.apply("eni-1", frontAt, false) },
		Open:      func() error { return p.apply("eni-1", frontAt, true) },
		Remove: func() error {
			p.Apply("eni-1", nil)
			return nil
		},
		Limit: func(rate int64, connections int) error {
			p.SetLimit("ep-1", dataplane.Limit{Name: "ep", Rate: rate, Flows: connections})
			return nil
		},
		Introduce: func() error {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.verdict.Proxy = string(proxyproto.Aliyun)
			return nil
		},
		Dropped: func() (uint64, error) { return p.Plane.Counters("eni-1").Drops.Rate, nil },
	}
	for i := range max(s.Places, 1) {
		at := p.place(i)
		r.Backends = append(r.Backends, netip.AddrPortFrom(host(serverVPC, at.Addr()), at.Port()))
	}
	return r
}

// unrelated changes what concerns no live flow of the first endpoint.
func (p *plane) unrelated(round int) error {
	switch round % 6 {
	case 0: // another endpoint is shut
		return p.apply("eni-2", otherAt, false)
	case 1: // and opened
		return p.apply("eni-2", otherAt, true)
	case 2: // its flows are cut
		p.Cut("eni-2", nil)
	case 3: // it is removed
		p.Apply("eni-2", nil)
	case 4: // the same again
		return p.apply("eni-1", frontAt, true)
	case 5: // new flows are told another weight, and probes begin
		p.mu.Lock()
		defer p.mu.Unlock()
		b := p.verdict.Backends[0]
		b.Weight = 50
		p.verdict.Backends = append([]reach.Backend{b}, p.verdict.Backends[1:]...)
		p.SetProbes("lsn-1", []dataplane.Probe{{ID: "p", VPC: serverVPC, Addr: b.Addr, Kind: dataplane.ProbeTCP}})
	}
	return nil
}
