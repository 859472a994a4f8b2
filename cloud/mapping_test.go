package cloud_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"culvert.internal/cloud"
)

const shanghai = "cn-sh4"

// mappedForm is the form of the document's service: elb-web of the demo lab,
// approval on, 8080 behind 80.
func (b *bench) mappedForm() cloud.ServiceInput {
	b.Helper()
	vpc, _ := b.inGuangzhou(b.a, "vpc-52411.1111")
	balancers, err := b.a.Balancers(b.Context(), guangzhou)
	b.ok(err)
	return cloud.ServiceInput{
		Name: "web", VPC: vpc.ID, Approval: "yes", Mappings: []cloud.MappingInput{{Protocol: cloud.TCP, ServicePort: "8080", Port: "80"}},
		BackendType: cloud.BackendBalancer, Balancer: balancers[0].ID,
	}
}

// byInstance makes an instance of the demo lab the backend of a form.
func (b *bench) byInstance(in cloud.ServiceInput, name string) cloud.ServiceInput {
	b.Helper()
	instances, err := b.a.Instances(b.Context(), guangzhou, in.VPC)
	b.ok(err)
	at := slices.IndexFunc(instances, func(i cloud.InstanceView) bool { return i.Name == name })
	in.BackendType, in.Instance, in.NIC = cloud.BackendInstance, instances[at].ID, cloud.PrimaryNIC
	return in
}

func (b *bench) mapped(change ...func(*cloud.ServiceInput)) cloud.Service {
	b.Helper()
	in := b.mappedForm()
	for _, c := range change {
		c(&in)
	}
	s, err := b.a.CreateService(b.Context(), guangzhou, in)
	b.ok(err)
	return s
}

func noApproval(in *cloud.ServiceInput) { in.Approval = "no" }

// singleForm is the form of an endpoint on a service by its name.
func (b *bench) singleForm(c *cloud.Caller, vpc string, s cloud.Service) cloud.EndpointInput {
	b.Helper()
	v, subnet := b.inGuangzhou(c, vpc)
	return cloud.EndpointInput{How: cloud.ByName, ServiceName: s.Name, VPC: v.ID, VSwitch: subnet.ID, PrivateDomain: true}
}

func (b *bench) single(c *cloud.Caller, vpc string, s cloud.Service) cloud.Endpoint {
	b.Helper()
	e, err := c.CreateEndpoint(b.Context(), guangzhou, b.singleForm(c, vpc, s))
	b.ok(err)
	return e
}

// invite whitelists the second account.
func (b *bench) invite(s cloud.Service) {
	b.Helper()
	b.ok(b.a.AddGrants(b.Context(), s.ID, []string{cloud.DomainPrefix + b.b.Account().DomainID}))
}

