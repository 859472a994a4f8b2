package cloud

import (
	"context"
	"net/netip"
	"sort"
	"time"
)

// SecurityGroup is a set of rules that instances and endpoint interfaces of
// one VPC can carry (ALI-04, ALI-06).
type SecurityGroup struct {
	ID          string
	Account     string
	Region      string
	VPC         string
	Name        string
	Description string
	// Default marks the group that was made with the VPC's first instance
	// (ALI-05).
	Default bool
	Created time.Time
}

func (g SecurityGroup) about() about {
	return about{kind: "group", id: g.ID, account: g.Account, parent: g.VPC}
}

// Template names a ready-made set of rules.
type Template string

// Templates of a new group. TemplateWeb is the documents' suggestion: ICMP,
// SSH 22 and RDP 3389, with HTTP 80 and HTTPS 443 as options (ALI-04).
const (
	TemplateWeb   Template = "web"
	TemplateOpen  Template = "open"  // everything in
	TemplateEmpty Template = "empty" // nothing in
	TemplateNone  Template = "none"  // no rule at all, as the group of a lab file begins
	// TemplateService is what 002 suggests for an endpoint: TCP to the service's
	// ports from 0.0.0.0/0, and ICMP (ZIL-13).
	TemplateService Template = "service"
)

// GroupInput is the form of a new group. HTTP and HTTPS are the options of
// TemplateWeb; Ports, such as "19530" or "19530, 19531", are TemplateService's.
type GroupInput struct {
	VPC, Name, Description string
	Template               Template
	HTTP, HTTPS            bool
	Ports                  string
}

// GroupView is a group with its rules in the order they are judged and with
// what carries it: how many there are, and, for one group, the first hundred of
// them, instances before endpoints.
type GroupView struct {
	SecurityGroup
	VPCName string
	Rules   []SecurityRule
	Carried int
	Users   []Ref
}

func (c *Caller) group(tx *Tx, id string) (SecurityGroup, error) {
	g, err := tx.SecurityGroups.Get(id)
	if err != nil || g.Account != c.account.ID {
		return SecurityGroup{}, orMissing(err, "group", id)
	}
	return g, nil
}

// SecurityGroups answers the account's groups in a region, those of one VPC
// when vpc is not empty.
func (c *Caller) SecurityGroups(ctx context.Context, region, vpc string) ([]GroupView, error) {
	var out []GroupView
	err := c.read(ctx, func(tx *Tx) error {
		w := Where{"account": c.account.ID, "region": region}
		if vpc != "" {
			w["vpc"] = vpc
		}
		list, err := tx.SecurityGroups.List(w)
		if err != nil {
			return err
		}
		out, err = groupViews(tx, list)
		return err
	})
	return out, err
}

// SecurityGroup answers one of the account's groups.
func (c *Caller) SecurityGroup(ctx context.Context, id string) (GroupView, error) {
	var v GroupView
	err := c.read(ctx, func(tx *Tx) error {
		g, err := c.group(tx, id)
		if err != nil {
			return err
		}
		v, err = groupView(tx, g)
		return err
	})
	return v, err
}

func groupView(tx *Tx, g SecurityGroup) (GroupView, error) {
	out, err := groupViews(tx, []SecurityGroup{g})
	if err != nil {
		return GroupView{}, err
	}
	v := out[0]
	instances, err := tx.Instances.Page(Query{Where: Where{"groups": g.ID}, Limit: mostHolders})
	if err != nil {
		return v, err
	}
	for _, i := range instances {
		v.Users = append(v.Users, Ref{"instance", i.ID, i.Name, i.Account})
	}
	nics, err := tx.NICs.Page(Query{Where: Where{"groups": g.ID}, Limit: mostHolders})
	if err != nil {
		return v, err
	}
	if v.Users, err = nicHolders(tx, v.Users, nics); err != nil {
		return v, err
	}
	endpoints, err := tx.Endpoints.Page(Query{Where: Where{"groups": g.ID}, Limit: mostHolders})
	if err != nil {
		return v, err
	}
	for _, e := range endpoints {
		v.Users = append(v.Users, Ref{"endpoint", e.ID, e.Name, e.Account})
	}
	v.Users = v.Users[:min(len(v.Users), mostHolders)]
	return v, nil
}

// groupViews reads groups with their rules and counts what carries them, in a
// number of questions that does not depend on how many there are.
func groupViews(tx *Tx, list []SecurityGroup) ([]GroupView, error) {
	if len(list) == 0 {
		return nil, nil
	}
	ids := each(list, func(g SecurityGroup) string { return g.ID })
	if _, err := learnBy(tx.SecurityRules, "group", func(r SecurityRule) string { return r.Group }, ids...); err != nil {
		return nil, err
	}
	if err := learn(tx.VPCs, each(list, func(g SecurityGroup) string { return g.VPC })...); err != nil {
		return nil, err
	}
	endpoints, err := tx.Endpoints.Tally("groups", Where{"groups": ids})
	if err != nil {
		return nil, err
	}
	instances, err := tx.Instances.Tally("groups", Where{"groups": ids})
	if err != nil {
		return nil, err
	}
	nics, err := tx.NICs.Tally("groups", Where{"groups": ids})
	if err != nil {
		return nil, err
	}
	return one(list, func(g SecurityGroup) (GroupView, error) {
		v := GroupView{SecurityGroup: g, Carried: instances[g.ID] + nics[g.ID] + endpoints[g.ID]}
		vpc, err := tx.VPCs.Get(g.VPC)
		if err != nil {
			return v, err
		}
		v.VPCName = vpc.Name
		if v.Rules, err = tx.SecurityRules.List(Where{"group": g.ID}); err != nil {
			return v, err
		}
		sort.SliceStable(v.Rules, func(i, j int) bool { return ruleOrder(v.Rules[i], v.Rules[j]) < 0 })
		return v, nil
	})
}

