package cloud

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// DemoRegion is where the demo lab is built.
const DemoRegion = "eu-central-1"

// DemoPassword opens the demo accounts on the sign-in form too; their logins
// are "account-a" and "account-b".
const DemoPassword = "culvert-demo"

// SeedDemo builds the demo lab in an installation that has no account yet: the
// tutorial's prerequisites with the addresses put right, and a
// second account whose network has the first one's addresses (COM-09). It runs
// the same use cases as the console. An installation with accounts is left as
// it is.
func (e *Engine) SeedDemo(ctx context.Context) error {
	has, err := e.HasAccounts(ctx)
	if err != nil || has {
		return err
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(DemoPassword), bcrypt.DefaultCost)
	if err != nil {
		return err
	}
	var accounts []Account
	for n, name := range []string{"A", "B"} {
		accounts = append(accounts, Account{
			ID: newAccountID(), Login: "account-" + string('a'+rune(n)), Name: "账号" + name, NameEN: "Account " + name,
			Admin: n == 0, Demo: true, Password: string(hash), Created: now().Add(time.Duration(n) * time.Microsecond),
		})
	}
	if err := e.write(ctx, SystemActor, func(tx *Tx) error {
		for _, a := range accounts {
			if err := tx.Accounts.Put(a); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return fmt.Errorf("make the demo accounts: %w", err)
	}
	a, b := e.As(accounts[0]), e.As(accounts[1])
	if err := a.seedTutorial(ctx); err != nil {
		return fmt.Errorf("build the demo lab of account A: %w", err)
	}
	if err := b.seedNetwork(ctx, demoNetwork{
		vpc: "VPC-B", cidr: "10.10.0.0/16", vswitch: "vsw-b", subnet: "10.10.2.0/24", group: "sg-b",
		instances: []InstanceInput{{Name: "ECS-B1", IP: "10.10.2.1"}},
	}); err != nil {
		return fmt.Errorf("build the demo lab of account B: %w", err)
	}
	return nil
}

type demoNetwork struct {
	vpc, cidr, vswitch, subnet string
	group                      string // empty: the default group
	instances                  []InstanceInput
}

func (c *Caller) seedTutorial(ctx context.Context) error {
	if err := c.seedNetwork(ctx, demoNetwork{
		vpc: "VPC1", cidr: "10.10.0.0/16", vswitch: "vsw-vpc1-b", subnet: "10.10.2.0/24", group: "sg-vpc1",
		instances: []InstanceInput{{Name: "ECS1", IP: "10.10.2.1"}},
	}); err != nil {
		return err
	}
	return c.seedNetwork(ctx, demoNetwork{
		vpc: "VPC2", cidr: "192.168.0.0/16", vswitch: "vsw-vpc2-b", subnet: "192.168.24.0/24",
		instances: []InstanceInput{
			{Name: "ECS2", IP: "192.168.24.11", Program: ProgramWeb, Port: "80", Text: "ECS2: the first backend in VPC2"},
			{Name: "ECS3", IP: "192.168.24.12", Program: ProgramWeb, Port: "80", Text: "ECS3: the second backend in VPC2"},
		},
	})
}

func (c *Caller) seedNetwork(ctx context.Context, n demoNetwork) error {
	vpc, err := c.CreateVPC(ctx, DemoRegion, VPCInput{Name: n.vpc, CIDR: n.cidr})
	if err != nil {
		return err
	}
	vsw, err := c.CreateVSwitch(ctx, DemoRegion, VSwitchInput{VPC: vpc.ID, Zone: DemoRegion + "b", Name: n.vswitch, CIDR: n.subnet})
	if err != nil {
		return err
	}
	var groups []string
	if n.group != "" {
		g, err := c.CreateSecurityGroup(ctx, DemoRegion, GroupInput{VPC: vpc.ID, Name: n.group, Template: TemplateWeb, HTTP: true})
		if err != nil {
			return err
		}
		groups = []string{g.ID}
	}
	for _, in := range n.instances {
		in.VSwitch, in.Groups = vsw.ID, groups
		if _, err := c.CreateInstance(ctx, DemoRegion, in); err != nil {
			return err
		}
	}
	return nil
}

// BuildLab does what is left of the tutorial's steps 1 to 5 by the same use
// cases a person would use ("build the finished lab for me"). It needs the
// prerequisites: a VPC with a client and a VPC with two servers.
func (c *Caller) BuildLab(ctx context.Context, region string) error {
	t, err := c.Tutorial(ctx, region)
	if err != nil {
		return err
	}
	if !t.Ready {
		return conflict("error.lab.prerequisites", nil)
	}
	for _, step := range []func(context.Context, string, *Tutorial) error{
		c.labBalancer, c.labListener, c.labService, c.labEndpoint,
	} {
		if err := step(ctx, region, &t); err != nil {
			return err
		}
	}
	if t.Allowed {
		return nil
	}
	return c.Allow(ctx, t.Service, t.Endpoint, AllowInput{Auto: true})
}

func (c *Caller) labBalancer(ctx context.Context, region string, t *Tutorial) error {
	if t.Balancer != "" {
		return nil
	}
	server, err := c.Instance(ctx, t.Servers[0])
	if err != nil {
		return err
	}
	in := BalancerInput{
		Billing: PayAsYouGo, Zone: server.Zone, ZoneType: SingleZone, Name: "clb-web", Spec: Specs()[0].ID,
		Address: Intranet, Network: NetworkVPC, VPC: server.VPC, VSwitch: server.VSwitch, IPVersion: IPv4,
		Feature: Standard, Flow: ByTraffic, Quantity: "1", ResourceGroup: DefaultGroup,
	}
	if r, _ := FindRegion(region); len(r.Zones) > 1 {
		in.ZoneType = MultiZone
		for _, z := range r.Zones {
			if z != server.Zone {
				in.BackupZone = z
				break
			}
		}
	}
	made, err := c.CreateBalancers(ctx, region, in)
	if err != nil {
		return err
	}
	t.Balancer = made[0].ID
	return nil
}

func (c *Caller) labListener(ctx context.Context, _ string, t *Tutorial) error {
	if t.Listener != "" {
		return nil
	}
	in := ListenerInput{Protocol: TCP, Port: "80", BackendPort: "80"}
	for _, s := range t.Servers {
		in.Servers = append(in.Servers, BackendInput{Instance: s})
	}
	l, err := c.SaveListener(ctx, t.Balancer, "", in)
	t.Listener = l.ID
	return err
}

func (c *Caller) labService(ctx context.Context, region string, t *Tutorial) error {
	if t.Service != "" {
		return nil
	}
	b, err := c.Balancer(ctx, t.Balancer)
	if err != nil {
		return err
	}
	s, err := c.CreateService(ctx, region, ServiceInput{
		Resources: []ResourceInput{{Zone: b.Zone, Balancer: b.ID}}, AutoAccept: "no", Affinity: "yes",
	})
	t.Service, t.ServiceName = s.ID, s.Name
	return err
}

func (c *Caller) labEndpoint(ctx context.Context, region string, t *Tutorial) error {
	if t.Endpoint != "" {
		return nil
	}
	client, err := c.Instance(ctx, t.Client)
	if err != nil {
		return err
	}
	s, err := c.Service(ctx, t.Service)
	if err != nil {
		return err
	}
	in := EndpointInput{
		Name: "web-from-vpc1", How: ByName, ServiceName: s.Name, VPC: client.VPC, Groups: client.Groups,
	}
	for _, zone := range s.Zones {
		row := ZoneInput{Zone: zone, VSwitch: client.VSwitch}
		if zone != client.Zone {
			fresh, err := c.DefaultVSwitch(ctx, client.VPC, zone)
			if err != nil {
				return err
			}
			row = ZoneInput{Zone: zone, VSwitch: New, NewName: fresh.Name, NewCIDR: fresh.CIDR}
		}
		in.Zones = append(in.Zones, row)
	}
	e, err := c.CreateEndpoint(ctx, region, in)
	t.Endpoint = e.ID
	return err
}