// TestMappedForm: TYS-01 to TYS-10 and B.4, one broken field after the other.
func TestMappedForm(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	rows := func(n int) (out []cloud.MappingInput) {
		for i := range n {
			out = append(out, cloud.MappingInput{Protocol: cloud.TCP, ServicePort: "80", Port: fmt.Sprint(1 + i)})
		}
		return out
	}
	first := func(m cloud.MappingInput) func(*cloud.ServiceInput) {
		return func(in *cloud.ServiceInput) { in.Mappings = []cloud.MappingInput{m} }
	}
	client, clients := b.inGuangzhou(b.a, "vpcep-client-180815")
	_, theirs := b.inGuangzhou(b.b, "vpc-b")
	elb := func(c *cloud.Caller, subnet cloud.VSwitchView, feature string) string {
		made, err := c.CreateBalancers(ctx, guangzhou, cloud.BalancerInput{Name: "elb", VPC: subnet.VPC, VSwitch: subnet.ID, Feature: feature})
		b.ok(err)
		return made[0].ID
	}
	_, here := b.inGuangzhou(b.a, "vpc-52411.1111")
	elsewhere, foreign, classic := elb(b.a, clients, ""), elb(b.b, theirs, ""), elb(b.a, here, cloud.Classic)
	_, err := b.a.CreateBalancers(ctx, frankfurt, b.clb())
	b.ok(err)
	clbs, err := b.a.Balancers(ctx, frankfurt)
	b.ok(err)
	of := func(vpc string) string {
		list, err := b.a.Instances(ctx, guangzhou, vpc)
		b.ok(err)
		return list[0].ID
	}
	stranger, err := b.b.Instances(ctx, guangzhou, theirs.VPC)
	b.ok(err)
	nicOf := b.byInstance(b.mappedForm(), "web-2").Instance
	nic, err := b.a.AddNIC(ctx, nicOf, cloud.NICInput{VSwitch: here.ID})
	b.ok(err)
	instance := func(id, nic string) func(*cloud.ServiceInput) {
		return func(in *cloud.ServiceInput) { in.BackendType, in.Instance, in.NIC = cloud.BackendInstance, id, nic }
	}
	web1 := b.byInstance(b.mappedForm(), "web-1").Instance
	for _, c := range []struct {
		what   string
		change func(*cloud.ServiceInput)
		field  string // empty: accepted
		key    string
	}{
		{"as it is", func(*cloud.ServiceInput) {}, "", ""},
		{"no name", func(in *cloud.ServiceInput) { in.Name = " " }, "", ""},
		{"16 characters", func(in *cloud.ServiceInput) { in.Name = strings.Repeat("a", 16) }, "", ""},
		{"17 characters", func(in *cloud.ServiceInput) { in.Name = strings.Repeat("a", 17) }, "name", "error.service.name.long"},
		{"every kind of character", func(in *cloud.ServiceInput) { in.Name = "-_aZ09" }, "", ""},
		{"a dot", func(in *cloud.ServiceInput) { in.Name = "a.b" }, "name", "error.service.name"},
		{"a space", func(in *cloud.ServiceInput) { in.Name = "a b" }, "name", "error.service.name"},
		{"Chinese", func(in *cloud.ServiceInput) { in.Name = "服务" }, "name", "error.service.name"},
		{"a line break", func(in *cloud.ServiceInput) { in.Name = "a\nb" }, "name", "error.service.name"},
		{"no VPC", func(in *cloud.ServiceInput) { in.VPC = "" }, "vpc", "error.choose"},
		{"no approval", func(in *cloud.ServiceInput) { in.Approval = "" }, "approval", "error.choose"},
		{"maybe approval", func(in *cloud.ServiceInput) { in.Approval = "maybe" }, "approval", "error.choice"},
		{"no mapping", func(in *cloud.ServiceInput) { in.Mappings = nil }, "port.1", "error.mapping.none"},
		{"50 mappings", func(in *cloud.ServiceInput) { in.Mappings = rows(50) }, "", ""},
		{"51 mappings", func(in *cloud.ServiceInput) { in.Mappings = rows(51) }, "port.51", "error.mapping.many"},
		{"the first port", first(cloud.MappingInput{Protocol: cloud.UDP, ServicePort: "1", Port: "1"}), "", ""},
		{"the last port", first(cloud.MappingInput{Protocol: cloud.UDP, ServicePort: "65535", Port: "65535"}), "", ""},
		{"endpoint port 0", first(cloud.MappingInput{Protocol: cloud.TCP, ServicePort: "1", Port: "0"}), "port.1", "error.number"},
		{"endpoint port 65536", first(cloud.MappingInput{Protocol: cloud.TCP, ServicePort: "1", Port: "65536"}), "port.1", "error.number"},
		{"endpoint port text", first(cloud.MappingInput{Protocol: cloud.TCP, ServicePort: "1", Port: "http"}), "port.1", "error.number"},
		{"no endpoint port", first(cloud.MappingInput{Protocol: cloud.TCP, ServicePort: "1"}), "port.1", "error.required"},
		{"service port 0", first(cloud.MappingInput{Protocol: cloud.TCP, ServicePort: "0", Port: "1"}), "serviceport.1", "error.number"},
		{"service port 65536", first(cloud.MappingInput{Protocol: cloud.TCP, ServicePort: "65536", Port: "1"}), "serviceport.1", "error.number"},
		{"service port -1", first(cloud.MappingInput{Protocol: cloud.TCP, ServicePort: "-1", Port: "1"}), "serviceport.1", "error.number"},
		{"no protocol", first(cloud.MappingInput{ServicePort: "1", Port: "1"}), "protocol.1", "error.choose"},
		{"another protocol", first(cloud.MappingInput{Protocol: "sctp", ServicePort: "1", Port: "1"}), "protocol.1", "error.choice"},
		{"twice the same endpoint port", func(in *cloud.ServiceInput) {
			in.Mappings = []cloud.MappingInput{{cloud.TCP, "80", "80"}, {cloud.TCP, "81", "80"}}
		}, "port.2", "error.mapping.twice"},
		{"the port of a row that is wrong", func(in *cloud.ServiceInput) {
			in.Mappings = []cloud.MappingInput{{cloud.TCP, "0", "80"}, {cloud.TCP, "81", "80"}}
		}, "serviceport.1", "error.number"},
		{"one port number by TCP and UDP", func(in *cloud.ServiceInput) {
			in.Mappings = []cloud.MappingInput{{cloud.TCP, "53", "53"}, {cloud.UDP, "53", "53"}}
		}, "", ""},
		{"one service port behind two", func(in *cloud.ServiceInput) {
			in.Mappings = []cloud.MappingInput{{cloud.TCP, "80", "80"}, {cloud.TCP, "80", "81"}}
		}, "", ""},
		{"no kind of backend", func(in *cloud.ServiceInput) { in.BackendType = "" }, "backendtype", "error.choose"},
		{"another kind of backend", func(in *cloud.ServiceInput) { in.BackendType = "vip" }, "backendtype", "error.choice"},
		{"no load balancer", func(in *cloud.ServiceInput) { in.Balancer = "" }, "balancer", "error.choose"},
		{"a classic one", func(in *cloud.ServiceInput) { in.Balancer = classic }, "balancer", "error.resource.classic"},
		{"one of another VPC", func(in *cloud.ServiceInput) { in.Balancer = elsewhere }, "balancer", "error.backend.outside"},
		{"one of another account", func(in *cloud.ServiceInput) { in.Balancer = foreign }, "balancer", "error.backend.outside"},
		{"one of another region", func(in *cloud.ServiceInput) { in.Balancer = clbs[0].ID }, "balancer", "error.backend.outside"},
		{"one that there is not", func(in *cloud.ServiceInput) { in.Balancer = "lb-x" }, "balancer", "error.backend.outside"},
		{"no instance", instance("", cloud.PrimaryNIC), "instance", "error.choose"},
		{"an instance", instance(web1, ""), "", ""},
		{"an instance of another VPC", instance(of(client.ID), ""), "instance", "error.backend.outside"},
		{"an instance of another account", instance(stranger[0].ID, ""), "instance", "error.backend.outside"},
		{"an instance of another region", instance(func() string {
			list, err := b.a.Instances(ctx, frankfurt, "")
			b.ok(err)
			return list[0].ID
		}(), ""), "instance", "error.backend.outside"},
		{"its secondary NIC", instance(nicOf, nic.ID), "", ""},
		{"the secondary NIC of another instance", instance(web1, nic.ID), "nic", "error.choice"},
		{"a NIC that there is not", instance(web1, "x"), "nic", "error.choice"},
	} {
		in := b.mappedForm()
		c.change(&in)
		s, err := b.a.CreateService(ctx, guangzhou, in)
		if c.field == "" {
			if err != nil {
				t.Errorf("%s: %v", c.what, err)
				continue
			}
			b.ok(b.a.DeleteService(ctx, s.ID))
			b.ok(b.engine.ServiceGone(ctx, s.ID))
			continue
		}
		refusal := cloud.AsError(err)
		if refusal == nil || refusal.Kind != cloud.Invalid || len(refusal.Fields) != 1 || refusal.Fields[0].Field != c.field || refusal.Fields[0].Key != c.key {
			t.Errorf("%s: %v, want %s at %s alone", c.what, err, c.key, c.field)
		}
	}
	// The whole form is judged at once.
	_, err = b.a.CreateService(ctx, guangzhou, cloud.ServiceInput{Name: "a b"})
	b.refused(err, cloud.Invalid, "name", "error.service.name", "approval", "error.choose", "port.1", "error.mapping.none", "vpc", "error.choose", "backendtype", "error.choose")
	// A VPC of another account or region is no VPC.
	for _, vpc := range []string{theirs.VPC, b.vpc(b.a, "VPC1").ID, "x"} {
		in := b.mappedForm()
		in.VPC = vpc
		_, err := b.a.CreateService(ctx, guangzhou, in)
		b.refused(err, cloud.NotFound)
	}
	in := b.mappedForm()
	_, err = b.a.CreateService(ctx, shanghai, in)
	b.refused(err, cloud.NotFound)
	if left, err := b.a.FindServices(ctx, guangzhou, cloud.Find{}); err != nil || left.Total != 0 {
		t.Errorf("refused forms left %d services: %v", left.Total, err)
	}
}

