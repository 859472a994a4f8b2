package cloud

import "context"

// FindVPCs answers a page of the account's VPCs in a region: searched by ID,
// name, range and description, narrowed down by "host" (yes: this host is
// attached), sorted by "name", "cidr" or "created".
func (c *Caller) FindVPCs(ctx context.Context, region string, f Find) (Found[VPC], error) {
	var out Found[VPC]
	err := c.read(ctx, func(tx *Tx) (err error) {
		l := lists{
			base:    Where{"account": c.account.ID, "region": region},
			words:   []string{"id", "name", "cidr", "description"},
			sorts:   map[string]string{"name": "name", "cidr": "cidr", "created": "created"},
			filters: map[string]filter{"host": yesNo("host")},
		}
		out, err = find(tx.VPCs, f, l, plain)
		return err
	})
	return out, err
}

// FindVSwitches answers a page of the account's vSwitches in a region:
// searched by ID, name, ranges, VPC, zone and description, narrowed down by
// "vpc" and "zone", sorted by "name", "vpc", "zone", "cidr", "twin" or
// "created".
func (c *Caller) FindVSwitches(ctx context.Context, region string, f Find) (Found[VSwitchView], error) {
	var out Found[VSwitchView]
	err := c.read(ctx, func(tx *Tx) (err error) {
		l := lists{
			base:    Where{"account": c.account.ID, "region": region},
			words:   []string{"id", "name", "cidr", "twin", "vpc", "vpc.name", "zone", "description"},
			sorts:   map[string]string{"name": "name", "vpc": "vpc.name", "zone": "zone", "cidr": "cidr", "twin": "twin", "created": "created"},
			filters: map[string]filter{"vpc": same("vpc"), "zone": same("zone")},
		}
		out, err = find(tx.VSwitches, f, l, func(rows []VSwitch) ([]VSwitchView, error) { return vswitchViews(tx, rows) })
		return err
	})
	return out, err
}

// FindSecurityGroups answers a page of the account's groups in a region:
// searched by ID, name, VPC and description, narrowed down by "vpc", sorted by
// "name", "vpc" or "created".
func (c *Caller) FindSecurityGroups(ctx context.Context, region string, f Find) (Found[GroupView], error) {
	var out Found[GroupView]
	err := c.read(ctx, func(tx *Tx) (err error) {
		l := lists{
			base:    Where{"account": c.account.ID, "region": region},
			words:   []string{"id", "name", "vpc", "vpc.name", "description"},
			sorts:   map[string]string{"name": "name", "vpc": "vpc.name", "created": "created"},
			filters: map[string]filter{"vpc": same("vpc")},
		}
		out, err = find(tx.SecurityGroups, f, l, func(rows []SecurityGroup) ([]GroupView, error) { return groupViews(tx, rows) })
		return err
	})
	return out, err
}

// FindRules answers a page of one direction of a group's rules, in the order
// they are judged unless sorted by "policy", "priority", "protocol", "ports" or
// "peer": searched by description, protocol and authorization object, narrowed
// down by "policy" and "protocol".
func (c *Caller) FindRules(ctx context.Context, group, direction string, f Find) (Found[SecurityRule], error) {
	var out Found[SecurityRule]
	err := c.read(ctx, func(tx *Tx) error {
		g, err := c.group(tx, group)
		if err != nil {
			return err
		}
		l := lists{
			base:    Where{"group": g.ID, "direction": direction},
			words:   []string{"description", "protocol", "peer", "peer_group", "peer_group.name", "policy"},
			also:    rulePort,
			own:     "priority,-policy",
			sorts:   map[string]string{"policy": "policy", "priority": "priority", "protocol": "protocol", "ports": "port_from", "peer": "peer"},
			filters: map[string]filter{"policy": same("policy"), "protocol": same("protocol")},
		}
		out, err = find(tx.SecurityRules, f, l, plain)
		return err
	})
	return out, err
}

// rulePort finds rules by a port they name.
func rulePort(word string) ([]Where, error) {
	ports, err := portWhere(word)
	if err != nil || len(ports) == 0 {
		return nil, err
	}
	n := ports[0]["port"]
	return []Where{{"port_from": n}, {"port_to": n}}, nil
}

// FindInstances answers a page of the account's instances in a region:
// searched by ID, name, address, secondary NIC, VPC and vSwitch, narrowed down by "vpc",
// "running" (yes, no) and "program", sorted by "name", "ip", "vpc", "running",
// "program" or "created". An address on this host is an address too.
func (c *Caller) FindInstances(ctx context.Context, region string, f Find) (Found[InstanceView], error) {
	var out Found[InstanceView]
	err := c.read(ctx, func(tx *Tx) (err error) {
		l := lists{
			base:  Where{"account": c.account.ID, "region": region},
			words: []string{"id", "name", "ip", "vpc", "vpc.name", "vswitch", "vswitch.name"},
			also:  func(word string) ([]Where, error) { return c.instancesAt(tx, region, word) },
			sorts: map[string]string{
				"name": "name", "ip": "ip", "vpc": "vpc.name", "running": "running", "program": "program", "created": "created",
			},
			filters: map[string]filter{"vpc": same("vpc"), "running": yesNo("running"), "program": same("program")},
		}
		out, err = find(tx.Instances, f, l, func(rows []Instance) ([]InstanceView, error) { return instanceViews(tx, rows) })
		return err
	})
	return out, err
}

// InstancesNamed counts the account's instances in a region with this name.
func (c *Caller) InstancesNamed(ctx context.Context, region, name string) (int, error) {
	n := 0
	err := c.read(ctx, func(tx *Tx) (err error) {
		n, err = tx.Instances.Count(Where{"account": c.account.ID, "region": region, "name": name})
		return err
	})
	return n, err
}
