package cloud_test

import (
	"slices"
	"strings"
	"testing"

	"culvert.internal/cloud"
)

// TestSingleForm: TYE-01, TYE-03 to TYE-08, one broken field after the other;
// the check before 提交 says the same as 提交 and stores nothing.
func TestSingleForm(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	s := b.mapped()
	there, err := b.a.CloudServices(ctx, guangzhou)
	b.ok(err)
	afar, err := b.a.CloudServices(ctx, shanghai)
	b.ok(err)
	service, _ := b.inGuangzhou(b.a, "vpc-52411.1111")
	theirs, subnet := b.inGuangzhou(b.b, "vpc-b")
	full, err := b.a.CreateVSwitch(ctx, guangzhou, cloud.VSwitchInput{VPC: service.ID, Zone: guangzhou + "a", Name: "full", CIDR: "192.168.100.0/29"})
	b.ok(err)
	for range 4 {
		_, err := b.a.CreateInstance(ctx, guangzhou, cloud.InstanceInput{Name: "one", VSwitch: full.ID})
		b.ok(err)
	}
	cloudly := func(id string) func(*cloud.EndpointInput) {
		return func(in *cloud.EndpointInput) { in.How, in.Service, in.ServiceName = cloud.ByCloud, id, "" }
	}
	byName := func(name string) func(*cloud.EndpointInput) {
		return func(in *cloud.EndpointInput) { in.ServiceName = name }
	}
	for _, c := range []struct {
		what   string
		change func(*cloud.EndpointInput)
		kind   cloud.ErrorKind
		fields []string // pairs; empty and Invalid: accepted
	}{
		{"as it is", func(*cloud.EndpointInput) {}, cloud.Invalid, nil},
		{"without a name", func(in *cloud.EndpointInput) { in.Name = "" }, cloud.Invalid, nil},
		{"a cloud service", cloudly(there[0].ID), cloud.Invalid, nil},
		{"no kind", func(in *cloud.EndpointInput) { in.How = "" }, cloud.Invalid, []string{"how", "error.choose"}},
		{"the other cloud's kind", func(in *cloud.EndpointInput) { in.How = cloud.BySelect }, cloud.Invalid, []string{"how", "error.choice"}},
		{"no service name", byName(" "), cloud.Invalid, []string{"servicename", "error.required"}},
		{"no cloud service", cloudly(""), cloud.Invalid, []string{"service", "error.choose"}},
		{"an unknown name", byName("beta." + s.ID), cloud.Invalid, []string{"servicename", "error.endpoint.service"}},
		{"a name of another region", byName(strings.Replace("x."+s.Name, guangzhou, shanghai, 1)), cloud.Invalid, []string{"servicename", "error.endpoint.service.region"}},
		{"a cloud service by its name", byName(there[0].Name), cloud.Invalid, []string{"servicename", "error.endpoint.service"}},
		{"a private one as a cloud service", cloudly(s.ID), cloud.Invalid, []string{"service", "error.endpoint.service"}},
		{"a cloud service of another region", cloudly(afar[0].ID), cloud.Invalid, []string{"service"}},
		{"no VPC and no subnet", func(in *cloud.EndpointInput) { in.VPC, in.VSwitch = "", "" }, cloud.Invalid, []string{"vpc", "error.choose", "vswitch", "error.choose"}},
		{"no subnet", func(in *cloud.EndpointInput) { in.VSwitch = "" }, cloud.Invalid, []string{"vswitch", "error.choose"}},
		{"a subnet of another VPC", func(in *cloud.EndpointInput) { in.VPC = service.ID }, cloud.Invalid, []string{"vswitch", "error.choice"}},
		{"another account's VPC", func(in *cloud.EndpointInput) { in.VPC, in.VSwitch = theirs.ID, subnet.ID }, cloud.NotFound, nil},
		{"another account's subnet", func(in *cloud.EndpointInput) { in.VSwitch = subnet.ID }, cloud.Invalid, []string{"vswitch", "error.choice"}},
		{"the other cloud's VPC", func(in *cloud.EndpointInput) { in.VPC = b.vpc(b.a, "VPC1").ID }, cloud.NotFound, nil},
		{"a subnet without a free address", func(in *cloud.EndpointInput) { in.VPC, in.VSwitch = service.ID, full.ID }, cloud.Invalid, []string{"vswitch", "error.vswitch.full"}},
	} {
		in := b.singleForm(b.a, "vpcep-client-180815", s)
		c.change(&in)
		before := b.last()
		checked := b.a.CheckEndpoint(ctx, guangzhou, in)
		if b.last() != before {
			t.Errorf("%s: the check changed something", c.what)
		}
		e, err := b.a.CreateEndpoint(ctx, guangzhou, in)
		if c.kind == cloud.Invalid && len(c.fields) == 0 {
			if checked != nil || err != nil {
				t.Errorf("%s: checked %v, made %v", c.what, checked, err)
				continue
			}
			b.ok(b.a.DeleteEndpoint(ctx, e.ID))
			continue
		}
		for _, err := range []error{checked, err} {
			refusal := cloud.AsError(err)
			if refusal == nil || refusal.Kind != c.kind {
				t.Errorf("%s: %v", c.what, err)
				continue
			}
			for i, f := range refusal.Fields {
				if 2*i >= len(c.fields) || f.Field != c.fields[2*i] || 2*i+1 < len(c.fields) && f.Key != c.fields[2*i+1] {
					t.Errorf("%s: refused with %v", c.what, refusal)
				}
			}
		}
	}
}

