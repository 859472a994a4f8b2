package cloud

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"
)

// MostNICs is how many secondary NICs an instance can have.
const MostNICs = 11

// NIC is a secondary network interface (副网卡) of an instance in a region of
// ctyun (TYS-10). It is in the instance's VPC, in any subnet of it, and has
// groups of its own. The primary NIC is what the Instance itself says.
type NIC struct {
	ID       string
	Account  string
	Region   string
	Instance string
	VPC      string
	VSwitch  string
	IP       netip.Addr
	Groups   []string
	Created  time.Time
}

func (n NIC) about() about {
	return about{kind: "nic", id: n.ID, account: n.Account, parent: n.Instance}
}

// NICInput is the form of a secondary NIC. An empty IP takes the next free
// address of the subnet, no groups take the VPC's default group.
type NICInput struct {
	VSwitch, IP string
	Groups      []string
}

// NICView is a NIC with what a page shows beside it.
type NICView struct {
	NIC
	InstanceName string
	VSwitchName  string
	CIDR         netip.Prefix // of the subnet
	Twin         netip.Addr   // its address on this host
	GroupNames   []Ref
}

func (c *Caller) nic(tx *Tx, id string) (NIC, error) {
	n, err := tx.NICs.Get(id)
	if err != nil || n.Account != c.account.ID {
		return NIC{}, orMissing(err, "nic", id)
	}
	return n, nil
}

// NICs answers the secondary NICs of one of the account's instances, or those
// of all its instances in a region when instance is empty.
func (c *Caller) NICs(ctx context.Context, region, instance string) ([]NICView, error) {
	var out []NICView
	err := c.read(ctx, func(tx *Tx) error {
		w := Where{"account": c.account.ID, "region": region}
		if instance != "" {
			w["instance"] = instance
		}
		list, err := tx.NICs.List(w)
		if err != nil {
			return err
		}
		out, err = nicViews(tx, list)
		return err
	})
	return out, err
}

// NIC answers one of the account's secondary NICs.
func (c *Caller) NIC(ctx context.Context, id string) (NICView, error) {
	var v NICView
	err := c.read(ctx, func(tx *Tx) error {
		n, err := c.nic(tx, id)
		if err != nil {
			return err
		}
		all, err := nicViews(tx, []NIC{n})
		v = first(all)
		return err
	})
	return v, err
}

func nicViews(tx *Tx, list []NIC) ([]NICView, error) {
	var groups []string
	for _, n := range list {
		groups = append(groups, n.Groups...)
	}
	if err := errors.Join(
		learn(tx.Instances, each(list, func(n NIC) string { return n.Instance })...),
		learn(tx.VSwitches, each(list, func(n NIC) string { return n.VSwitch })...),
		learn(tx.SecurityGroups, groups...),
	); err != nil {
		return nil, err
	}
	return one(list, func(n NIC) (NICView, error) {
		v := NICView{NIC: n}
		i, err := tx.Instances.Get(n.Instance)
		if err != nil {
			return v, err
		}
		s, err := tx.VSwitches.Get(n.VSwitch)
		if err != nil {
			return v, err
		}
		v.InstanceName, v.VSwitchName, v.CIDR, v.Twin = i.Name, s.Name, s.CIDR, s.TwinOf(n.IP)
		v.GroupNames, err = groupRefs(tx, n.Groups)
		return v, err
	})
}

// AddNIC gives an instance of a region of ctyun a secondary NIC in a subnet of
// its VPC; at most MostNICs.
func (c *Caller) AddNIC(ctx context.Context, instance string, in NICInput) (NIC, error) {
	var n NIC
	err := c.write(ctx, func(tx *Tx) error {
		i, err := c.instance(tx, instance)
		if err != nil {
			return err
		}
		r, err := region(i.Region)
		if err != nil {
			return err
		}
		if r.Cloud != Ctyun {
			return conflict("error.nic.cloud", args("name", i.Name))
		}
		have, err := tx.NICs.Count(Where{"instance": i.ID})
		if err != nil {
			return err
		}
		if have >= MostNICs {
			return &Error{Kind: Exceeded, Key: "error.nic.most", Args: args("name", i.Name, "most", itoa(MostNICs))}
		}
		n = NIC{ID: c.e.newID("eni", r), Account: i.Account, Region: i.Region, Instance: i.ID, VPC: i.VPC, Created: now()}
		var ck check
		if err := c.placeNIC(tx, &ck, &n, in); err != nil {
			return err
		}
		if err := ck.err(); err != nil {
			return err
		}
		if n.Groups = slices.Clone(in.Groups); len(n.Groups) == 0 {
			g, err := c.defaultGroup(tx, r, i.VPC)
			if err != nil {
				return err
			}
			n.Groups = []string{g.ID}
		}
		return tx.NICs.Put(n)
	})
	return n, err
}

