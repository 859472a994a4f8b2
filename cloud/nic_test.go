package cloud_test

import (
	"slices"
	"testing"

	"culvert.internal/cloud"
)

// ctyun is a VPC of ctyun with a subnet and an instance in it.
func (b *bench) ctyun() (cloud.VPC, cloud.VSwitch, cloud.Instance) {
	b.Helper()
	v, err := b.a.CreateVPC(b.Context(), guangzhou, cloud.VPCInput{Name: "one", CIDR: "192.168.0.0/16"})
	b.ok(err)
	s, err := b.a.CreateVSwitch(b.Context(), guangzhou, cloud.VSwitchInput{VPC: v.ID, Zone: guangzhou + "a", Name: "a", CIDR: "192.168.1.0/24"})
	b.ok(err)
	i, err := b.a.CreateInstance(b.Context(), guangzhou, cloud.InstanceInput{Name: "web", VSwitch: s.ID})
	b.ok(err)
	return v, s, i
}

// TestNIC: secondary NICs (TYS-10) are in the instance's VPC, their addresses
// are taken, and they are found by them.
func TestNIC(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	v, s, i := b.ctyun()
	elsewhere, err := b.a.CreateVPC(ctx, guangzhou, cloud.VPCInput{Name: "two", CIDR: "10.0.0.0/16"})
	b.ok(err)
	outside, err := b.a.CreateVSwitch(ctx, guangzhou, cloud.VSwitchInput{VPC: elsewhere.ID, Zone: guangzhou + "a", Name: "x", CIDR: "10.0.1.0/24"})
	b.ok(err)
	_, err = b.a.AddNIC(ctx, i.ID, cloud.NICInput{})
	b.refused(err, cloud.Invalid, "vswitch", "error.choose")
	_, err = b.a.AddNIC(ctx, i.ID, cloud.NICInput{VSwitch: outside.ID})
	b.refused(err, cloud.Invalid, "vswitch", "error.vswitch.vpc")
	_, err = b.a.AddNIC(ctx, i.ID, cloud.NICInput{VSwitch: s.ID, IP: i.IP.String(), Groups: []string{"sg-x"}})
	b.refused(err, cloud.Invalid, "ip", "error.address.taken", "groups", "error.group.vpc")
	_, err = b.b.AddNIC(ctx, i.ID, cloud.NICInput{VSwitch: s.ID})
	b.refused(err, cloud.NotFound)
	aliyun, err := b.a.Instances(ctx, frankfurt, "")
	b.ok(err)
	_, err = b.a.AddNIC(ctx, aliyun[0].ID, cloud.NICInput{VSwitch: aliyun[0].VSwitch})
	b.refused(err, cloud.Conflict)

	n, err := b.a.AddNIC(ctx, i.ID, cloud.NICInput{VSwitch: s.ID, IP: "192.168.1.77"})
	b.ok(err)
	if r, ok := cloud.RegionOf(n.ID); !ok || r.ID != guangzhou || n.VPC != v.ID || len(n.Groups) != 1 {
		t.Errorf("%+v", n)
	}
	_, err = b.a.CreateInstance(ctx, guangzhou, cloud.InstanceInput{Name: "late", VSwitch: s.ID, IP: "192.168.1.77"})
	b.refused(err, cloud.Invalid, "ip", "error.address.taken")
	view, err := b.a.NIC(ctx, n.ID)
	b.ok(err)
	for _, word := range []string{"192.168.1.77", n.ID, view.Twin.String()} {
		found, err := b.a.FindInstances(ctx, guangzhou, cloud.Find{Words: word})
		b.ok(err)
		hits, _, err := b.a.Search(ctx, []string{guangzhou}, word, 5)
		b.ok(err)
		if len(found.Items) != 1 || found.Items[0].ID != i.ID || len(hits) == 0 || hits[0].ID != i.ID {
			t.Errorf("by %s found %+v and %+v", word, found.Items, hits)
		}
	}
	used, err := b.a.UsedAddresses(ctx, s.ID)
	b.ok(err)
	if w, err := b.a.VSwitch(ctx, s.ID); err != nil || w.Used != 2 || len(used) != 2 {
		t.Errorf("%d addresses are used, %v", w.Used, used)
	}
	g, err := b.a.SecurityGroup(ctx, n.Groups[0])
	b.ok(err)
	if g.Carried != 2 || !slices.ContainsFunc(g.Users, func(r cloud.Ref) bool { return r.Name == "web 192.168.1.77" }) {
		t.Errorf("carried by %d: %v", g.Carried, g.Users)
	}
	_, err = b.a.SetNICGroups(ctx, n.ID, nil)
	b.refused(err, cloud.Invalid, "groups", "error.choose")
	err = b.a.DeleteVSwitch(ctx, s.ID)
	b.refused(err, cloud.Conflict)

	for range cloud.MostNICs - 1 {
		_, err = b.a.AddNIC(ctx, i.ID, cloud.NICInput{VSwitch: s.ID})
		b.ok(err)
	}
	_, err = b.a.AddNIC(ctx, i.ID, cloud.NICInput{VSwitch: s.ID})
	b.refused(err, cloud.Exceeded)

	// A service behind the NIC keeps it, and the instance (TYS-08).
	made, err := b.a.CreateService(ctx, guangzhou, cloud.ServiceInput{
		Name: "svc", VPC: v.ID, BackendType: cloud.BackendInstance, Instance: i.ID, NIC: n.ID, Approval: "no",
		Mappings: []cloud.MappingInput{{Protocol: "tcp", ServicePort: "8080", Port: "80"}},
	})
	b.ok(err)
	for _, err := range []error{b.a.RemoveNIC(ctx, n.ID), b.a.DeleteInstance(ctx, i.ID)} {
		if e := b.refused(err, cloud.Conflict); len(e.Blockers) != 1 || e.Blockers[0].ID != made.ID {
			t.Errorf("blocked by %v", e.Blockers)
		}
	}
	b.ok(b.a.DeleteService(ctx, made.ID))
	b.ok(b.engine.ServiceGone(ctx, made.ID))
	b.ok(b.a.RemoveNIC(ctx, n.ID))
	b.ok(b.a.DeleteInstance(ctx, i.ID))
	b.ok(b.a.DeleteVSwitch(ctx, s.ID))
}