// TestSingleEndpoint: what is made of the form, its states, and its list:
// TYE-06, TYE-10, TYE-12 to TYE-15.
func TestSingleEndpoint(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	asks, accepts := b.mapped(func(in *cloud.ServiceInput) { in.Name = "asks" }), b.mapped(noApproval)
	view := func(e cloud.Endpoint) cloud.EndpointView {
		v, err := b.a.Endpoint(ctx, e.ID)
		b.ok(err)
		return v
	}
	seen := func(e cloud.Endpoint, o cloud.Observation) {
		o.ID, o.Parent, o.Account = view(e).Zones[0].ID, e.ID, e.Account
		b.ok(b.engine.Observe(ctx, []cloud.Observation{o}))
	}
	waits, runs := b.single(b.a, "vpcep-client-180815", asks), b.single(b.a, "vpcep-client-180815", accepts)
	if view(waits).State != cloud.Creating || view(runs).State != cloud.Creating {
		t.Errorf("before anything runs they are %s and %s", view(waits).State, view(runs).State)
	}
	for _, e := range []cloud.Endpoint{waits, runs} {
		seen(e, cloud.Observation{Bound: true, Open: e.ID == runs.ID})
	}
	if view(waits).State != cloud.Pending || view(runs).State != cloud.Accepted {
		t.Errorf("they are %s and %s (TYE-12)", view(waits).State, view(runs).State)
	}
	v := view(runs)
	_, subnet := b.inGuangzhou(b.a, "vpcep-client-180815")
	if v.Name != v.ID || len(v.Zones) != 1 || v.Zones[0].Zone != "" || len(v.Groups) != 0 || !subnet.CIDR.Contains(v.Zones[0].IP) || v.Zones[0].IP == view(waits).Zones[0].IP {
		t.Errorf("made %+v", v)
	}
	if want := "vpcep-" + v.ID + "." + guangzhou + "." + b.engine.CtyunDomain(); v.Domain != want {
		t.Errorf("its name is %s, want %s", v.Domain, want)
	}
	in := b.singleForm(b.a, "vpcep-client-180815", accepts)
	in.PrivateDomain = false
	nameless, err := b.a.CreateEndpoint(ctx, guangzhou, in)
	b.ok(err)
	if d := view(nameless).Domain; d != "" {
		t.Errorf("without 创建内网域名 it has %s", d)
	}
	// The other cloud's doors: no name of its own, no groups, no zones.
	_, err = b.a.UpdateEndpoint(ctx, runs.ID, "web", "")
	b.refused(err, cloud.NotFound)
	groups, err := b.a.SecurityGroups(ctx, guangzhou, v.VPC)
	b.ok(err)
	_, err = b.a.SetEndpointGroups(ctx, runs.ID, []string{groups[0].ID})
	b.refused(err, cloud.NotFound)
	if b.a.AddZone(ctx, runs.ID, cloud.ZoneInput{Zone: guangzhou + "a", VSwitch: subnet.ID}) == nil || b.a.RemoveZone(ctx, runs.ID, v.Zones[0].ID) == nil {
		t.Error("it got or lost a zone")
	}

	// TYE-14: two conditions.
	for _, c := range []struct {
		by, words string
		want      []string
	}{
		{"", "", []string{waits.ID, runs.ID, nameless.ID}},
		{cloud.ByID, runs.ID, []string{runs.ID}},
		{cloud.ByID, runs.ID[:8], []string{runs.ID}},
		{cloud.ByID, asks.Name, nil},
		{cloud.ByServiceName, asks.Name, []string{waits.ID}},
		{cloud.ByServiceName, ".ASKS.", []string{waits.ID}},
		{cloud.ByServiceName, guangzhou, []string{waits.ID, runs.ID, nameless.ID}},
		{cloud.ByServiceName, waits.ID, nil},
		{"colour", runs.ID, []string{runs.ID}},
		// And everything that its page calls it.
		{"", strings.ToUpper(v.Domain), []string{runs.ID}},
		{"", strings.TrimSuffix(v.Domain, "."+guangzhou+".vpcep.ctyun.cn"), []string{runs.ID}},
		{"", v.Zones[0].ID, []string{runs.ID}},
		{"", accepts.Name, []string{runs.ID, nameless.ID}},
		{"", "Asks", []string{waits.ID}},
	} {
		found, err := b.a.FindEndpoints(ctx, guangzhou, cloud.Find{Words: c.words, Filter: map[string]string{"by": c.by}})
		b.ok(err)
		var got []string
		for _, e := range found.Items {
			got = append(got, e.ID)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q by %q finds %v, want %v", c.words, c.by, got, c.want)
		}
		if c.by != "" || c.words == "" || c.words == "Asks" {
			continue
		}
		hits, _, err := b.a.Search(ctx, []string{guangzhou}, c.words, 5)
		b.ok(err)
		for _, id := range c.want {
			if !slices.ContainsFunc(hits, func(h cloud.Hit) bool { return h.Kind == "endpoint" && h.ID == id }) {
				t.Errorf("the search for %q finds %+v and not %s", c.words, hits, id)
			}
		}
	}
	o, err := b.a.Overview(ctx, guangzhou, 5, []string{v.Zones[0].ID, "eni-x"})
	b.ok(err)
	if o.Endpoints != 3 || o.Connected != 1 || !slices.Equal(o.Busy, []string{v.Zones[0].ID}) {
		t.Errorf("at home: %+v", o)
	}
	if o, err = b.a.Overview(ctx, shanghai, 5, []string{v.Zones[0].ID}); err != nil || o.Endpoints != 0 || len(o.Busy) != 0 {
		t.Errorf("at home in another region: %+v %v", o, err)
	}
	// Failed, and deleted.
	seen(runs, cloud.Observation{Problem: "problem.port"})
	if view(runs).State != cloud.Failed {
		t.Errorf("with a port that cannot be had it is %s", view(runs).State)
	}
	b.refused(b.b.DeleteEndpoint(ctx, runs.ID), cloud.NotFound)
	b.ok(b.a.DeleteEndpoint(ctx, runs.ID))
	if view(runs).State != cloud.Deleting {
		t.Errorf("deleted it is %s", view(runs).State)
	}
	b.refused(b.a.DeleteEndpoint(ctx, runs.ID), cloud.Conflict)
	b.ok(b.engine.Gone(ctx, v.Zones[0].ID))
	_, err = b.a.Endpoint(ctx, runs.ID)
	b.refused(err, cloud.NotFound)
}

