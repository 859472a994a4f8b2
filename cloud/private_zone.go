package cloud

import (
	"context"
	"sort"
	"strings"
	"time"
)

// PrivateZone is a domain whose names its account's own VPCs resolve as the
// records of the zone say (内网 DNS 解析, PVZ-01 to PVZ-10). It is in no region:
// it is in force in the VPCs it is bound to, of any region of aliyun, and
// nowhere else. Two zones of an account may have the same name as long as no
// VPC is bound to both.
type PrivateZone struct {
	ID      string
	Account string
	Name    string // lower case, without the last dot, Chinese labels as xn--…
	Shown   string // Name as people write it
	// Proxy is 子域名递归解析代理 (PVZ-04): what the zone has no record for is
	// resolved as outside; otherwise it does not exist.
	Proxy   bool
	Remark  string
	VPCs    []string // 生效范围 (PVZ-05): IDs
	Created time.Time
}

func (z PrivateZone) about() about { return about{kind: "privatezone", id: z.ID, account: z.Account} }

// PrivateZoneInput is the form 添加内置权威域名. The name of a zone stays as it
// was made.
type PrivateZoneInput struct {
	Name, Proxy, Remark string
}

// PrivateZoneView is a zone with what a page shows beside it.
type PrivateZoneView struct {
	PrivateZone
	Bound   []VPC
	Records int // enabled ones
	Paused  int
}

// longestRemark is how many characters a remark of a zone or a record has at
// most.
const longestRemark = 50

func (c *check) remark(v string) {
	if v != "" {
		c.name("remark", v, 1, longestRemark)
	}
}

func (in PrivateZoneInput) fill(ck *check, z *PrivateZone) {
	z.Proxy = ck.oneOf("proxy", in.Proxy, "", "yes", "no") == "yes"
	z.Remark = strings.TrimSpace(in.Remark)
	ck.remark(z.Remark)
}

func (c *Caller) privateZone(tx *Tx, id string) (PrivateZone, error) {
	z, err := tx.PrivateZones.Get(id)
	if err != nil || z.Account != c.account.ID {
		return PrivateZone{}, orMissing(err, "privatezone", id)
	}
	return z, nil
}

// PrivateZone answers one of the account's zones.
func (c *Caller) PrivateZone(ctx context.Context, id string) (PrivateZoneView, error) {
	var v PrivateZoneView
	err := c.read(ctx, func(tx *Tx) error {
		z, err := c.privateZone(tx, id)
		if err != nil {
			return err
		}
		all, err := privateZoneViews(tx, []PrivateZone{z})
		v = first(all)
		return err
	})
	return v, err
}

// PrivateZones answers all of the account's zones.
func (c *Caller) PrivateZones(ctx context.Context) ([]PrivateZone, error) {
	var out []PrivateZone
	err := c.read(ctx, func(tx *Tx) (err error) {
		out, err = tx.PrivateZones.List(Where{"account": c.account.ID})
		return err
	})
	return out, err
}

// FindPrivateZones answers a page of the account's zones: searched by ID, name
// and remark, narrowed down by "proxy", "bound" and "vpc", sorted by "name",
// "proxy" or "created".
func (c *Caller) FindPrivateZones(ctx context.Context, f Find) (Found[PrivateZoneView], error) {
	var out Found[PrivateZoneView]
	err := c.read(ctx, func(tx *Tx) (err error) {
		l := lists{
			base:  Where{"account": c.account.ID},
			words: []string{"id", "name", "shown", "remark"},
			sorts: map[string]string{"name": "name", "proxy": "proxy", "created": "created"},
			filters: map[string]filter{
				"proxy": yesNo("proxy"), "bound": yesNo("bound"), "vpc": same("vpcs"),
			},
		}
		out, err = find(tx.PrivateZones, f, l, func(rows []PrivateZone) ([]PrivateZoneView, error) { return privateZoneViews(tx, rows) })
		return err
	})
	return out, err
}

