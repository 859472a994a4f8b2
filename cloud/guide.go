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
	group    WalkStep
	grant    Ref  // a service of the account that another account may use
	granted  bool // another account's service is open to this one
}

// guideBound is how many of the newest endpoints and services the guide looks
// at.
const guideBound = 50

// Guide answers how far the account has come with the walkthroughs in a region,
// read off the real state. Whether a group lets the endpoints' range in is the
// judge's to say: group is that step of "same".
func (c *Caller) Guide(ctx context.Context, region string, group WalkStep) ([]Walk, error) {
	var out []Walk
	err := c.read(ctx, func(tx *Tx) error {
		facts, err := c.guideFacts(tx, region)
		if err != nil {
			return err
		}
		facts.group = group
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
	return f, nil
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
		f.group,
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
