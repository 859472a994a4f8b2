package cloud

import (
	"context"
	"fmt"
)

// CtyunDemoRegion is where ctyun's side of the demo lab is built.
const CtyunDemoRegion = "cn-gz4"

// demoCtyun is the setting that stands once ctyun's side has been built: what a
// user deletes of it afterwards stays away.
const demoCtyun = "demo.ctyun"

// seedCtyunOnce builds what the guide of ctyun starts from, unless that was done
// before or the accounts are not a demo's: a client's network and a service's
// with the same addresses, as in the document's samples, and a second account's
// with them again. The group sg-backend does not let the endpoints' source range
// in, which the guide's first step puts right; sg-endpoint-ok shows it done.
func (e *Engine) seedCtyunOnce(ctx context.Context, accounts []Account) error {
	if len(accounts) < 2 || !accounts[0].Demo || !accounts[1].Demo {
		return nil
	}
	var built int
	if err := e.store.Read(ctx, func(tx *Tx) (err error) {
		built, err = tx.Settings.Count(Where{"id": demoCtyun})
		return err
	}); err != nil || built > 0 {
		return err
	}
	a, b := e.As(accounts[0]), e.As(accounts[1])
	for _, n := range []demoNetwork{ctyunClients(), ctyunServers(e.SNAT().String())} {
		if err := a.seedNetwork(ctx, CtyunDemoRegion, n); err != nil {
			return fmt.Errorf("build ctyun's demo lab of account A: %w", err)
		}
	}
	if err := a.seedBalancer(ctx); err != nil {
		return fmt.Errorf("build the load balancer of ctyun's demo lab: %w", err)
	}
	if err := a.seedNIC(ctx); err != nil {
		return fmt.Errorf("build the secondary NIC of ctyun's demo lab: %w", err)
	}
	if err := a.seedACL(ctx, e.SNAT().String()); err != nil {
		return fmt.Errorf("build the network ACL of ctyun's demo lab: %w", err)
	}
	if err := b.seedNetwork(ctx, CtyunDemoRegion, demoNetwork{
		vpc: "vpc-b", cidr: "192.168.0.0/16", vswitch: "subnet-b", subnet: "192.168.0.0/24",
		groups:    []demoGroup{{name: "sg-client"}},
		instances: []InstanceInput{{Name: "client-b", IP: "192.168.0.11"}},
	}); err != nil {
		return fmt.Errorf("build ctyun's demo lab of account B: %w", err)
	}
	return e.store.Write(ctx, func(tx *Tx) error { return tx.Settings.Put(Setting{ID: demoCtyun}) })
}

func ctyunClients() demoNetwork {
	return demoNetwork{
		vpc: "vpcep-client-180815", cidr: "192.168.0.0/16", vswitch: "subnet-7ff8", subnet: "192.168.0.0/24",
		groups:    []demoGroup{{name: "sg-client"}},
		instances: []InstanceInput{{Name: "client-a", IP: "192.168.0.11"}},
	}
}

// The service's network and its load balancer.
const (
	ctyunServiceVPC    = "vpc-52411.1111"
	ctyunServiceSubnet = "subnet-52411"
	ctyunBalancer      = "elb-web"
)

func ctyunServers(snat string) demoNetwork {
	inside := RuleInput{
		Direction: Ingress, Protocol: TCP, Ports: "8080", Peer: "192.168.0.0/17", Description: "the web servers' port, from their own VPC",
	}
	endpoints := RuleInput{
		Direction: Ingress, Protocol: AnyIP, Peer: snat, Description: "what comes through endpoints",
	}
	web := func(name, ip string) InstanceInput {
		return InstanceInput{Name: name, IP: ip, Program: ProgramWeb, Port: "8080", Text: name + ": a server in " + ctyunServiceVPC}
	}
	return demoNetwork{
		vpc: ctyunServiceVPC, cidr: "192.168.0.0/17", vswitch: ctyunServiceSubnet, subnet: "192.168.0.0/24",
		groups: []demoGroup{{name: "sg-backend", rules: []RuleInput{inside}}, {name: "sg-endpoint-ok", rules: []RuleInput{endpoints}}},
		instances: []InstanceInput{
			web("web-1", "192.168.0.21"), web("web-2", "192.168.0.22"),
			{Name: "echo-1", IP: "192.168.0.31", Program: ProgramEcho, Port: "7", Groups: []string{"sg-endpoint-ok"}},
		},
	}
}

