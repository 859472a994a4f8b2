package dns

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// reverse is the question which name an address has, or one about the names
// above or below that.
type reverse struct {
	zone string // the private zone it lies in
	addr netip.Addr
	deep bool // below an address
}

// arpa is where the names of IPv4 addresses are kept.
const arpa = ".in-addr.arpa."

// private are the zones of addresses that mean something inside a network
// only (RFC 6303, RFC 7793), and of the clouds' senders. Nobody outside knows
// about them, and nobody outside is to learn what the labs ask.
var private = func() []string {
	zones := []string{"0", "10", "127", "254.169", "168.192", "18.198", "19.198", "255.255.255.255"}
	for n := 16; n < 32; n++ {
		zones = append(zones, fmt.Sprintf("%d.172", n))
	}
	for n := 64; n < 128; n++ {
		zones = append(zones, fmt.Sprintf("%d.100", n))
	}
	return zones
}()

// reverseOf says whether a name is one of the private reverse zones or below.
func reverseOf(name string) (reverse, bool) {
	labels, ok := strings.CutSuffix(canonical(name), arpa)
	if !ok {
		return reverse{}, false
	}
	for _, zone := range private {
		if labels != zone && !strings.HasSuffix(labels, "."+zone) {
			continue
		}
		r := reverse{zone: zone + arpa}
		octets := strings.Split(labels, ".")
		if r.deep = len(octets) > 4; len(octets) == 4 {
			r.addr, _ = netip.ParseAddr(octets[3] + "." + octets[2] + "." + octets[1] + "." + octets[0])
			r.deep = !r.addr.IsValid()
		}
		return r, true
	}
	return reverse{}, false
}

// answer words what is known: name is that of the address, "" if there is none.
// A name with less than four numbers exists, whatever there is below it.
func (r reverse) answer(key string, qtype uint16, name string) Result {
	out := Result{Zone: r.zone, Source: r.zone, Serial: 1, Authoritative: true}
	switch {
	case key == r.zone:
		out.Records = madeAt(key, qtype, 1)
	case name != "" && (qtype == TypePTR || qtype == TypeANY):
		out.Records = []Record{{Name: key, Type: TypePTR, TTL: DefaultTTL, Target: canonical(name)}}
	case name == "" && (r.addr.IsValid() || r.deep):
		out.Rcode = NotExist
	}
	out.SOA = len(out.Records) == 0
	return out
}

// link notes whose address each of a published name's is.
func (v *View) link(n Name) {
	for _, a := range n.Addrs {
		if !slices.Contains(v.owners[a.IP], n.FQDN) {
			v.owners[a.IP] = append(v.owners[a.IP], n.FQDN)
		}
	}
}

func (v *View) unlink(n Name) {
	for _, a := range n.Addrs {
		left := slices.DeleteFunc(v.owners[a.IP], func(name string) bool { return name == n.FQDN })
		if v.owners[a.IP] = left; len(left) == 0 {
			delete(v.owners, a.IP)
		}
	}
}

// nameOf is the published name of an address, the shortest one if there are
// several: that of an endpoint and not that of one of its zones.
func (v *View) nameOf(addr netip.Addr) string {
	best := ""
	for _, name := range v.owners[addr] {
		if best == "" || len(name) < len(best) || len(name) == len(best) && name < best {
			best = name
		}
	}
	return best
}
