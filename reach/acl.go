package reach

import (
	"net/netip"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// ACL is a network ACL with its rules in any order. It is stateful: the rules
// judge who opens a connection. Those of a direction are judged in their order,
// the first that is about the flow decides, and at the end everything is
// denied. A subnet without an ACL passes everything, and nobody judges what
// stays inside one subnet.
type ACL struct {
	ID, Name string
	Rules    []ACLRule
}

// ACLRule is one rule of an ACL. Ports are 0 for all; Protocol is "tcp", "udp",
// "icmp" or "all".
type ACLRule struct {
	ID                             string
	Ingress, Allow                 bool
	Order                          int // 1 is judged first
	Protocol                       string
	Source, Destination            netip.Prefix
	SourceFrom, SourceTo           uint16
	DestinationFrom, DestinationTo uint16
}

// Subnet is a range of a network's addresses with its ACL, which is empty for
// none.
type Subnet struct {
	ID, Name, VPC string
	CIDR          netip.Prefix
	ACL           string
}

// The ports that systems give to clients that ask for none. A flow's own source
// port is not known when it is judged, so a rule that names source ports allows
// only if it holds all of these, and denies if it holds any of them.
const (
	firstClientPort = 32768
	lastClientPort  = 60999
)

// PutACL adds or replaces a network ACL.
func (w *World) PutACL(a ACL) {
	a.Rules = slices.Clone(a.Rules)
	sort.SliceStable(a.Rules, func(i, j int) bool { return a.Rules[i].Order < a.Rules[j].Order })
	put(w, w.acls, a.ID, a)
}

// DropACL forgets a network ACL; subnets that still name it pass everything.
func (w *World) DropACL(id string) { drop(w, w.acls, id) }

// PutSubnet adds or replaces a subnet.
func (w *World) PutSubnet(s Subnet) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dropSubnet(s.ID)
	if w.subnets[s.VPC] == nil {
		w.subnets[s.VPC] = map[string]Subnet{}
	}
	w.subnets[s.VPC][s.ID] = s
	w.subnetVPC[s.ID] = s.VPC
}

// DropSubnet forgets a subnet.
func (w *World) DropSubnet(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dropSubnet(id)
}

func (w *World) dropSubnet(id string) {
	vpc := w.subnetVPC[id]
	delete(w.subnets[vpc], id)
	if len(w.subnets[vpc]) == 0 {
		delete(w.subnets, vpc)
	}
	delete(w.subnetVPC, id)
}

// subnet is the subnet of an address; the subnets of a network do not overlap.
func (w *World) subnet(vpc string, a netip.Addr) (Subnet, bool) {
	for _, s := range w.subnets[vpc] {
		if s.CIDR.Contains(a) {
			return s, true
		}
	}
	return Subnet{}, false
}

// peers are where a packet comes from: one address, or the range a balancer
// sends from, of which this installation uses the part used. A rule allows the
// range if it holds all of it, and denies it if it holds any of what is used.
type peers struct{ all, used netip.Prefix }

func onePeer(a netip.Addr) peers {
	p := netip.PrefixFrom(a, a.BitLen())
	return peers{p, p}
}

func manyPeers(all, used netip.Prefix) peers {
	if !used.IsValid() {
		used = all
	}
	return peers{all, used}
}

// crossing is a packet that crosses the edge of a subnet.
type crossing struct {
	subnet  Subnet
	ingress bool
	from    peers
	to      netip.AddrPort
}

// about says whether a rule decides the crossing.
func (r ACLRule) about(protocol Protocol, c crossing) bool {
	if r.Ingress != c.ingress || r.Protocol != "all" && r.Protocol != string(protocol) || !r.Destination.Contains(c.to.Addr()) {
		return false
	}
	if r.DestinationFrom != 0 && (c.to.Port() < r.DestinationFrom || c.to.Port() > r.DestinationTo) {
		return false
	}
	if r.Allow {
		return r.Source.Bits() <= c.from.all.Bits() && r.Source.Contains(c.from.all.Addr()) &&
			(r.SourceFrom == 0 || r.SourceFrom <= firstClientPort && r.SourceTo >= lastClientPort)
	}
	return r.Source.Overlaps(c.from.used) && (r.SourceFrom == 0 || r.SourceFrom <= lastClientPort && r.SourceTo >= firstClientPort)
}

// String is a rule in the words of a rule list: "2: TCP 10.0.0.0/8 →
// 10.10.2.0/24:80".
func (r ACLRule) String() string {
	return strconv.Itoa(r.Order) + ": " + strings.ToUpper(r.Protocol) + " " + withPorts(r.Source, r.SourceFrom, r.SourceTo) +
		" → " + withPorts(r.Destination, r.DestinationFrom, r.DestinationTo)
}

func withPorts(p netip.Prefix, from, to uint16) string {
	switch {
	case from == 0:
		return p.String()
	case from == to:
		return p.String() + ":" + strconv.Itoa(int(from))
	}
	return p.String() + ":" + strconv.Itoa(int(from)) + "-" + strconv.Itoa(int(to))
}

