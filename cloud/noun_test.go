package cloud_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"culvert.internal/cloud"
)

// TestNetworks: ALI-01, ALI-02, COM-09, X-03, X-04.
func TestNetworks(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	for in, want := range map[string]string{
		"10.10.1.0/16":   "error.cidr.hostbits", // as the English document has it
		"192.168.2.0/16": "error.cidr.hostbits",
		"8.8.8.0/24":     "error.cidr.private",
		"10.0.0.0/7":     "error.cidr.bits",
		"banana":         "error.cidr",
		"":               "error.required",
	} {
		_, err := b.a.CreateVPC(ctx, frankfurt, cloud.VPCInput{Name: "x", CIDR: in})
		e := b.refused(err, cloud.Invalid, "cidr", want)
		if in == "10.10.1.0/16" && e.Fields[0].Suggest != "10.10.0.0/16" {
			t.Errorf("suggests %q for %s", e.Fields[0].Suggest, in)
		}
	}
	vpc1 := b.vpc(b.a, "VPC1")
	_, err := b.a.CreateVSwitch(ctx, frankfurt, cloud.VSwitchInput{VPC: vpc1.ID, Zone: frankfurt + "b", Name: "x", CIDR: "10.0.0.0/24"})
	b.refused(err, cloud.Invalid, "cidr", "error.vswitch.outside")
	_, err = b.a.CreateVSwitch(ctx, frankfurt, cloud.VSwitchInput{VPC: vpc1.ID, Zone: frankfurt + "b", Name: "x", CIDR: "10.10.2.128/25"})
	b.refused(err, cloud.Invalid, "cidr", "error.vswitch.overlap")
	_, err = b.a.CreateVSwitch(ctx, frankfurt, cloud.VSwitchInput{VPC: vpc1.ID, Zone: "cn-hangzhou-h", Name: "x", CIDR: "10.10.3.0/24"})
	b.refused(err, cloud.Invalid, "zone", "error.zone")

	vsw := b.vswitch(b.a, vpc1.ID)
	for ip, want := range map[string]string{
		"10.0.0.182": "error.address.outside", "10.10.2.1": "error.address.taken", "10.10.2.255": "error.address.reserved", "x": "error.address",
	} {
		_, err = b.a.CreateInstance(ctx, frankfurt, cloud.InstanceInput{Name: "ECS9", VSwitch: vsw.ID, IP: ip})
		b.refused(err, cloud.Invalid, "ip", want)
	}
	// The other account's network has the same range and the same address.
	other := b.vpc(b.b, "VPC-B")
	if other.CIDR != vpc1.CIDR {
		t.Errorf("the demo lab has no overlap: %v, %v", other.CIDR, vpc1.CIDR)
	}
	if o := b.vswitch(b.b, other.ID); o.Twin.Overlaps(vsw.Twin) || o.Twin.Bits() != o.CIDR.Bits() {
		t.Errorf("twins %v and %v", o.Twin, vsw.Twin)
	}
	// What is in use names who uses it.
	e := b.refused(b.a.DeleteVPC(ctx, vpc1.ID), cloud.Conflict)
	if len(e.Blockers) != 2 || e.Blockers[0].Kind != "vswitch" || e.Blockers[1].Kind != "group" {
		t.Errorf("blockers %+v", e.Blockers)
	}
	b.refused(b.b.DeleteVPC(ctx, vpc1.ID), cloud.NotFound)
}

