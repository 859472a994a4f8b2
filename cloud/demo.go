package cloud

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// DemoRegion is where the demo lab is built.
const DemoRegion = "eu-central-1"

// DemoPassword opens the demo accounts on the sign-in form too; their logins
// are "account-a" and "account-b".
const DemoPassword = "culvert-demo"

// SeedDemo builds the demo lab in an installation that has no account yet: the
// tutorial's prerequisites with the addresses put right, a second
// account whose network has the first one's addresses (COM-09), and what the
// guides of ctyun and of Zilliz Cloud start from. It runs the same use cases as
// the console. An installation with accounts is left as it is, but for these two
// sides of a demo lab that is older than they are.
func (e *Engine) SeedDemo(ctx context.Context) error {
	accounts, unfinished, err := e.demoState(ctx)
	if err != nil {
		return err
	}
	if len(accounts) > 0 && !unfinished {
		if err := e.seedSubOnce(ctx, accounts); err != nil {
			return err
		}
		return e.seedSides(ctx, accounts)
	}
	if len(accounts) == 0 {
		if accounts, err = e.demoAccounts(ctx); err != nil {
			return err
		}
	}
	a, b := e.As(accounts[0]), e.As(accounts[1])
	if err := a.seedTutorial(ctx); err != nil {
		return fmt.Errorf("build the demo lab of account A: %w", err)
	}
	if err := b.seedNetwork(ctx, DemoRegion, demoNetwork{
		vpc: "VPC-B", cidr: "10.10.0.0/16", vswitch: "vsw-b", subnet: "10.10.2.0/24", groups: []demoGroup{{name: "sg-b", http: true}},
		instances: []InstanceInput{{Name: "ECS-B1", IP: "10.10.2.1"}},
	}); err != nil {
		return fmt.Errorf("build the demo lab of account B: %w", err)
	}
	if err := e.seedSubOnce(ctx, accounts); err != nil {
		return err
	}
	if err := e.seedSides(ctx, accounts); err != nil {
		return err
	}
	return e.store.Write(ctx, func(tx *Tx) error { return tx.Settings.Delete(demoUnfinished) })
}

// seedSides builds what demo labs did not have from the beginning.
func (e *Engine) seedSides(ctx context.Context, accounts []Account) error {
	if err := e.seedCtyunOnce(ctx, accounts); err != nil {
		return err
	}
	return e.seedZillizOnce(ctx, accounts)
}

// demoUnfinished is the setting that stands while the demo lab is being built:
// a start that was killed goes on where it ended.
const demoUnfinished = "demo.unfinished"

func (e *Engine) demoState(ctx context.Context) (accounts []Account, unfinished bool, err error) {
	err = e.store.Read(ctx, func(tx *Tx) (err error) {
		if accounts, err = tx.Accounts.List(people()); err != nil {
			return err
		}
		n, err := tx.Settings.Count(Where{"id": demoUnfinished})
		unfinished = n > 0
		return err
	})
	return accounts, unfinished, err
}

