package cloud

import (
	"slices"
)

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
	in := interfacePath(s.typed)
	if in == "" {
		return nil
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
