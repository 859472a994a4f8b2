package cloud

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"
)

// ShortestSearch is how many characters a search needs.
const ShortestSearch = 2

// Sides a hit can be seen from.
const (
	OwnSide      = "own"        // it is the account's
	OpenSide     = "open"       // a service whose whitelist holds the account
	ProviderSide = "connection" // another account's endpoint of the account's service
)

// Ranks of a hit, best first.
const (
	RankWhole = iota // what was typed is the whole ID, name, address or domain
	RankBegin        // one of these begins with it
	RankPart         // one of these holds it
	RankHolds        // a network that holds the address
)

// Hit is one thing that a search has found.
type Hit struct {
	Ref
	Region  string
	Side    string
	Service string // of an endpoint
	Owner   string // account ID of the other side
	// Field and Text are what was found in it: "id", "name", "ip", "twin",
	// "domain", "cidr", "account", "description".
	Field, Text string
	Rank        int
}

// Search answers everything in the regions that the account may see and that
// holds what was typed: its own things, services open to it, and, as
// provider, the endpoints of its services. Best first; at most most of each
// kind. More says that some kind has more. A search that is too short finds
// nothing.
func (c *Caller) Search(ctx context.Context, regions []string, typed string, most int) (hits []Hit, more bool, err error) {
	typed = strings.Join(strings.Fields(typed), " ")
	if utf8.RuneCountInString(typed) < ShortestSearch {
		return nil, false, nil
	}
	err = c.read(ctx, func(tx *Tx) error {
		s := &search{c: c, tx: tx, regions: regions, typed: typed, most: most}
		for _, step := range []func() error{
			s.accounts, s.ownEndpoints, s.addresses, s.connections, s.services, s.openServices, s.network, s.compute, s.grants, s.places,
		} {
			if err := step(); err != nil {
				return err
			}
		}
		hits, more = s.hits, s.more
		return nil
	})
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(a.Rank, b.Rank) })
	return hits, more, err
}

// search is one search as it goes on.
type search struct {
	c       *Caller
	tx      *Tx
	regions []string
	typed   string
	most    int
	people  []string // accounts whose name holds what was typed
	hits    []Hit
	more    bool
}

// fieldText is one text of a row under the name of its field.
type fieldText struct{ field, text string }

// add keeps a hit with the best of its texts.
func (s *search) add(h Hit, texts ...fieldText) {
	if slices.ContainsFunc(s.hits, func(have Hit) bool { return have.Kind == h.Kind && have.ID == h.ID && have.Side == h.Side }) {
		return
	}
	h.Rank = RankPart + 1
	for _, t := range texts {
		for _, typed := range []string{s.typed, domainWord(s.typed)} {
			if r := rankOf(t.text, typed); r < h.Rank {
				h.Rank, h.Field, h.Text = r, t.field, t.text
			}
		}
	}
	if h.Rank > RankPart { // several words, or a part that is not shown
		h.Rank = RankPart
	}
	s.hits = append(s.hits, h)
}

func rankOf(text, typed string) int {
	text, typed = strings.ToLower(text), strings.ToLower(typed)
	switch {
	case typed == "":
	case text == typed:
		return RankWhole
	case strings.HasPrefix(text, typed):
		return RankBegin
	case strings.Contains(text, typed):
		return RankPart
	}
	return RankPart + 1
}

// rows answers the best rows of a table that hold every word typed.
func rows[T noun](s *search, table Table[T], w Where, also func(word string) []Where, in ...string) ([]T, error) {
	q := Query{Where: w, Best: &Term{Text: domainWord(s.typed), In: in}, Limit: s.most + 1}
	if slices.Contains(in, domainPath) {
		// One text that holds them all is looked through faster.
		in = []string{strings.Join(slices.DeleteFunc(slices.Clone(in), func(path string) bool { return path == "id" }), "+")}
	}
	for _, word := range words(s.typed) {
		t := Term{Text: domainWord(word), In: in}
		if also != nil {
			t.Or = also(word)
		}
		q.Terms = append(q.Terms, t)
	}
	list, err := table.Page(q)
	if len(list) > s.most {
		s.more, list = true, list[:s.most]
	}
	return list, err
}