// CreateSecurityGroup makes a group with the rules of its template; every
// template lets everything out.
func (c *Caller) CreateSecurityGroup(ctx context.Context, regionID string, in GroupInput) (SecurityGroup, error) {
	r, err := region(regionID)
	if err != nil {
		return SecurityGroup{}, err
	}
	var g SecurityGroup
	err = c.write(ctx, func(tx *Tx) (err error) {
		var ck check
		if g, err = c.makeGroup(tx, &ck, r, in, ""); err != nil {
			return err
		}
		return ck.err()
	})
	return g, err
}

func (c *Caller) makeGroup(tx *Tx, ck *check, r Region, in GroupInput, prefix string) (SecurityGroup, error) {
	before := len(ck.fields)
	ck.name(prefix+"name", in.Name, 2, 128)
	ck.description(prefix+"description", in.Description)
	tpl := Template(ck.oneOf(prefix+"template", string(in.Template), "", string(TemplateWeb), string(TemplateOpen), string(TemplateEmpty), string(TemplateService), string(TemplateNone)))
	var ports []uint16
	if tpl == TemplateService {
		ports = ck.suggested(prefix+"ports", in.Ports)
	}
	if in.VPC == "" {
		ck.fail(prefix+"vpc", "error.choose")
		return SecurityGroup{}, nil
	}
	vpc, err := c.vpc(tx, in.VPC)
	if err != nil {
		return SecurityGroup{}, err
	}
	if vpc.Region != r.ID {
		return SecurityGroup{}, notFound("vpc", vpc.ID)
	}
	if len(ck.fields) > before {
		return SecurityGroup{}, nil
	}
	g := SecurityGroup{
		ID: c.e.newID("sg", r), Account: c.account.ID, Region: r.ID, VPC: vpc.ID,
		Name: in.Name, Description: in.Description, Created: now(),
	}
	if err := tx.SecurityGroups.Put(g); err != nil {
		return g, err
	}
	for i, rule := range templateRules(tpl, in.HTTP, in.HTTPS, ports) {
		rule.ID, rule.Account, rule.Group = c.e.newID("sgr", r), g.Account, g.ID
		rule.Created = g.Created.Add(time.Duration(i) * time.Microsecond)
		if err := tx.SecurityRules.Put(rule); err != nil {
			return g, err
		}
	}
	return g, nil
}

func templateRules(t Template, http, https bool, ports []uint16) []SecurityRule {
	in := func(protocol string, port uint16) SecurityRule {
		return SecurityRule{
			Direction: Ingress, Policy: Accept, Priority: 1, Protocol: protocol,
			PortFrom: port, PortTo: port, Peer: everywhere(),
		}
	}
	rules := []SecurityRule{{Direction: Egress, Policy: Accept, Priority: 1, Protocol: AnyIP, Peer: everywhere()}}
	switch t {
	case TemplateNone:
		return nil
	case TemplateService:
		return append(rules, serviceRules(in, ports)...)
	case TemplateOpen:
		return append(rules, in(AnyIP, 0))
	case TemplateWeb:
		rules = append(rules, in(ICMP, 0), in(TCP, 22), in(TCP, 3389))
		if http {
			rules = append(rules, in(TCP, 80))
		}
		if https {
			rules = append(rules, in(TCP, 443))
		}
	}
	return rules
}

func everywhere() netip.Prefix { return netip.MustParsePrefix("0.0.0.0/0") }

// UpdateSecurityGroup changes the name and the description.
func (c *Caller) UpdateSecurityGroup(ctx context.Context, id string, in GroupInput) (SecurityGroup, error) {
	var ck check
	ck.name("name", in.Name, 2, 128)
	ck.description("description", in.Description)
	if err := ck.err(); err != nil {
		return SecurityGroup{}, err
	}
	var g SecurityGroup
	err := c.write(ctx, func(tx *Tx) (err error) {
		if g, err = c.group(tx, id); err != nil {
			return err
		}
		g.Name, g.Description = in.Name, in.Description
		return tx.SecurityGroups.Put(g)
	})
	return g, err
}

// DeleteSecurityGroup removes a group nothing carries and no rule names.
func (c *Caller) DeleteSecurityGroup(ctx context.Context, id string) error {
	return c.write(ctx, func(tx *Tx) error {
		g, err := c.group(tx, id)
		if err != nil {
			return err
		}
		v, err := groupView(tx, g)
		if err != nil {
			return err
		}
		blockers := v.Users
		named, err := tx.SecurityRules.List(Where{"peer_group": id})
		if err != nil {
			return err
		}
		for _, r := range named {
			if r.Group != id {
				blockers = append(blockers, Ref{"group", r.Group, r.Group, r.Account})
			}
		}
		if len(blockers) > 0 {
			return conflict("error.group.used", args("name", g.Name), blockers...)
		}
		for _, r := range v.Rules {
			if err := tx.SecurityRules.Delete(r.ID); err != nil {
				return err
			}
		}
		return tx.SecurityGroups.Delete(id)
	})
}
