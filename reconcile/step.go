package reconcile

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/dataplane"
	"culvert.internal/instance"
	"culvert.internal/reach"
)

// step applies one key within one read of the store.
type step struct {
	*Lab
	tx   *cloud.Tx
	id   string
	seen []cloud.Observation
	full []string // names of an endpoint, each with its last dot
}

// dotted is a name with its last dot, the same text each time: the judge, the
// names of two views and what was applied share it.
func (s *step) dotted(name string) string {
	for _, f := range s.full {
		if f[:len(f)-1] == name {
			return f
		}
	}
	s.full = append(s.full, name+".")
	return s.full[len(s.full)-1]
}

func (s *step) undotted(name string) string {
	f := s.dotted(name)
	return f[:len(f)-1]
}

func (s *step) run(k kind) error {
	fn := map[kind]func() error{
		places: s.zone, vpcs: s.vpc, acls: s.acl, vswitches: s.vswitch, idcs: s.idc, groups: s.group, instances: s.instance,
		balancers: s.balancer, services: s.service, endpoints: s.endpoint,
		clusters: s.cluster, zones: s.privateZone,
	}[k]
	if err := fn(); err != nil {
		return fmt.Errorf("apply %s: %w", s.id, err)
	}
	return nil
}

// gone tells a row that is not stored from a failure to read it.
func gone(err error) (bool, error) {
	if errors.Is(err, cloud.ErrMissing) {
		return true, nil
	}
	return false, err
}

func (s *step) vpc() error {
	v, err := s.tx.VPCs.Get(s.id)
	if missing, err := gone(err); missing || err != nil {
		if missing {
			s.world.DropVPC(s.id)
			s.closeResolver(s.id)
			s.net.Forget(s.id)
		}
		return err
	}
	s.world.PutVPC(reach.VPC{ID: v.ID, Name: v.Name, Account: v.Account, Host: v.Host})
	s.book.own(v.ID, v.Account)
	return s.openResolver(v)
}

func (s *step) vswitch() error {
	v, err := s.tx.VSwitches.Get(s.id)
	if missing, err := gone(err); missing || err != nil {
		if old, ok := s.done.vswitches[s.id]; ok && missing {
			s.net.Unmap(old.VPC, old.CIDR)
			s.world.DropSubnet(s.id)
			delete(s.done.vswitches, s.id)
		}
		return err
	}
	s.done.vswitches[v.ID] = v
	s.world.PutSubnet(reach.Subnet{ID: v.ID, Name: v.Name, VPC: v.VPC, CIDR: v.CIDR, ACL: v.ACL})
	return s.net.Map(v.VPC, v.CIDR, v.Twin)
}

func (s *step) group() error {
	g, err := s.tx.SecurityGroups.Get(s.id)
	if missing, err := gone(err); missing || err != nil {
		if missing {
			s.world.DropGroup(s.id)
			delete(s.done.groups, s.id)
		}
		return err
	}
	rules, err := s.tx.SecurityRules.List(cloud.Where{"group": g.ID})
	if err != nil {
		return err
	}
	out := reach.Group{ID: g.ID, Name: g.Name}
	for _, r := range rules {
		out.Rules = append(out.Rules, reach.Rule{
			ID: r.ID, Ingress: r.Direction == cloud.Ingress, Accept: r.Policy == cloud.Accept, Priority: r.Priority,
			Protocol: r.Protocol, From: r.PortFrom, To: r.PortTo, Peer: r.Peer, PeerGroup: r.PeerGroup,
		})
	}
	s.done.groups[g.ID] = true
	s.world.PutGroup(out)
	return nil
}

func (s *step) instance() error {
	i, err := s.tx.Instances.Get(s.id)
	if missing, err := gone(err); missing || err != nil {
		if missing {
			s.world.DropHost(s.id)
			s.doors.Remove(s.id)
			s.net.Gone(s.id)
			s.forgetMoves(s.done.instances[s.id])
			delete(s.done.instances, s.id)
			s.dropNICs(nil)
		}
		return err
	}
	a, err := s.tx.Accounts.Get(i.Account)
	if err != nil {
		return err
	}
	v, err := s.tx.VPCs.Get(i.VPC)
	if err != nil {
		return err
	}
	s.done.instances[i.ID] = place{i.VPC, i.IP}
	up := i.Running && !s.world.Failed(i.Zone)
	s.world.PutHost(reach.Host{
		ID: i.ID, Name: i.Name, VPC: i.VPC, Zone: i.Zone, Addr: i.IP, Groups: i.Groups, Running: i.Running,
	})
	addrs, err := s.nics(i)
	if err != nil {
		return err
	}
	standing := addrs
	if !up {
		standing = nil
	}
	if err := s.net.Host(i.ID, i.VPC, standing); err != nil {
		return err
	}
	if a.Operator {
		return nil // nobody is on it, and its programs are its clusters'
	}
	// A door that cannot be opened must not keep the rest of the lab from
	// running: the page shows that it is not there.
	if err := s.doors.Set(instance.Spec{
		ID: i.ID, Name: i.Name, Account: i.Account, AccountName: a.Login, Region: i.Region, VPC: i.VPC, Zone: i.Zone,
		Addr: i.IP, Addrs: addrs, Running: up, Out: i.Running && !up, Program: i.Program, Port: i.Port, Text: i.Text, Door: i.Door, Resolver: v.Resolver,
	}); err != nil {
		s.log.Error("open the doors of an instance", "instance", i.ID, "err", err)
	}
	for _, network := range []string{cloud.TCP, cloud.UDP} {
		for _, a := range addrs {
			if m, ok := s.opt.Moved(network, i.VPC, netip.AddrPortFrom(a, i.Port)); ok {
				s.noteMove(m)
			}
		}
	}
	return nil
}

