package web_test

import (
	"net/url"
	"testing"

	"culvert.internal/cloud"
)

// ctyunLab is the demo lab's ctyun side with what the tests name.
type ctyunLab struct {
	*browser
	own    cloud.Account
	caller *cloud.Caller
	vpc    cloud.VPC // of the servers
	elb    cloud.BalancerView
	hosts  map[string]cloud.InstanceView
}

func ctyunDemo(t *testing.T) *ctyunLab {
	t.Helper()
	return ctyunOf(demo(t))
}

func ctyunOf(k *console) *ctyunLab {
	t := k.t
	t.Helper()
	l := &ctyunLab{browser: k.browser(), hosts: map[string]cloud.InstanceView{}}
	l.own = l.asIn(0, "ctyun")
	l.get("/login?lang=zh")
	l.caller = k.engine.As(l.own)
	vpcs, err := l.caller.VPCs(t.Context(), "cn-gz4")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vpcs {
		if v.Name == "vpc-52411.1111" {
			l.vpc = v
		}
	}
	clbs, err := l.caller.Balancers(t.Context(), "cn-gz4")
	if err != nil || len(clbs) == 0 {
		t.Fatalf("no load balancers: %v", err)
	}
	l.elb = clbs[0]
	all, err := l.caller.Instances(t.Context(), "cn-gz4", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		l.hosts[i.Name] = i
	}
	return l
}

// provide makes a service over the load balancer.
func (l *ctyunLab) provide(name, approval string) cloud.ServiceView {
	t := l.k.t
	t.Helper()
	s, err := l.caller.CreateService(t.Context(), "cn-gz4", cloud.ServiceInput{
		Name: name, VPC: l.vpc.ID, Approval: approval, BackendType: cloud.BackendBalancer, Balancer: l.elb.ID,
		Mappings: []cloud.MappingInput{{Protocol: "tcp", ServicePort: "8080", Port: "80"}, {Protocol: "udp", ServicePort: "53", Port: "53"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	v, err := l.caller.Service(t.Context(), s.ID)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// use makes account B's endpoint to a service, and has its port held.
func (l *ctyunLab) use(s cloud.ServiceView) (*cloud.Caller, cloud.Endpoint) {
	t := l.k.t
	t.Helper()
	accounts, err := l.k.engine.DemoAccounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := l.k.engine.As(accounts[1])
	if err := l.caller.AddGrants(t.Context(), s.ID, []string{"iam:domain::" + accounts[1].DomainID}); err != nil {
		t.Fatal(err)
	}
	subnets, err := b.VSwitches(t.Context(), "cn-gz4", "")
	if err != nil {
		t.Fatal(err)
	}
	e, err := b.CreateEndpoint(t.Context(), "cn-gz4", cloud.EndpointInput{How: cloud.ByName, ServiceName: s.Name, VPC: subnets[0].VPC, VSwitch: subnets[0].ID})
	if err != nil {
		t.Fatal(err)
	}
	l.observed(b, e.ID, false)
	return b, e
}

func (l *ctyunLab) observed(b *cloud.Caller, id string, open bool) {
	t := l.k.t
	t.Helper()
	z := l.port(b, id)
	if err := l.k.engine.Observe(t.Context(), []cloud.Observation{{ID: z.ID, Account: z.Account, Peer: z.Provider, Parent: id, Bound: true, Open: open}}); err != nil {
		t.Fatal(err)
	}
}

// port is the interface of an endpoint.
func (l *ctyunLab) port(b *cloud.Caller, id string) cloud.ZoneView {
	l.k.t.Helper()
	v, err := b.Endpoint(l.k.t.Context(), id)
	if err != nil {
		l.k.t.Fatal(err)
	}
	return v.Zones[0]
}

// filled is the form as somebody fills it in.
func (l *ctyunLab) filled(change ...string) url.Values {
	v := url.Values{
		"name": {"web"}, "vpc": {l.vpc.ID}, "approval": {"yes"}, "backendtype": {"balancer"}, "balancer": {l.elb.ID},
		"protocol.1": {"tcp"}, "serviceport.1": {"8080"}, "port.1": {"80"},
	}
	for i := 0; i+1 < len(change); i += 2 {
		v.Set(change[i], change[i+1])
	}
	return v
}
