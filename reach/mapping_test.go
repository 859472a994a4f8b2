package reach_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"culvert.internal/reach"
)

// small is one combination of what the path of ctyun is decided by. Its things
// of the provider's are named so that no telling of them is missed.
type small struct {
	decision string // "", "allowed", "denied"
	mapped   bool   // the flow's port is
	protocol reach.Protocol
	backend  string // "elb", "host", "nic", "own"
	listens  bool   // the ELB does
	running  bool
	rule     string // of the backend's group, about the range
	acl      string // of the backend's subnet
	foreign  bool   // the service is another account's
}

const (
	servicePort  = 18080
	backendPort  = 28080
	endpointPort = 80
)

func (c small) world() *reach.World {
	w := reach.NewWorld()
	open := []reach.Rule{out, {Ingress: true, Accept: true, Priority: 1, Protocol: "all", Peer: any4}}
	w.PutVPC(reach.VPC{ID: "vpc-1", Name: "clients", Account: "A"})
	w.PutVPC(reach.VPC{ID: "vpc-2", Name: "secret-vpc", Account: "B"})
	w.PutGroup(reach.Group{ID: "sg-1", Name: "sg-clients", Rules: open})
	w.PutHost(reach.Host{ID: "i-1", Name: "client", VPC: "vpc-1", Addr: ecs1, Groups: []string{"sg-1"}, Running: true})
	w.PutSubnet(reach.Subnet{ID: "subnet-1", Name: "clients", VPC: "vpc-1", CIDR: block("10.10.2.0/24")})

	rule := reach.Rule{Ingress: true, Accept: true, Priority: 1, Protocol: string(c.protocol), Peer: ctyunSender}
	rules := map[string][]reach.Rule{
		"none":   {out},
		"range":  {out, rule},
		"all":    open,
		"narrow": {out, with(rule, func(r *reach.Rule) { r.Peer = block("198.19.128.0/24") })},
		"port":   {out, with(rule, func(r *reach.Rule) { r.From, r.To = endpointPort, endpointPort })},
		"drop":   {out, rule, with(rule, func(r *reach.Rule) { r.Accept = false })},
		"part":   {out, rule, with(rule, func(r *reach.Rule) { r.Accept, r.Peer = false, block("198.19.130.0/24") })},
	}[c.rule]
	w.PutGroup(reach.Group{ID: "secret-sg", Name: "secret-group", Rules: rules})
	w.PutGroup(reach.Group{ID: "secret-shut", Name: "secret-shut", Rules: []reach.Rule{out}})
	if c.acl != "none" {
		acls := map[string][]reach.ACLRule{
			"empty": nil, "range": {aclRule("198.19.128.0/20", c.protocol)}, "narrow": {aclRule("198.19.128.0/24", c.protocol)},
			"deny": {deny(aclRule("0.0.0.0/0", c.protocol)), aclRule("198.19.128.0/20", c.protocol)},
		}
		w.PutACL(reach.ACL{ID: "secret-acl", Name: "secret-acl", Rules: acls[c.acl]})
		w.PutSubnet(reach.Subnet{ID: "secret-subnet", Name: "secret-subnet", VPC: "vpc-2", CIDR: block("192.168.24.0/24"), ACL: "secret-acl"})
	}

	own := []string{"secret-sg"}
	if c.backend == "nic" {
		own = []string{"secret-shut"} // the groups of the NIC count, not the instance's
	}
	w.PutHost(reach.Host{ID: "secret-i", Name: "secret-host", VPC: "vpc-2", Addr: ecs2, Groups: own, Running: c.running})
	w.PutHost(reach.Host{ID: "secret-nic", Instance: "secret-i", Name: "secret-host nic", VPC: "vpc-2", Addr: ecs2.Next(), Groups: []string{"secret-sg"}, Running: c.running})
	var listeners []reach.Listener
	if c.listens {
		listeners = []reach.Listener{{ID: "secret-lsn", Balancer: "secret-elb", Protocol: c.protocol, Port: servicePort, BackendPort: backendPort, Running: true}}
	}
	w.PutBalancer(reach.Balancer{ID: "secret-elb", Name: "secret-elb", VPC: "vpc-2", Addr: clb, Sender: ctyunSender, Pool: ctyunSender}, listeners,
		[]reach.Member{{ID: "secret-m", Balancer: "secret-elb", Instance: "secret-i", Weight: 1}})

	s := reach.Service{ID: "s-1", Name: "cn-gz4.web.s-1", Sender: ctyunSender, Pool: ctyunSender, Mappings: map[reach.Port]uint16{{Protocol: c.protocol, Number: 81}: servicePort}}
	if c.mapped {
		s.Mappings[reach.Port{Protocol: c.protocol, Number: endpointPort}] = servicePort
	}
	w.PutService(s)
	e := reach.Endpoint{ID: "e-1", Name: "e-1", Service: "s-1", VPC: "vpc-1", Allowed: c.decision == "allowed", Denied: c.decision == "denied", Provider: "A", DecidedBy: "A"}
	if c.foreign {
		e.Provider, e.DecidedBy = "B", "B"
	}
	w.PutEndpoint(e)
	i := reach.Interface{ID: "eni-1", Endpoint: "e-1", VPC: "vpc-1", Addr: eni}
	if e.Allowed {
		switch c.backend {
		case "elb":
			i.Balancer = "secret-elb"
		case "host":
			i.Host = "secret-i"
		case "nic":
			i.Host = "secret-nic"
		case "own":
			i.Own = reach.Backend{ID: "secret-dns", Name: "secret-dns", VPC: "@lab", Addr: netip.MustParseAddrPort("192.168.24.53:53"), Weight: 1}
		}
	}
	w.PutInterface(i)
	return w
}