// TestMappedService: what is made of the form: TYS-03, TYS-04, TYS-06, TYS-07,
// TYS-13, TYD-07, TYD-09, TYD-11, X-09.
func TestMappedService(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	named := b.mapped()
	if want := guangzhou + ".web." + named.ID; named.Name != want {
		t.Errorf("the name is %s, want %s", named.Name, want)
	}
	bare := b.mapped(func(in *cloud.ServiceInput) { in.Name, in.Description, in.Affinity = "", "ignored", "yes" })
	if want := guangzhou + "." + bare.ID; bare.Name != want || bare.Description != "" || bare.ZoneAffinity {
		t.Errorf("made %+v, want the name %s", bare, want)
	}
	v, err := b.a.Service(ctx, named.ID)
	b.ok(err)
	if v.AutoAccept || v.State != cloud.Creating || v.VPCName != "vpc-52411.1111" || v.VPCCIDR != prefix("192.168.0.0/17") {
		t.Errorf("the service shows %+v", v)
	}
	if len(v.Mappings) != 1 || v.Mappings[0] != (cloud.Mapping{Protocol: cloud.TCP, ServicePort: 8080, Port: 80}) {
		t.Errorf("mappings %+v", v.Mappings)
	}
	if len(v.Grants) != 1 || v.Grants[0].Grantee != b.a.Account().ID {
		t.Errorf("the whitelist begins with %+v (TYD-07)", v.Grants)
	}
	if len(v.Resources) != 1 || v.Resources[0].Zone != "" || v.Resources[0].Name != "elb-web" {
		t.Errorf("behind it is %+v", v.Resources)
	}
	for _, o := range []struct {
		seen cloud.Observation
		want cloud.State
	}{
		{cloud.Observation{Bound: true}, cloud.Available},
		{cloud.Observation{Bound: true, Problem: "problem.port"}, cloud.Failed},
		{cloud.Observation{}, cloud.Creating},
	} {
		o.seen.ID, o.seen.Account = named.ID, named.Account
		b.ok(b.engine.Observe(ctx, []cloud.Observation{o.seen}))
		if v, err = b.a.Service(ctx, named.ID); err != nil || v.State != o.want {
			t.Errorf("%+v shows %s, want %s", o.seen, v.State, o.want)
		}
		for _, state := range cloud.ServiceStates() {
			found, err := b.a.FindServices(ctx, guangzhou, cloud.Find{Filter: map[string]string{"status": string(state)}})
			b.ok(err)
			has := slices.ContainsFunc(found.Items, func(v cloud.ServiceView) bool { return v.ID == named.ID })
			if has != (state == o.want) {
				t.Errorf("the filter %s has it: %v, it is %s", state, has, o.want)
			}
		}
	}
	// Only approval can be changed, whatever the form says (TYD-09).
	in := b.mappedForm()
	in.Approval, in.Name, in.Mappings, in.AutoAccept, in.Description = "no", "other", nil, "no", "more"
	changed, err := b.a.UpdateService(ctx, named.ID, in)
	b.ok(err)
	want := named
	want.AutoAccept = true
	if fmt.Sprint(changed) != fmt.Sprint(want) {
		t.Errorf("changed to %+v", changed)
	}
	_, err = b.a.UpdateService(ctx, named.ID, cloud.ServiceInput{AutoAccept: "yes", Affinity: "yes"})
	b.refused(err, cloud.Invalid, "approval", "error.choose")
	// What is behind it is given once: the other cloud's doors are shut.
	b.refused(b.a.AddResource(ctx, named.ID, cloud.ResourceInput{Zone: guangzhou + "a", Balancer: v.Resources[0].Balancer}), cloud.NotFound)
	b.refused(b.a.RemoveResource(ctx, named.ID, v.Resources[0].ID), cloud.NotFound)
	// What stands behind a service stays there.
	b.refused(b.a.DeleteBalancer(ctx, v.Resources[0].Balancer), cloud.Conflict)
	onHost := b.byInstance(b.mappedForm(), "echo-1")
	_, subnet := b.inGuangzhou(b.a, "vpc-52411.1111")
	nic, err := b.a.AddNIC(ctx, onHost.Instance, cloud.NICInput{VSwitch: subnet.ID})
	b.ok(err)
	onHost.NIC = nic.ID
	s, err := b.a.CreateService(ctx, guangzhou, onHost)
	b.ok(err)
	for _, err := range []error{b.a.DeleteInstance(ctx, onHost.Instance), b.a.RemoveNIC(ctx, nic.ID)} {
		if e := b.refused(err, cloud.Conflict); len(e.Blockers) != 1 || e.Blockers[0].ID != s.ID {
			t.Errorf("the service is not named: %+v", e.Blockers)
		}
	}
	v, err = b.a.Service(ctx, s.ID)
	b.ok(err)
	if r := v.Resources[0]; r.Name != "echo-1" || r.IP != nic.IP.String() || len(r.Backends) != 1 || !r.Backends[0].Running {
		t.Errorf("the NIC behind it shows as %+v", r)
	}
}

