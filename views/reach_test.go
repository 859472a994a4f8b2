package views

import (
	"testing"

	"culvert.internal/cloud"
	"culvert.internal/reach"
	"culvert.internal/views/text"
)

// Keys of the pages about connections that are put together from parts: what
// a gate asks, how the rules of a group end, what a state is called, what an
// event did.
func TestKeysOfConnections(t *testing.T) {
	var keys []string
	for _, g := range reach.Gates() {
		keys = append(keys, "reach.ask."+string(g))
	}
	for _, gate := range []string{"egress", "eni", "ingress"} {
		keys = append(keys, "reach."+gate+".drop", "reach."+gate+".none", "reach."+gate+".ok")
	}
	keys = append(keys, "event.aclrule.move", "event.vswitch.acl")
	for _, g := range reach.Gates() {
		keys = append(keys, "gate."+string(g))
	}
	for _, o := range []reach.Outcome{reach.Pass, reach.Stop} {
		keys = append(keys, reach.Hidden(o).Key)
	}
	for _, code := range []string{"refused", "reset", "unreachable", "no-port", "no-file", "stopped", "timeout", "error"} {
		keys = append(keys, "reach.error."+code)
	}
	for _, s := range cloud.ZoneStates() {
		keys = append(keys, "state.zone."+string(s))
	}
	for _, a := range append(cloud.Actions(), cloud.ZoneActions()...) {
		keys = append(keys, "action.endpoint."+string(a))
	}
	for _, kind := range []string{
		"account", "vpc", "vswitch", "group", "rule", "acl", "aclrule", "instance", "balancer", "backend", "listener", "service", "resource", "grant",
		"endpoint", "interface", "observation", "setting", "nic", "idc", "zone",
	} {
		for _, op := range []cloud.Operation{cloud.Created, cloud.Updated, cloud.Deleted} {
			keys = append(keys, EventKey(cloud.Event{Kind: kind, Operation: op}))
		}
	}
	keys = append(keys, EventKey(cloud.Event{Kind: "zone", Operation: cloud.Created, After: []byte(`{"Failed":true}`)}))
	for _, tab := range frame().serviceTabs(ServiceDetail{}) {
		if text.Has(tab.Label) {
			t.Errorf("a tab shows the key %s", tab.Label)
		}
	}
	for _, key := range keys {
		if !text.Has(key) {
			t.Errorf("%s is not in the catalogue", key)
		}
	}
}

// What probes met is told in the reader's words, behind the backend's name.
func TestProbeWords(t *testing.T) {
	f := frame()
	got := f.Reason("reach.backend.unhealthy", map[string]string{"balancer": "clb-web", "backends": "ECS2 (refused); ECS3 (status 503); ECS4 (odd)"})
	want := "CLB clb-web has no healthy backend: ECS2 (connection refused); ECS3 (status 503); ECS4 (odd). See whether their programs run and the port is right."
	if got != want {
		t.Errorf("got %q", got)
	}
}
