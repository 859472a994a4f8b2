package reconcile_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/reach"
	"culvert.internal/reconcile"
	"culvert.internal/store"
)

const frankfurt = "eu-central-1"

// lab is a whole installation but its console: a store in a temporary folder,
// the engine, and the reconciler with everything it runs.
type lab struct {
	*reconcile.Lab
	t      *testing.T
	engine *cloud.Engine
	under  network
	a, b   *cloud.Caller
	stop   func()
}

func start(t *testing.T, db, base string, set ...func(*reconcile.Options)) *lab {
	t.Helper()
	kept, err := store.Open("sqlite:" + db)
	if err != nil {
		t.Fatal(err)
	}
	engine, err := cloud.Open(kept, cloud.Options{Base: netip.MustParsePrefix(base), Demo: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := engine.SeedDemo(ctx); err != nil {
		t.Fatal(err)
	}
	opt := reconcile.Options{Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Upstream: []string{}, Drain: 200 * time.Millisecond}
	under := addresses(t, filepath.Dir(db), &opt)
	for _, set := range set {
		set(&opt)
	}
	running, err := reconcile.New(engine, under, opt)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- running.Run(ctx) }()
	accounts, err := engine.DemoAccounts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{Lab: running, t: t, engine: engine, under: under, a: engine.As(accounts[0]), b: engine.As(accounts[1])}
	stopped := false
	l.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Error("the lab ended with:", err)
		}
		under.Close()
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(l.stop)
	l.until("the lab is ready", func() bool { return running.Ready() == nil })
	return l
}

// until waits for a condition, half a minute at most: a machine may be busy.
func (l *lab) until(what string, ok func() bool) {
	l.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			l.t.Fatalf("never happened: %s", what)
		}
		<-time.After(2 * time.Millisecond)
	}
}

func (l *lab) ok(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) instance(c *cloud.Caller, name string) cloud.InstanceView {
	l.t.Helper()
	list, err := c.Instances(l.t.Context(), frankfurt, "")
	l.ok(err)
	for _, i := range list {
		if i.Name == name {
			return i
		}
	}
	l.t.Fatalf("no instance %s", name)
	return cloud.InstanceView{}
}

func (l *lab) tutorial() cloud.Tutorial {
	l.t.Helper()
	t, err := l.a.Tutorial(l.t.Context(), frankfurt)
	l.ok(err)
	return t
}

func (l *lab) endpoint() cloud.EndpointView {
	l.t.Helper()
	e, err := l.a.Endpoint(l.t.Context(), l.tutorial().Endpoint)
	l.ok(err)
	return e
}

// get asks for a page as an instance does and answers the name of the backend.
func (l *lab) get(from, host string, port uint16) (string, error) {
	ctx, cancel := context.WithTimeout(l.t.Context(), 5*time.Second)
	defer cancel()
	conn, err := l.Doors().Dial(ctx, from, "tcp", host, port)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	// Until a port has moved, whoever holds it may answer, or say nothing.
	_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
	fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", host)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && !strings.Contains(string(body), "100.64.0.") {
		err = fmt.Errorf("the page does not show the sender's range: %s", body)
	}
	return res.Header.Get("X-Instance"), err
}

func (l *lab) explain(from cloud.InstanceView, target string, port uint16) reach.Verdict {
	f := reach.Flow{Protocol: reach.TCP, VPC: from.VPC, Source: from.IP, Port: port}
	if a, err := netip.ParseAddr(target); err == nil {
		f.Target = a
	} else {
		f.Name = target
	}
	return l.Explain(l.t.Context(), f)
}