// TestTwins: whatever vSwitches are made, their twins have their length, stay
// apart, keep out of the host's and the installation's own range, and
// translate every address there and back.
func TestTwins(t *testing.T) {
	b := open(t, cloud.Limits{})
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		second := rapid.IntRange(0, 255).Draw(r, "second")
		bits := rapid.IntRange(20, 29).Draw(r, "bits")
		vpc, err := b.a.CreateVPC(t.Context(), frankfurt, cloud.VPCInput{Name: fmt.Sprint("v", n), CIDR: fmt.Sprintf("10.%d.0.0/16", second)})
		if err != nil {
			r.Fatal(err)
		}
		low := rapid.IntRange(0, 255).Draw(r, "third")
		cidr := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(second), byte(low), 0}), bits).Masked()
		s, err := b.a.CreateVSwitch(t.Context(), frankfurt, cloud.VSwitchInput{VPC: vpc.ID, Zone: frankfurt + "a", Name: "s", CIDR: cidr.String()})
		if err != nil {
			r.Fatal(err)
		}
		base, own := b.engine.Base(), prefix("127.16.0.0/16")
		if s.Twin.Bits() != bits || s.Twin != s.Twin.Masked() || !base.Contains(s.Twin.Addr()) || s.Twin.Overlaps(own) {
			r.Fatalf("twin %v of %v", s.Twin, cidr)
		}
		if got := s.TwinOf(cidr.Addr().Next()); !s.Twin.Contains(got) {
			r.Fatalf("twin of %v is %v", cidr.Addr().Next(), got)
		}
		var all []cloud.VSwitch
		if err := b.engine.View(t.Context(), func(tx *cloud.Tx) (err error) {
			all, err = tx.VSwitches.List(nil)
			return err
		}); err != nil {
			r.Fatal(err)
		}
		for _, o := range all {
			if o.ID != s.ID && o.Twin.Overlaps(s.Twin) {
				r.Fatalf("%v overlaps %v", o.Twin, s.Twin)
			}
		}
	})
}

// TestGroups: ALI-04, ALI-05, ALI-06.
func TestGroups(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	vpc1, vpc2 := b.vpc(b.a, "VPC1"), b.vpc(b.a, "VPC2")
	g, err := b.a.CreateSecurityGroup(ctx, frankfurt, cloud.GroupInput{VPC: vpc1.ID, Name: "sg-x", Template: cloud.TemplateWeb, HTTP: true, HTTPS: true})
	b.ok(err)
	v, err := b.a.SecurityGroup(ctx, g.ID)
	b.ok(err)
	var in []string
	for _, r := range v.Rules {
		if r.Direction == cloud.Ingress {
			in = append(in, fmt.Sprint(r.Protocol, r.PortFrom))
		}
	}
	if want := []string{"icmp0", "tcp22", "tcp3389", "tcp80", "tcp443"}; !slices.Equal(in, want) {
		t.Errorf("the template lets in %v, want %v", in, want)
	}
	// VPC2's group is the one that came with its instances.
	groups, err := b.a.SecurityGroups(ctx, frankfurt, vpc2.ID)
	b.ok(err)
	if len(groups) != 1 || !groups[0].Default || groups[0].Carried != 2 {
		t.Errorf("VPC2's groups: %+v", groups)
	}
	for field, rule := range map[string]cloud.RuleInput{
		"direction": {Protocol: cloud.TCP, Ports: "80", Peer: "0.0.0.0/0"},
		"protocol":  {Direction: cloud.Ingress, Ports: "80", Peer: "0.0.0.0/0"},
		"ports":     {Direction: cloud.Ingress, Protocol: cloud.TCP, Ports: "90-80", Peer: "0.0.0.0/0"},
		"peer":      {Direction: cloud.Ingress, Protocol: cloud.TCP, Ports: "80", Peer: groups[0].ID}, // of another VPC
		"priority":  {Direction: cloud.Ingress, Protocol: cloud.TCP, Ports: "80", Peer: "10.0.0.1", Priority: "101"},
	} {
		_, err := b.a.AddRule(ctx, g.ID, rule)
		e := b.refused(err, cloud.Invalid)
		if len(e.Fields) != 1 || e.Fields[0].Field != field {
			t.Errorf("%s: %+v", field, e.Fields)
		}
	}
	b.refused(b.a.DeleteSecurityGroup(ctx, groups[0].ID), cloud.Conflict)
	b.ok(b.a.DeleteSecurityGroup(ctx, g.ID))
}