// TestIDC: networks on premises (TYN-03) overlap neither the VPC they are
// attached to, nor what is reserved, nor each other in one VPC.
func TestIDC(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	v, s, _ := b.ctyun()
	for cidr, key := range map[string]string{
		"": "error.required", "10.8.0.1/24": "error.cidr.hostbits", "10.0.0.0/8": "error.cidr.bits", "198.19.130.0/24": "error.cidr.reserved",
		"127.5.0.0/24": "error.cidr.special", "224.1.0.0/24": "error.cidr.special", "192.168.9.0/24": "error.idc.overlap.vpc",
	} {
		_, err := b.a.CreateIDC(ctx, guangzhou, cloud.IDCInput{Name: "HQ", CIDR: cidr, VPC: v.ID})
		b.refused(err, cloud.Invalid, "cidr", key)
	}
	_, err := b.a.CreateIDC(ctx, guangzhou, cloud.IDCInput{CIDR: "10.8.0.0/24", Gateway: "10.8.1.1", Link: "x"})
	b.refused(err, cloud.Invalid, "name", "error.required", "gateway", "error.idc.gateway", "link", "error.choice")
	_, err = b.a.CreateIDC(ctx, frankfurt, cloud.IDCInput{Name: "HQ", CIDR: "10.8.0.0/24"})
	b.refused(err, cloud.NotFound)

	hq, err := b.a.CreateIDC(ctx, guangzhou, cloud.IDCInput{Name: "HQ", CIDR: "10.8.0.0/24", VPC: v.ID})
	b.ok(err)
	if hq.Gateway.String() != "10.8.0.1" || hq.Client().String() != "10.8.0.10" || hq.Twin.Overlaps(s.Twin) || hq.TwinOf(hq.Client()).As4()[3] != 10 {
		t.Errorf("%+v", hq)
	}
	branch, err := b.a.CreateIDC(ctx, guangzhou, cloud.IDCInput{Name: "Branch", CIDR: "10.8.0.0/16"})
	b.ok(err)
	_, err = b.a.AttachIDC(ctx, branch.ID, v.ID)
	b.refused(err, cloud.Invalid, "vpc", "error.idc.overlap.idc")
	if branch.Twin.Overlaps(hq.Twin) || branch.Twin.Overlaps(s.Twin) {
		t.Error("twins overlap")
	}
	clash, err := b.a.CreateIDC(ctx, guangzhou, cloud.IDCInput{Name: "Clash", CIDR: "192.168.0.0/29"})
	b.ok(err)
	_, err = b.a.AttachIDC(ctx, clash.ID, v.ID)
	b.refused(err, cloud.Invalid, "vpc", "error.idc.overlap.vpc")
	if e := b.refused(b.a.DeleteVPC(ctx, v.ID), cloud.Conflict); !slices.ContainsFunc(e.Blockers, func(r cloud.Ref) bool { return r.Kind == "idc" && r.ID == hq.ID }) {
		t.Errorf("blocked by %v", e.Blockers)
	}
	found, err := b.a.FindIDCs(ctx, guangzhou, cloud.Find{Words: "one", Sort: "cidr"})
	b.ok(err)
	if len(found.Items) != 1 || found.Items[0].VPCName != "one" {
		t.Errorf("%+v", found)
	}
	_, err = b.b.AttachIDC(ctx, hq.ID, "")
	b.refused(err, cloud.NotFound)
	hq, err = b.a.AttachIDC(ctx, hq.ID, "")
	b.ok(err)
	_, err = b.a.AttachIDC(ctx, branch.ID, v.ID)
	b.ok(err)
	hq, err = b.a.UpdateIDC(ctx, hq.ID, cloud.IDCInput{Name: "HQ 2", Link: cloud.LinkDirect, Gateway: "10.8.0.254"})
	b.ok(err)
	if hq.Name != "HQ 2" || hq.Link != cloud.LinkDirect || hq.Gateway.String() != "10.8.0.254" || hq.CIDR.String() != "10.8.0.0/24" {
		t.Errorf("%+v", hq)
	}
	b.ok(b.a.DeleteIDC(ctx, hq.ID))
}
