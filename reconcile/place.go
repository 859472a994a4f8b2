package reconcile

import (
	"maps"
	"slices"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/dataplane"
	"culvert.internal/reach"
)

// zone makes an availability zone fail or work. The judge knows first, then
// what lives on the zone is cut; the keys of what is in it, which come after
// this one, close doors, stop programs and withdraw names.
func (s *step) zone() error {
	z, err := s.tx.Zones.Get(s.id)
	if missing, err := gone(err); missing || err != nil {
		return err
	}
	if s.world.Failed(z.ID) == z.Failed {
		return nil // a sweep
	}
	s.world.FailZone(z.ID, z.Failed)
	if z.Failed {
		s.cutLost()
	}
	return nil
}

// cutLost resets the flows that cannot go on, and returns when both sides of
// each have been told, a moment later: an instance that left its network before
// would never hear of it.
func (s *step) cutLost() {
	cut := map[string]bool{}
	s.plane.Cut("", func(c dataplane.ConnInfo) bool {
		lost := s.lost(c)
		if lost {
			cut[c.Key] = true
		}
		return lost
	})
	for end := time.Now().Add(time.Second); len(cut) > 0 && time.Now().Before(end); time.Sleep(time.Millisecond) {
		maps.DeleteFunc(cut, func(key string, _ bool) bool { return !slices.ContainsFunc(s.plane.Connections(key), s.lost) })
	}
}

// lost says whether a flow cannot go on because of a failed zone.
func (l *Lab) lost(c dataplane.ConnInfo) bool {
	at, _ := l.fronts.get(c.Key)
	return l.world.Lost(reach.Live{VPC: at.vpc, Client: c.Client.Addr(), ENI: c.ENI, Balancer: c.Balancer, Backend: c.Backend.Instance})
}

// widenZone adds what stands in an availability zone: its instances, the
// endpoints with an interface in it, and the CLBs that are deployed in it or
// have a server there.
func widenZone(tx *cloud.Tx, zone string, keys map[key]bool) error {
	hosts, err := tx.Instances.List(cloud.Where{"zone": zone})
	if err != nil {
		return err
	}
	var ids []string
	for _, i := range hosts {
		keys[key{instances, i.ID}] = true
		ids = append(ids, i.ID)
	}
	for _, w := range []cloud.Where{{"zone": zone}, {"backup_zone": zone}} {
		list, err := tx.Balancers.List(w)
		if err != nil {
			return err
		}
		for _, b := range list {
			keys[key{balancers, b.ID}] = true
		}
	}
	programs, err := tx.Clusters.List(cloud.Where{"instance": ids})
	if err != nil {
		return err
	}
	for _, k := range programs {
		keys[key{clusters, k.ID}] = true
	}
	members, err := tx.Backends.List(cloud.Where{"instance": ids})
	if err != nil {
		return err
	}
	for _, m := range members {
		keys[key{balancers, m.Balancer}] = true
	}
	switches, err := tx.VSwitches.List(cloud.Where{"zone": zone})
	if err != nil {
		return err
	}
	ids = nil
	for _, s := range switches {
		ids = append(ids, s.ID)
	}
	interfaces, err := tx.Interfaces.List(cloud.Where{"vswitch": ids})
	for _, i := range interfaces {
		keys[key{endpoints, i.Endpoint}] = true
	}
	return err
}