// demoAccounts makes the two accounts and notes that their labs are not built
// yet, in one transaction.
func (e *Engine) demoAccounts(ctx context.Context) ([]Account, error) {
	hash, err := bcrypt.GenerateFromPassword([]byte(DemoPassword), bcrypt.DefaultCost)
	if err != nil {
		return nil, err
	}
	var accounts []Account
	for n, name := range []string{"A", "B"} {
		accounts = append(accounts, Account{
			ID: newAccountID(), DomainID: newDomainID(), Login: "account-" + string('a'+rune(n)), Name: "账号" + name, NameEN: "Account " + name,
			Admin: n == 0, Demo: true, Password: string(hash), Created: now().Add(time.Duration(n) * time.Microsecond),
		})
	}
	if err := e.write(ctx, SystemActor, func(tx *Tx) error {
		if err := tx.Settings.Put(Setting{ID: demoUnfinished}); err != nil {
			return err
		}
		for _, a := range accounts {
			if err := tx.Accounts.Put(a); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return nil, fmt.Errorf("make the demo accounts: %w", err)
	}
	return accounts, nil
}

// demoNetwork is a VPC with one vSwitch. Groups are its security groups, the
// default one when there is none; the instances carry the first one, or the one
// they name in Groups. The zone is the region's second one unless it is given.
type demoNetwork struct {
	zone                       string
	vpc, cidr, vswitch, subnet string
	groups                     []demoGroup
	instances                  []InstanceInput
}

// demoGroup is a group from the documents' template, with more rules.
type demoGroup struct {
	name  string
	http  bool
	rules []RuleInput
}

func (c *Caller) seedTutorial(ctx context.Context) error {
	if err := c.seedNetwork(ctx, DemoRegion, demoNetwork{
		vpc: "VPC1", cidr: "10.10.0.0/16", vswitch: "vsw-vpc1-b", subnet: "10.10.2.0/24", groups: []demoGroup{{name: "sg-vpc1", http: true}},
		instances: []InstanceInput{{Name: "ECS1", IP: "10.10.2.1"}},
	}); err != nil {
		return err
	}
	return c.seedNetwork(ctx, DemoRegion, demoNetwork{
		vpc: "VPC2", cidr: "192.168.0.0/16", vswitch: "vsw-vpc2-b", subnet: "192.168.24.0/24",
		instances: []InstanceInput{
			{Name: "ECS2", IP: "192.168.24.11", Program: ProgramWeb, Port: "80", Text: "ECS2: the first backend in VPC2"},
			{Name: "ECS3", IP: "192.168.24.12", Program: ProgramWeb, Port: "80", Text: "ECS3: the second backend in VPC2"},
		},
	})
}

// seedNetwork makes what is not there yet.
func (c *Caller) seedNetwork(ctx context.Context, region string, n demoNetwork) error {
	vpcs, err := c.VPCs(ctx, region)
	if err != nil {
		return err
	}
	vpc, ok := named(vpcs, n.vpc, func(v VPC) string { return v.Name })
	if !ok {
		if vpc, err = c.CreateVPC(ctx, region, VPCInput{Name: n.vpc, CIDR: n.cidr}); err != nil {
			return err
		}
	}
	switches, err := c.VSwitches(ctx, region, vpc.ID)
	if err != nil {
		return err
	}
	vsw, ok := named(switches, n.vswitch, func(s VSwitchView) string { return s.Name })
	if !ok {
		in := VSwitchInput{VPC: vpc.ID, Zone: cmp.Or(n.zone, region+"b"), Name: n.vswitch, CIDR: n.subnet}
		if vsw.VSwitch, err = c.CreateVSwitch(ctx, region, in); err != nil {
			return err
		}
	}
	groups := map[string]string{}
	for _, g := range n.groups {
		if groups[g.name], err = c.seedGroup(ctx, region, vpc.ID, g); err != nil {
			return err
		}
	}
	for i, in := range n.instances {
		if len(in.Groups) == 0 && len(n.groups) > 0 {
			in.Groups = []string{n.groups[0].name}
		}
		in.Groups = each(in.Groups, func(name string) string { return groups[name] })
		n.instances[i] = in
	}
	return c.seedInstances(ctx, region, vsw.VSwitch, n.instances)
}

func (c *Caller) seedGroup(ctx context.Context, region, vpc string, want demoGroup) (string, error) {
	have, err := c.SecurityGroups(ctx, region, vpc)
	if err != nil {
		return "", err
	}
	g, ok := named(have, want.name, func(g GroupView) string { return g.Name })
	if !ok {
		in := GroupInput{VPC: vpc, Name: want.name, Template: TemplateWeb, HTTP: want.http}
		if g.SecurityGroup, err = c.CreateSecurityGroup(ctx, region, in); err != nil {
			return "", err
		}
	}
	for _, rule := range want.rules {
		if slices.ContainsFunc(g.Rules, func(r SecurityRule) bool { return r.Description == rule.Description }) {
			continue
		}
		if _, err := c.AddRule(ctx, g.ID, rule); err != nil {
			return "", err
		}
	}
	return g.ID, nil
}

func (c *Caller) seedInstances(ctx context.Context, region string, vsw VSwitch, want []InstanceInput) error {
	have, err := c.Instances(ctx, region, vsw.VPC)
	if err != nil {
		return err
	}
	for _, in := range want {
		if _, ok := named(have, in.Name, func(i InstanceView) string { return i.Name }); ok {
			continue
		}
		in.VSwitch = vsw.ID
		if _, err := c.CreateInstance(ctx, region, in); err != nil {
			return err
		}
	}
	return nil
}

func named[T any](list []T, name string, of func(T) string) (T, bool) {
	for _, v := range list {
		if of(v) == name {
			return v, true
		}
	}
	var zero T
	return zero, false
}

// BuildLab does what is left of the tutorial's steps 1 to 5 by the same use
// cases a person would use ("build the finished lab for me"). It needs the
// prerequisites: a VPC with a client and a VPC with two servers.
func (c *Caller) BuildLab(ctx context.Context, region string) error {
	c = c.Since(0) // it goes on from whatever is there, its own steps included
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