func (s *search) own() Where { return Where{"account": s.c.account.ID, "region": s.regions} }

// accounts finds partners by name or ID: names are not secret between the
// accounts of one installation.
func (s *search) accounts() (err error) {
	s.people, err = found(s.tx.Accounts, nil, s.typed, mostOthers, "name", "name_en", "id")
	return err
}

func (s *search) ownEndpoints() error {
	list, err := rows(s, s.tx.Endpoints, s.own(), nil, "id", "name", domainPath, "description")
	for _, e := range list {
		s.endpoint(e, fieldText{"description", e.Description})
	}
	return err
}

func (s *search) endpoint(e Endpoint, more ...fieldText) {
	texts := append([]fieldText{{"id", e.ID}, {"name", e.Name}, {"domain", e.domain()}}, more...)
	s.add(Hit{Ref: Ref{"endpoint", e.ID, e.Name, e.Account}, Region: e.Region, Side: OwnSide, Service: e.Service, Owner: e.Provider}, texts...)
}

// addresses finds endpoints by the addresses and IDs of their interfaces.
func (s *search) addresses() error {
	in := "ip"
	if !addressLike(s.typed) {
		if !strings.HasPrefix(strings.ToLower(s.typed), "eni-") {
			return nil
		}
		in = "id"
	}
	list, err := rows(s, s.tx.Interfaces, Where{"account": s.c.account.ID}, nil, in)
	if err != nil {
		return err
	}
	return s.interfaces(list, "")
}

// interfaces adds the endpoints of interfaces; twin is the address on this
// host that was typed.
func (s *search) interfaces(list []Interface, twin string) error {
	if err := learn(s.tx.Endpoints, each(list, func(i Interface) string { return i.Endpoint })...); err != nil {
		return err
	}
	for _, i := range list {
		e, err := s.tx.Endpoints.Get(i.Endpoint)
		if err != nil {
			return err
		}
		if slices.Contains(s.regions, e.Region) {
			s.endpoint(e, fieldText{"ip", i.IP.String()}, fieldText{"id", i.ID}, fieldText{"twin", twin})
		}
	}
	return nil
}

// connections are other accounts' endpoints of the account's services. What is
// the consumer's own business (VPC, addresses, description) is not searched.
func (s *search) connections() error {
	by := func(string) []Where { return []Where{{"account": s.people}} }
	list, err := rows(s, s.tx.Endpoints, Where{"provider": s.c.account.ID, "region": s.regions}, by, "id", "name", domainPath)
	for _, e := range list {
		if e.Account == s.c.account.ID {
			continue
		}
		s.add(Hit{Ref: Ref{"endpoint", e.ID, e.Name, e.Account}, Region: e.Region, Side: ProviderSide, Service: e.Service, Owner: e.Account},
			fieldText{"id", e.ID}, fieldText{"name", e.Name}, fieldText{"domain", e.domain()}, fieldText{"account", e.Account})
	}
	return err
}

func (s *search) services() error {
	list, err := rows(s, s.tx.Services, s.own(), nil, "id", "name", "description")
	for _, v := range list {
		s.add(Hit{Ref: Ref{"service", v.ID, "", v.Account}, Region: v.Region, Side: OwnSide}, fieldText{"id", v.ID}, fieldText{"service", v.Name}, fieldText{"description", v.Description})
	}
	return err
}

// openServices are the services whose whitelist holds the account.
func (s *search) openServices() error {
	grants, err := s.tx.Grants.List(Where{"grantee": []string{s.c.account.ID, Everybody}})
	if err != nil {
		return err
	}
	grants = slices.DeleteFunc(grants, func(g Grant) bool { return g.Account == s.c.account.ID })
	open := each(grants, func(g Grant) string { return g.Service })
	by := func(string) []Where { return []Where{{"account": s.people}} }
	list, err := rows(s, s.tx.Services, Where{"id": open, "region": s.regions}, by, "id", "name")
	for _, v := range list {
		s.add(Hit{Ref: Ref{"service", v.ID, v.Name, v.Account}, Region: v.Region, Side: OpenSide, Owner: v.Account},
			fieldText{"id", v.ID}, fieldText{"service", v.Name}, fieldText{"account", v.Account})
	}
	return err
}