// TestPurchase: CLB-01 to CLB-16.
func TestPurchase(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	made, err := b.a.CreateBalancers(ctx, frankfurt, b.clb())
	b.ok(err)
	v, err := b.a.Balancer(ctx, made[0].ID)
	b.ok(err)
	if !b.vswitch(b.a, v.VPC).CIDR.Contains(v.IP) || !slices.Equal(v.Zones(), []string{frankfurt + "b", frankfurt + "a"}) {
		t.Errorf("bought %+v", v.Balancer)
	}
	in := b.clb()
	in.Quantity = "3"
	made, err = b.a.CreateBalancers(ctx, frankfurt, in)
	b.ok(err)
	if len(made) != 3 || made[2].Name != "clb-web-3" {
		t.Errorf("three bought: %+v", made)
	}
	for field, change := range map[string]func(*cloud.BalancerInput){
		"billing":       func(i *cloud.BalancerInput) { i.Billing = "" },                                       // CLB-01
		"zone":          func(i *cloud.BalancerInput) { i.Zone = "mars" },                                      // CLB-02
		"zonetype":      func(i *cloud.BalancerInput) { i.ZoneType = "x" },                                     // CLB-03
		"backupzone":    func(i *cloud.BalancerInput) { i.BackupZone = i.Zone },                                // CLB-04
		"name":          func(i *cloud.BalancerInput) { i.Name = "no spaces" },                                 // CLB-05
		"spec":          func(i *cloud.BalancerInput) { i.Spec = "slb.s9" },                                    // CLB-06
		"address":       func(i *cloud.BalancerInput) { i.Address = "" },                                       // CLB-07
		"network":       func(i *cloud.BalancerInput) { i.Network = cloud.Classic },                            // CLB-08
		"vpc":           func(i *cloud.BalancerInput) { i.VPC = "" },                                           // CLB-09
		"vswitch":       func(i *cloud.BalancerInput) { i.VSwitch = b.vswitch(b.a, b.vpc(b.a, "VPC1").ID).ID }, // CLB-09
		"ipversion":     func(i *cloud.BalancerInput) { i.IPVersion = cloud.IPv6 },                             // CLB-10
		"feature":       func(i *cloud.BalancerInput) { i.Feature = "gold" },                                   // CLB-11
		"flow":          func(i *cloud.BalancerInput) { i.Flow = "air" },                                       // CLB-12
		"quantity":      func(i *cloud.BalancerInput) { i.Quantity = "21" },                                    // CLB-13
		"resourcegroup": func(i *cloud.BalancerInput) { i.ResourceGroup = "x" },                                // CLB-14
	} {
		in := b.clb()
		change(&in)
		_, err := b.a.CreateBalancers(ctx, frankfurt, in)
		if e := b.refused(err, cloud.Invalid); e.Fields[0].Field != field {
			t.Errorf("%s: %+v", field, e.Fields)
		}
	}
	// CLB-15: bought, but not for PrivateLink, whatever the form says.
	for key, change := range map[string]func(*cloud.BalancerInput){
		"error.resource.subscription": func(i *cloud.BalancerInput) { i.Billing = cloud.Subscription },
		"error.resource.internet":     func(i *cloud.BalancerInput) { i.Address = cloud.Internet },
	} {
		in := b.clb()
		change(&in)
		made, err := b.a.CreateBalancers(ctx, frankfurt, in)
		b.ok(err)
		offered, err := b.a.ResourceCandidates(ctx, frankfurt, "")
		b.ok(err)
		if slices.ContainsFunc(offered, func(o cloud.Balancer) bool { return o.ID == made[0].ID }) {
			t.Errorf("%s is offered", key)
		}
		_, err = b.a.CreateService(ctx, frankfurt, cloud.ServiceInput{
			AutoAccept: "no", Affinity: "yes", Resources: []cloud.ResourceInput{{Zone: frankfurt + "b", Balancer: made[0].ID}},
		})
		b.refused(err, cloud.Invalid, "balancer.1", key)
	}
}