func (s *step) service() error {
	v, err := s.tx.Services.Get(s.id)
	if missing, err := gone(err); missing || err != nil {
		if missing {
			s.world.DropService(s.id)
			err = errors.Join(err, s.introduce(""))
			s.book.meter.drop(s.id)
			delete(s.done.services, s.id)
			delete(s.done.observable, s.id)
		}
		return err
	}
	s.done.services[v.ID] = true
	if v.Deleting {
		s.world.DropService(v.ID)
		s.done.leaving[v.ID] = true
		return nil
	}
	var out reach.Service
	if v.Mappings != nil {
		out = s.mapped(v.Mappings)
		s.seen = append(s.seen, cloud.Observation{ID: v.ID, Account: v.Account, Bound: true, Open: true})
	}
	out.ID, out.Name, out.Proxy = v.ID, v.Name, v.Proxy
	s.world.PutService(out)
	return s.introduce(v.Proxy)
}

// mapped is what the judge asks of any service with mappings.
func (l *Lab) mapped(mappings []cloud.Mapping) reach.Service {
	out := reach.Service{Mappings: map[reach.Port]uint16{}, Sender: l.engine.SNAT()}
	out.Pool, _ = l.engine.SNATPool()
	for _, m := range mappings {
		out.Mappings[reach.Port{Protocol: reach.Protocol(m.Protocol), Number: m.Port}] = m.ServicePort
	}
	return out
}

func (s *step) balancer() error {
	b, err := s.tx.Balancers.Get(s.id)
	if missing, err := gone(err); missing || err != nil {
		if missing {
			s.dropBalancer()
		}
		return err
	}
	listeners, err := s.tx.Listeners.List(cloud.Where{"balancer": b.ID})
	if err != nil {
		return err
	}
	members, err := s.tx.Backends.List(cloud.Where{"balancer": b.ID})
	if err != nil {
		return err
	}
	s.putBalancer(b, listeners, members)
	s.plane.SetLimit(b.ID, balancerLimit(b))
	s.done.live(b.ID, s.alive(b.ID))
	if err := s.probe(b, listeners, members); err != nil {
		return err
	}
	seen := cloud.Observation{ID: b.ID, Account: b.Account, Bound: true, Open: true}
	_, works := s.world.Side(b.ID)
	if b.IP.IsValid() {
		front := dataplane.Front{Key: b.ID, VPC: b.VPC, Addr: b.IP, Ports: ports(listeners, works)}
		seen = s.observe(seen, front, s.plane.Apply(b.ID, &front))
	}
	if !works {
		seen.Open, seen.Problem, seen.Detail = false, cloud.ZoneProblem, ""
	}
	s.seen = append(s.seen, seen)
	return nil
}

func (s *step) dropBalancer() {
	s.world.DropBalancer(s.id)
	s.plane.SetLimit(s.id, dataplane.Limit{})
	s.book.meter.drop(s.id)
	s.plane.Apply(s.id, nil)
	s.dropFront(s.id)
	for _, listener := range s.done.balancers[s.id] {
		s.plane.SetProbes(listener, nil)
	}
	delete(s.done.balancers, s.id)
	s.done.live(s.id, true)
	delete(s.done.observable, s.id)
}

func (s *step) putBalancer(b cloud.Balancer, listeners []cloud.Listener, members []cloud.Backend) {
	var ls []reach.Listener
	for _, l := range listeners {
		ls = append(ls, reach.Listener{
			ID: l.ID, Balancer: b.ID, Protocol: reach.Protocol(l.Protocol), Port: l.Port, BackendPort: l.BackendPort,
			Running: l.Running, Even: l.Scheduler == cloud.RR,
		})
	}
	var ms []reach.Member
	for _, m := range members {
		ms = append(ms, reach.Member{ID: m.ID, Balancer: b.ID, Instance: m.Instance, Weight: m.Weight})
	}
	out := reach.Balancer{ID: b.ID, Name: b.Name, VPC: b.VPC, Addr: b.IP, Zones: b.Zones()}
	out.Sender, out.Pool, out.Implicit = s.sender(b)
	s.world.PutBalancer(out, ls, ms)
}

