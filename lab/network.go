package lab

import (
	"culvert.internal/cloud"
)

// networks makes what an account has in a region: network ACLs, VPCs with what
// is in them, and networks on premises.
func (l *loader) networks(p *person, in *item, r cloud.Region) error {
	for _, it := range in.rows["acls"] {
		if err := l.acl(p, it, r); err != nil {
			return err
		}
	}
	for _, it := range in.rows["vpcs"] {
		if err := l.vpc(p, it, r); err != nil {
			return err
		}
	}
	for _, it := range in.rows["idcs"] {
		if err := l.idc(p, it, r); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) acl(p *person, it *item, r cloud.Region) error {
	c := l.im.As(p.Account)
	var acl cloud.NetworkACL
	ok, err := it.makeFor(p, it.id("acl", r), func() (err error) {
		acl, err = c.CreateACL(l.ctx, r.ID, cloud.ACLInput{Name: it.text("name"), Description: it.text("description")})
		return err
	})
	l.noted(acl.ID, it.text("name"), within("acl", p.Login, r.ID))
	if !ok || err != nil {
		return err
	}
	l.count("acl")
	for _, rule := range it.rows["rules"] {
		if _, err := rule.make(rule.id("aclr", r), func() error {
			_, err := c.AddACLRule(l.ctx, acl.ID, cloud.ACLRuleInput{
				Direction: rule.text("direction"), Action: rule.text("action"), Protocol: rule.text("protocol"),
				Source: rule.text("source"), SourcePorts: rule.text("source-ports"),
				Destination: rule.text("destination"), DestinationPorts: rule.text("destination-ports"), Description: rule.text("description"),
			})
			return err
		}); err != nil {
			return err
		}
		l.count("aclrule")
	}
	return nil
}

// makeFor is make for a thing of an account, which may have failed.
func (it *item) makeFor(p *person, ids []given, fn func() error) (bool, error) {
	if !p.ok {
		return false, nil
	}
	return it.make(ids, fn)
}

func (l *loader) vpc(p *person, it *item, r cloud.Region) error {
	c := l.im.As(p.Account)
	var vpc cloud.VPC
	ok, err := it.makeFor(p, it.id("vpc", r), func() (err error) {
		vpc, err = c.CreateVPC(l.ctx, r.ID, cloud.VPCInput{Name: it.text("name"), CIDR: it.text("cidr"), Description: it.text("description")})
		if err == nil && it.yes("host", false) {
			_, err = c.AttachHost(l.ctx, vpc.ID, true)
		}
		return err
	})
	if !ok {
		vpc.ID = ""
	}
	l.noted(vpc.ID, it.text("name"), within("vpc", p.Login, r.ID), within("vpc", p.Login))
	if err != nil {
		return err
	}
	if ok {
		l.count("vpc")
	}
	for _, one := range it.rows["vswitches"] {
		if err := l.vswitch(p, one, r, vpc); err != nil {
			return err
		}
	}
	for _, one := range it.rows["groups"] {
		if err := l.group(p, one, r, vpc); err != nil {
			return err
		}
	}
	for _, one := range it.rows["groups"] {
		if err := l.rules(p, one, r, vpc); err != nil {
			return err
		}
	}
	for _, one := range it.rows["instances"] {
		if err := l.instance(p, one, r, vpc); err != nil {
			return err
		}
	}
	return nil
}

// within is a scope: the parts that a name is looked for in.
func within(parts ...string) string {
	out := ""
	for _, p := range parts {
		out += p + "\x00"
	}
	return out
}

func (l *loader) vswitch(p *person, it *item, r cloud.Region, vpc cloud.VPC) error {
	c := l.im.As(p.Account)
	acl, known := it.ref("acl", within("acl", p.Login, r.ID))
	var s cloud.VSwitch
	ok, err := it.inside(vpc.ID, it.id("vsw", r), func() (err error) {
		s, err = c.CreateVSwitch(l.ctx, r.ID, cloud.VSwitchInput{
			VPC: vpc.ID, Zone: it.text("zone"), Name: it.text("name"), CIDR: it.text("cidr"), Description: it.text("description"),
		})
		if err == nil && known && acl != "" {
			_, err = c.SetSubnetACL(l.ctx, s.ID, acl)
		}
		return err
	})
	if !ok {
		s.ID = ""
	} else {
		l.count("vswitch")
	}
	l.noted(s.ID, it.text("name"), within("vswitch", vpc.ID))
	return err
}

// inside is make for a part of a thing that may have failed.
func (it *item) inside(of string, ids []given, fn func() error) (bool, error) {
	if of == "" {
		return false, nil
	}
	return it.make(ids, fn)
}

func (l *loader) group(p *person, it *item, r cloud.Region, vpc cloud.VPC) error {
	in := cloud.GroupInput{VPC: vpc.ID, Name: it.text("name"), Description: it.text("description"), Template: cloud.TemplateNone}
	if it.has("template") {
		in.Template = cloud.Template(it.text("template"))
	}
	var g cloud.SecurityGroup
	ok, err := it.inside(vpc.ID, it.id("sg", r), func() (err error) {
		g, err = l.im.As(p.Account).CreateSecurityGroup(l.ctx, r.ID, in)
		if err == nil && it.yes("default", false) {
			err = l.im.DefaultGroup(p.Account, g.ID)
		}
		return err
	})
	if !ok {
		g.ID = ""
	} else {
		l.count("group")
	}
	l.noted(g.ID, it.text("name"), within("group", vpc.ID))
	it.made = g.ID
	return err
}

func (l *loader) rules(p *person, group *item, r cloud.Region, vpc cloud.VPC) error {
	for _, it := range group.rows["rules"] {
		peer := it.text("peer")
		if ids := l.names[within("group", vpc.ID)][peer]; len(ids) > 0 && !nameless(peer) {
			id, found := it.ref("peer", within("group", vpc.ID))
			if peer = id; !found {
				continue
			}
		}
		ok, err := it.inside(group.made, it.id("sgr", r), func() error {
			_, err := l.im.As(p.Account).AddRule(l.ctx, group.made, cloud.RuleInput{
				Direction: it.text("direction"), Policy: it.text("policy"), Priority: it.text("priority"), Protocol: it.text("protocol"),
				Ports: it.text("ports"), Peer: peer, Description: it.text("description"),
			})
			return err
		})
		if err != nil {
			return err
		}
		if ok {
			l.count("rule")
		}
	}
	return nil
}

func (l *loader) instance(p *person, it *item, r cloud.Region, vpc cloud.VPC) error {
	c := l.im.As(p.Account)
	switch it.text("program") {
	case "", cloud.ProgramNone:
		it.only("lab.instance.program", "port", "text")
	case cloud.ProgramEcho:
		it.only("lab.instance.text", "text")
	}
	vswitch, placed := it.ref("vswitch", within("vswitch", vpc.ID))
	groups, grouped := it.refs("groups", within("group", vpc.ID))
	var i cloud.Instance
	ok := false
	var err error
	if placed && grouped {
		ok, err = it.inside(vpc.ID, it.id("i", r), func() (err error) {
			i, err = c.CreateInstance(l.ctx, r.ID, cloud.InstanceInput{
				Name: it.text("name"), VSwitch: vswitch, IP: it.text("ip"), Groups: groups,
				Program: it.text("program"), Port: it.text("port"), Text: it.text("text"),
			})
			if err == nil && !it.yes("running", true) {
				_, err = c.RunInstance(l.ctx, i.ID, false)
			}
			return err
		})
	}
	if !ok {
		i.ID = ""
	} else {
		l.count("instance")
	}
	l.noted(i.ID, it.text("name"), within("instance", vpc.ID))
	l.anywhere(p, it, "instance", it.text("name"), i.ID)
	l.anywhere(p, it, "client", it.text("name"), i.ID)
	if err != nil {
		return err
	}
	for _, nic := range it.rows["nics"] {
		if err := l.nic(p, nic, r, vpc, i.ID); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) nic(p *person, it *item, r cloud.Region, vpc cloud.VPC, instance string) error {
	vswitch, placed := it.ref("vswitch", within("vswitch", vpc.ID))
	groups, grouped := it.refs("groups", within("group", vpc.ID))
	if !placed || !grouped {
		return nil
	}
	var n cloud.NIC
	ok, err := it.inside(instance, it.id("eni", r), func() (err error) {
		n, err = l.im.As(p.Account).AddNIC(l.ctx, instance, cloud.NICInput{VSwitch: vswitch, IP: it.text("ip"), Groups: groups})
		return err
	})
	if ok {
		l.count("nic")
		l.noted(n.ID, n.IP.String(), within("nic", instance))
	}
	return err
}

func (l *loader) idc(p *person, it *item, r cloud.Region) error {
	vpc, ok := it.ref("vpc", within("vpc", p.Login, r.ID))
	var i cloud.IDC
	var err error
	if ok {
		ok, err = it.makeFor(p, it.id("idc", r), func() (err error) {
			i, err = l.im.As(p.Account).CreateIDC(l.ctx, r.ID, cloud.IDCInput{
				Name: it.text("name"), Link: it.text("link"), CIDR: it.text("cidr"), Gateway: it.text("gateway"), VPC: vpc,
			})
			return err
		})
	}
	if !ok {
		i.ID = ""
	} else {
		l.count("idc")
	}
	l.anywhere(p, it, "client", it.text("name"), i.ID)
	return err
}
