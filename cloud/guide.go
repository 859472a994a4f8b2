package cloud

import "context"

// Walk is one walkthrough of the ctyun document with how far the account has
// come: "dns" (section 2.1), "same" and "other" (2.2, within one account and
// between two).
type Walk struct {
	ID    string
	Steps []WalkStep
}

// WalkStep is one step of a walkthrough. On is what it made or where it is done,
// without an ID while there is nothing.
type WalkStep struct {
	ID   string
	Done bool
	On   Ref
}

// Done counts the steps that are done.
func (w Walk) Done() int {
	n := 0
	for _, s := range w.Steps {
		if s.Done {
			n++
		}
	}
	return n
}

// Next is the first step that is not done, from 0; the number of steps when all
// are.
func (w Walk) Next() int {
	for i, s := range w.Steps {
		if !s.Done {
			return i
		}
	}
	return len(w.Steps)
}

// guideFacts is what the steps are read off.
type guideFacts struct {
	services []Service
	mine     []Endpoint // newest first
	theirs   []Endpoint // on the account's services
	rule     Ref        // the backends' group, and whether it
	lets     bool       // lets the range in that they see traffic come from
	grant    Ref        // a service of the account that another account may use
	granted  bool       // another account's service is open to this one
}

// guideBound is how many of the newest endpoints and services the guide looks
// at.
const guideBound = 50

// Guide answers how far the account has come with the walkthroughs in a region,
// read off the real state.
func (c *Caller) Guide(ctx context.Context, region string) ([]Walk, error) {
	var out []Walk
	err := c.read(ctx, func(tx *Tx) error {
		facts, err := c.guideFacts(tx, region)
		if err != nil {
			return err
		}
		out = nil
		for _, walk := range []func(*Tx, guideFacts) (Walk, error){c.walkDNS, c.walkSame, c.walkOther} {
			w, err := walk(tx, facts)
			if err != nil {
				return err
			}
			out = append(out, w)
		}
		return nil
	})
	return out, err
}

func (c *Caller) guideFacts(tx *Tx, region string) (f guideFacts, err error) {
	newest := func(by string) Query {
		return Query{Where: Where{by: c.account.ID, "region": region}, Desc: true, Limit: guideBound}
	}
	if f.services, err = tx.Services.Page(newest("account")); err != nil {
		return f, err
	}
	if f.mine, err = tx.Endpoints.Page(newest("account")); err != nil {
		return f, err
	}
	if f.theirs, err = tx.Endpoints.Page(newest("provider")); err != nil {
		return f, err
	}
	grants, err := tx.Grants.List(Where{"service": each(f.services, func(s Service) string { return s.ID })})
	if err != nil {
		return f, err
	}
	for _, g := range grants {
		if g.Grantee != c.account.ID {
			f.grant = Ref{"service", g.Service, "", g.Account}
		}
	}
	open, err := tx.Grants.List(Where{"grantee": []string{c.account.ID, Everybody}})
	if err != nil {
		return f, err
	}
	for _, g := range open {
		in, _ := RegionOf(g.Service)
		f.granted = f.granted || g.Account != c.account.ID && g.Account != Operator && in.ID == region
	}
	f.rule, f.lets, err = c.guideRule(tx, region)
	return f, err
}

// guideRule finds the group of a load balancer's backend that lets the range in
// from which backends see traffic come (TYS-12), or one that should.
func (c *Caller) guideRule(tx *Tx, region string) (group Ref, lets bool, err error) {
	balancers, err := tx.Balancers.Page(Query{Where: Where{"account": c.account.ID, "region": region}, Desc: true, Limit: guideBound})
	if err != nil {
		return group, false, err
	}
	backends, err := tx.Backends.List(Where{"balancer": each(balancers, func(b Balancer) string { return b.ID })})
	if err != nil {
		return group, false, err
	}
	instances, err := tx.Instances.List(Where{"id": each(backends, func(b Backend) string { return b.Instance })})
	if err != nil {
		return group, false, err
	}
	var groups []string
	for _, i := range instances {
		groups = append(groups, i.Groups...)
	}
	rules, err := tx.SecurityRules.List(Where{"group": groups, "direction": Ingress, "policy": Accept})
	if err != nil {
		return group, false, err
	}
	snat := c.e.SNAT()
	for _, r := range rules {
		if r.Peer.Bits() <= snat.Bits() && r.Peer.Contains(snat.Addr()) && r.Protocol != ICMP && (r.PortFrom == 0 || r.Peer == snat) {
			return Ref{"group", r.Group, "", c.account.ID}, true, nil
		}
	}
	if len(groups) > 0 {
		group = Ref{"group", groups[0], "", c.account.ID}
	}
	return group, false, nil
}

func (c *Caller) walkDNS(tx *Tx, f guideFacts) (Walk, error) {
	e := newestEndpoint(f.mine, func(e Endpoint) bool { return e.Provider == Operator })
	used, err := passed(tx, e)
	return Walk{"dns", []WalkStep{
		{"endpoint", e.Decision == Allowed, endpointRef(e)},
		{"forward", used, endpointRef(e)},
	}}, err
}

func (c *Caller) walkSame(tx *Tx, f guideFacts) (Walk, error) {
	e := newestEndpoint(f.mine, func(e Endpoint) bool { return e.Provider == e.Account })
	s := Ref{}
	if len(f.services) > 0 {
		s = Ref{"service", f.services[0].ID, f.services[0].Name, c.account.ID}
	}
	if e.ID != "" {
		s = Ref{"service", e.Service, "", e.Account}
	}
	used, err := passed(tx, e)
	return Walk{"same", []WalkStep{
		{"group", f.lets, f.rule},
		{"service", s.ID != "", s},
		{"endpoint", e.ID != "", endpointRef(e)},
		{"accept", e.Decision == Allowed, s},
		{"use", used, endpointRef(e)},
	}}, err
}

// walkOther is read by both accounts: what one has done, the other sees.
func (c *Caller) walkOther(tx *Tx, f guideFacts) (Walk, error) {
	e := newestEndpoint(f.mine, func(e Endpoint) bool { return e.Provider != e.Account && e.Provider != Operator })
	s := f.grant
	if e.ID == "" {
		e = newestEndpoint(f.theirs, func(e Endpoint) bool { return e.Provider != e.Account })
		if e.ID != "" {
			s = Ref{"service", e.Service, "", e.Provider}
		}
	}
	if s.ID == "" && len(f.services) > 0 {
		s = Ref{"service", f.services[0].ID, f.services[0].Name, c.account.ID}
	}
	granted := f.granted || f.grant.ID != "" || e.ID != ""
	used, err := passed(tx, e)
	return Walk{"other", []WalkStep{
		{"id", granted, Ref{}},
		{"grant", granted, s},
		{"endpoint", e.ID != "", endpointRef(e)},
		{"accept", e.Decision == Allowed, s},
		{"use", used, endpointRef(e)},
	}}, err
}

func newestEndpoint(list []Endpoint, fits func(Endpoint) bool) Endpoint {
	for _, e := range list {
		if !e.Deleting && fits(e) {
			return e
		}
	}
	return Endpoint{}
}

func endpointRef(e Endpoint) Ref { return Ref{"endpoint", e.ID, e.Name, e.Account} }

// passed says whether something has come through an endpoint.
func passed(tx *Tx, e Endpoint) (bool, error) {
	if e.ID == "" {
		return false, nil
	}
	seen, err := tx.Attempts.Recent(AttemptQuery{Endpoint: e.ID, Allowed: true, Limit: 1})
	return len(seen) > 0, err
}
