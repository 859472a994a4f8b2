package web_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/handlers"
	"culvert.internal/reconcile"
	"culvert.internal/store"
	"culvert.internal/underlay"
	"culvert.internal/views"
	"culvert.internal/views/aliyun"
	"culvert.internal/views/ctyun"
	"culvert.internal/web"
)

// running is the demo lab with everything that runs in it, on a slice of
// 127.0.0.0/8 that no other test uses.
func running(t *testing.T, base string) *lab {
	t.Helper()
	k := &console{t: t, log: &lines{}}
	var err error
	if k.store, err = store.Open("sqlite:" + filepath.Join(t.TempDir(), "culvert.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.store.Close() })
	if k.engine, err = cloud.Open(k.store, cloud.Options{Demo: true, Base: netip.MustParsePrefix(base)}); err != nil {
		t.Fatal(err)
	}
	if err := k.engine.SeedDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(k.log, nil))
	r := reconciled(t, k.engine, log)
	k.runs = r
	k.server, err = web.New(web.Options{
		Base: handlers.Base{
			Engine: k.engine, Live: r, Doors: r.Doors(), ZoneFiles: reconcile.ZoneFiles{}, Editions: []*views.Edition{aliyun.Edition(), ctyun.Edition()}, Log: log, Now: k.now,
		},
		Keys: [2][]byte{bytes.Repeat([]byte("a"), 64), bytes.Repeat([]byte("b"), 32)},
	})
	if err != nil {
		t.Fatal(err)
	}
	k.url = serve(t, k.server)
	k.until("the lab is ready", func() bool { return r.Ready() == nil })
	return account(k)
}

// reconciled runs what the store describes until the test ends.
func reconciled(t *testing.T, engine *cloud.Engine, log *slog.Logger) *reconcile.Lab {
	t.Helper()
	lo, err := underlay.NewLoopback()
	if err != nil {
		t.Fatal(err)
	}
	r, err := reconcile.New(engine, lo, reconcile.Options{
		Log: log, Upstream: []string{}, Drain: 200 * time.Millisecond,
		Moved: func(network, vpc string, at netip.AddrPort) (cloud.Move, bool) {
			m, ok := lo.Moved(network, vpc, at)
			return cloud.Move{
				VPC: m.VPC, Network: m.Network, Address: m.At, Host: m.Host, Holder: m.Holder, Reason: "move." + string(m.Reason),
			}, ok
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error("the lab ended with:", err)
		}
	})
	return r
}

// until waits for a condition, half a minute at most.
func (k *console) until(what string, ok func() bool) {
	k.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			k.t.Fatalf("never happened: %s", what)
		}
		<-time.After(2 * time.Millisecond)
	}
}
