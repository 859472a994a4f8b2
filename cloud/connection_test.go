package cloud_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"culvert.internal/cloud"
	"culvert.internal/store"
)

// TestService: EPS-01, EPS-02, EPS-03, EPS-04, EPS-05, EPS-08, EPS-09, COM-05.
func TestService(t *testing.T) {
	b := open(t, cloud.Limits{Services: 2})
	ctx := t.Context()
	s := b.service(cloud.ServiceInput{})
	v, err := b.a.Service(ctx, s.ID)
	b.ok(err)
	if len(v.Grants) != 1 || v.Grants[0].Grantee != b.a.Account().ID {
		t.Errorf("the owner is not on the whitelist (EPS-05): %+v", v.Grants)
	}
	if s.Name != "com.aliyuncs.privatelink.eu-central-1."+s.ID || !strings.HasPrefix(s.ID, "epsrv-") {
		t.Errorf("service name %s", s.Name)
	}
	lb := v.Resources[0].Balancer
	_, err = b.a.CreateService(ctx, frankfurt, cloud.ServiceInput{Description: "x"})
	b.refused(err, cloud.Invalid, "autoaccept", "error.choose", "affinity", "error.choose", "balancer.1", "error.choose", "description", "error.length")
	_, err = b.a.CreateService(ctx, "cn-hangzhou", cloud.ServiceInput{AutoAccept: "no", Affinity: "no", Resources: []cloud.ResourceInput{{Zone: "cn-hangzhou-h", Balancer: lb}}})
	b.refused(err, cloud.Invalid, "balancer.1", "error.notfound")
	_, err = b.a.CreateService(ctx, "mars", cloud.ServiceInput{AutoAccept: "no", Affinity: "no"})
	b.refused(err, cloud.NotFound) // EPS-08: only where there are regions
	b.refused(b.a.AddResource(ctx, s.ID, cloud.ResourceInput{Zone: frankfurt + "b", Balancer: lb}), cloud.Invalid, "balancer", "error.resource.twice")
	b.ok(b.a.AddResource(ctx, s.ID, cloud.ResourceInput{Zone: frankfurt + "a", Balancer: lb}))
	// A CLB of one zone serves that zone only (EPS-09).
	in := b.clb()
	in.ZoneType, in.BackupZone = cloud.SingleZone, ""
	made, err := b.a.CreateBalancers(ctx, frankfurt, in)
	b.ok(err)
	b.refused(b.a.AddResource(ctx, s.ID, cloud.ResourceInput{Zone: frankfurt + "a", Balancer: made[0].ID}), cloud.Invalid, "zone", "error.resource.zone")
	b.service(cloud.ServiceInput{})
	_, err = b.a.CreateService(ctx, frankfurt, cloud.ServiceInput{AutoAccept: "no", Affinity: "no", Resources: []cloud.ResourceInput{{Zone: frankfurt + "b", Balancer: lb}}})
	b.refused(err, cloud.Exceeded)
	b.refused(b.a.DeleteBalancer(ctx, lb), cloud.Conflict)
	e := b.refused(b.a.DeleteService(ctx, s.ID), cloud.Conflict)
	if len(e.Blockers) != 2 || e.Blockers[0].Kind != "balancer" {
		t.Errorf("blockers %+v", e.Blockers)
	}
}

// TestWhitelist: COM-03, EP-03, EPS-05: a service that does not list the
// account does not exist for it.
func TestWhitelist(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	s := b.service(cloud.ServiceInput{})
	in := b.request(b.b, "VPC-B", s)
	_, err := b.b.CreateEndpoint(ctx, frankfurt, in)
	b.refused(err, cloud.Invalid, "servicename", "error.endpoint.service")
	_, err = b.b.FindService(ctx, frankfurt, s.Name)
	b.refused(err, cloud.NotFound)
	for id, key := range map[string]string{"": "error.required", "12": "error.grant.format", "1234567890123456": "error.grant.unknown", b.a.Account().ID: "error.grant.twice"} {
		b.refused(b.a.AddGrant(ctx, s.ID, id), cloud.Invalid, "account", key)
	}
	b.refused(b.b.AddGrant(ctx, s.ID, b.b.Account().ID), cloud.NotFound)
	b.ok(b.a.AddGrant(ctx, s.ID, b.b.Account().ID))
	list, err := b.b.AvailableServices(ctx, frankfurt)
	b.ok(err)
	if len(list) != 1 || list[0].ID != s.ID {
		t.Errorf("available to B: %+v", list)
	}
	e, err := b.b.CreateEndpoint(ctx, frankfurt, in)
	b.ok(err)
	// Each side may do its part and no more.
	b.refused(b.b.Allow(ctx, s.ID, e.ID, cloud.AllowInput{Auto: true}), cloud.NotFound)
	b.refused(b.a.DeleteEndpoint(ctx, e.ID), cloud.NotFound)
	waiting, err := b.a.Pending(ctx, frankfurt)
	b.ok(err)
	if len(waiting) != 1 || !waiting[0].Mine || waiting[0].Consumer.ID != b.b.Account().ID {
		t.Errorf("waiting for A: %+v", waiting)
	}
	waiting, err = b.b.Pending(ctx, frankfurt)
	b.ok(err)
	if len(waiting) != 1 || waiting[0].Mine {
		t.Errorf("waiting as B sees it: %+v", waiting)
	}
	b.ok(b.a.Allow(ctx, s.ID, e.ID, cloud.AllowInput{Auto: true}))
	events, err := b.b.Events(ctx, e.ID, 0, 10)
	b.ok(err)
	if len(events) != 2 || events[0].Actor != b.a.Account().ID || events[0].Operation != cloud.Updated {
		t.Errorf("B does not see what A did: %+v", events)
	}
}