// placeNIC puts a new NIC into its subnet.
func (c *Caller) placeNIC(tx *Tx, ck *check, n *NIC, in NICInput) error {
	if err := c.checkGroups(tx, ck, "groups", in.Groups, n.VPC); err != nil {
		return err
	}
	if in.VSwitch == "" {
		ck.fail("vswitch", "error.choose")
		return nil
	}
	s, err := c.vswitch(tx, in.VSwitch)
	if err != nil {
		return err
	}
	if s.VPC != n.VPC {
		vpc, err := tx.VPCs.Get(n.VPC)
		if err != nil {
			return err
		}
		ck.fail("vswitch", "error.vswitch.vpc", "vswitch", s.Name, "vpc", vpc.Name)
		return nil
	}
	used, err := taken(tx, s.ID)
	if err != nil {
		return err
	}
	n.VSwitch, n.IP = s.ID, ck.assign("ip", in.IP, s, used, Ref{"instance", n.Instance, n.ID, n.Account})
	return nil
}

// SetNICGroups replaces the groups a secondary NIC carries; at least one.
func (c *Caller) SetNICGroups(ctx context.Context, id string, groups []string) (NIC, error) {
	var n NIC
	err := c.write(ctx, func(tx *Tx) (err error) {
		if n, err = c.nic(tx, id); err != nil {
			return err
		}
		var ck check
		if len(groups) == 0 {
			ck.fail("groups", "error.choose")
		}
		if err := c.checkGroups(tx, &ck, "groups", groups, n.VPC); err != nil {
			return err
		}
		if err := ck.err(); err != nil {
			return err
		}
		n.Groups = slices.Clone(groups)
		return tx.NICs.Put(n)
	})
	return n, err
}

// RemoveNIC takes a secondary NIC from its instance; what uses it is named.
func (c *Caller) RemoveNIC(ctx context.Context, id string) error {
	return c.write(ctx, func(tx *Tx) error {
		n, err := c.nic(tx, id)
		if err != nil {
			return err
		}
		blockers, err := servedBy(tx, Where{"instance": n.Instance, "nic": n.ID})
		if err != nil {
			return err
		}
		if len(blockers) > 0 {
			return conflict("error.nic.used", args("ip", n.IP.String()), blockers...)
		}
		return tx.NICs.Delete(id)
	})
}

// NICUsers answers what keeps one of the account's secondary NICs from being
// removed.
func (c *Caller) NICUsers(ctx context.Context, id string) ([]Ref, error) {
	var out []Ref
	err := c.read(ctx, func(tx *Tx) error {
		n, err := c.nic(tx, id)
		if err != nil {
			return err
		}
		out, err = servedBy(tx, Where{"instance": n.Instance, "nic": n.ID})
		return err
	})
	return out, err
}

// InstanceServices answers the endpoint services whose backend is one of the
// account's instances, by any of its NICs.
func (c *Caller) InstanceServices(ctx context.Context, id string) ([]Ref, error) {
	var out []Ref
	err := c.read(ctx, func(tx *Tx) error {
		i, err := c.instance(tx, id)
		if err != nil {
			return err
		}
		out, err = servedBy(tx, Where{"instance": i.ID})
		return err
	})
	return out, err
}

// servedBy are the endpoint services whose backend is an instance (TYS-10), by
// any of its NICs or by one that w names.
func servedBy(tx *Tx, w Where) ([]Ref, error) {
	list, err := tx.Resources.List(w)
	if err != nil {
		return nil, err
	}
	var out []Ref
	for _, r := range list {
		s, err := tx.Services.Get(r.Service)
		if err != nil {
			return nil, err
		}
		out = append(out, Ref{"service", s.ID, s.Name, s.Account})
	}
	return out, nil
}

// dropNICs removes the NICs of an instance that goes.
func dropNICs(tx *Tx, instance string) error {
	list, err := tx.NICs.List(Where{"instance": instance})
	for _, n := range list {
		err = errors.Join(err, tx.NICs.Delete(n.ID))
	}
	return err
}

// nicHolders adds the secondary NICs that carry a group, under the names of
// their instances.
func nicHolders(tx *Tx, holders []Ref, nics []NIC) ([]Ref, error) {
	for _, n := range nics {
		i, err := tx.Instances.Get(n.Instance)
		if err != nil {
			return nil, err
		}
		holders = append(holders, Ref{"instance", i.ID, i.Name + " " + n.IP.String(), i.Account})
	}
	return holders, nil
}

// withNIC are the instances that have a secondary NIC whose address holds a
// word, or whose ID it is.
func withNIC(tx *Tx, w Where, word string) ([]Where, error) {
	q := Query{Where: w, Terms: []Term{{Text: word, In: []string{"ip"}}}, Limit: mostOthers}
	if !addressLike(word) {
		q.Terms = []Term{{Or: []Where{{"id": word}}}}
	}
	list, err := tx.NICs.Page(q)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return []Where{{"id": each(list, func(n NIC) string { return n.Instance })}}, nil
}

// instancesAt are the instances that have an address: by a secondary NIC, or
// by where it is on this host.
func (c *Caller) instancesAt(tx *Tx, region, word string) ([]Where, error) {
	places, err := c.byTwin(tx, word)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(places)
	for _, w := range places {
		nics, err := tx.NICs.List(w)
		if err != nil {
			return nil, err
		}
		out = append(out, Where{"id": each(nics, func(n NIC) string { return n.Instance })})
	}
	more, err := withNIC(tx, Where{"account": c.account.ID, "region": region}, word)
	return append(out, more...), err
}