// TestServicesPerBackend: at most five services on one backend (TYS-11); the
// NICs of an instance are backends of their own.
func TestServicesPerBackend(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	_, subnet := b.inGuangzhou(b.a, "vpc-52411.1111")
	host := b.byInstance(b.mappedForm(), "echo-1")
	nic, err := b.a.AddNIC(ctx, host.Instance, cloud.NICInput{VSwitch: subnet.ID})
	b.ok(err)
	second := host
	second.NIC = nic.ID
	for field, in := range map[string]cloud.ServiceInput{"balancer": b.mappedForm(), "instance": host, "nic": second} {
		var last cloud.Service
		for range 5 {
			last, err = b.a.CreateService(ctx, guangzhou, in)
			b.ok(err)
		}
		_, err := b.a.CreateService(ctx, guangzhou, in)
		e := b.refused(err, cloud.Invalid, field, "error.backend.services")
		if e.Fields[0].Args["max"] != "5" {
			t.Errorf("told %v", e.Fields[0].Args)
		}
		// The place of one that is really gone is free again.
		b.ok(b.a.DeleteService(ctx, last.ID))
		b.ok(b.engine.ServiceGone(ctx, last.ID))
		_, err = b.a.CreateService(ctx, guangzhou, in)
		b.ok(err)
	}
}