// TestEndpointForm: COM-10, EP-02, EP-04, EP-05, EP-06, EP-08, EP-10, EP-11, X-10.
func TestEndpointForm(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	s := b.service(cloud.ServiceInput{})
	v, err := b.a.Service(ctx, s.ID)
	b.ok(err)
	b.ok(b.a.AddResource(ctx, s.ID, cloud.ResourceInput{Zone: frankfurt + "a", Balancer: v.Resources[0].Balancer}))
	_, err = b.a.CreateEndpoint(ctx, frankfurt, cloud.EndpointInput{})
	b.refused(err, cloud.Invalid, "name", "error.required", "how", "error.choose", "vpc", "error.choose")
	in := b.request(b.a, "VPC1", s)
	in.Zones = []cloud.ZoneInput{{Zone: frankfurt + "a", VSwitch: in.Zones[0].VSwitch}, in.Zones[0], in.Zones[0]}
	_, err = b.a.CreateEndpoint(ctx, frankfurt, in)
	b.refused(err, cloud.Invalid, "vswitch.1", "error.endpoint.vswitch.zone", "zone.3", "error.endpoint.zone.twice")
	in.Zones = []cloud.ZoneInput{in.Zones[1], {Zone: frankfurt + "a", VSwitch: cloud.New, NewName: "vsw-a", NewCIDR: "10.10.1.1/24"}}
	_, err = b.a.CreateEndpoint(ctx, frankfurt, in)
	b.refused(err, cloud.Invalid, "newvswitch.2.cidr", "error.cidr.hostbits")
	if list, err := b.a.FindEndpoints(ctx, frankfurt, cloud.Find{}); err != nil || list.Total != 0 {
		t.Fatalf("a refused form left %+v", list)
	}
	in.Zones[1].NewCIDR = "10.10.1.0/24"
	in.Groups = []string{cloud.New}
	in.NewGroup = cloud.GroupInput{Name: "sg-new", Template: cloud.TemplateWeb, HTTP: true}
	e, err := b.a.CreateEndpoint(ctx, frankfurt, in)
	b.ok(err)
	ev, err := b.a.Endpoint(ctx, e.ID)
	b.ok(err)
	if len(ev.Zones) != 2 || ev.GroupNames[0].Name != "sg-new" || ev.Zones[1].VSwitchName != "vsw-a" {
		t.Errorf("made %+v", ev)
	}
	for _, z := range ev.Zones {
		if !z.CIDR.Contains(z.IP) || !strings.HasPrefix(z.ID, "eni-") {
			t.Errorf("the interface %s has %s in %s (COM-10)", z.ID, z.IP, z.CIDR)
		}
	}
	if want := e.ID + "." + s.ID + ".eu-central-1.privatelink.aliyuncs.com"; ev.Domain != want {
		t.Errorf("domain %s, want %s", ev.Domain, want)
	}
	if want := e.ID + "-eu-central-1b." + s.ID + ".eu-central-1.privatelink.aliyuncs.com"; ev.Zones[0].Domain != want {
		t.Errorf("zone domain %s, want %s", ev.Zones[0].Domain, want)
	}
	for _, q := range []string{e.ID, "WEB", s.ID, ev.Zones[0].IP.String(), ev.Domain} {
		if list, err := b.a.FindEndpoints(ctx, frankfurt, cloud.Find{Words: q}); err != nil || list.Total != 1 {
			t.Errorf("search for %q finds %d, %v", q, list.Total, err)
		}
	}
	b.ok(b.a.RemoveZone(ctx, e.ID, ev.Zones[1].ID))
	b.refused(b.a.RemoveZone(ctx, e.ID, ev.Zones[0].ID), cloud.Conflict)
}