// TestApproval: 接受 and 拒绝 while approval is on, each taken back later, and
// neither while it is off (TYD-02, TYE-13, X-27).
func TestApproval(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	s := b.mapped()
	b.invite(s)
	e := b.single(b.b, "vpc-b", s)
	view := func() cloud.EndpointView {
		v, err := b.b.Endpoint(ctx, e.ID)
		b.ok(err)
		return v
	}
	eni := view().Zones[0].ID
	run := func(open bool) {
		b.ok(b.engine.Observe(ctx, []cloud.Observation{{ID: eni, Parent: e.ID, Account: e.Account, Bound: true, Open: open}}))
	}
	run(false)
	allow := func() error { return b.a.Allow(ctx, s.ID, e.ID, cloud.AllowInput{Auto: true}) }
	deny := func() error { return b.a.Deny(ctx, s.ID, e.ID) }
	approval := func(v string) {
		_, err := b.a.UpdateService(ctx, s.ID, cloud.ServiceInput{Approval: v})
		b.ok(err)
	}
	is := func(want cloud.State, resource bool) {
		t.Helper()
		if v := view(); v.State != want || (v.Zones[0].Resource != "") != resource {
			t.Errorf("it is %s with %q, want %s", v.State, v.Zones[0].Resource, want)
		}
	}
	is(cloud.Pending, false)
	b.refused(b.b.Allow(ctx, s.ID, e.ID, cloud.AllowInput{Auto: true}), cloud.NotFound)
	b.refused(b.b.Deny(ctx, s.ID, e.ID), cloud.NotFound)
	b.ok(deny())
	is(cloud.Rejected, false)
	b.ok(allow())
	is(cloud.Creating, true)
	run(true)
	is(cloud.Accepted, true)
	b.ok(allow())
	b.ok(deny())
	is(cloud.Rejected, false)
	b.ok(allow()) // before the flows of before were cut
	is(cloud.Accepted, true)
	// Without approval nobody decides by hand, and what was decided stays.
	approval("no")
	if refusal := b.refused(deny(), cloud.Conflict); refusal.Key != "error.connection.noapproval" || refusal.Blockers[0].ID != s.ID {
		t.Errorf("rejecting without approval: %v", refusal)
	}
	is(cloud.Accepted, true)
	approval("yes")
	b.ok(deny())
	approval("no")
	b.refused(allow(), cloud.Conflict)
	is(cloud.Rejected, false)
	if later := b.single(b.b, "vpc-b", s); later.Decision != cloud.Allowed || later.DecidedBy != "" {
		t.Errorf("made without approval: %+v", later)
	}
	// What waits when it is turned off does not wait for ever.
	approval("yes")
	waits := b.single(b.b, "vpc-b", s)
	approval("no")
	if v, err := b.b.Endpoint(ctx, waits.ID); err != nil || v.Decision != cloud.Allowed || v.DecidedBy != "" || v.Zones[0].Resource == "" {
		t.Errorf("it waited when approval was turned off: %+v, %v", v, err)
	}
	is(cloud.Rejected, false)
	// Off the whitelist nothing is accepted by itself.
	approval("yes")
	off := b.single(b.b, "vpc-b", s)
	b.ok(b.a.RemoveGrant(ctx, s.ID, b.b.Account().ID))
	approval("no")
	if v, err := b.b.Endpoint(ctx, off.ID); err != nil || v.Decision != cloud.Refused || v.Zones[0].Resource != "" {
		t.Errorf("it waited when its account was off the whitelist and approval was turned off: %+v, %v", v, err)
	}
}

