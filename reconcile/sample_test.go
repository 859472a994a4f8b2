package reconcile_test

import (
	"io"
	"net"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"culvert.internal/cloud"
	"culvert.internal/reconcile"
)

// total sums a chart up; Open is that of its last moment, Peak the highest.
func total(c cloud.Chart) cloud.Sample {
	var s cloud.Sample
	for _, p := range c.Points {
		s.New, s.Refused, s.In, s.Out = s.New+p.New, s.Refused+p.Refused, s.In+p.In, s.Out+p.Out
		s.Open, s.Peak = p.Open, max(s.Peak, p.Peak)
	}
	return s
}

// day is what was sampled of a resource so far.
func (l *lab) day(id string) cloud.Sample {
	l.t.Helper()
	c, err := l.a.Chart(l.t.Context(), id, cloud.LastDay, time.Now())
	l.ok(err)
	return total(c)
}

// echo makes both backends of the built lab answer with what they are sent.
func (l *lab) echo() {
	l.t.Helper()
	for _, name := range []string{"ECS2", "ECS3"} {
		i := l.instance(l.a, name)
		_, err := l.a.UpdateInstance(l.t.Context(), i.ID, cloud.InstanceInput{Name: name, Program: cloud.ProgramEcho, Port: "80"})
		l.ok(err)
		// From beside it: that counts nowhere.
		l.until("the echo answers", func() bool {
			conn, err := l.Doors().Dial(l.t.Context(), i.ID, "tcp", i.IP.String(), 80)
			if err != nil {
				return false
			}
			defer conn.Close()
			_, err = conn.Write([]byte("echo\n"))
			back := make([]byte, 5)
			if err == nil {
				_, err = io.ReadFull(conn, back)
			}
			return err == nil && string(back) == "echo\n"
		})
	}
}

// echoed sends n bytes and waits until they are back.
func (l *lab) echoed(conn net.Conn, n int) {
	l.t.Helper()
	sent := make(chan error, 1)
	go func() { _, err := conn.Write(make([]byte, n)); sent <- err }()
	_, err := io.ReadFull(conn, make([]byte, n))
	l.ok(err)
	l.ok(<-sent)
}

func (l *lab) dial(from, to string) net.Conn {
	l.t.Helper()
	conn, err := l.Doors().Dial(l.t.Context(), from, "tcp", to, 80)
	l.ok(err)
	return conn
}

// TestSamples: what is sampled is what was sent, to the byte, at the endpoint,
// its service and its CLB; short connections are seen; refusals at a door and
// at the interface count once, and for the CLB only those that came to it; a
// restart keeps everything and adds nothing.
func TestSamples(t *testing.T) {
	const base = "127.132.0.0/14"
	db := filepath.Join(t.TempDir(), "culvert.db")
	l := start(t, db, base)
	ctx := t.Context()
	l.ok(l.a.BuildLab(ctx, frankfurt))
	l.until("connected", func() bool { return l.endpoint().Connection == cloud.Connected })
	l.echo()
	e, tut, ecs1 := l.endpoint(), l.tutorial(), l.instance(l.a, "ECS1")
	eni := e.Zones[0].IP.String()
	parts := []string{e.ID, tut.Service, tut.Balancer}

	// One that stays, and twelve at the same time that are gone at once.
	stays := l.dial(ecs1.ID, eni)
	defer stays.Close()
	l.echoed(stays, 100_000)
	var short []net.Conn
	for range 12 {
		conn := l.dial(ecs1.ID, eni)
		l.echoed(conn, 1)
		short = append(short, conn)
	}
	for _, conn := range short {
		conn.Close()
	}
	for _, id := range parts {
		var have cloud.Sample
		want := cloud.Sample{New: 13, In: 100_012, Out: 100_012, Open: 1, Peak: 13}
		l.until("the samples of "+id+" are those of the traffic", func() bool { have = l.day(id); return have == want })
	}

	// Straight to the CLB: none of the endpoint's business.
	direct := l.dial(l.instance(l.a, "ECS2").ID, l.balancerIP(tut.Balancer))
	l.echoed(direct, 5)
	direct.Close()
	l.until("the CLB counts its own address too", func() bool { s := l.day(tut.Balancer); return s.New == 14 && s.In == 100_017 })
	if s := l.day(e.ID); s.New != 13 || s.In != 100_012 {
		t.Errorf("the endpoint counts what went straight to the CLB: %+v", s)
	}

	// Refused at the door: port 81 is published by nobody, so the CLB's
	// listeners stop it; the group of the interface stops it before the CLB.
	refuse := func(port uint16) {
		if _, err := l.Doors().Dial(ctx, ecs1.ID, "tcp", eni, port); err == nil {
			t.Fatalf("port %d lets a connection in", port)
		}
	}
	refuse(81) // the group
	l.until("a refusal at a door", func() bool { return l.day(e.ID).Refused == 1 && l.day(tut.Service).Refused == 1 })
	_, err := l.a.AddRule(ctx, e.Groups[0], cloud.RuleInput{Direction: cloud.Ingress, Protocol: cloud.TCP, Ports: "82", Peer: "0.0.0.0/0"})
	l.ok(err)
	l.until("the group lets port 82 in", func() bool { return l.explain(ecs1, eni, 82).Gate == "listener" })
	refuse(82) // the CLB has no such listener
	l.until("a refusal at the CLB", func() bool { return l.day(e.ID).Refused == 2 && l.day(tut.Balancer).Refused == 1 })

	want := map[string]cloud.Sample{}
	stays.Close()
	for _, id := range parts {
		l.until("nothing is open at "+id, func() bool { want[id] = l.day(id); return want[id].Open == 0 })
	}
	stop := time.Now()
	l.stop()

	l = start(t, db, base)
	conn := l.dial(ecs1.ID, eni)
	l.echoed(conn, 7)
	conn.Close()
	for _, id := range parts {
		want := want[id]
		want.New, want.In, want.Out = want.New+1, want.In+7, want.Out+7
		l.until("the samples of "+id+" go on where they were", func() bool { have := l.day(id); have.Open = 0; return have == want })
	}
	t.Logf("the restart took %v", time.Since(stop))
}