// ruling is what an ACL says about a crossing. With no say (no ACL there) the
// key is empty.
type ruling struct {
	crossing
	allow bool
	key   string // of the reason
	acl   ACL
	rule  *ACLRule // nil: none was about it
}

func (k *walk) verdict(c crossing) ruling {
	a, ok := k.acls[c.subnet.ACL]
	if !ok {
		return ruling{crossing: c, allow: true}
	}
	for i := range a.Rules {
		r := &a.Rules[i]
		if !r.about(k.f.Protocol, c) {
			continue
		}
		if r.Allow {
			return ruling{c, true, "reach.acl.ok", a, r}
		}
		return ruling{c, false, "reach.acl.deny", a, r}
	}
	return ruling{c, false, "reach.acl.default", a, nil}
}

func (r ruling) fix() Ref { return Ref{"acl", r.acl.ID, r.acl.Name} }

func (r ruling) words(f Flow) []string {
	direction := "egress"
	if r.ingress {
		direction = "ingress"
	}
	from := r.from.all.String()
	if r.from.all.IsSingleIP() {
		from = r.from.all.Addr().String()
	}
	words := []string{
		"acl", r.acl.Name, "subnet", r.subnet.Name, "direction", direction, "protocol", f.Protocol.upper(),
		"source", from, "target", r.to.Addr().String(), "port", strconv.Itoa(int(r.to.Port())),
	}
	if r.rule != nil {
		words = append(words, "rule", r.rule.String())
	}
	return words
}

// cross asks the ACL of a subnet's edge and notes what it said at a gate.
func (k *walk) cross(g Gate, c crossing) bool {
	r := k.verdict(c)
	switch {
	case !r.allow:
		return k.stop(g, r.fix(), r.key, r.words(k.f)...)
	case r.key != "" && k.explain:
		return k.pass(g, r.fix(), r.key, r.words(k.f)...)
	}
	return true
}

// edge is the subnet that the flow starts in and whether its edge is crossed:
// neither this host nor a client on premises starts in a subnet, whatever its
// address, and what an instance sends to a NIC of its own never leaves it.
func (k *walk) edge() (from Subnet, crossed bool) {
	from, ok := k.subnet(k.f.Entry, k.f.Source)
	if !ok || k.client.ID == "" || !k.f.Target.IsValid() || from.CIDR.Contains(k.f.Target) {
		return from, false
	}
	to, ok := k.hosts[k.addresses[at{k.f.Entry, k.f.Target}].id]
	return from, !ok || to.instance() != k.client.instance()
}

// aclOut asks the ACL of the client's subnet. What has not resolved goes
// nowhere yet: the gate of the name tells it.
func (k *walk) aclOut() bool {
	if len(k.acls) == 0 {
		return true
	}
	from, crossed := k.edge()
	if !crossed {
		return true
	}
	return k.cross(GateACLOut, crossing{from, false, onePeer(k.f.Source), netip.AddrPortFrom(k.f.Target, k.f.Port)})
}

// aclIn asks the ACL of the subnet that the flow arrives in: that of the
// endpoint's interface, the balancer or the instance.
func (k *walk) aclIn() bool {
	if len(k.acls) == 0 {
		return true
	}
	to, ok := k.subnet(k.f.Entry, k.f.Target)
	if _, crossed := k.edge(); !crossed || !ok {
		return true
	}
	return k.cross(GateACLIn, crossing{to, true, onePeer(k.f.Source), netip.AddrPortFrom(k.f.Target, k.f.Port)})
}

// aclBackends keeps the backends whose subnet lets the senders in; the flow
// stops when none is left. Among several backends a reason also says the range
// of the subnet: a rule for one of them would leave the others shut out.
func (k *walk) aclBackends(from peers) bool {
	if len(k.acls) == 0 {
		return true
	}
	var left []Backend
	var stopped, passed ruling
	var stoppedAt, passedAt Backend
	for _, b := range k.v.Backends {
		s, _ := k.subnet(b.VPC, b.Addr.Addr())
		r := k.verdict(crossing{s, true, from, b.Addr})
		switch {
		case !r.allow:
			stopped, stoppedAt = r, b
			continue
		case r.key != "":
			passed, passedAt = r, b
		}
		left = append(left, b)
	}
	words := func(r ruling, b Backend) []string {
		words := append(r.words(k.f), "backend", b.Name)
		if len(k.v.Backends) > 1 {
			words = append(words, "range", r.subnet.CIDR.String())
		}
		return words
	}
	switch {
	case len(left) == 0 && stopped.key != "":
		all := words(stopped, stoppedAt)
		k.v.Backends = nil
		return k.stop(GateACL, stopped.fix(), stopped.key, all...)
	case passed.key != "" && k.explain:
		k.pass(GateACL, passed.fix(), passed.key, words(passed, passedAt)...)
	}
	k.v.Backends = left
	return true
}

// misses says whether a flow that its target's subnet stopped would never have
// met a gate: an instance has no listeners and no backends.
func (k *walk) misses(g Gate) bool {
	if k.v.Gate != GateACLIn {
		return false
	}
	direct := k.addresses[at{k.f.Entry, k.f.Target}].kind == "instance"
	return direct && (g == GateListener || g == GateBackend)
}