func with(r reach.Rule, change func(*reach.Rule)) reach.Rule {
	change(&r)
	return r
}

func aclRule(source string, p reach.Protocol) reach.ACLRule {
	r := allow(true, 1, source, "0.0.0.0/0")
	r.Protocol = string(p)
	return r
}

// gate is a plain reading of the rules: where such a flow is stopped, empty for
// nowhere.
func (c small) gate() reach.Gate {
	port := map[string]uint16{"elb": backendPort, "host": servicePort, "nic": servicePort}[c.backend]
	switch {
	case c.decision != "allowed":
		return reach.GateConnection
	case !c.mapped:
		return reach.GateMapping
	case c.backend == "own":
		return ""
	case c.backend == "elb" && !c.listens:
		return reach.GateListener
	case !c.running:
		return reach.GateBackend
	case c.rule == "none", c.rule == "narrow", c.rule == "drop", c.rule == "part", c.rule == "port" && port != endpointPort:
		return reach.GateIngress
	case c.acl == "empty", c.acl == "narrow", c.acl == "deny":
		return reach.GateACL
	}
	return ""
}

func (c small) target() netip.AddrPort {
	return map[string]netip.AddrPort{
		"elb": netip.AddrPortFrom(ecs2, backendPort), "host": netip.AddrPortFrom(ecs2, servicePort), "nic": netip.AddrPortFrom(ecs2.Next(), servicePort),
		"own": netip.MustParseAddrPort("192.168.24.53:53"),
	}[c.backend]
}

func (c small) flow() reach.Flow {
	return reach.Flow{Protocol: c.protocol, VPC: "vpc-1", Source: ecs1, Target: eni, Port: endpointPort}
}

func everySmall() (out []small) {
	yes := []bool{false, true}
	for _, decision := range []string{"", "allowed", "denied"} {
		for _, mapped := range yes {
			for _, protocol := range []reach.Protocol{reach.TCP, reach.UDP} {
				for _, backend := range []string{"elb", "host", "nic", "own"} {
					for _, listens := range yes {
						for _, running := range yes {
							for _, rule := range []string{"none", "range", "all", "narrow", "port", "drop", "part"} {
								for _, acl := range []string{"none", "empty", "range", "narrow", "deny"} {
									for _, foreign := range yes {
										out = append(out, small{decision, mapped, protocol, backend, listens, running, rule, acl, foreign})
									}
								}
							}
						}
					}
				}
			}
		}
	}
	return out
}

// A backend in a failed zone takes nothing, whatever the rules say (TYS-08).
func TestZoneOfABackend(t *testing.T) {
	for _, backend := range []string{"elb", "host", "nic"} {
		c := small{decision: "allowed", mapped: true, protocol: reach.TCP, backend: backend, listens: true, running: true, rule: "all", acl: "none"}
		w := c.world()
		for _, h := range []reach.Host{{ID: "secret-i", Addr: ecs2}, {ID: "secret-nic", Instance: "secret-i", Addr: ecs2.Next()}} {
			h.VPC, h.Zone, h.Groups, h.Running = "vpc-2", "z", []string{"secret-sg"}, true
			w.PutHost(h)
		}
		key := "reach.backend.zone"
		if backend == "elb" {
			key = "reach.backend.unhealthy"
		}
		w.FailZone("z", true)
		if v := w.Judge(c.flow()); v.Gate != reach.GateBackend || v.Reason.Key != key {
			t.Errorf("%s: %+v", backend, v)
		}
		w.FailZone("z", false)
		if v := w.Judge(c.flow()); !v.Allowed {
			t.Errorf("%s: %+v", backend, v)
		}
	}
}