func (l *lab) balancerIP(id string) string {
	l.t.Helper()
	b, err := l.a.Balancer(l.t.Context(), id)
	l.ok(err)
	return b.IP.String()
}

// TestSampledTime: what nobody watched is told from what was quiet, and a
// connection that says nothing is open all the same.
func TestSampledTime(t *testing.T) {
	var now, looks atomic.Int64
	begin := time.Unix(1_800_000_000, 0).UTC() // a multiple of five minutes
	now.Store(begin.UnixNano())
	l := start(t, filepath.Join(t.TempDir(), "culvert.db"), "127.136.0.0/14", func(o *reconcile.Options) {
		o.Now = func() time.Time { looks.Add(1); return time.Unix(0, now.Load()) }
	})
	looked := func() {
		n := looks.Load()
		l.until("the sampler has looked", func() bool { return looks.Load() >= n+2 })
	}
	goOn := func(d time.Duration) { now.Add(int64(d)); looked() }
	ctx := t.Context()
	l.ok(l.a.BuildLab(ctx, frankfurt))
	l.until("connected", func() bool { return l.endpoint().Connection == cloud.Connected })
	e, ecs1 := l.endpoint(), l.instance(l.a, "ECS1")
	looked()
	goOn(4 * time.Second)
	conn := l.dial(ecs1.ID, e.Zones[0].IP.String())
	defer conn.Close()
	l.until("it is there", func() bool { return len(l.Connections(e.Zones[0].ID)) == 1 })
	looked()
	goOn(10 * time.Second)
	goOn(10 * time.Second)
	conn.Close()
	l.until("it is gone", func() bool { return len(l.Connections(e.Zones[0].ID)) == 0 })
	looked()
	goOn(10 * time.Second)
	goOn(10 * time.Second) // 44 s
	goOn(10 * time.Minute) // asleep
	goOn(4 * time.Second)
	goOn(8 * time.Second) // 656 s
	at := time.Unix(0, now.Load())
	c, err := l.a.Chart(ctx, e.ID, cloud.LastHour, at)
	l.ok(err)
	type moment struct {
		Watched         time.Duration
		New, Open, Peak int64
	}
	got := map[int]moment{}
	for _, p := range c.Points {
		if m := (moment{p.Watched, p.New, p.Open, p.Peak}); m != (moment{}) {
			got[int(p.Time.Sub(begin)/time.Second)] = m
		}
	}
	s := time.Second
	want := map[int]moment{
		0: {10 * s, 1, 1, 1}, 10: {10 * s, 0, 1, 1}, 20: {10 * s, 0, 0, 1}, 30: {10 * s, 0, 0, 0}, 40: {4 * s, 0, 0, 0},
		640: {6 * s, 0, 0, 0},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("the hour's moments (-want +got):\n%s", d)
	}
	day, err := l.a.Chart(ctx, e.ID, cloud.LastDay, at)
	l.ok(err)
	watched := map[int]time.Duration{}
	for _, p := range day.Points {
		if p.Watched > 0 {
			watched[int(p.Time.Sub(begin)/time.Second)] = p.Watched
		}
	}
	if d := cmp.Diff(map[int]time.Duration{0: 44 * s, 600: 12 * s}, watched); d != "" {
		t.Errorf("the day's watched moments (-want +got):\n%s", d)
	}
	if total(day) != (cloud.Sample{New: 1, Peak: 1}) {
		t.Errorf("the day's sums are %+v", total(day))
	}
}