// sender is where the backends of a CLB see its traffic come from, and whether
// their groups let that in by themselves.
func (s *step) sender(b cloud.Balancer) (from, pool netip.Prefix, implicit bool) {
	if r, _ := cloud.FindRegion(b.Region); r.Cloud == cloud.Ctyun {
		pool, _ = s.engine.SNATPool()
		return s.engine.SNAT(), pool, false
	}
	pool, _ = s.engine.SenderPool()
	return cloud.SenderRange(), pool, true
}

// ports are the published ports of a CLB; open says whether anybody may use
// them.
func ports(listeners []cloud.Listener, open bool) []dataplane.Port {
	var out []dataplane.Port
	for _, l := range listeners {
		p := dataplane.Port{Protocol: reach.Protocol(l.Protocol), Port: l.Port, Open: open && l.Running}
		if l.Protocol == cloud.TCP {
			p.IdleTimeout = time.Duration(l.IdleSeconds) * time.Second
		}
		out = append(out, p)
	}
	return out
}

// probe makes the probes of a balancer's listeners the stored ones.
func (s *step) probe(b cloud.Balancer, listeners []cloud.Listener, members []cloud.Backend) error {
	_, pool, _ := s.sender(b)
	_, works := s.world.Side(b.ID)
	introduced := s.isIntroduced(b.ID)
	var probed []string
	for _, l := range listeners {
		var probes []dataplane.Probe
		for _, m := range members {
			i, err := s.tx.Instances.Get(m.Instance)
			if err != nil {
				return err
			}
			h := l.Health
			port := h.Port
			if port == 0 {
				port = l.BackendPort
			}
			// What a failed zone holds up is told at once, and so is its return:
			// a probe that is another one than before begins anew.
			blocked := ""
			if !works || s.world.Failed(i.Zone) {
				blocked = "zone"
			}
			probes = append(probes, dataplane.Probe{
				Blocked: blocked,
				ID:      probeID{b.ID, l.ID, m.ID}.String(), VPC: i.VPC, Addr: netip.AddrPortFrom(i.IP, port),
				From: pool.Addr().Next(), Kind: dataplane.ProbeKind(h.Kind),
				Interval: time.Duration(h.Interval) * time.Second, Timeout: time.Duration(h.Timeout) * time.Second,
				Rise: h.Healthy, Fall: h.Unhealthy, Path: h.Path, Host: h.Host, Expect: h.Codes,
				Introduce: introduced,
			})
		}
		s.plane.SetProbes(l.ID, probes)
		probed = append(probed, l.ID)
	}
	for _, old := range s.done.balancers[b.ID] {
		if !slices.Contains(probed, old) {
			s.plane.SetProbes(old, nil)
		}
	}
	s.done.balancers[b.ID] = probed
	return nil
}

// probeID names a probe so that its verdict finds its way back.
type probeID struct{ balancer, listener, member string }

func (p probeID) String() string { return p.balancer + " " + p.listener + " " + p.member }

func parseProbe(id string) (probeID, bool) {
	f := strings.Fields(id)
	if len(f) != 3 {
		return probeID{}, false
	}
	return probeID{f[0], f[1], f[2]}, true
}

// observe adds what became of a front to an observation.
func (s *step) observe(o cloud.Observation, front dataplane.Front, st dataplane.Status) cloud.Observation {
	s.fronts.put(front.Key, place{front.VPC, front.Addr})
	o.Bound, o.Open = true, true
	for _, p := range st.Ports {
		at := netip.AddrPortFrom(front.Addr, p.Port)
		if !p.Bound {
			o.Bound, o.Open = false, false
		}
		if p.Err != nil && o.Problem == "" {
			o.Problem, o.Detail = "problem.port", at.String()+": "+p.Err.Error()
			if errors.Is(p.Err, syscall.EMFILE) {
				o.Problem = "problem.files"
			}
		}
	}
	for _, want := range front.Ports {
		for _, p := range st.Ports {
			if p.Protocol == want.Protocol && p.Port == want.Port && want.Open && !p.Open {
				o.Open = false
			}
		}
	}
	for _, p := range front.Ports {
		at := netip.AddrPortFrom(front.Addr, p.Port)
		if m, ok := s.opt.Moved(string(p.Protocol), front.VPC, at); ok {
			s.noteMove(m)
		}
	}
	return o
}
