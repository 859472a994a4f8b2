package cloud

import (
	"net/netip"
	"slices"
)

// places finds what is at a whole address: the thing whose twin on this host
// it is, and the networks that hold it.
func (s *search) places() error {
	a, err := netip.ParseAddr(s.typed)
	if err != nil || !a.Is4() {
		return nil
	}
	switches, err := s.tx.VSwitches.List(s.own())
	if err != nil {
		return err
	}
	for _, v := range switches {
		if at, ok := v.twinned(a); ok {
			if err := s.at(v, at); err != nil {
				return err
			}
		}
		if v.CIDR.Contains(a) {
			s.holds(Hit{Ref: Ref{"vswitch", v.ID, v.Name, v.Account}, Region: v.Region}, v.CIDR)
		}
	}
	idcs, err := s.tx.IDCs.List(s.own())
	if err != nil {
		return err
	}
	for _, i := range idcs {
		for _, p := range []netip.Prefix{i.CIDR, i.Twin} {
			if p.Contains(a) {
				s.holds(Hit{Ref: Ref{"idc", i.ID, i.Name, i.Account}, Region: i.Region}, p)
			}
		}
	}
	vpcs, err := s.tx.VPCs.List(s.own())
	for _, v := range vpcs {
		if v.CIDR.Contains(a) {
			s.holds(Hit{Ref: Ref{"vpc", v.ID, v.Name, v.Account}, Region: v.Region}, v.CIDR)
		}
	}
	return err
}

func (s *search) holds(h Hit, cidr netip.Prefix) {
	if n := len(slices.DeleteFunc(slices.Clone(s.hits), func(have Hit) bool { return have.Kind != h.Kind })); n >= s.most {
		s.more = true
		return
	}
	h.Side, h.Field, h.Text, h.Rank = OwnSide, "cidr", cidr.String(), RankHolds
	if !slices.ContainsFunc(s.hits, func(have Hit) bool { return have.Kind == h.Kind && have.ID == h.ID }) {
		s.hits = append(s.hits, h)
	}
}

// at adds what has an address of a vSwitch, found by where that is on this host.
func (s *search) at(v VSwitch, ip netip.Addr) error {
	w := Where{"vswitch": v.ID, "ip": ip}
	instances, err := s.tx.Instances.List(w)
	for _, i := range instances {
		s.instance(i, s.typed)
	}
	if err != nil {
		return err
	}
	balancers, err := s.tx.Balancers.List(w)
	for _, b := range balancers {
		s.balancer(b, s.typed)
	}
	if err != nil {
		return err
	}
	nics, err := s.tx.NICs.List(w)
	if err != nil {
		return err
	}
	if err := s.instancesOf(nics, s.typed); err != nil {
		return err
	}
	interfaces, err := s.tx.Interfaces.List(w)
	if err != nil {
		return err
	}
	if len(instances)+len(nics)+len(balancers)+len(interfaces) == 0 {
		s.holds(Hit{Ref: Ref{"vswitch", v.ID, v.Name, v.Account}, Region: v.Region}, v.Twin)
	}
	return s.interfaces(interfaces, s.typed)
}
