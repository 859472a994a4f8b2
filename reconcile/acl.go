package reconcile

import (
	"culvert.internal/cloud"
	"culvert.internal/reach"
)

// acl gives the judge a network ACL; which subnets have it is theirs to say.
func (s *step) acl() error {
	a, err := s.tx.ACLs.Get(s.id)
	if missing, err := gone(err); missing || err != nil {
		if missing {
			s.world.DropACL(s.id)
			delete(s.done.acls, s.id)
		}
		return err
	}
	rules, err := s.tx.ACLRules.List(cloud.Where{"acl": a.ID})
	if err != nil {
		return err
	}
	out := reach.ACL{ID: a.ID, Name: a.Name}
	for _, r := range rules {
		out.Rules = append(out.Rules, reach.ACLRule{
			ID: r.ID, Ingress: r.Direction == cloud.Ingress, Allow: r.Action == cloud.Allow, Order: r.Order, Protocol: r.Protocol,
			Source: r.Source, SourceFrom: r.SourceFrom, SourceTo: r.SourceTo,
			Destination: r.Destination, DestinationFrom: r.DestinationFrom, DestinationTo: r.DestinationTo,
		})
	}
	s.done.acls[a.ID] = true
	s.world.PutACL(out)
	return nil
}
