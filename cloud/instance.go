package cloud

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"slices"
	"sort"
	"time"
)

// What an instance runs by itself. With ProgramNone whatever the user starts
// on the instance's twin answers (ALI-03).
const (
	ProgramNone = "none"
	ProgramWeb  = "web"  // a page with Text that shows the source it saw
	ProgramEcho = "echo" // TCP and UDP echo
)

// Instance is an ECS: an address in a vSwitch with its groups and a built-in
// program. Door is the host address of its SOCKS5 door.
type Instance struct {
	ID      string
	Account string
	Region  string
	Zone    string
	VPC     string
	VSwitch string
	Name    string
	IP      netip.Addr
	Groups  []string
	Program string
	Port    uint16 // of the built-in program
	Text    string // what the built-in page says
	Running bool
	Door    netip.Addr
	Created time.Time
}

func (i Instance) about() about {
	return about{kind: "instance", id: i.ID, account: i.Account, parent: i.VSwitch}
}

// InstanceInput is the form of an instance. An empty IP takes the next free
// one, no groups take the VPC's default group, which is made when there is
// none (ALI-05).
type InstanceInput struct {
	Name, VSwitch, IP   string
	Groups              []string
	Program, Port, Text string
}

// InstanceView is an instance with what a page shows beside it.
type InstanceView struct {
	Instance
	VPCName     string
	VSwitchName string
	Twin        netip.Addr // its address on this host
	GroupNames  []Ref
}

func (c *Caller) instance(tx *Tx, id string) (Instance, error) {
	i, err := tx.Instances.Get(id)
	if err != nil || i.Account != c.account.ID {
		return Instance{}, orMissing(err, "instance", id)
	}
	return i, nil
}

// Instances answers the account's instances in a region, those of one VPC when
// vpc is not empty.
func (c *Caller) Instances(ctx context.Context, region, vpc string) ([]InstanceView, error) {
	var out []InstanceView
	err := c.read(ctx, func(tx *Tx) error {
		w := Where{"account": c.account.ID, "region": region}
		if vpc != "" {
			w["vpc"] = vpc
		}
		list, err := tx.Instances.List(w)
		if err != nil {
			return err
		}
		out, err = instanceViews(tx, list)
		return err
	})
	return out, err
}

// Instance answers one of the account's instances.
func (c *Caller) Instance(ctx context.Context, id string) (InstanceView, error) {
	var v InstanceView
	err := c.read(ctx, func(tx *Tx) error {
		i, err := c.instance(tx, id)
		if err != nil {
			return err
		}
		v, err = instanceView(tx, i)
		return err
	})
	return v, err
}

// instanceViews reads everything that a page of instances shows, in a number
// of questions that does not depend on how many there are.
func instanceViews(tx *Tx, list []Instance) ([]InstanceView, error) {
	var groups []string
	for _, i := range list {
		groups = append(groups, i.Groups...)
	}
	if err := errors.Join(
		learn(tx.VPCs, each(list, func(i Instance) string { return i.VPC })...),
		learn(tx.VSwitches, each(list, func(i Instance) string { return i.VSwitch })...),
		learn(tx.SecurityGroups, groups...),
	); err != nil {
		return nil, err
	}
	return one(list, func(i Instance) (InstanceView, error) { return instanceView(tx, i) })
}

func instanceView(tx *Tx, i Instance) (InstanceView, error) {
	v := InstanceView{Instance: i}
	vpc, err := tx.VPCs.Get(i.VPC)
	if err != nil {
		return v, err
	}
	s, err := tx.VSwitches.Get(i.VSwitch)
	if err != nil {
		return v, err
	}
	v.VPCName, v.VSwitchName, v.Twin = vpc.Name, s.Name, s.TwinOf(i.IP)
	v.GroupNames, err = groupRefs(tx, i.Groups)
	return v, err
}

func groupRefs(tx *Tx, ids []string) ([]Ref, error) {
	out := make([]Ref, 0, len(ids))
	for _, id := range ids {
		g, err := tx.SecurityGroups.Get(id)
		if err != nil {
			return nil, err
		}
		out = append(out, Ref{"group", g.ID, g.Name, g.Account})
	}
	return out, nil
}

// CreateInstance makes an instance, running.
func (c *Caller) CreateInstance(ctx context.Context, regionID string, in InstanceInput) (Instance, error) {
	r, err := region(regionID)
	if err != nil {
		return Instance{}, err
	}
	var i Instance
	err = c.write(ctx, func(tx *Tx) (err error) {
		i, err = c.makeInstance(tx, r, in)
		return err
	})
	return i, err
}

func (c *Caller) makeInstance(tx *Tx, r Region, in InstanceInput) (Instance, error) {
	var ck check
	ck.name("name", in.Name, 2, 128)
	i := Instance{
		ID: c.e.newID("i", r), Account: c.account.ID, Region: r.ID, Name: in.Name, Running: true, Created: now(),
	}
	ck.program(&i, in)
	if in.VSwitch == "" {
		ck.fail("vswitch", "error.choose")
		return i, ck.err()
	}
	s, err := c.vswitch(tx, in.VSwitch)
	if err != nil {
		return i, err
	}
	if s.Region != r.ID {
		return i, notFound("vswitch", s.ID)
	}
	i.VPC, i.VSwitch, i.Zone = s.VPC, s.ID, s.Zone
	used, err := taken(tx, s.ID)
	if err != nil {
		return i, err
	}
	i.IP = ck.assign("ip", in.IP, s, used, Ref{"instance", i.ID, i.Name, i.Account})
	if err := c.checkGroups(tx, &ck, "groups", in.Groups, s.VPC); err != nil {
		return i, err
	}
	if err := ck.err(); err != nil {
		return i, err
	}
	if i.Groups = slices.Clone(in.Groups); len(i.Groups) == 0 {
		g, err := c.defaultGroup(tx, r, s.VPC)
		if err != nil {
			return i, err
		}
		i.Groups = []string{g.ID}
	}
	if i.Door, err = freeOwn(c.e.opt.Base, tx); err != nil {
		return i, err
	}
	return i, tx.Instances.Put(i)
}

