package lab

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"culvert.internal/cloud"
)

// draft is a lab that is made by chance through the engine's own use cases. What
// they refuse is part of the game.
type draft struct {
	*rapid.T
	c         *cloud.Caller
	region    cloud.Region
	vpcs      []cloud.VPC
	switches  []cloud.VSwitch
	groups    []cloud.SecurityGroup
	instances []cloud.Instance
	clbs      []cloud.Balancer
	services  []cloud.Service
	endpoints []cloud.Endpoint
}

func (d *draft) name() string {
	return rapid.SampledFrom([]string{"web", "web", "yes", "- a", "例子", "a: b", "10.0.0.1", "#1", "null", "1e3", "a b"}).Draw(d.T, "name")
}

func pick[T any](d *draft, list []T) (T, bool) {
	if len(list) == 0 {
		var zero T
		return zero, false
	}
	return rapid.SampledFrom(list).Draw(d.T, "which"), true
}

func (d *draft) step() {
	ctx := context.Background()
	switch rapid.IntRange(0, 11).Draw(d.T, "step") {
	case 0:
		if v, err := d.c.CreateVPC(ctx, d.region.ID, cloud.VPCInput{Name: d.name(), CIDR: "10.0.0.0/16", Description: rapid.SampledFrom([]string{"", "two\nlines", "yes"}).Draw(d.T, "description")}); err == nil {
			d.vpcs = append(d.vpcs, v)
		}
	case 1:
		if v, ok := pick(d, d.vpcs); ok {
			in := cloud.VSwitchInput{VPC: v.ID, Zone: rapid.SampledFrom(d.region.Zones).Draw(d.T, "zone"), Name: d.name(), CIDR: fmt.Sprintf("10.0.%d.0/24", rapid.IntRange(0, 6).Draw(d.T, "n"))}
			if s, err := d.c.CreateVSwitch(ctx, d.region.ID, in); err == nil {
				d.switches = append(d.switches, s)
			}
		}
	case 2:
		if v, ok := pick(d, d.vpcs); ok {
			in := cloud.GroupInput{VPC: v.ID, Name: d.name() + "-g", Template: rapid.SampledFrom([]cloud.Template{cloud.TemplateWeb, cloud.TemplateOpen, cloud.TemplateEmpty}).Draw(d.T, "template")}
			if g, err := d.c.CreateSecurityGroup(ctx, d.region.ID, in); err == nil {
				d.groups = append(d.groups, g)
			}
		}
	case 3:
		if g, ok := pick(d, d.groups); ok {
			peer, _ := pick(d, d.groups)
			_, _ = d.c.AddRule(ctx, g.ID, cloud.RuleInput{
				Direction: cloud.Ingress, Policy: rapid.SampledFrom([]string{cloud.Accept, cloud.Drop}).Draw(d.T, "policy"), Priority: "7",
				Protocol: cloud.TCP, Ports: rapid.SampledFrom([]string{"", "80", "80-90"}).Draw(d.T, "ports"), Peer: rapid.SampledFrom([]string{peer.ID, "10.0.0.0/8", "10.0.0.1"}).Draw(d.T, "peer"),
			})
		}
	case 4:
		if s, ok := pick(d, d.switches); ok {
			in := cloud.InstanceInput{Name: d.name() + "-i", VSwitch: s.ID, Program: rapid.SampledFrom([]string{cloud.ProgramNone, cloud.ProgramWeb, cloud.ProgramEcho}).Draw(d.T, "program"), Text: "line\nline: #"}
			if i, err := d.c.CreateInstance(ctx, d.region.ID, in); err == nil {
				d.instances = append(d.instances, i)
			}
		}
	case 5:
		if i, ok := pick(d, d.instances); ok {
			_, _ = d.c.RunInstance(ctx, i.ID, rapid.Bool().Draw(d.T, "running"))
		}
	case 6:
		if s, ok := pick(d, d.switches); ok {
			in := cloud.BalancerInput{
				Billing: cloud.PayAsYouGo, Zone: s.Zone, ZoneType: cloud.SingleZone, Name: "clb", Spec: cloud.Specs()[1].ID, Address: cloud.Intranet,
				Network: cloud.NetworkVPC, VPC: s.VPC, VSwitch: s.ID, Feature: cloud.Standard, Flow: cloud.ByTraffic, Quantity: "1",
			}
			if made, err := d.c.CreateBalancers(ctx, d.region.ID, in); err == nil {
				d.clbs = append(d.clbs, made...)
			}
		}
	case 7:
		b, ok := pick(d, d.clbs)
		i, there := pick(d, d.instances)
		if ok && there {
			in := cloud.ListenerInput{
				Protocol: rapid.SampledFrom([]string{cloud.TCP, cloud.UDP}).Draw(d.T, "protocol"), Port: rapid.SampledFrom([]string{"80", "81"}).Draw(d.T, "port"), BackendPort: "80",
				Servers: []cloud.BackendInput{{Instance: i.ID, Weight: "3"}}, HealthKind: rapid.SampledFrom([]string{"", "http"}).Draw(d.T, "health"), Path: "/x",
			}
			if l, err := d.c.SaveListener(ctx, b.ID, "", in); err == nil {
				_, _ = d.c.RunListener(ctx, b.ID, l.ID, rapid.Bool().Draw(d.T, "running"))
			}
		}
	default:
		d.stepService(ctx)
	}
}