// TestListenerWizard: LSN-01, LSN-02, LSN-03, LSN-04, LSN-05, LSN-06, LSN-07,
//
func TestListenerWizard(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	made, err := b.a.CreateBalancers(ctx, frankfurt, b.clb())
	b.ok(err)
	lb := made[0].ID
	offered, err := b.a.CandidateBackends(ctx, lb)
	b.ok(err)
	var names []string
	var servers []cloud.BackendInput
	for _, i := range offered {
		names = append(names, i.Name)
		servers = append(servers, cloud.BackendInput{Instance: i.ID})
	}
	if !slices.Equal(names, []string{"ECS2", "ECS3"}) {
		t.Fatalf("My Servers lists %v", names)
	}
	good := cloud.ListenerInput{Protocol: cloud.TCP, Port: "80", BackendPort: "80", Servers: servers}
	for field, change := range map[string]func(*cloud.ListenerInput){
		"protocol":    func(i *cloud.ListenerInput) { i.Protocol = "" },
		"port":        func(i *cloud.ListenerInput) { i.Port = "65536" },
		"backendport": func(i *cloud.ListenerInput) { i.BackendPort = "0" },
		"servers":     func(i *cloud.ListenerInput) { i.Servers = nil },
		"interval":    func(i *cloud.ListenerInput) { i.Interval = "51" },
		"timeout":     func(i *cloud.ListenerInput) { i.Timeout = "301" },
		"healthy":     func(i *cloud.ListenerInput) { i.Healthy = "1" },
		"unhealthy":   func(i *cloud.ListenerInput) { i.Unhealthy = "11" },
		"idle":        func(i *cloud.ListenerInput) { i.Idle = "9" },
		"path":        func(i *cloud.ListenerInput) { i.HealthKind, i.Path = "http", "nope" },
		"weight." + servers[0].Instance: func(i *cloud.ListenerInput) {
			i.Servers = []cloud.BackendInput{{Instance: servers[0].Instance, Weight: "101"}}
		},
	} {
		in := good
		change(&in)
		_, err := b.a.SaveListener(ctx, lb, "", in)
		if e := b.refused(err, cloud.Invalid); e.Fields[0].Field != field {
			t.Errorf("%s: %+v", field, e.Fields)
		}
	}
	l, err := b.a.SaveListener(ctx, lb, "", good)
	b.ok(err)
	if l.Health != (cloud.Health{Kind: cloud.TCP, Interval: 2, Timeout: 5, Healthy: 3, Unhealthy: 3}) {
		t.Errorf("default health check %+v", l.Health)
	}
	v, err := b.a.Balancer(ctx, lb)
	b.ok(err)
	if len(v.Backends) != 2 || v.Backends[0].Weight != 100 {
		t.Errorf("default weights: %+v", v.Backends)
	}
	_, err = b.a.SaveListener(ctx, lb, "", good)
	b.refused(err, cloud.Invalid, "port", "error.listener.port")
	// ECS1 is in VPC1 and cannot be put behind it by a forged form either.
	ecs1, err := b.a.Instances(ctx, frankfurt, b.vpc(b.a, "VPC1").ID)
	b.ok(err)
	b.refused(b.a.AddBackends(ctx, lb, []cloud.BackendInput{{Instance: ecs1[0].ID}}), cloud.Invalid, "servers", "error.backend.vpc")
	b.refused(b.a.DeleteInstance(ctx, servers[0].Instance), cloud.Conflict)
}

// TestNames: EPS-04, EP-01, EP-07, X-08.
func TestNames(t *testing.T) {
	b := open(t, cloud.Limits{})
	s := b.service(cloud.ServiceInput{})
	for name, ok := range map[string]bool{
		"web": true, "网站": true, "w": false, "1web": false, "-web": false, "we b": false, "a_b-c": true,
		strings.Repeat("a", 128): true, strings.Repeat("a", 129): false, "": false,
	} {
		in := b.request(b.a, "VPC1", s)
		in.Name = name
		in.Description = "ftp"
		_, err := b.a.CreateEndpoint(t.Context(), frankfurt, in)
		if (err == nil) != ok {
			t.Errorf("name %q: %v", name, err)
		}
	}
	for text, ok := range map[string]bool{"": true, "x": false, "http://x": false, "HTTPS://x": false, "xx": true, strings.Repeat("描", 256): true, strings.Repeat("x", 257): false} {
		_, err := b.a.UpdateService(t.Context(), s.ID, cloud.ServiceInput{AutoAccept: "no", Affinity: "no", Description: text})
		if (err == nil) != ok {
			t.Errorf("description %q: %v", text, err)
		}
	}
}