// TestTutorial walks from the prerequisites to the last byte: COM-02, COM-06,
// COM-07, COM-08, COM-09, COM-13, ALI-06, LSN-08, LSN-09, EP-08, EP-09,
// ACC-03, ACC-04, TST-01.
func TestTutorial(t *testing.T) {
	l := start(t, filepath.Join(t.TempDir(), "culvert.db"), "127.100.0.0/14")
	ctx := t.Context()
	l.ok(l.a.BuildLab(ctx, frankfurt))
	tut := l.tutorial()
	l.until("connected", func() bool { return l.endpoint().Connection == cloud.Connected })
	e := l.endpoint()
	ecs1, ecs2 := l.instance(l.a, "ECS1"), l.instance(l.a, "ECS2")
	eni := e.Zones[0].IP.String()

	// All three kinds of address, both backends in proportion to their weights.
	for _, host := range []string{e.Domain, e.Zones[0].Domain, eni} {
		if _, err := l.get(ecs1.ID, host, 80); err != nil {
			t.Fatalf("%s: %v", host, err)
		}
	}
	seen := map[string]int{}
	for range 200 {
		who, err := l.get(ecs1.ID, eni, 80)
		l.ok(err)
		seen[who]++
	}
	if seen["ECS2"] < 95 || seen["ECS3"] < 95 {
		t.Errorf("shares of equal weights: %v", seen)
	}
	l.until("step 6 is ticked off", func() bool { return l.tutorial().Next() == 0 })

	// What is not allowed is refused, and the judge says at which gate.
	ecsB := l.instance(l.b, "ECS-B1")
	for _, c := range []struct {
		what string
		from cloud.InstanceView
		host string
		port uint16
		gate reach.Gate
		key  string
	}{
		{"an unpublished port", ecs1, eni, 8080, reach.GateENI, "reach.eni.none"},
		{"a backend directly", ecs1, ecs2.IP.String(), 80, reach.GateRoute, "reach.route.none"},
		{"backwards", ecs2, ecs1.IP.String(), 22, reach.GateRoute, "reach.route.none"},
		{"the same address in another VPC", ecsB, eni, 80, reach.GateRoute, "reach.route.none"},
		{"the name in another VPC", ecs2, e.Domain, 80, reach.GateName, "reach.name.unknown"},
	} {
		if _, err := l.get(c.from.ID, c.host, c.port); err == nil {
			t.Errorf("%s: a page came back", c.what)
		}
		if v := l.explain(c.from, c.host, c.port); v.Allowed || v.Gate != c.gate || v.Reason.Key != c.key {
			t.Errorf("%s: stopped at %q with %q, want %q with %q", c.what, v.Gate, v.Reason.Key, c.gate, c.key)
		}
	}

	// Deny while a connection lives: it is cut, and nothing new gets through.
	conn, err := l.Doors().Dial(ctx, ecs1.ID, "tcp", eni, 80)
	l.ok(err)
	defer conn.Close()
	l.until("one live connection", func() bool { return len(l.Connections(e.Zones[0].ID)) == 1 })
	began := time.Now()
	l.ok(l.a.Deny(ctx, tut.Service, tut.Endpoint))
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the denied connection still answers")
	}
	if took := time.Since(began); took > 500*time.Millisecond {
		t.Errorf("Deny took %v to cut", took)
	}
	if v := l.explain(ecs1, eni, 80); v.Gate != reach.GateConnection || v.Reason.Key != "reach.connection.denied" {
		t.Errorf("after Deny: %q %q", v.Gate, v.Reason.Key)
	}
	l.until("the name is withdrawn and the judge says why", func() bool {
		v := l.explain(ecs1, e.Domain, 80)
		return v.Gate == reach.GateName && v.Reason.Key == "reach.name.denied"
	})
	l.until("disconnected", func() bool { return l.endpoint().Connection == cloud.Disconnected })
	if e := l.endpoint(); e.State != cloud.Active {
		t.Errorf("the endpoint itself is %s, want active (EP-09)", e.State)
	}

	// And back.
	l.ok(l.a.Allow(ctx, tut.Service, tut.Endpoint, cloud.AllowInput{Auto: true}))
	l.until("traffic flows again", func() bool { _, err := l.get(ecs1.ID, eni, 80); return err == nil })

	// The group of the interface decides about clients (ALI-06).
	g, err := l.a.SecurityGroup(ctx, e.Groups[0])
	l.ok(err)
	for _, r := range g.Rules {
		if r.PortFrom == 80 {
			l.ok(l.a.DeleteRule(ctx, g.ID, r.ID))
		}
	}
	l.until("the group refuses", func() bool { return l.explain(ecs1, eni, 80).Gate == reach.GateENI })
	if _, err := l.get(ecs1.ID, eni, 80); err == nil {
		t.Error("without the rule a page came back")
	}
	_, err = l.a.AddRule(ctx, g.ID, cloud.RuleInput{Direction: cloud.Ingress, Protocol: cloud.TCP, Ports: "80", Peer: "10.10.2.1"})
	l.ok(err)
	l.until("the rule lets ECS1 in", func() bool { _, err := l.get(ecs1.ID, eni, 80); return err == nil })

	// Deleting drains and then nothing is left.
	l.ok(l.a.DeleteEndpoint(ctx, e.ID))
	l.until("the endpoint is gone", func() bool {
		_, err := l.a.Endpoint(ctx, e.ID)
		return cloud.AsError(err) != nil && cloud.AsError(err).Kind == cloud.NotFound
	})
}