// TestAutoAccept: EPS-02, ACC-05: with Yes nobody has to allow anything.
func TestAutoAccept(t *testing.T) {
	b := open(t, cloud.Limits{})
	s := b.service(cloud.ServiceInput{AutoAccept: "yes"})
	e, err := b.a.CreateEndpoint(t.Context(), frankfurt, b.request(b.a, "VPC1", s))
	b.ok(err)
	v, err := b.a.Endpoint(t.Context(), e.ID)
	b.ok(err)
	if v.Decision != cloud.Allowed || v.DecidedBy != "" || v.Zones[0].Resource == "" {
		t.Errorf("%+v", v)
	}
}

// TestManualAllocation: ACC-02's second choice, X-05.
func TestManualAllocation(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	s := b.service(cloud.ServiceInput{})
	made, err := b.a.CreateBalancers(ctx, frankfurt, b.clb())
	b.ok(err)
	b.ok(b.a.AddResource(ctx, s.ID, cloud.ResourceInput{Zone: frankfurt + "b", Balancer: made[0].ID}))
	e, err := b.a.CreateEndpoint(ctx, frankfurt, b.request(b.a, "VPC1", s))
	b.ok(err)
	b.refused(b.a.Allow(ctx, s.ID, e.ID, cloud.AllowInput{}), cloud.Invalid, "resource."+frankfurt+"b", "error.choose")
	chosen := s.ID + "/" + frankfurt + "b/" + made[0].ID
	b.ok(b.a.Allow(ctx, s.ID, e.ID, cloud.AllowInput{Resources: map[string]string{frankfurt + "b": chosen}}))
	v, err := b.a.Endpoint(ctx, e.ID)
	b.ok(err)
	if v.Zones[0].Resource != chosen || v.Zones[0].Balancer != made[0].ID {
		t.Errorf("assigned %+v", v.Zones[0])
	}
	b.refused(b.a.RemoveResource(ctx, s.ID, chosen), cloud.Conflict)
	e2 := b.refused(b.a.DeleteService(ctx, s.ID), cloud.Conflict)
	if e2.Key != "error.service.connected" {
		t.Errorf("delete: %s", e2.Key)
	}
}

// TestStates walks every combination of facts (REQUIREMENTS B.3, EP-09,
// ACC-03): the derived states are documented ones, and the table never offers
// what cannot be done.
func TestStates(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		f := cloud.Facts{
			Decision:  rapid.SampledFrom([]cloud.Decision{cloud.Undecided, cloud.Allowed, cloud.Refused}).Draw(r, "decision"),
			Deleting:  rapid.Bool().Draw(r, "deleting"),
			NoService: rapid.Bool().Draw(r, "orphan"),
		}
		for range rapid.IntRange(1, 3).Draw(r, "zones") {
			bound := rapid.Bool().Draw(r, "bound")
			f.Zones = append(f.Zones, cloud.ZoneFacts{
				Allocated: f.Decision == cloud.Allowed && rapid.Bool().Draw(r, "allocated"),
				Bound:     bound, Open: bound && rapid.Bool().Draw(r, "open"),
			})
		}
		ep, conn := f.EndpointState(), f.ConnectionState()
		if !slices.Contains([]cloud.State{cloud.Creating, cloud.Active, cloud.Deleting}, ep) || !slices.Contains(cloud.ConnectionStates(), conn) {
			r.Fatalf("undocumented: %s, %s", ep, conn)
		}
		if conn == cloud.Connected {
			if f.Decision != cloud.Allowed {
				r.Fatal("connected without having been allowed")
			}
			for _, z := range f.Zones {
				if z.Allocated && !z.Open {
					r.Fatal("connected before every zone was observed open")
				}
			}
		}
		if f.Deleting != (ep == cloud.Deleting) || f.Deleting && conn != cloud.Deleting {
			r.Fatal("deleting is not shown")
		}
		if f.Decision == cloud.Undecided && !f.Deleting && !f.NoService && cloud.May(conn, cloud.ActAllow) != (conn == cloud.Disconnected || conn == cloud.Disconnecting) {
			r.Fatal("Allow is offered in the wrong state")
		}
	})
	for _, s := range cloud.ConnectionStates() {
		for _, a := range cloud.Actions() {
			if s == cloud.Deleting && cloud.May(s, a) {
				t.Errorf("%s is allowed while deleting", a)
			}
			if a == cloud.ActAllow && cloud.May(s, a) != (s == cloud.Disconnected || s == cloud.Disconnecting) {
				t.Errorf("Allow in %s", s)
			}
		}
	}
}

