package dns

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
)

// Types of records that a view itself knows (RFC 1035, 3.2.2 and 3.2.3).
const (
	TypeA   uint16 = 1
	TypeSOA uint16 = 6
	TypePTR uint16 = 12
	TypeANY uint16 = 255
)

// Response codes a view answers with (RFC 1035, 4.1.1).
const (
	NoError  = 0
	NotExist = 3 // NXDOMAIN
)

// DefaultTTL is how long, in seconds, an answer may be kept when its Name
// does not say. Short: Allow and Deny change answers at once.
const DefaultTTL uint32 = 5

// Name is a published name of an endpoint or of one of its zones (EP-08).
type Name struct {
	// FQDN in any case, with or without the last dot.
	FQDN  string
	Addrs []Addr
	// Affinity keeps a client in its own zone while that zone is healthy
	// (EPS-03).
	Affinity bool
	TTL      uint32 // seconds; 0 is DefaultTTL
}

// Addr is one address of a name.
type Addr struct {
	IP      netip.Addr
	Zone    string
	Healthy bool
}

// Question is what a client asks a view.
type Question struct {
	Name string
	Type uint16
	Zone string // where the client stands; "" when that is not known
	// Turn rotates the healthy answers, so that clients that take the first
	// one are spread over the zones.
	Turn uint32
}

// Record is one line of an answer. IP is set for an A record, Target for a
// PTR record; an SOA is the view's own.
type Record struct {
	Name string
	Type uint16
	TTL  uint32
	IP   netip.Addr

	Target string
}

// Result is the answer of a view.
type Result struct {
	Rcode   int
	Records []Record
	// SOA marks a negative answer, which carries the SOA of Zone so that it
	// may be cached for its short while (RFC 2308). A resolver that is told of
	// a zone the name does not lie in takes no answer at all.
	SOA  bool
	Zone string
	// Source is the published name or the domain that gave the answer.
	Source        string
	Authoritative bool
	// Recurse says that the view has no say: ask upstream.
	Recurse bool
}

// View is the names of one VPC, or of the host. The methods that change it
// must not run at the same time as others.
type View struct {
	roots []string
	names map[string]Name
	// inner counts the published names below every name between them and their
	// root: such a name exists, though it has no records (RFC 8020).
	inner map[string]int
}

// NewView is an empty view that is authoritative for the domains roots.
func NewView(roots ...string) *View {
	v := &View{names: map[string]Name{}, inner: map[string]int{}}
	for _, r := range roots {
		v.roots = append(v.roots, canonical(r))
	}
	return v
}

// canonical is a name as the view keys it: lower case, with its last dot.
func canonical(name string) string {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	return name + "."
}

// Set publishes a name or changes it.
func (v *View) Set(n Name) {
	key := canonical(n.FQDN)
	if _, known := v.names[key]; !known {
		v.count(key, 1)
	}
	n.FQDN, n.Addrs = key, slices.Clone(n.Addrs)
	v.names[key] = n
}

// Remove takes a name away; an unknown one is ignored.
func (v *View) Remove(fqdn string) {
	key := canonical(fqdn)
	if _, known := v.names[key]; known {
		v.count(key, -1)
		delete(v.names, key)
	}
}

func (v *View) count(key string, by int) {
	for {
		_, parent, ok := strings.Cut(key, ".")
		if !ok || v.root(parent) == "" {
			return
		}
		if v.inner[parent] += by; v.inner[parent] == 0 {
			delete(v.inner, parent)
		}
		key = parent
	}
}

// root is the domain of the view's own that a name is or is below, empty when
// it is none of them.
func (v *View) root(name string) string {
	for _, r := range v.roots {
		if name == r || strings.HasSuffix(name, "."+r) {
			return r
		}
	}
	return ""
}

// Answer looks one question up. A published name is found first, wherever it
// lies; then the root decides what does not exist; the rest is the upstream's.
func (v *View) Answer(q Question) Result {
	key := canonical(q.Name)
	if n, ok := v.names[key]; ok {
		return v.published(n, q)
	}
	root := v.root(key)
	if root == "" {
		return Result{Recurse: true}
	}
	r := Result{Rcode: NotExist, SOA: true, Zone: root, Source: root, Authoritative: true}
	switch {
	case key == root && (q.Type == TypeSOA || q.Type == TypeANY):
		r.Rcode, r.SOA = NoError, false
		r.Records = []Record{{Name: root, Type: TypeSOA, TTL: DefaultTTL}}
	case key == root || v.inner[key] > 0:
		r.Rcode = NoError
	}
	return r
}

func (v *View) published(n Name, q Question) Result {
	r := Result{Source: n.FQDN, Zone: cmp.Or(v.root(n.FQDN), n.FQDN), Authoritative: true}
	if q.Type == TypeA || q.Type == TypeANY {
		for _, a := range n.choose(q.Zone, q.Turn) {
			r.Records = append(r.Records, Record{Name: n.FQDN, Type: TypeA, TTL: n.ttl(), IP: a.IP})
		}
	}
	r.SOA = len(r.Records) == 0
	return r
}

// nameOf is the published name of an address, the shortest one if there are
// several: that of an endpoint and not that of one of its zones.
func (v *View) nameOf(addr netip.Addr) string {
	best := ""
	for name, n := range v.names {
		if slices.ContainsFunc(n.Addrs, func(a Addr) bool { return a.IP == addr }) &&
			(best == "" || len(name) < len(best) || len(name) == len(best) && name < best) {
			best = name
		}
	}
	return best
}

func (n Name) ttl() uint32 {
	if n.TTL == 0 {
		return DefaultTTL
	}
	return n.TTL
}

// choose puts the addresses of a name in the order a client of zone gets
// them: with affinity those of its own zone alone, while one of them is
// healthy; else all, the healthy ones first and rotated by turn.
func (n Name) choose(zone string, turn uint32) []Addr {
	var own, healthy, rest []Addr
	for _, a := range n.Addrs {
		if !a.Healthy {
			rest = append(rest, a)
			continue
		}
		healthy = append(healthy, a)
		if zone != "" && a.Zone == zone {
			own = append(own, a)
		}
	}
	if n.Affinity && len(own) > 0 {
		healthy, rest = own, nil
	}
	if len(healthy) > 1 {
		at := int(turn % uint32(len(healthy)))
		healthy = append(slices.Clone(healthy[at:]), healthy[:at]...)
	}
	return append(healthy, rest...)
}
