package dns

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/miekg/dns"
)

// Zone is a private zone (PrivateZone) as one VPC sees it (PVZ-03, PVZ-10).
type Zone struct {
	// Name is the domain in any case, with or without the last dot, in A-labels.
	Name string
	// Proxy is 子域名递归解析代理 (PVZ-04): on, a name for which the zone has
	// no record is resolved as if the zone were not there; off, it does not exist.
	Proxy   bool
	Serial  uint32 // of the zone's SOA
	Records []ZoneRecord
}

// ZoneRecord is a record as it is typed into a form (PVZ-08).
type ZoneRecord struct {
	Host string // "@" or "", "www", "*", "*.a": relative to the zone
	Type uint16
	TTL  uint32 // seconds; 0: not to be kept
	// Value is the data as zone files write it: "10.0.0.1", "10 mail.example.com",
	// "0 5 443 www.example.com". Names are whole, with or without the last dot. The
	// text of a TXT record may stand without quotes: it is one string then.
	Value string
	// Weight is the share of answers that this record of its name and type gets,
	// which is then alone in its answer; 0: none. A set without any weight is
	// answered whole.
	Weight int
}

// ErrRecord says that a record cannot be served as it is.
var ErrRecord = errors.New("not a record")

// zone is a Zone made ready for answers. It is never changed.
type zone struct {
	apex   string
	proxy  bool
	serial uint32
	nodes  map[string]node
	// inner are the names between a node and the apex that have no record of
	// their own: they exist (RFC 8020).
	inner map[string]bool
}

// node is what there is at one name, by type and in the order of the records.
type node []*recordSet

type recordSet struct {
	typ     uint16
	records []Record
	weights []int // nil: answered whole
	total   int
}

// newZone makes a zone ready. What cannot be served is left out and told in the
// error, which is nil or joins one ErrRecord for each; the zone is valid anyway,
// unless its own name is none.
func newZone(z Zone) (*zone, error) {
	apex, err := wireName(z.Name)
	if err != nil || apex == "." {
		return nil, fmt.Errorf("private zone %q: %w: not a domain name", z.Name, ErrRecord)
	}
	out := &zone{apex: canonical(apex), proxy: z.Proxy, serial: z.Serial, nodes: map[string]node{}, inner: map[string]bool{}}
	var wrong []error
	for _, r := range z.Records {
		rec, err := newRecord(out.apex, r)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("private zone %s, host %q: %w", z.Name, r.Host, err))
			continue
		}
		out.add(rec, r.Weight)
	}
	return out, errors.Join(wrong...)
}

// newRecord reads one record as a zone file would be read, and writes and reads
// it as a packet, so that there is one spelling of everything.
func newRecord(apex string, r ZoneRecord) (Record, error) {
	if _, ok := zoneTypes[r.Type]; !ok {
		return Record{}, fmt.Errorf("%w: private zones have no type %s", ErrRecord, TypeName(r.Type))
	}
	owner := apex
	if r.Host != "" && r.Host != "@" {
		owner = r.Host + "." + apex
	}
	owner, err := wireName(owner)
	if err != nil {
		return Record{}, fmt.Errorf("%w: not a name: %w", ErrRecord, err)
	}
	value := strings.TrimSpace(r.Value)
	if strings.ContainsAny(value, "\r\n") {
		return Record{}, fmt.Errorf("%w: more than one line", ErrRecord)
	}
	if r.Type == TypeTXT && !strings.HasPrefix(value, `"`) {
		value = quote(value)
	}
	rr, err := dns.NewRR(fmt.Sprintf("%s %d IN %s %s", owner, r.TTL, dns.TypeToString[r.Type], value))
	if err != nil || rr == nil {
		return Record{}, fmt.Errorf("%w: %s %q: %w", ErrRecord, dns.TypeToString[r.Type], r.Value, cmp.Or(err, errors.New("no value")))
	}
	buf := make([]byte, dns.Len(rr)+1)
	n, err := dns.PackRR(rr, buf, 0, nil, false)
	if err != nil {
		return Record{}, fmt.Errorf("%w: %s %q: %w", ErrRecord, dns.TypeToString[r.Type], r.Value, err)
	}
	if rr, _, err = dns.UnpackRR(buf[:n], 0); err != nil {
		return Record{}, fmt.Errorf("%w: %s %q: %w", ErrRecord, dns.TypeToString[r.Type], r.Value, err)
	}
	return recordOf(canonical(owner), rr), nil
}

// recordOf takes out of an RR what answers are made of.
func recordOf(owner string, rr dns.RR) Record {
	out := Record{Name: owner, Type: rr.Header().Rrtype, TTL: rr.Header().Ttl}
	switch rr := rr.(type) {
	case *dns.A:
		out.IP, _ = netip.AddrFromSlice(rr.A.To4())
	case *dns.AAAA:
		out.IP, _ = netip.AddrFromSlice(rr.AAAA.To16())
	case *dns.CNAME:
		out.Target = rr.Target
	case *dns.PTR:
		out.Target = rr.Ptr
	default:
		out.RR = rr
	}
	return out
}

// add puts a record to its set; one that is there already is not added twice
// (RFC 2181, 5). All of a set may be kept as long as the shortest-lived.
func (z *zone) add(r Record, weight int) {
	n := z.nodes[r.Name]
	var set *recordSet
	for _, s := range n {
		if s.typ == r.Type {
			set = s
		}
	}
	if set == nil {
		set = &recordSet{typ: r.Type}
		z.nodes[r.Name] = append(n, set)
		for at := parent(r.Name); len(at) > len(z.apex); at = parent(at) {
			z.inner[at] = true
		}
	}
	ttl := r.TTL
	for i := range set.records {
		if set.records[i].same(r) {
			return
		}
		ttl = min(ttl, set.records[i].TTL)
	}
	set.records = append(set.records, r)
	for i := range set.records {
		set.records[i].TTL = ttl
	}
	set.weigh(max(weight, 0))
}

// weigh notes the weight of the record that was added last.
func (s *recordSet) weigh(weight int) {
	if weight == 0 && s.weights == nil {
		return
	}
	for len(s.weights) < len(s.records) {
		s.weights = append(s.weights, 0)
	}
	s.weights[len(s.records)-1] = weight
	s.total += weight
}

func (r Record) same(o Record) bool {
	if r.RR != nil && o.RR != nil {
		return dns.IsDuplicate(r.RR, o.RR)
	}
	return r.IP == o.IP && strings.EqualFold(r.Target, o.Target)
}

// parent is the name above a name, "" above the root. An escaped dot parts no
// labels.
func parent(name string) string {
	for i := 0; i < len(name); i++ {
		switch name[i] {
		case '\\':
			i++
		case '.':
			return name[i+1:]
		}
	}
	return ""
}

// wireName is a name as packets spell it, with its last dot.
func wireName(name string) (string, error) {
	buf := make([]byte, 256)
	n, err := dns.PackDomainName(dns.Fqdn(name), buf, 0, nil, false)
	if err != nil {
		return "", err
	}
	out, _, err := dns.UnpackDomainName(buf[:n], 0)
	return out, err
}

// quote makes one text of a TXT record, cut where one string has to end.
func quote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(text) {
		if i > 0 && i%255 == 0 {
			b.WriteString(`" "`)
		}
		switch c := text[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\%03d`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
