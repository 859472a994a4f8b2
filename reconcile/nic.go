package reconcile

import (
	"net/netip"

	"culvert.internal/cloud"
	"culvert.internal/reach"
)

// nics brings the secondary NICs of an instance up to date: each is a host of
// its own with its own groups. It answers all addresses of the instance, the
// primary one first.
func (s *step) nics(i cloud.Instance) ([]netip.Addr, error) {
	list, err := s.tx.NICs.List(cloud.Where{"instance": i.ID})
	if err != nil {
		return nil, err
	}
	addrs, now := []netip.Addr{i.IP}, map[string]place{}
	for _, n := range list {
		addrs, now[n.ID] = append(addrs, n.IP), place{n.VPC, n.IP}
		s.world.PutHost(reach.Host{
			ID: n.ID, Name: i.Name + " " + n.IP.String(), Instance: i.ID, VPC: n.VPC, Zone: i.Zone, Addr: n.IP,
			Groups: n.Groups, Running: i.Running,
		})
	}
	s.dropNICs(now)
	return addrs, nil
}

// dropNICs takes away the NICs that the instance no longer has.
func (s *step) dropNICs(now map[string]place) {
	for id, at := range s.done.nics[s.id] {
		if now[id] != at {
			s.forgetMoves(at)
		}
		if _, ok := now[id]; !ok {
			s.world.DropHost(id)
		}
	}
	if len(now) == 0 {
		delete(s.done.nics, s.id)
		return
	}
	s.done.nics[s.id] = now
}