// TestRestart: everything is as it was after a restart, without a click.
func TestRestart(t *testing.T) {
	db := filepath.Join(t.TempDir(), "culvert.db")
	l := start(t, db, "127.104.0.0/14")
	l.ok(l.a.BuildLab(t.Context(), frankfurt))
	l.until("connected", func() bool { return l.endpoint().Connection == cloud.Connected })
	was := l.endpoint()
	l.stop()

	l = start(t, db, "127.104.0.0/14")
	is := l.endpoint()
	if is.ID != was.ID || is.Connection != cloud.Connected || is.Zones[0].IP != was.Zones[0].IP {
		t.Errorf("after the restart: %+v, before: %+v", is, was)
	}
	// Ready means ready: no blind seconds.
	if _, err := l.get(l.instance(l.a, "ECS1").ID, is.Domain, 80); err != nil {
		t.Errorf("the first request after the restart: %v", err)
	}
	events, err := l.a.Events(t.Context(), is.ID, 0, 100)
	l.ok(err)
	for _, e := range events {
		if e.Kind == "observation" && e.Operation == cloud.Updated && e.Time.After(was.DecidedAt.Add(time.Minute)) {
			t.Errorf("seeing the same thing again became an event: %+v", e)
		}
	}
}

// TestBackends: a dead backend is left out at once, two dead ones are a clear
// refusal, and traffic returns.
func TestBackends(t *testing.T) {
	l := start(t, filepath.Join(t.TempDir(), "culvert.db"), "127.108.0.0/14")
	ctx := t.Context()
	l.ok(l.a.BuildLab(ctx, frankfurt))
	l.until("connected", func() bool { return l.endpoint().Connection == cloud.Connected })
	eni := l.endpoint().Zones[0].IP.String()
	ecs1, ecs2, ecs3 := l.instance(l.a, "ECS1"), l.instance(l.a, "ECS2"), l.instance(l.a, "ECS3")
	l.until("both are healthy", func() bool {
		h := l.Health(l.tutorial().Balancer)
		return len(h) == 2 && h[0].Healthy && h[1].Healthy
	})
	run := func(i cloud.InstanceView, on bool) {
		_, err := l.a.RunInstance(ctx, i.ID, on)
		l.ok(err)
		l.until("the server follows", func() bool { _, up := l.Doors().Server(i.ID); return up == on })
	}
	run(ecs2, false)
	for range 20 {
		if who, err := l.get(ecs1.ID, eni, 80); err != nil || who != "ECS3" {
			t.Fatalf("with ECS2 stopped: %q, %v", who, err)
		}
	}
	run(ecs3, false)
	if _, err := l.get(ecs1.ID, eni, 80); err == nil {
		t.Fatal("with both stopped a page came back")
	}
	l.until("the judge names the backends", func() bool {
		v := l.explain(ecs1, eni, 80)
		return v.Gate == reach.GateBackend && strings.Contains(v.Reason.Args["backends"], "ECS3")
	})
	run(ecs2, true)
	l.until("traffic returns", func() bool { who, err := l.get(ecs1.ID, eni, 80); return err == nil && who == "ECS2" })
}

// TestBystander: nothing that a client does directly to a twin gets around the
// judge, and this host is a client only where it is attached.
func TestBystander(t *testing.T) {
	onLoopback(t)
	l := start(t, filepath.Join(t.TempDir(), "culvert.db"), "127.112.0.0/14")
	ctx := t.Context()
	l.ok(l.a.BuildLab(ctx, frankfurt))
	l.until("connected", func() bool { return l.endpoint().Connection == cloud.Connected })
	e := l.endpoint()
	at, _ := l.Port(e.VPC, "tcp", netip.AddrPortFrom(e.Zones[0].IP, 80))
	fromHost := func() error {
		conn, err := net.DialTimeout("tcp", at.String(), time.Second)
		if err != nil {
			return err
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
		fmt.Fprintf(conn, "GET / HTTP/1.0\r\n\r\n")
		_, err = conn.Read(make([]byte, 1))
		return err
	}
	if fromHost() == nil {
		t.Error("this host is in no VPC and yet got a page")
	}
	l.until("the refusal is written down with its reason", func() bool {
		list, err := l.a.Attempts(ctx, cloud.AttemptQuery{Endpoint: e.ID, Refused: true, Limit: 10})
		if err != nil || len(list) == 0 {
			// A refused stranger has no endpoint beside it: ask by account.
			list, err = l.a.Attempts(ctx, cloud.AttemptQuery{Refused: true, Limit: 10})
		}
		return err == nil && len(list) > 0 && list[0].Reason == "reach.source.host"
	})
	// The port is 80 even where the host has moved it, so the group lets it in.
	_, err := l.a.AttachHost(ctx, e.VPC, true)
	l.ok(err)
	g := e.Groups[0]
	_, err = l.a.AddRule(ctx, g, cloud.RuleInput{Direction: cloud.Ingress, Protocol: cloud.TCP, Ports: "80", Peer: "127.0.0.1"})
	l.ok(err)
	l.until("the attached host gets a page", func() bool { return fromHost() == nil })
}