// TestMappedPath tries every combination: the judge says what a plain reading
// of the rules says, the explanation is that verdict with each gate once and in
// order, and a consumer learns nothing of another account's things (TYS-07 to
// TYS-10, TYS-12, TYS-14, TYE-12, TYQ-01, TYQ-02, B.9, COM-03).
func TestMappedPath(t *testing.T) {
	order := map[reach.Gate]int{}
	for i, g := range reach.Gates() {
		order[g] = i
	}
	stops := map[reach.Gate]int{}
	for _, c := range everySmall() {
		w, want := c.world(), c.gate()
		v, e := w.Judge(c.flow()), w.Explain(c.flow())
		stops[want]++
		if v.Allowed != (want == "") || v.Gate != want {
			t.Fatalf("%+v: allowed %v, stopped at %q (%s), want %q", c, v.Allowed, v.Gate, v.Reason.Key, want)
		}
		if v.Allowed && c.backend == "nic" && v.Backends[0].Instance != "secret-i" {
			t.Fatalf("%+v: the instance of the NIC is %q", c, v.Backends[0].Instance)
		}
		if v.Allowed && (len(v.Backends) != 1 || v.Backends[0].Addr != c.target() || v.Sender != ctyunSender) {
			t.Fatalf("%+v: goes to %+v from %v, want %v", c, v.Backends, v.Sender, c.target())
		}
		if e.Allowed != v.Allowed || e.Gate != v.Gate || !c.foreign && fmt.Sprint(e.Reason, e.Fix, e.Backends) != fmt.Sprint(v.Reason, v.Fix, v.Backends) {
			t.Fatalf("%+v: judged %+v, explained %+v", c, v, e)
		}
		c.steps(t, e, order)
		if c.foreign {
			c.hidden(t, e)
		}
	}
	for _, g := range []reach.Gate{"", reach.GateConnection, reach.GateMapping, reach.GateListener, reach.GateBackend, reach.GateIngress, reach.GateACL} {
		if stops[g] == 0 {
			t.Errorf("nothing was stopped at %q", g)
		}
	}
}

// steps wants each gate at most once and in order, one stop at most, nothing
// passed behind it, and no gate that ctyun's path has not.
func (c small) steps(t *testing.T, e reach.Verdict, order map[reach.Gate]int) {
	t.Helper()
	last, stopped := -1, false
	for _, s := range e.Steps {
		if order[s.Gate] <= last {
			t.Fatalf("%+v: %s comes twice or too late: %+v", c, s.Gate, e.Steps)
		}
		last = order[s.Gate]
		if s.Gate == reach.GateZone || s.Gate == reach.GateENI || s.Gate == reach.GateSourceList {
			t.Fatalf("%+v: %s is no gate of this path", c, s.Gate)
		}
		if s.Gate == reach.GateListener && c.decision == "allowed" && c.backend != "elb" {
			t.Fatalf("%+v: a listener where there is no balancer", c)
		}
		if s.Outcome == reach.Stop && (stopped || s.Gate != e.Gate) || (s.Outcome == reach.Skip) != stopped && s.Outcome != reach.Stop {
			t.Fatalf("%+v: %s is %s: %+v", c, s.Gate, s.Outcome, e.Steps)
		}
		stopped = stopped || s.Outcome == reach.Stop
	}
	if stopped == e.Allowed {
		t.Fatalf("%+v: allowed %v with the steps %+v", c, e.Allowed, e.Steps)
	}
	if !slices.ContainsFunc(e.Steps, func(s reach.Step) bool { return s.Gate == reach.GateMapping }) {
		t.Fatalf("%+v: the mapping is not told", c)
	}
}

// hidden wants nothing of the provider's in what a consumer is told.
func (c small) hidden(t *testing.T, e reach.Verdict) {
	t.Helper()
	told := fmt.Sprintf("%+v", e)
	for _, secret := range []string{"secret", "18080", "28080", "192.168.24.", "vpc-2"} {
		if strings.Contains(told, secret) {
			t.Fatalf("%+v: tells the consumer %q: %s", c, secret, told)
		}
	}
}

// TestMappedName: an endpoint whose name is not published yet has no gates of
// the other cloud's endpoints behind that of the name, and it does have its
// mapping.
func TestMappedName(t *testing.T) {
	c := small{protocol: reach.TCP, backend: "elb", mapped: true, listens: true, running: true, rule: "range", acl: "none"}
	w := c.world()
	w.PutEndpoint(reach.Endpoint{ID: "e-1", Name: "e-1", Service: "s-1", VPC: "vpc-1", Provider: "A", Domains: []string{"vpcep-e-1.lab"}})
	f := c.flow()
	f.Name, f.Target = "vpcep-e-1.lab", netip.Addr{}
	v := w.Explain(f)
	var gates []reach.Gate
	for _, s := range v.Steps {
		gates = append(gates, s.Gate)
	}
	if v.Gate != reach.GateName || v.Reason.Key != "reach.name.waiting" || slices.Contains(gates, reach.GateENI) || slices.Contains(gates, reach.GateZone) || !slices.Contains(gates, reach.GateMapping) {
		t.Errorf("stopped at %q (%s) with the gates %v", v.Gate, v.Reason.Key, gates)
	}
}
