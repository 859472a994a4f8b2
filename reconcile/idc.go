package reconcile

import "culvert.internal/reach"

// idc makes the addresses of a network on premises known, under its ID as a
// network of its own, and tells the judge where it is attached (TYN-03).
func (s *step) idc() error {
	i, err := s.tx.IDCs.Get(s.id)
	if missing, err := gone(err); missing || err != nil {
		if old, ok := s.done.idcs[s.id]; ok && missing {
			s.world.DropIDC(s.id)
			s.net.Unmap(old.ID, old.CIDR)
			delete(s.done.idcs, s.id)
		}
		return err
	}
	s.done.idcs[i.ID] = i
	s.world.PutIDC(reach.IDC{ID: i.ID, Name: i.Name, Account: i.Account, VPC: i.VPC})
	return s.net.Map(i.ID, i.CIDR, i.Twin)
}