func (c *check) program(i *Instance, in InstanceInput) {
	i.Program = c.oneOf("program", in.Program, ProgramNone, ProgramNone, ProgramWeb, ProgramEcho)
	i.Port, i.Text = 0, ""
	if i.Program == ProgramNone {
		return
	}
	i.Port = uint16(c.number("port", in.Port, map[string]int{ProgramWeb: 80, ProgramEcho: 7}[i.Program], 1, 65535))
	if i.Program == ProgramWeb {
		i.Text = cmp.Or(in.Text, in.Name)
		if len(i.Text) > 4096 {
			c.fail("text", "error.length", "min", "0", "max", "4096", "n", itoa(len(i.Text)))
		}
	}
}

// checkGroups checks that the groups are the account's and of the VPC.
func (c *Caller) checkGroups(tx *Tx, ck *check, field string, ids []string, vpc string) error {
	for _, id := range ids {
		g, err := c.group(tx, id)
		if AsError(err) != nil || err == nil && g.VPC != vpc {
			ck.fail(field, "error.group.vpc", "value", id)
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// defaultGroup answers the VPC's default group and makes it first if need be:
// everything between its members, all egress, ICMP, 22 and 3389 in (ALI-05).
func (c *Caller) defaultGroup(tx *Tx, r Region, vpc string) (SecurityGroup, error) {
	list, err := tx.SecurityGroups.List(Where{"vpc": vpc, "default": true})
	if err != nil || len(list) > 0 {
		return first(list), err
	}
	var ck check
	g, err := c.makeGroup(tx, &ck, r, GroupInput{VPC: vpc, Name: "sg-default", Template: TemplateWeb}, "")
	if err != nil {
		return g, err
	}
	g.Default = true
	if err := tx.SecurityGroups.Put(g); err != nil {
		return g, err
	}
	return g, tx.SecurityRules.Put(SecurityRule{
		ID: c.e.newID("sgr", r), Account: g.Account, Group: g.ID, Direction: Ingress, Policy: Accept,
		Priority: 1, Protocol: AnyIP, PeerGroup: g.ID, Created: now(),
	})
}

func first[T any](list []T) T {
	var zero T
	if len(list) == 0 {
		return zero
	}
	return list[0]
}

// UpdateInstance changes the name and the built-in program; address and
// vSwitch stay.
func (c *Caller) UpdateInstance(ctx context.Context, id string, in InstanceInput) (Instance, error) {
	var i Instance
	err := c.write(ctx, func(tx *Tx) (err error) {
		if i, err = c.instance(tx, id); err != nil {
			return err
		}
		var ck check
		ck.name("name", in.Name, 2, 128)
		i.Name = in.Name
		ck.program(&i, in)
		if err := ck.err(); err != nil {
			return err
		}
		return tx.Instances.Put(i)
	})
	return i, err
}

// SetInstanceGroups replaces the groups an instance carries; at least one.
func (c *Caller) SetInstanceGroups(ctx context.Context, id string, groups []string) (Instance, error) {
	var i Instance
	err := c.write(ctx, func(tx *Tx) (err error) {
		if i, err = c.instance(tx, id); err != nil {
			return err
		}
		var ck check
		if len(groups) == 0 {
			ck.fail("groups", "error.choose")
		}
		if err := c.checkGroups(tx, &ck, "groups", groups, i.VPC); err != nil {
			return err
		}
		if err := ck.err(); err != nil {
			return err
		}
		i.Groups = slices.Clone(groups)
		return tx.Instances.Put(i)
	})
	return i, err
}

// RunInstance starts or stops an instance: a stopped one answers nothing and
// opens nothing.
func (c *Caller) RunInstance(ctx context.Context, id string, running bool) (Instance, error) {
	var i Instance
	err := c.write(ctx, func(tx *Tx) (err error) {
		if i, err = c.instance(tx, id); err != nil {
			return err
		}
		i.Running = running
		return tx.Instances.Put(i)
	})
	return i, err
}

// DeleteInstance removes an instance that no balancer and no endpoint service
// sends to, with its secondary NICs.
func (c *Caller) DeleteInstance(ctx context.Context, id string) error {
	return c.write(ctx, func(tx *Tx) error {
		i, err := c.instance(tx, id)
		if err != nil {
			return err
		}
		backends, err := tx.Backends.List(Where{"instance": id})
		if err != nil {
			return err
		}
		var blockers []Ref
		for _, b := range backends {
			lb, err := tx.Balancers.Get(b.Balancer)
			if err != nil && !errors.Is(err, ErrMissing) {
				return err
			}
			blockers = append(blockers, Ref{"balancer", b.Balancer, lb.Name, b.Account})
		}
		services, err := servedBy(tx, Where{"instance": id})
		if err != nil {
			return err
		}
		blockers = append(blockers, services...)
		if len(blockers) > 0 {
			return conflict("error.instance.used", args("name", i.Name), blockers...)
		}
		if err := dropNICs(tx, id); err != nil {
			return err
		}
		return tx.Instances.Delete(id)
	})
}

func sortRefs(refs []Ref) {
	sort.Slice(refs, func(i, j int) bool {
		return cmp.Or(cmp.Compare(refs[i].Kind, refs[j].Kind), cmp.Compare(refs[i].ID, refs[j].ID)) < 0
	})
}