// A service that is being deleted is what it is: turning approval off would
// accept an endpoint that outlives it.
func TestDeletedServiceIsNotChanged(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	s := b.mapped()
	waits := b.single(b.a, "vpcep-client-180815", s)
	b.ok(b.a.DeleteService(ctx, s.ID))
	_, err := b.a.UpdateService(ctx, s.ID, cloud.ServiceInput{Approval: "no"})
	if refusal := b.refused(err, cloud.Conflict); refusal.Key != "error.service.deleting" {
		t.Errorf("changing it says %v", refusal)
	}
	b.ok(b.engine.ServiceGone(ctx, s.ID))
	if v, err := b.a.Endpoint(ctx, waits.ID); err != nil || v.Decision != cloud.Undecided || v.State != cloud.Failed {
		t.Errorf("its endpoint is %+v, %v", v, err)
	}
}

// TestTwoEditorsOfApproval: whoever sends the form of a service without having
// touched 连接审批 leaves it as somebody else has set it, and is told at the
// field that ctyun's form has; who meant it is obeyed (TYS-06).
func TestTwoEditorsOfApproval(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	s := b.mapped()
	send := func(since int64, approval string) (stored string, kept []cloud.FieldError) {
		c := b.a.Since(since)
		_, err := c.UpdateService(ctx, s.ID, cloud.ServiceInput{Approval: approval})
		b.ok(err)
		v, err := b.a.Service(ctx, s.ID)
		b.ok(err)
		return map[bool]string{true: "no", false: "yes"}[v.AutoAccept], c.Kept()
	}
	both := b.last()
	if is, kept := send(both, "no"); is != "no" || len(kept) != 0 {
		t.Errorf("the first one's is %s, %v", is, kept)
	}
	is, kept := send(both, "yes") // as it was when the form was opened
	if is != "no" || len(kept) != 1 || kept[0].Field != "approval" || kept[0].Key != cloud.KeptTheirs || !slices.Equal(kept[0].Theirs, []string{"no"}) {
		t.Errorf("the second one's is %s, told %+v", is, kept)
	}
	if is, kept := send(both, "no"); is != "no" || len(kept) != 0 {
		t.Errorf("the same idea is %s, %v", is, kept)
	}
	if is, kept := send(b.last(), "yes"); is != "yes" || len(kept) != 0 {
		t.Errorf("having seen it, it is %s, %v", is, kept)
	}
}
