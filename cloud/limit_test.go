package cloud_test

import (
	"testing"

	"culvert.internal/cloud"
)

// TestBandwidth: the provider limits a connection to 100 to 10,240 Mbit/s, or not
// at all; nobody else may, nor of a connection that is going, and who edits beside
// another is told (UpdateVpcEndpointConnectionAttribute, REQUIREMENTS B.3).
func TestBandwidth(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	s := b.service(cloud.ServiceInput{})
	e, err := b.a.CreateEndpoint(ctx, frankfurt, b.request(b.a, "VPC1", s))
	b.ok(err)
	if e.Bandwidth != 0 {
		t.Errorf("a new connection is limited to %d", e.Bandwidth)
	}
	for _, v := range []string{"99", "10241", "-1", "1e3", "100.5", "much"} {
		_, err := b.a.SetBandwidth(ctx, s.ID, e.ID, v)
		b.refused(err, cloud.Invalid, "bandwidth", "error.number")
	}
	_, err = b.b.SetBandwidth(ctx, s.ID, e.ID, "100")
	b.refused(err, cloud.NotFound)
	for v, want := range map[string]int{"100": 100, "10240": 10240, "3072": 3072, "": 0} {
		got, err := b.a.SetBandwidth(ctx, s.ID, e.ID, v)
		b.ok(err)
		view, err := b.a.Connection(ctx, s.ID, e.ID)
		b.ok(err)
		if got.Bandwidth != want || view.Bandwidth != want {
			t.Errorf("%q became %d and %d", v, got.Bandwidth, view.Bandwidth)
		}
	}
	since := b.last()
	_, err = b.a.SetBandwidth(ctx, s.ID, e.ID, "200")
	b.ok(err)
	_, err = b.a.Since(since).SetBandwidth(ctx, s.ID, e.ID, "300")
	if told := b.refused(err, cloud.Conflict, "bandwidth", "error.changed.to"); told.Fields[0].Args["value"] != "200" {
		t.Errorf("%+v", told)
	}
	// Allowing does not undo it, and the limit of a connection that goes stays.
	b.ok(b.a.Allow(ctx, s.ID, e.ID, cloud.AllowInput{Auto: true}))
	view, err := b.a.Connection(ctx, s.ID, e.ID)
	b.ok(err)
	if view.Bandwidth != 200 {
		t.Errorf("allowed with %d Mbit/s", view.Bandwidth)
	}
	b.ok(b.a.DeleteEndpoint(ctx, e.ID))
	_, err = b.a.SetBandwidth(ctx, s.ID, e.ID, "400")
	b.refused(err, cloud.Conflict)
}

// TestProxyOfAService: PROXY protocol is off unless it is chosen, by both clouds'
// forms (REQUIREMENTS B.7).
func TestProxyOfAService(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	s := b.service(cloud.ServiceInput{})
	if s.Proxy != "" {
		t.Errorf("a new service says %q", s.Proxy)
	}
	in := cloud.ServiceInput{AutoAccept: "no", Affinity: "no", Proxy: "carrier pigeon"}
	_, err := b.a.UpdateService(ctx, s.ID, in)
	b.refused(err, cloud.Invalid, "proxyprotocol", "error.choice")
	for _, form := range cloud.ProxyForms() {
		in.Proxy = form
		s, err = b.a.UpdateService(ctx, s.ID, in)
		b.ok(err)
		if s.Proxy != form {
			t.Errorf("%s became %q", form, s.Proxy)
		}
	}
	in.Proxy = cloud.ProxyOff
	s, err = b.a.UpdateService(ctx, s.ID, in)
	b.ok(err)
	if s.Proxy != "" {
		t.Errorf("off became %q", s.Proxy)
	}
	if made := b.service(cloud.ServiceInput{Proxy: "aliyun"}); made.Proxy != "aliyun" {
		t.Errorf("made with %q", made.Proxy)
	}
}
