package dns

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// Response codes a view answers with (RFC 1035, 4.1.1).
const (
	NoError  = 0
	Failure  = 2 // SERVFAIL
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
	// Luck chooses among records with weights: any number, best a random one.
	Luck uint64
	// NameOf is the name of what else has an address, "" if nothing. May be nil.
	NameOf func(netip.Addr) string

	deps *depends // what the answer turned out to depend on; may be nil
}

// Record is one line of an answer. IP is set for A and AAAA, Target for CNAME,
// PTR and NS, Serial for an SOA, which is the view's own, and RR for the rest:
// its data are the record's, its owner and TTL are not.
type Record struct {
	Name string
	Type uint16
	TTL  uint32
	IP   netip.Addr

	Target string
	Serial uint32
	RR     dns.RR
}

// Result is the answer of a view.
type Result struct {
	Rcode   int
	Records []Record
	// SOA marks a negative answer, which carries the SOA of Zone so that it
	// may be cached for its short while (RFC 2308). A resolver that is told of
	// a zone the name does not lie in takes no answer at all.
	SOA    bool
	Zone   string
	Serial uint32 // of that SOA
	// Source is the published name or the domain that gave the answer.
	Source        string
	Authoritative bool
	// Recurse says that the view has no say about Next: ask upstream. Records
	// are then the aliases that lead there.
	Recurse bool
	Next    string
}

// View is the names of one VPC, or of the host. The methods that change it
// must not run at the same time as others.
type View struct {
	roots []string
	names map[string]Name
	// inner counts the published names below every name between them and their
	// root: such a name exists, though it has no records (RFC 8020).
	inner map[string]int
	zones map[string]*zone // private ones, by apex
	// owners are the published names of every address.
	owners map[netip.Addr][]string
}

// NewView is an empty view that is authoritative for the domains roots.
func NewView(roots ...string) *View {
	v := &View{names: map[string]Name{}, zones: map[string]*zone{}, owners: map[netip.Addr][]string{}}
	v.setRoots(roots)
	return v
}

// setRoots makes the view authoritative for other domains.
func (v *View) setRoots(roots []string) {
	v.roots, v.inner = nil, map[string]int{}
	for _, r := range roots {
		v.roots = append(v.roots, canonical(r))
	}
	for key := range v.names {
		v.count(key, 1)
	}
}

// canonical is a name as the view keys it: lower case, with its last dot.
func canonical(name string) string {
	if strings.HasSuffix(name, ".") {
		return strings.ToLower(name) // the same text, when it is one already
	}
	return strings.ToLower(name) + "."
}

// Set publishes a name or changes it. The view keeps the list of addresses.
func (v *View) Set(n Name) {
	key := canonical(n.FQDN)
	if old, known := v.names[key]; known {
		v.unlink(old)
	} else {
		v.count(key, 1)
	}
	n.FQDN = key
	v.names[key] = n
	v.link(n)
}

// Remove takes a name away; an unknown one is ignored.
func (v *View) Remove(fqdn string) {
	key := canonical(fqdn)
	if old, known := v.names[key]; known {
		v.unlink(old)
		v.count(key, -1)
		delete(v.names, key)
	}
}

// has says whether a name is published just as n says.
func (v *View) has(n Name) bool {
	old, known := v.names[canonical(n.FQDN)]
	return known && old.Affinity == n.Affinity && old.TTL == n.TTL && slices.Equal(old.Addrs, n.Addrs)
}

func (v *View) empty() bool { return len(v.names) == 0 && len(v.zones) == 0 }

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
	for at := name; at != ""; at = parent(at) {
		if v.isRoot(at) {
			return at
		}
	}
	return ""
}

func (v *View) isRoot(name string) bool { return slices.Contains(v.roots, name) }

// Answer looks one question up: the most specific zone or domain has the say,
// and what none has is the upstream's.
func (v *View) Answer(q Question) Result { return v.resolve(q, nil) }

// belowRoot answers about a name of the labs' domain that nobody published.
func (v *View) belowRoot(key, root string, q Question) Result {
	r := Result{Rcode: NotExist, Zone: root, Source: root, Serial: 1, Authoritative: true}
	if key == root || v.inner[key] > 0 {
		r.Rcode = NoError
	}
	if key == root {
		r.Records = madeAt(root, q.Type, 1)
	}
	r.SOA = len(r.Records) == 0
	return r
}

func (v *View) published(n Name, q Question) Result {
	r := Result{Source: n.FQDN, Zone: cmp.Or(v.root(n.FQDN), n.FQDN), Serial: 1, Authoritative: true}
	if q.Type == TypeA || q.Type == TypeANY {
		for _, a := range n.chosen(q) {
			r.Records = append(r.Records, Record{Name: n.FQDN, Type: TypeA, TTL: n.ttl(), IP: a.IP})
		}
	}
	r.SOA = len(r.Records) == 0
	return r
}

func (n Name) ttl() uint32 {
	if n.TTL == 0 {
		return DefaultTTL
	}
	return n.TTL
}

// chosen are the addresses of a name in the order that the client gets them
// in.
func (n Name) chosen(q Question) []Addr {
	zone := ""
	if n.Affinity {
		zone = q.zone()
	}
	healthy, rest := n.split(zone)
	return turned(healthy, rest, q.turn(len(healthy)))
}

// choose puts the addresses of a name in the order a client of zone gets
// them: with affinity those of its own zone alone, while one of them is
// healthy; else all, the healthy ones first and rotated by turn.
func (n Name) choose(zone string, turn uint32) []Addr {
	return n.chosen(Question{Zone: zone, Turn: turn})
}

// split parts the addresses that take turns from those behind them.
func (n Name) split(zone string) (healthy, rest []Addr) {
	var own []Addr
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
		return own, nil
	}
	return healthy, rest
}

func turned(healthy, rest []Addr, at int) []Addr {
	return slices.Concat(healthy[at:], healthy[:at], rest)
}