// TestCtyunQuotas: 20 services and 50 endpoints for an account in a region
// (B.4, TY-07), of which the page shows what is used.
func TestCtyunQuotas(t *testing.T) {
	b := open(t, cloud.Limits{ServicesPerBackend: 100})
	ctx := t.Context()
	var s cloud.Service
	for range 20 {
		s = b.mapped(noApproval)
	}
	_, err := b.a.CreateService(ctx, guangzhou, b.mappedForm())
	if e := b.refused(err, cloud.Exceeded); e.Key != "error.quota.services" || e.Args["max"] != "20" {
		t.Errorf("services: %v", e)
	}
	for range 50 {
		b.single(b.a, "vpcep-client-180815", s)
	}
	_, err = b.a.CreateEndpoint(ctx, guangzhou, b.singleForm(b.a, "vpcep-client-180815", s))
	if e := b.refused(err, cloud.Exceeded); e.Key != "error.quota.endpoints.region" || e.Args["max"] != "50" {
		t.Errorf("endpoints: %v", e)
	}
	if e := b.refused(b.a.CheckEndpoint(ctx, guangzhou, b.singleForm(b.a, "vpcep-client-180815", s)), cloud.Exceeded); e.Key != "error.quota.endpoints.region" {
		t.Errorf("the check before: %v", e)
	}
	// Another account has its own.
	b.invite(s)
	b.single(b.b, "vpc-b", s)
	used := func(c *cloud.Caller, region string) map[string]int {
		list, err := c.Quotas(ctx, region)
		b.ok(err)
		out := map[string]int{}
		for _, q := range list {
			out[q.Knob] = q.Used
		}
		return out
	}
	if q := used(b.a, guangzhou); q["limit.ctyun.services"] != 20 || q["limit.ctyun.endpoints"] != 50 || q["limit.backend"] != 20 || q["limit.mappings"] != 1 {
		t.Errorf("used there: %v", q)
	}
	if q := used(b.a, shanghai); q["limit.ctyun.services"] != 0 || q["limit.ctyun.endpoints"] != 0 || q["limit.backend"] != 0 {
		t.Errorf("used in another region: %v", q)
	}
	if q := used(b.b, guangzhou); q["limit.ctyun.services"] != 0 || q["limit.ctyun.endpoints"] != 1 {
		t.Errorf("used by another account: %v", q)
	}
}
