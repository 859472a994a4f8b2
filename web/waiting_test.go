package web_test

import (
	"strings"
	"testing"

	"culvert.internal/cloud"
)

// A zone that was added to a connection waits for the provider: both are told on
// their home pages, with the zone, and the number in the bar counts it (B.3).
func TestHomeNamesZonesThatWait(t *testing.T) {
	l := tutorial(t)
	ctx := t.Context()
	s := l.offer()
	other, b, vpc, e := l.joinFromB(s)
	consumer := l.k.engine.As(b)
	v, err := l.caller.Connection(ctx, s.ID, e.ID)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(err)
	must(l.caller.AddResource(ctx, s.ID, cloud.ResourceInput{Zone: "eu-central-1a", Balancer: s.Resources[0].Balancer}))
	must(l.caller.Allow(ctx, s.ID, e.ID, cloud.AllowInput{Auto: true}))
	must(l.k.engine.Observe(ctx, []cloud.Observation{{ID: v.Zones[0].ID, Account: b.ID, Peer: v.Provider, Parent: e.ID, Bound: true, Open: true}}))
	fresh, err := consumer.DefaultVSwitch(ctx, vpc.ID, "eu-central-1a")
	must(err)
	must(consumer.AddZone(ctx, e.ID, cloud.ZoneInput{Zone: "eu-central-1a", VSwitch: cloud.New, NewName: fresh.Name, NewCIDR: fresh.CIDR}))

	p := l.get(homePath)
	p.shows(t, ".todo", "Account B asks to connect to", "in Zone A", "Connect…")
	p.shows(t, "#pending", "1")
	l.in("zh", homePath).shows(t, ".todo", "账号B 请求在可用区 A 连接")
	other.get(homePath).shows(t, ".todo", "Endpoint from-b waits for Account A in Zone A", "The other zones work as before")

	// Nothing works any more: then the connection as a whole is what waits.
	must(l.caller.DisconnectZone(ctx, s.ID, e.ID, "eu-central-1b"))
	must(l.k.engine.Observe(ctx, []cloud.Observation{{ID: v.Zones[0].ID, Account: b.ID, Peer: v.Provider, Parent: e.ID, Bound: true}}))
	l.get(homePath).shows(t, ".todo", "Account B asks to connect to", "Allow…")
	if said := other.get(homePath).text(".todo"); strings.Contains(said, "work as before") {
		t.Errorf("the consumer reads %q", said)
	}
}