func (d *draft) stepService(ctx context.Context) {
	switch rapid.IntRange(0, 5).Draw(d.T, "service step") {
	case 0, 1:
		if b, ok := pick(d, d.clbs); ok {
			in := cloud.ServiceInput{Resources: []cloud.ResourceInput{{Zone: b.Zone, Balancer: b.ID}}, AutoAccept: yesNo(rapid.Bool().Draw(d.T, "auto")), Affinity: "no"}
			if s, err := d.c.CreateService(ctx, d.region.ID, in); err == nil {
				d.services = append(d.services, s)
			}
		}
	case 2:
		s, ok := pick(d, d.services)
		at, there := pick(d, d.switches)
		g, grouped := pick(d, d.groups)
		if ok && there && grouped {
			in := cloud.EndpointInput{Name: "ep-x", How: cloud.BySelect, Service: s.ID, VPC: at.VPC, Groups: []string{g.ID}, Zones: []cloud.ZoneInput{{Zone: at.Zone, VSwitch: at.ID}}}
			if e, err := d.c.CreateEndpoint(ctx, d.region.ID, in); err == nil {
				d.endpoints = append(d.endpoints, e)
			}
		}
	case 3:
		if e, ok := pick(d, d.endpoints); ok {
			_ = d.c.Allow(ctx, e.Service, e.ID, cloud.AllowInput{Auto: true})
		}
	case 4:
		if e, ok := pick(d, d.endpoints); ok {
			_ = d.c.Deny(ctx, e.Service, e.ID)
		}
	case 5:
		if z, err := d.c.CreatePrivateZone(ctx, cloud.PrivateZoneInput{Name: "例子.example", Proxy: "no"}); err == nil {
			_, _ = d.c.ChangeRecord(ctx, cloud.AddRecord, z.ID, "", cloud.RecordInput{Host: "@", Type: cloud.TXT, Value: d.name()})
			_, _ = d.c.ChangeRecord(ctx, cloud.AddRecord, z.ID, "", cloud.RecordInput{Host: "www", Type: cloud.CNAME, Value: "host."})
			if v, ok := pick(d, d.vpcs); ok {
				_, _ = d.c.SetScope(ctx, z.ID, []string{v.ID})
			}
		}
	}
}

// Whatever people make, its file makes again: export, import, export is the
// same text.
func TestRandomLabs(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		e := engine(t, cloud.Options{})
		a, err := e.CreateFirstAccount(t.Context(), cloud.AccountInput{Name: "A", Login: "a1", Password: "long enough", Repeat: "long enough"})
		if err != nil {
			rt.Fatal(err)
		}
		r, _ := cloud.FindRegion("eu-central-1")
		d := &draft{T: rt, c: e.As(a), region: r}
		for range rapid.IntRange(0, 60).Draw(rt, "steps") {
			d.step()
		}
		first := exported(t, e)
		again := engine(t, cloud.Options{})
		out, faults, err := Import(t.Context(), again, cloud.SystemActor, first, false)
		if err != nil || len(faults) > 0 {
			rt.Fatalf("%v %v %v\n%s", out, faults, err, first)
		}
		if second := exported(t, again); !bytes.Equal(first, second) {
			rt.Fatalf("%s", diff(string(first), string(second)))
		}
	})
}
