package cloud_test

import (
	"testing"

	"culvert.internal/cloud"
)

// TestSNAT: X-22, B.4: the range that backends see is a setting, and no network
// of ctyun overlaps it, whichever comes first.
func TestSNAT(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	set := func(v string) error { return b.a.SetInstallation(ctx, map[string]string{cloud.SNATKnob: v}) }
	if b.engine.SNAT() != prefix("198.19.128.0/20") {
		t.Errorf("it begins as %s", b.engine.SNAT())
	}
	for v, key := range map[string]string{
		"x": "error.cidr", "198.19.128.0": "error.cidr", "2001:db8::/32": "error.cidr", "198.18.0.0/15": "error.cidr.bits", "198.19.128.0/25": "error.cidr.bits",
		"198.19.129.0/20": "error.cidr.hostbits", "127.1.0.0/20": "error.cidr.special", "240.0.0.0/20": "error.cidr.special", "169.254.0.0/20": "error.cidr.special", "224.1.0.0/20": "error.cidr.special", "100.64.0.0/20": "error.cidr.special",
		"100.127.240.0/20": "error.cidr.special", "192.168.0.0/20": "error.setting.snat.used", "192.168.112.0/20": "error.setting.snat.used",
	} {
		b.refused(set(v), cloud.Invalid, cloud.SNATKnob, key)
	}
	b.refused(b.b.SetInstallation(ctx, map[string]string{cloud.SNATKnob: "198.18.0.0/20"}), cloud.Denied)
	_, err := b.a.CreateIDC(ctx, guangzhou, cloud.IDCInput{Name: "HQ", Link: cloud.LinkVPN, CIDR: "10.8.1.0/24"})
	b.ok(err)
	b.refused(set("10.8.0.0/20"), cloud.Invalid, cloud.SNATKnob, "error.setting.snat.used")
	// The networks of the other cloud are not asked: 10.10.0.0/16 is VPC1's.
	b.ok(set("10.10.16.0/20"))
	for bits, want := range map[string]string{"10.10.16.0/22": "10.10.16.0/22", "10.10.16.0/20": "10.10.16.0/20", "10.10.0.0/16": "10.10.0.0/20"} {
		b.ok(set(bits))
		pool, twin := b.engine.SNATPool()
		if pool.String() != want || twin.Bits() != pool.Bits() || twin != twin.Masked() || !prefix("127.16.0.0/17").Contains(twin.Addr()) {
			t.Errorf("of %s it uses %s, on the host %s", bits, pool, twin)
		}
		if own, its := b.engine.SenderPool(); own.Overlaps(pool) || its.Overlaps(twin) {
			t.Errorf("%s overlaps %s of the other cloud", twin, its)
		}
	}
	b.ok(set("10.10.16.0/20"))
	for _, r := range []string{guangzhou, shanghai} {
		for cidr, lets := range map[string]bool{"10.10.16.0/20": false, "10.10.31.0/24": false, "10.0.0.0/8": false, "10.10.32.0/20": true} {
			_, err := b.a.CreateVPC(ctx, r, cloud.VPCInput{Name: "v", CIDR: cidr})
			if lets {
				b.ok(err)
				continue
			}
			b.refused(err, cloud.Invalid, "cidr", "error.cidr.reserved")
		}
	}
	_, err = b.a.CreateIDC(ctx, guangzhou, cloud.IDCInput{Name: "HQ-2", Link: cloud.LinkVPN, CIDR: "10.10.20.0/24"})
	b.refused(err, cloud.Invalid, "cidr", "error.cidr.reserved")
	_, err = b.a.CreateVPC(ctx, frankfurt, cloud.VPCInput{Name: "v", CIDR: "10.10.16.0/20"})
	b.ok(err)
	_, err = b.a.CreateVSwitch(ctx, frankfurt, cloud.VSwitchInput{VPC: b.vpc(b.a, "VPC1").ID, Zone: frankfurt + "a", Name: "s", CIDR: "10.10.16.0/24"})
	b.ok(err)
	// Back to what is documented, by leaving it empty.
	b.ok(set(""))
	if b.engine.SNAT() != prefix("198.19.128.0/20") {
		t.Errorf("left empty it is %s", b.engine.SNAT())
	}
	_, err = b.a.CreateVPC(ctx, guangzhou, cloud.VPCInput{Name: "v", CIDR: "10.10.16.0/20"})
	b.ok(err)
	b.refused(set("10.10.16.0/22"), cloud.Invalid, cloud.SNATKnob, "error.setting.snat.used")
}

// TYS-12: one call lets the whole range into a group of one's own, on every
// port.
func TestOpenSource(t *testing.T) {
	b := open(t, cloud.Limits{})
	v, _, _ := b.ctyun()
	g, err := b.a.CreateSecurityGroup(t.Context(), guangzhou, cloud.GroupInput{VPC: v.ID, Name: "main", Template: cloud.TemplateEmpty})
	b.ok(err)
	_, err = b.b.OpenSource(t.Context(), g.ID)
	b.refused(err, cloud.NotFound)
	r, err := b.a.OpenSource(t.Context(), g.ID)
	b.ok(err)
	if r.Group != g.ID || r.Direction != cloud.Ingress || r.Policy != cloud.Accept || r.Protocol != cloud.AnyIP || r.PortFrom != 0 || r.Peer != b.engine.SNAT() {
		t.Errorf("the rule is %+v", r)
	}
}
