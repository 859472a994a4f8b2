package cloud

import (
	"cmp"
	"context"
	"net/netip"
	"strings"
	"time"
)

// How a network on premises is joined to its VPC.
const (
	LinkVPN    = "vpn"
	LinkDirect = "direct" // 云专线
)

// IDC is a network on premises whose clients reach a VPC of a ctyun region
// through a VPN or a direct connection (TYN-03). Twin is the prefix of the same
// length in which its addresses live on this host: whoever sends from one of
// them is a client in the IDC.
type IDC struct {
	ID      string
	Account string
	Region  string
	Name    string
	Link    string
	CIDR    netip.Prefix
	// Gateway is the address on premises of the VPN or direct connection: the
	// next hop of host routes to what is in the VPC.
	Gateway netip.Addr
	VPC     string // attached to; empty: to none
	Twin    netip.Prefix
	Created time.Time
}

func (i IDC) about() about { return about{kind: "idc", id: i.ID, account: i.Account} }

// TwinOf answers the host address of one of the IDC's addresses.
func (i IDC) TwinOf(a netip.Addr) netip.Addr { return VSwitch{CIDR: i.CIDR, Twin: i.Twin}.TwinOf(a) }

// Client is an address of the IDC that is not its gateway: the one in its
// commands.
func (i IDC) Client() netip.Addr {
	for n := number4(i.CIDR.Addr()) + 1; n < number4(last(i.CIDR)); n++ {
		// .10 rather than .2, where there is room: it looks like a client.
		if a := addr4(n); a != i.Gateway && (size(i.CIDR) < 32 || n-number4(i.CIDR.Addr()) >= 10) {
			return a
		}
	}
	return i.CIDR.Addr()
}

// IDCInput is the form of an IDC. An empty Gateway is the first address of the
// range, an empty VPC attaches it to none.
type IDCInput struct {
	Name, Link, CIDR, Gateway, VPC string
}

// IDCView is an IDC with what a page shows beside it.
type IDCView struct {
	IDC
	VPCName  string
	VPCCIDR  netip.Prefix
	Resolver netip.Addr // of its VPC, on this host
}

func (c *Caller) idc(tx *Tx, id string) (IDC, error) {
	i, err := tx.IDCs.Get(id)
	if err != nil || i.Account != c.account.ID {
		return IDC{}, orMissing(err, "idc", id)
	}
	return i, nil
}

// IDCs answers the account's IDCs in a region, those attached to one VPC when
// vpc is not empty.
func (c *Caller) IDCs(ctx context.Context, region, vpc string) ([]IDCView, error) {
	var out []IDCView
	err := c.read(ctx, func(tx *Tx) error {
		w := Where{"account": c.account.ID, "region": region}
		if vpc != "" {
			w["vpc"] = vpc
		}
		list, err := tx.IDCs.List(w)
		if err != nil {
			return err
		}
		out, err = idcViews(tx, list)
		return err
	})
	return out, err
}

// FindIDCs answers a page of the account's IDCs in a region: searched by ID,
// name, ranges and VPC, narrowed down by "vpc" and "link", sorted by "name",
// "cidr", "vpc" or "created".
func (c *Caller) FindIDCs(ctx context.Context, region string, f Find) (Found[IDCView], error) {
	var out Found[IDCView]
	err := c.read(ctx, func(tx *Tx) (err error) {
		l := lists{
			base:    Where{"account": c.account.ID, "region": region},
			words:   []string{"id", "name", "cidr", "gateway", "twin", "vpc", "vpc.name"},
			sorts:   map[string]string{"name": "name", "cidr": "cidr", "vpc": "vpc.name", "created": "created"},
			filters: map[string]filter{"vpc": same("vpc"), "link": same("link")},
		}
		out, err = find(tx.IDCs, f, l, func(rows []IDC) ([]IDCView, error) { return idcViews(tx, rows) })
		return err
	})
	return out, err
}

// IDC answers one of the account's IDCs.
func (c *Caller) IDC(ctx context.Context, id string) (IDCView, error) {
	var v IDCView
	err := c.read(ctx, func(tx *Tx) error {
		i, err := c.idc(tx, id)
		if err != nil {
			return err
		}
		all, err := idcViews(tx, []IDC{i})
		v = first(all)
		return err
	})
	return v, err
}

func idcViews(tx *Tx, list []IDC) ([]IDCView, error) {
	if err := learn(tx.VPCs, each(list, func(i IDC) string { return i.VPC })...); err != nil {
		return nil, err
	}
	return one(list, func(i IDC) (IDCView, error) {
		v := IDCView{IDC: i}
		if i.VPC == "" {
			return v, nil
		}
		vpc, err := tx.VPCs.Get(i.VPC)
		v.VPCName, v.VPCCIDR, v.Resolver = vpc.Name, vpc.CIDR, vpc.Resolver
		return v, err
	})
}