// grants are entries of the account's whitelists, by the partner's ID or name.
func (s *search) grants() error {
	by := func(string) []Where { return []Where{{"grantee": s.people}} }
	list, err := rows(s, s.tx.Grants, Where{"account": s.c.account.ID}, by, "grantee")
	if err != nil {
		return err
	}
	if err := learn(s.tx.Services, each(list, func(g Grant) string { return g.Service })...); err != nil {
		return err
	}
	for _, g := range list {
		v, err := s.tx.Services.Get(g.Service)
		if err != nil {
			return err
		}
		if g.Grantee != s.c.account.ID && slices.Contains(s.regions, v.Region) {
			s.add(Hit{Ref: Ref{"grant", g.ID, "", g.Account}, Region: v.Region, Side: OwnSide, Service: v.ID, Owner: g.Grantee}, fieldText{"account", g.Grantee})
		}
	}
	return nil
}

func (s *search) network() error {
	vpcs, err := rows(s, s.tx.VPCs, s.own(), nil, "id", "name", "cidr", "description")
	for _, v := range vpcs {
		s.add(Hit{Ref: Ref{"vpc", v.ID, v.Name, v.Account}, Region: v.Region, Side: OwnSide}, fieldText{"id", v.ID}, fieldText{"name", v.Name}, fieldText{"cidr", v.CIDR.String()}, fieldText{"description", v.Description})
	}
	if err != nil {
		return err
	}
	switches, err := rows(s, s.tx.VSwitches, s.own(), nil, "id", "name", "cidr", "twin", "description")
	for _, v := range switches {
		s.add(Hit{Ref: Ref{"vswitch", v.ID, v.Name, v.Account}, Region: v.Region, Side: OwnSide}, fieldText{"id", v.ID}, fieldText{"name", v.Name}, fieldText{"cidr", v.CIDR.String()}, fieldText{"twin", v.Twin.String()}, fieldText{"description", v.Description})
	}
	if err != nil {
		return err
	}
	idcs, err := rows(s, s.tx.IDCs, s.own(), nil, "id", "name", "cidr", "gateway", "twin")
	for _, i := range idcs {
		s.add(Hit{Ref: Ref{"idc", i.ID, i.Name, i.Account}, Region: i.Region, Side: OwnSide}, fieldText{"id", i.ID}, fieldText{"name", i.Name}, fieldText{"cidr", i.CIDR.String()}, fieldText{"ip", i.Gateway.String()}, fieldText{"twin", i.Twin.String()})
	}
	if err != nil {
		return err
	}
	groups, err := rows(s, s.tx.SecurityGroups, s.own(), nil, "id", "name", "description")
	for _, g := range groups {
		s.add(Hit{Ref: Ref{"group", g.ID, g.Name, g.Account}, Region: g.Region, Side: OwnSide}, fieldText{"id", g.ID}, fieldText{"name", g.Name}, fieldText{"description", g.Description})
	}
	if err != nil {
		return err
	}
	acls, err := rows(s, s.tx.ACLs, s.own(), nil, "id", "name", "description")
	for _, a := range acls {
		s.add(Hit{Ref: Ref{"acl", a.ID, a.Name, a.Account}, Region: a.Region, Side: OwnSide}, fieldText{"id", a.ID}, fieldText{"name", a.Name}, fieldText{"description", a.Description})
	}
	return err
}

func (s *search) compute() error {
	instances, err := rows(s, s.tx.Instances, s.own(), nil, "id", "name", "ip")
	for _, i := range instances {
		s.instance(i, "")
	}
	if err != nil {
		return err
	}
	if err := s.nics(); err != nil {
		return err
	}
	balancers, err := rows(s, s.tx.Balancers, s.own(), nil, "id", "name", "ip")
	for _, b := range balancers {
		s.balancer(b, "")
	}
	return err
}

func (s *search) instance(i Instance, twin string) {
	s.add(Hit{Ref: Ref{"instance", i.ID, i.Name, i.Account}, Region: i.Region, Side: OwnSide}, fieldText{"id", i.ID}, fieldText{"name", i.Name}, fieldText{"ip", i.IP.String()}, fieldText{"twin", twin})
}

