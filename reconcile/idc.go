package reconcile

import (
	"culvert.internal/instance"
	"culvert.internal/reach"
)

// idc makes the addresses of a network on premises known, under its ID as a
// network of its own, and tells the judge where it is attached (TYN-03).
func (s *step) idc() error {
	i, err := s.tx.IDCs.Get(s.id)
	if missing, err := gone(err); missing || err != nil {
		if old, ok := s.done.idcs[s.id]; ok && missing {
			s.world.DropIDC(s.id)
			s.doors.RemoveSite(old.ID)
			s.net.Gone(old.ID)
			s.net.Unmap(old.ID, old.CIDR)
			delete(s.done.idcs, s.id)
		}
		return err
	}
	s.done.idcs[i.ID] = i
	if s.opt.Nameserver.IsValid() {
		a, err := s.tx.Accounts.Get(i.Account)
		if err != nil {
			return err
		}
		s.doors.SetSite(instance.Spec{ID: i.ID, Name: i.Name, Account: i.Account, AccountName: a.Login, Region: i.Region})
	}
	if err := s.net.Map(i.ID, i.CIDR, i.Twin); err != nil {
		return err
	}
	if err := s.net.Site(i.ID, i.VPC, i.CIDR, i.Gateway, i.Client()); err != nil {
		return err
	}
	// Last, so that who is known to the judge can be told from strangers.
	s.world.PutIDC(reach.IDC{ID: i.ID, Name: i.Name, Account: i.Account, VPC: i.VPC})
	return nil
}