// CreateIDC makes a network on premises, attached at once when a VPC is given.
// CIDR is an IPv4 block of /16 to /29.
func (c *Caller) CreateIDC(ctx context.Context, regionID string, in IDCInput) (IDC, error) {
	r, err := region(regionID)
	if err != nil {
		return IDC{}, err
	}
	if r.Cloud != Ctyun {
		return IDC{}, notFound("region", regionID)
	}
	var i IDC
	err = c.write(ctx, func(tx *Tx) error {
		var ck check
		i = IDC{ID: c.e.newID("idc", r), Account: c.account.ID, Region: r.ID, Created: now()}
		i.CIDR = ck.cidr("cidr", in.CIDR, 16, 29)
		ck.ordinary("cidr", i.CIDR)
		c.unreserved(&ck, "cidr", r, i.CIDR)
		ck.idc(&i, in)
		if in.VPC != "" && i.CIDR.IsValid() {
			if err := c.attach(tx, &ck, &i, in.VPC, "cidr"); err != nil {
				return err
			}
		}
		if err := ck.err(); err != nil {
			return err
		}
		twins, err := twins(tx)
		if err != nil {
			return err
		}
		var ok bool
		if i.Twin, ok = freeTwin(c.e.opt.Base, i.CIDR, i.ID, twins); !ok {
			return conflict("error.underlay.full", args("base", c.e.opt.Base.String()))
		}
		tx.memo.twin(i.ID, i.Twin)
		return tx.IDCs.Put(i)
	})
	return i, err
}

// idc reads what can be changed later too.
func (c *check) idc(i *IDC, in IDCInput) {
	c.name("name", in.Name, 1, 128)
	i.Name = in.Name
	i.Link = c.oneOf("link", in.Link, LinkVPN, LinkVPN, LinkDirect)
	if !i.CIDR.IsValid() {
		return
	}
	wanted := cmp.Or(strings.TrimSpace(in.Gateway), i.CIDR.Addr().Next().String())
	a, err := netip.ParseAddr(wanted)
	switch {
	case err != nil || !a.Is4():
		c.fail("gateway", "error.address", "value", wanted)
	case !i.CIDR.Contains(a), a == i.CIDR.Addr(), a == last(i.CIDR):
		c.suggest("gateway", "error.idc.gateway", i.CIDR.Addr().Next().String(), "value", wanted, "cidr", i.CIDR.String())
	default:
		i.Gateway = a
	}
}

// attach puts an IDC into a VPC, unless their addresses, or those of another
// IDC that is there, are the same. Field errors go to field.
func (c *Caller) attach(tx *Tx, ck *check, i *IDC, vpc, field string) error {
	v, err := c.vpc(tx, vpc)
	if err != nil {
		return err
	}
	if v.Region != i.Region {
		return notFound("vpc", vpc)
	}
	if v.CIDR.Overlaps(i.CIDR) {
		ck.fail(field, "error.idc.overlap.vpc", "value", i.CIDR.String(), "vpc", v.Name, "cidr", v.CIDR.String())
		return nil
	}
	others, err := tx.IDCs.List(Where{"vpc": v.ID})
	if err != nil {
		return err
	}
	for _, o := range others {
		if o.ID != i.ID && o.CIDR.Overlaps(i.CIDR) {
			ck.fail(field, "error.idc.overlap.idc", "value", i.CIDR.String(), "other", o.Name, "cidr", o.CIDR.String(), "vpc", v.Name)
			return nil
		}
	}
	i.VPC = v.ID
	return nil
}

// UpdateIDC changes the name, the kind of link and the gateway; the range
// stays.
func (c *Caller) UpdateIDC(ctx context.Context, id string, in IDCInput) (IDC, error) {
	return c.changeIDC(ctx, id, func(_ *Tx, ck *check, i *IDC) error {
		ck.idc(i, in)
		return nil
	})
}

// AttachIDC joins an IDC to a VPC of its region, out of the one it was in;
// with an empty vpc to none. Field errors are at "vpc".
func (c *Caller) AttachIDC(ctx context.Context, id, vpc string) (IDC, error) {
	return c.changeIDC(ctx, id, func(tx *Tx, ck *check, i *IDC) error {
		if vpc == "" {
			i.VPC = ""
			return nil
		}
		return c.attach(tx, ck, i, vpc, "vpc")
	})
}

func (c *Caller) changeIDC(ctx context.Context, id string, change func(*Tx, *check, *IDC) error) (IDC, error) {
	var i IDC
	err := c.write(ctx, func(tx *Tx) (err error) {
		if i, err = c.idc(tx, id); err != nil {
			return err
		}
		var ck check
		if err := change(tx, &ck, &i); err != nil {
			return err
		}
		if err := ck.err(); err != nil {
			return err
		}
		return tx.IDCs.Put(i)
	})
	return i, err
}

// DeleteIDC removes an IDC; its clients are strangers then.
func (c *Caller) DeleteIDC(ctx context.Context, id string) error {
	return c.write(ctx, func(tx *Tx) error {
		if _, err := c.idc(tx, id); err != nil {
			return err
		}
		return tx.IDCs.Delete(id)
	})
}