// nics finds instances by the addresses and IDs of their secondary NICs.
func (s *search) nics() error {
	list, err := rows(s, s.tx.NICs, s.own(), nil, "id", "ip")
	if err != nil {
		return err
	}
	return s.instancesOf(list, "")
}

// instancesOf adds the instances of secondary NICs; twin is the address on this
// host that was typed.
func (s *search) instancesOf(list []NIC, twin string) error {
	if err := learn(s.tx.Instances, each(list, func(n NIC) string { return n.Instance })...); err != nil {
		return err
	}
	for _, n := range list {
		i, err := s.tx.Instances.Get(n.Instance)
		if err != nil {
			return err
		}
		s.add(Hit{Ref: Ref{"instance", i.ID, i.Name, i.Account}, Region: i.Region, Side: OwnSide},
			fieldText{"id", n.ID}, fieldText{"ip", n.IP.String()}, fieldText{"twin", twin})
	}
	return nil
}

func (s *search) balancer(b Balancer, twin string) {
	s.add(Hit{Ref: Ref{"balancer", b.ID, b.Name, b.Account}, Region: b.Region, Side: OwnSide}, fieldText{"id", b.ID}, fieldText{"name", b.Name}, fieldText{"ip", b.IP.String()}, fieldText{"twin", twin})
}

// places finds what is at a whole address: the thing whose twin on this host
// it is, and the networks that hold it.
func (s *search) places() error {
	a, err := netip.ParseAddr(s.typed)
	if err != nil || !a.Is4() {
		return nil
	}
	switches, err := s.tx.VSwitches.List(s.own())
	if err != nil {
		return err
	}
	for _, v := range switches {
		if at, ok := v.twinned(a); ok {
			if err := s.at(v, at); err != nil {
				return err
			}
		}
		if v.CIDR.Contains(a) {
			s.holds(Hit{Ref: Ref{"vswitch", v.ID, v.Name, v.Account}, Region: v.Region}, v.CIDR)
		}
	}
	idcs, err := s.tx.IDCs.List(s.own())
	if err != nil {
		return err
	}
	for _, i := range idcs {
		for _, p := range []netip.Prefix{i.CIDR, i.Twin} {
			if p.Contains(a) {
				s.holds(Hit{Ref: Ref{"idc", i.ID, i.Name, i.Account}, Region: i.Region}, p)
			}
		}
	}
	vpcs, err := s.tx.VPCs.List(s.own())
	for _, v := range vpcs {
		if v.CIDR.Contains(a) {
			s.holds(Hit{Ref: Ref{"vpc", v.ID, v.Name, v.Account}, Region: v.Region}, v.CIDR)
		}
	}
	return err
}

func (s *search) holds(h Hit, cidr netip.Prefix) {
	if n := len(slices.DeleteFunc(slices.Clone(s.hits), func(have Hit) bool { return have.Kind != h.Kind })); n >= s.most {
		s.more = true
		return
	}
	h.Side, h.Field, h.Text, h.Rank = OwnSide, "cidr", cidr.String(), RankHolds
	if !slices.ContainsFunc(s.hits, func(have Hit) bool { return have.Kind == h.Kind && have.ID == h.ID }) {
		s.hits = append(s.hits, h)
	}
}

// at adds what has an address of a vSwitch, found by where that is on this host.
func (s *search) at(v VSwitch, ip netip.Addr) error {
	w := Where{"vswitch": v.ID, "ip": ip}
	instances, err := s.tx.Instances.List(w)
	for _, i := range instances {
		s.instance(i, s.typed)
	}
	if err != nil {
		return err
	}
	balancers, err := s.tx.Balancers.List(w)
	for _, b := range balancers {
		s.balancer(b, s.typed)
	}
	if err != nil {
		return err
	}
	nics, err := s.tx.NICs.List(w)
	if err != nil {
		return err
	}
	if err := s.instancesOf(nics, s.typed); err != nil {
		return err
	}
	interfaces, err := s.tx.Interfaces.List(w)
	if err != nil {
		return err
	}
	if len(instances)+len(nics)+len(balancers)+len(interfaces) == 0 {
		s.holds(Hit{Ref: Ref{"vswitch", v.ID, v.Name, v.Account}, Region: v.Region}, v.Twin)
	}
	return s.interfaces(interfaces, s.typed)
}
