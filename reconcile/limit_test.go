package reconcile_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/reach"
)

// TestIntroduced: the option of a service is in force at once, the built-in page
// shows what it is told, health checks go on being answered, and those who dial
// the CLB itself are not introduced (REQUIREMENTS B.7).
func TestIntroduced(t *testing.T) {
	l := start(t, filepath.Join(t.TempDir(), "culvert.db"), "127.48.0.0/14")
	ctx := t.Context()
	l.ok(l.a.BuildLab(ctx, frankfurt))
	l.until("connected", func() bool { return l.endpoint().Connection == cloud.Connected })
	e, tut := l.endpoint(), l.tutorial()
	ecs1, ecs3 := l.instance(l.a, "ECS1"), l.instance(l.a, "ECS3")
	eni := e.Zones[0].IP.String()
	told := func(from, host string) (string, net.Addr) {
		conn, err := l.Doors().Dial(ctx, from, "tcp", host, 80)
		l.ok(err)
		defer conn.Close()
		fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		b, err := io.ReadAll(bufio.NewReader(conn))
		l.ok(err)
		return string(b), conn.LocalAddr()
	}
	if page, _ := told(ecs1.ID, eni); strings.Contains(page, "PROXY") {
		t.Fatalf("a header though the option is off:\n%s", page)
	}
	for _, form := range append(cloud.ProxyForms(), cloud.ProxyOff) {
		_, err := l.a.UpdateService(ctx, tut.Service, cloud.ServiceInput{AutoAccept: "no", Affinity: "yes", Proxy: form})
		l.ok(err)
		want := "PROXY: " + ecs1.IP.String() + ":"
		l.until("the page shows "+form, func() bool {
			page, _ := told(ecs1.ID, eni)
			introduced := strings.Contains(page, want) && strings.Contains(page, " -> "+eni+":80\n")
			records := strings.Contains(page, "0xE1 01 "+e.VPC+"\n0xE1 02 "+e.ID+"\n0xE1 03 "+tut.Service+"\n")
			return introduced == (form != cloud.ProxyOff) && records == (form == "aliyun")
		})
		for range 20 {
			if page, _ := told(ecs1.ID, eni); !strings.HasPrefix(page, "HTTP/1.1 200") {
				t.Fatalf("%s: %s", form, page)
			}
		}
		b, err := l.a.Balancer(ctx, tut.Balancer)
		l.ok(err)
		if page, _ := told(ecs3.ID, b.IP.String()); !strings.HasPrefix(page, "HTTP/1.1 200") || strings.Contains(page, "PROXY") {
			t.Errorf("who dials the CLB sees:\n%s", page)
		}
		for _, h := range l.Health(tut.Balancer) {
			if h.Known && !h.Healthy {
				t.Errorf("%s: %s is unhealthy: %s", form, h.Backend, h.Why)
			}
		}
	}
}

// TestBandwidth: what the provider sets holds for a connection that lives, and is
// lifted under it.
func TestBandwidth(t *testing.T) {
	l := start(t, filepath.Join(t.TempDir(), "culvert.db"), "127.44.0.0/14")
	ctx := t.Context()
	l.ok(l.a.BuildLab(ctx, frankfurt))
	l.until("connected", func() bool { return l.endpoint().Connection == cloud.Connected })
	l.echo()
	e, tut := l.endpoint(), l.tutorial()
	conn := l.dial(l.instance(l.a, "ECS1").ID, e.Zones[0].IP.String())
	defer conn.Close()
	const much = 12_500_000 // a second's worth of 100 Mbit/s
	took := func() time.Duration {
		began := time.Now()
		l.echoed(conn, much)
		return time.Since(began)
	}
	took()
	_, err := l.a.SetBandwidth(ctx, tut.Service, e.ID, "100")
	l.ok(err)
	l.until("the limit holds", func() bool { return took() > 800*time.Millisecond })
	_, err = l.a.SetBandwidth(ctx, tut.Service, e.ID, "")
	l.ok(err)
	l.until("it is lifted", func() bool { return took() < 600*time.Millisecond })
}

// TestConnectionsOfAnEndpoint: ctyun's endpoints hold so many, a setting; the one
// too many is refused with that reason, in the log and to who asks why.
func TestConnectionsOfAnEndpoint(t *testing.T) {
	l := start(t, filepath.Join(t.TempDir(), "lab.db"), "127.40.0.0/14")
	ctx := t.Context()
	s, from, vc, sc := l.echoService()
	l.ok(l.a.AddGrants(ctx, s.ID, []string{"*"}))
	e := l.single(l.b, s, vc, sc)
	v := l.state(l.b, e, cloud.Accepted)
	to := v.Zones[0].IP
	l.ok(l.a.SetInstallation(ctx, map[string]string{"limit.ctyun.flows": "2"}))
	var held []net.Conn
	l.until("two are held", func() bool {
		conn, err := l.Doors().Dial(ctx, from.ID, "tcp", to.String(), 5000)
		if err != nil {
			return len(held) == 2
		}
		_ = conn.SetDeadline(time.Now().Add(time.Second))
		_, err = conn.Write([]byte("x\n"))
		if err == nil {
			_, err = conn.Read(make([]byte, 2))
		}
		if err != nil {
			_ = conn.Close()
			return len(held) == 2
		}
		if len(held) == 2 { // the setting is on its way
			_ = conn.Close()
			return false
		}
		held = append(held, conn)
		return false
	})
	defer func() {
		for _, c := range held {
			_ = c.Close()
		}
	}()
	flow := reach.Flow{Protocol: reach.TCP, VPC: vc.ID, Source: from.IP, Target: to, Port: 5000}
	if why := l.Explain(ctx, flow); why.Allowed || why.Gate != reach.GateConnection || why.Reason.Key != "reach.connection.full" || why.Reason.Args["limit"] != "2" {
		t.Errorf("%+v", why)
	}
	l.until("the log has it", func() bool {
		list, err := l.b.Attempts(ctx, cloud.AttemptQuery{Endpoint: e.ID, Limit: 50})
		l.ok(err)
		for _, a := range list {
			if !a.Allowed && a.Reason == "reach.connection.full" {
				return true
			}
		}
		return false
	})
	if l.Meters().Refusals[reach.Refusal{Gate: reach.GateConnection, Reason: "reach.connection.full"}] == 0 {
		t.Error("no metric counts it")
	}
	// Lowering it cuts nobody.
	l.ok(l.a.SetInstallation(ctx, map[string]string{"limit.ctyun.flows": "1"}))
	for _, c := range held {
		_ = c.SetDeadline(time.Now().Add(5 * time.Second))
		_, err := c.Write([]byte("y\n"))
		l.ok(err)
		_, err = io.ReadFull(c, make([]byte, 2))
		l.ok(err)
	}
}
