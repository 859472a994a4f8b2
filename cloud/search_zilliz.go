package cloud

import "strings"

// zilliz are the steps of a search in the console of Zilliz Cloud: projects,
// clusters and private links, which are in no region of the console.
func (s *search) zilliz() []func() error {
	return []func() error{s.projects, s.clusters, s.privateLinks}
}

func (s *search) mine() Where { return Where{"account": s.c.account.ID} }

func (s *search) projects() error {
	list, err := rows(s, s.tx.Projects, s.mine(), nil, "id", "name")
	for _, p := range list {
		s.add(Hit{Ref: Ref{"project", p.ID, p.Name, p.Account}, Side: OwnSide}, fieldText{"id", p.ID}, fieldText{"name", p.Name})
	}
	return err
}

func (s *search) clusters() error {
	// Its private name begins with its ID.
	byID := *s
	byID.typed, _, _ = strings.Cut(s.typed, "-privatelink")
	list, err := rows(&byID, s.tx.Clusters, s.mine(), nil, "id", "name")
	s.more = byID.more
	for _, k := range list {
		s.add(Hit{Ref: Ref{"cluster", k.ID, k.Name, k.Account}, Region: k.Region, Side: OwnSide},
			fieldText{"id", k.ID}, fieldText{"name", k.Name}, fieldText{"domain", k.privateHost()})
	}
	return err
}

func (s *search) privateLinks() error {
	list, err := rows(s, s.tx.PrivateLinks, s.mine(), nil, "id", "endpoint")
	for _, l := range list {
		s.add(Hit{Ref: Ref{"privatelink", l.ID, l.Endpoint, l.Account}, Region: l.Region, Side: OwnSide}, fieldText{"id", l.ID}, fieldText{"name", l.Endpoint})
	}
	return err
}
