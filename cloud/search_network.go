package cloud

func (s *search) network() error {
	vpcs, err := rows(s, s.tx.VPCs, s.own(), nil, "id", "name", "cidr", "description")
	for _, v := range vpcs {
		s.add(Hit{Ref: Ref{"vpc", v.ID, v.Name, v.Account}, Region: v.Region, Side: OwnSide}, fieldText{"id", v.ID}, fieldText{"name", v.Name}, fieldText{"cidr", v.CIDR.String()}, fieldText{"description", v.Description})
	}
	if err != nil {
		return err
	}
	switches, err := rows(s, s.tx.VSwitches, s.own(), nil, "id", "name", "cidr", "twin", "description")
	for _, v := range switches {
		s.add(Hit{Ref: Ref{"vswitch", v.ID, v.Name, v.Account}, Region: v.Region, Side: OwnSide}, fieldText{"id", v.ID}, fieldText{"name", v.Name}, fieldText{"cidr", v.CIDR.String()}, fieldText{"twin", v.Twin.String()}, fieldText{"description", v.Description})
	}
	if err != nil {
		return err
	}
	idcs, err := rows(s, s.tx.IDCs, s.own(), nil, "id", "name", "cidr", "gateway", "twin")
	for _, i := range idcs {
		s.add(Hit{Ref: Ref{"idc", i.ID, i.Name, i.Account}, Region: i.Region, Side: OwnSide}, fieldText{"id", i.ID}, fieldText{"name", i.Name}, fieldText{"cidr", i.CIDR.String()}, fieldText{"ip", i.Gateway.String()}, fieldText{"twin", i.Twin.String()})
	}
	if err != nil {
		return err
	}
	groups, err := rows(s, s.tx.SecurityGroups, s.own(), nil, "id", "name", "description")
	for _, g := range groups {
		s.add(Hit{Ref: Ref{"group", g.ID, g.Name, g.Account}, Region: g.Region, Side: OwnSide}, fieldText{"id", g.ID}, fieldText{"name", g.Name}, fieldText{"description", g.Description})
	}
	if err != nil {
		return err
	}
	acls, err := rows(s, s.tx.ACLs, s.own(), nil, "id", "name", "description")
	for _, a := range acls {
		s.add(Hit{Ref: Ref{"acl", a.ID, a.Name, a.Account}, Region: a.Region, Side: OwnSide}, fieldText{"id", a.ID}, fieldText{"name", a.Name}, fieldText{"description", a.Description})
	}
	return err
}

func (s *search) compute() error {
	instances, err := rows(s, s.tx.Instances, s.own(), nil, "id", "name", "ip")
	for _, i := range instances {
		s.instance(i, "")
	}
	if err != nil {
		return err
	}
	if err := s.nics(); err != nil {
		return err
	}
	balancers, err := rows(s, s.tx.Balancers, s.own(), nil, "id", "name", "ip")
	for _, b := range balancers {
		s.balancer(b, "")
	}
	return err
}

func (s *search) instance(i Instance, twin string) {
	s.add(Hit{Ref: Ref{"instance", i.ID, i.Name, i.Account}, Region: i.Region, Side: OwnSide}, fieldText{"id", i.ID}, fieldText{"name", i.Name}, fieldText{"ip", i.IP.String()}, fieldText{"twin", twin})
}

// nics finds instances by the addresses and IDs of their secondary NICs.
func (s *search) nics() error {
	list, err := rows(s, s.tx.NICs, s.own(), nil, "id", "ip")
	if err != nil {
		return err
	}
	return s.instancesOf(list, "")
}

// instancesOf adds the instances of secondary NICs; twin is the address on this
// host that was typed.
func (s *search) instancesOf(list []NIC, twin string) error {
	if err := learn(s.tx.Instances, each(list, func(n NIC) string { return n.Instance })...); err != nil {
		return err
	}
	for _, n := range list {
		i, err := s.tx.Instances.Get(n.Instance)
		if err != nil {
			return err
		}
		s.add(Hit{Ref: Ref{"instance", i.ID, i.Name, i.Account}, Region: i.Region, Side: OwnSide},
			fieldText{"id", n.ID}, fieldText{"ip", n.IP.String()}, fieldText{"twin", twin})
	}
	return nil
}

func (s *search) balancer(b Balancer, twin string) {
	s.add(Hit{Ref: Ref{"balancer", b.ID, b.Name, b.Account}, Region: b.Region, Side: OwnSide}, fieldText{"id", b.ID}, fieldText{"name", b.Name}, fieldText{"ip", b.IP.String()}, fieldText{"twin", twin})
}