// seedBalancer makes the enhanced load balancer with its listener, as far as
// they are not there yet.
func (c *Caller) seedBalancer(ctx context.Context) error {
	vpcs, err := c.VPCs(ctx, CtyunDemoRegion)
	if err != nil {
		return err
	}
	vpc, _ := named(vpcs, ctyunServiceVPC, func(v VPC) string { return v.Name })
	switches, err := c.VSwitches(ctx, CtyunDemoRegion, vpc.ID)
	if err != nil {
		return err
	}
	vsw, _ := named(switches, ctyunServiceSubnet, func(s VSwitchView) string { return s.Name })
	have, err := c.Balancers(ctx, CtyunDemoRegion)
	if err != nil {
		return err
	}
	b, ok := named(have, ctyunBalancer, func(b BalancerView) string { return b.Name })
	if !ok {
		in := BalancerInput{Name: ctyunBalancer, VPC: vpc.ID, VSwitch: vsw.ID, Feature: Enhanced}
		made, err := c.CreateBalancers(ctx, CtyunDemoRegion, in)
		if err != nil {
			return err
		}
		b.Balancer = made[0]
	}
	if len(b.Listeners) > 0 {
		return nil
	}
	servers, err := c.Instances(ctx, CtyunDemoRegion, vpc.ID)
	if err != nil {
		return err
	}
	in := ListenerInput{Protocol: TCP, Port: "8080", BackendPort: "8080"}
	for _, s := range servers {
		if s.Program == ProgramWeb {
			in.Servers = append(in.Servers, BackendInput{Instance: s.ID})
		}
	}
	_, err = c.SaveListener(ctx, b.ID, "", in)
	return err
}

// seedNIC gives the echo server a secondary NIC, which can stand behind a
// service (TYS-10).
func (c *Caller) seedNIC(ctx context.Context) error {
	servers, err := c.Instances(ctx, CtyunDemoRegion, "")
	if err != nil {
		return err
	}
	echo, _ := named(servers, "echo-1", func(i InstanceView) string { return i.Name })
	have, err := c.NICs(ctx, CtyunDemoRegion, echo.ID)
	if err != nil || len(have) > 0 {
		return err
	}
	_, err = c.AddNIC(ctx, echo.ID, NICInput{VSwitch: echo.VSwitch, IP: "192.168.0.32", Groups: echo.Groups})
	return err
}

// seedACL puts a network ACL on the servers' subnet, which lets in what comes
// through endpoints and from the VPC itself (TYQ-02).
func (c *Caller) seedACL(ctx context.Context, snat string) error {
	const name = "acl-52411"
	acls, err := c.ACLs(ctx, CtyunDemoRegion)
	if err != nil {
		return err
	}
	if _, ok := named(acls, name, func(a NetworkACL) string { return a.Name }); ok {
		return nil
	}
	a, err := c.CreateACL(ctx, CtyunDemoRegion, ACLInput{Name: name, Description: "the servers' subnet"})
	if err != nil {
		return err
	}
	for _, r := range []ACLRuleInput{
		{Direction: Ingress, Source: snat, Destination: "192.168.0.0/17", Description: "what comes through endpoints"},
		{Direction: Ingress, Source: "192.168.0.0/17", Destination: "192.168.0.0/17", Description: "from the VPC itself"},
		{Direction: Egress, Source: "192.168.0.0/17", Destination: "0.0.0.0/0", Description: "everything out"},
	} {
		r.Action, r.Protocol = Allow, AnyIP
		if _, err := c.AddACLRule(ctx, a.ID, r); err != nil {
			return err
		}
	}
	switches, err := c.VSwitches(ctx, CtyunDemoRegion, "")
	if err != nil {
		return err
	}
	subnet, _ := named(switches, ctyunServiceSubnet, func(s VSwitchView) string { return s.Name })
	return c.AssociateACL(ctx, a.ID, []string{subnet.ID})
}