// TestEventsOnce: every change is one event, a change that changes nothing is
// none, and a refused one leaves nothing (DESIGN idea 4).
func TestEventsOnce(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	v := b.vpc(b.a, "VPC1")
	count := func() int {
		list, err := b.a.Events(ctx, v.ID, 0, 100)
		b.ok(err)
		return len(list)
	}
	before := count()
	_, err := b.a.UpdateVPC(ctx, v.ID, cloud.VPCInput{Name: "renamed"})
	b.ok(err)
	_, err = b.a.UpdateVPC(ctx, v.ID, cloud.VPCInput{Name: "renamed"})
	b.ok(err)
	_, err = b.a.UpdateVPC(ctx, v.ID, cloud.VPCInput{Name: ""})
	b.refused(err, cloud.Invalid)
	if got := count() - before; got != 1 {
		t.Errorf("%d events, want 1", got)
	}
	// What the data plane sees again is no event either.
	o := cloud.Observation{ID: "eni-x", Account: b.a.Account().ID, Bound: true}
	b.ok(b.engine.Observe(ctx, []cloud.Observation{o}))
	seq, err := b.engine.EventsSince(ctx, 0, 10000)
	b.ok(err)
	b.ok(b.engine.Observe(ctx, []cloud.Observation{o}))
	again, err := b.engine.EventsSince(ctx, 0, 10000)
	b.ok(err)
	if len(again) != len(seq) {
		t.Error("the same observation became an event")
	}
}

// TestSignIn: the first account, passwords, throttling, demo accounts (COM-03).
func TestSignIn(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	_, err := b.engine.CreateFirstAccount(ctx, cloud.AccountInput{Name: "n", Login: "admin", Password: "12345678", Repeat: "12345678"})
	b.refused(err, cloud.Denied)
	a, err := b.engine.SignIn(ctx, "Account-A", cloud.DemoPassword, "127.0.0.1")
	b.ok(err)
	if a.DisplayName("zh") != "账号A" || a.DisplayName("en") != "Account A" || len(a.ID) != 16 {
		t.Errorf("account A is %+v", a)
	}
	for range 5 {
		_, err = b.engine.SignIn(ctx, "account-a", "wrong", "127.0.0.2")
		b.refused(err, cloud.Invalid, "password", "error.signin")
	}
	_, err = b.engine.SignIn(ctx, "account-a", cloud.DemoPassword, "127.0.0.3")
	b.refused(err, cloud.TooMany)
	if _, err = b.engine.SignIn(ctx, "account-b", cloud.DemoPassword, "127.0.0.3"); err != nil {
		t.Errorf("another account is throttled too: %v", err)
	}
}

// TestGuessingInParallel: tries that are made at the same time count too.
func TestGuessingInParallel(t *testing.T) {
	b := open(t, cloud.Limits{})
	outcomes := make(chan cloud.ErrorKind, 12)
	for range cap(outcomes) {
		go func() {
			_, err := b.engine.SignIn(t.Context(), "account-a", "wrong", "127.0.0.1")
			outcomes <- cloud.AsError(err).Kind
		}()
	}
	guesses := 0
	for range cap(outcomes) {
		if <-outcomes == cloud.Invalid {
			guesses++
		}
	}
	if guesses != 5 {
		t.Errorf("%d guesses in one minute, want 5", guesses)
	}
}

// TestDemoOnly: outside demo mode the demo accounts open for nobody.
func TestDemoOnly(t *testing.T) {
	db := filepath.Join(t.TempDir(), "culvert.db")
	for _, demo := range []bool{true, false} {
		kept, err := store.Open("sqlite:" + db)
		if err != nil {
			t.Fatal(err)
		}
		e, err := cloud.Open(kept, cloud.Options{Demo: demo})
		if err != nil {
			t.Fatal(err)
		}
		if demo {
			if err := e.SeedDemo(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := e.SignIn(t.Context(), "account-a", cloud.DemoPassword, "127.0.0.1"); (err == nil) != demo {
			t.Errorf("demo %v: %v", demo, err)
		}
		if err := kept.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRegions: what is made in a region is made of that region's things
// (COM-04, COM-05), whatever a forged form says.
func TestRegions(t *testing.T) {
	b := open(t, cloud.Limits{})
	vpc := b.vpc(b.a, "VPC1")
	_, err := b.a.CreateInstance(t.Context(), "cn-hangzhou", cloud.InstanceInput{Name: "ECS9", VSwitch: b.vswitch(b.a, vpc.ID).ID})
	b.refused(err, cloud.NotFound)
	_, err = b.a.CreateSecurityGroup(t.Context(), "cn-hangzhou", cloud.GroupInput{VPC: vpc.ID, Name: "sg-x", Template: cloud.TemplateWeb})
	b.refused(err, cloud.NotFound)
}
