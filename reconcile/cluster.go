package reconcile

import (
	"net/netip"
	"strings"

	"culvert.internal/cloud"
	"culvert.internal/instance"
)

// cluster makes a cluster's program and public endpoint what they should be
// (ZIL-16). Everything else of it is the operator's instance, CLBs and service.
func (s *step) cluster() error {
	k, err := s.tx.Clusters.Get(s.id)
	if missing, err := gone(err); missing || err != nil {
		if missing {
			s.doors.Remove(s.id)
			s.freePort(s.done.clusters[s.id])
			delete(s.done.clusters, s.id)
			delete(s.done.observable, s.id)
		}
		return err
	}
	i, err := s.tx.Instances.Get(k.Instance)
	if err != nil {
		return err
	}
	p, err := s.tx.Projects.Get(k.Project)
	if err != nil {
		return err
	}
	at := port{i.VPC, netip.AddrPortFrom(i.IP, k.Port)}
	s.done.clusters[k.ID] = at
	spec := instance.Spec{
		ID: k.ID, Name: k.ID, Account: i.Account, Region: k.Region, VPC: i.VPC, Addr: i.IP, Port: k.Port, Running: i.Running && !s.world.Failed(i.Zone),
		Host: i.ID, Program: instance.ProgramNone, Cluster: instance.Cluster{Name: k.Name, Project: p.Name},
	}
	if k.BuiltIn {
		spec.Program = instance.ProgramCluster
	}
	if k.Public {
		pool, _ := s.engine.SenderPool()
		spec.Public, spec.Sender = netip.AddrPortFrom(i.Door, k.Port), pool.Addr().Next()
	}
	seen := cloud.Observation{ID: k.ID, Account: k.Account, Bound: true, Open: true}
	if err := s.doors.Set(spec); err != nil {
		seen.Open, seen.Problem, seen.Detail = false, "problem.port", err.Error()
	}
	if s.world.Failed(i.Zone) {
		seen.Open, seen.Problem, seen.Detail = false, cloud.ZoneProblem, ""
	}
	s.seen = append(s.seen, seen)
	if m, ok := s.opt.Moved(cloud.TCP, at.vpc, at.at); ok && k.BuiltIn {
		s.noteMove(m)
	} else if !k.BuiltIn {
		s.freePort(at)
	}
	return nil
}

// port is a TCP port in a network.
type port struct {
	vpc string
	at  netip.AddrPort
}

// freePort forgets where a port was moved to that nothing of ours has any more:
// what somebody else runs there is at its own number.
func (s *step) freePort(p port) {
	id := strings.Join([]string{cloud.TCP, p.vpc, p.at.String()}, "/")
	if _, moved := s.done.moves[id]; !moved {
		return
	}
	s.net.Prefer(p.vpc, cloud.TCP, p.at, 0)
	delete(s.done.moves, id)
	s.stale = append(s.stale, id)
}

// links observes the private links of an endpoint, so that whoever made them
// sees them change: the endpoint is perhaps another account's. Their state
// follows from the endpoint (ZIL-10).
func (s *step) links(endpoint, provider string, open bool) error {
	if provider != cloud.Zilliz {
		return nil
	}
	list, err := s.tx.PrivateLinks.List(cloud.Where{"endpoint": endpoint})
	for _, l := range list {
		s.seen = append(s.seen, cloud.Observation{ID: l.ID, Account: l.Account, Bound: true, Open: open})
	}
	return err
}