// privateZoneViews reads the VPCs and counts the records of zones.
func privateZoneViews(tx *Tx, list []PrivateZone) ([]PrivateZoneView, error) {
	if len(list) == 0 {
		return nil, nil
	}
	var vpcs []string
	for _, z := range list {
		vpcs = append(vpcs, z.VPCs...)
	}
	if err := learn(tx.VPCs, vpcs...); err != nil {
		return nil, err
	}
	ids := each(list, func(z PrivateZone) string { return z.ID })
	on, err := tx.Records.Tally("zone", Where{"zone": ids, "paused": false})
	if err != nil {
		return nil, err
	}
	off, err := tx.Records.Tally("zone", Where{"zone": ids, "paused": true})
	if err != nil {
		return nil, err
	}
	return one(list, func(z PrivateZone) (PrivateZoneView, error) {
		bound, err := vpcsOf(tx, z.VPCs)
		return PrivateZoneView{PrivateZone: z, Bound: bound, Records: on[z.ID], Paused: off[z.ID]}, err
	})
}

func vpcsOf(tx *Tx, ids []string) ([]VPC, error) {
	return one(ids, func(id string) (VPC, error) { return tx.VPCs.Get(id) })
}

// CreatePrivateZone makes a zone that is in force nowhere yet (PVZ-02 to
// PVZ-04).
func (c *Caller) CreatePrivateZone(ctx context.Context, in PrivateZoneInput) (PrivateZone, error) {
	var ck check
	z := PrivateZone{ID: c.e.mint("privatezone", newDomainID), Account: c.account.ID, Created: now()}
	z.Name = ck.zoneName("name", in.Name)
	z.Shown = DisplayName(z.Name)
	in.fill(&ck, &z)
	if err := ck.err(); err != nil {
		return PrivateZone{}, err
	}
	return z, c.write(ctx, func(tx *Tx) error {
		n, err := tx.PrivateZones.Count(Where{"account": c.account.ID})
		if err != nil {
			return err
		}
		if most := c.e.Limits().PrivateZones; n >= most {
			return &Error{Kind: Exceeded, Key: "error.quota.privatezones", Args: args("max", itoa(most))}
		}
		return tx.PrivateZones.Put(z)
	})
}

// UpdatePrivateZone changes the proxy switch and the remark.
func (c *Caller) UpdatePrivateZone(ctx context.Context, id string, in PrivateZoneInput) (PrivateZone, error) {
	var z PrivateZone
	err := c.write(ctx, func(tx *Tx) (err error) {
		if z, err = c.privateZone(tx, id); err != nil {
			return err
		}
		var ck check
		if in.fill(&ck, &z); ck.err() != nil {
			return ck.err()
		}
		return tx.PrivateZones.Put(z)
	})
	return z, err
}

// DeletePrivateZone removes a zone with its records; the VPCs it is bound to
// stand in the way.
func (c *Caller) DeletePrivateZone(ctx context.Context, id string) error {
	return c.write(ctx, func(tx *Tx) error {
		z, err := c.privateZone(tx, id)
		if err != nil {
			return err
		}
		bound, err := vpcsOf(tx, z.VPCs)
		if err != nil {
			return err
		}
		if len(bound) > 0 {
			return conflict("error.privatezone.bound", args("name", z.Shown), vpcRefs(bound)...)
		}
		records, err := tx.Records.List(Where{"zone": id})
		if err != nil {
			return err
		}
		for _, r := range records {
			if err := tx.Records.Delete(r.ID); err != nil {
				return err
			}
		}
		return tx.PrivateZones.Delete(id)
	})
}

func vpcRefs(list []VPC) []Ref {
	refs := make([]Ref, len(list))
	for i, v := range list {
		refs[i] = Ref{"vpc", v.ID, v.Name, v.Account}
	}
	return refs
}

// boundTo are the zones that a VPC resolves by.
func boundTo(tx *Tx, vpc string) ([]PrivateZone, error) {
	return tx.PrivateZones.List(Where{"vpcs": vpc})
}

// PrivateZonesOf answers the zones that are in force in one of the account's
// VPCs, the most specific names first.
func (c *Caller) PrivateZonesOf(ctx context.Context, vpc string) ([]PrivateZone, error) {
	var out []PrivateZone
	err := c.read(ctx, func(tx *Tx) error {
		if _, err := c.vpc(tx, vpc); err != nil {
			return err
		}
		list, err := boundTo(tx, vpc)
		out = list
		return err
	})
	sort.SliceStable(out, func(i, j int) bool {
		return strings.Count(out[i].Name, ".") > strings.Count(out[j].Name, ".")
	})
	return out, err
}
