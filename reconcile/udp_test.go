package reconcile_test

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"culvert.internal/cloud"
)

// TestUDP: packets of many clients pass an endpoint whose port number carries
// TCP too, all of them come back, and what is dropped is counted for its page
// and told once (TYS-07, X-28).
func TestUDP(t *testing.T) {
	l := start(t, filepath.Join(t.TempDir(), "culvert.db"), "127.140.0.0/14")
	ctx := t.Context()
	l.ok(l.a.BuildLab(ctx, frankfurt))
	l.until("connected", func() bool { return l.endpoint().Connection == cloud.Connected })
	tut, e := l.tutorial(), l.endpoint()
	ecs1, ecs2 := l.instance(l.a, "ECS1"), l.instance(l.a, "ECS2")
	_, err := l.a.UpdateInstance(ctx, ecs2.ID, cloud.InstanceInput{
		Name: ecs2.Name, VSwitch: ecs2.VSwitch, IP: ecs2.IP.String(), Groups: ecs2.Groups, Program: cloud.ProgramEcho, Port: "80",
	})
	l.ok(err)
	_, err = l.a.SaveListener(ctx, tut.Balancer, "", cloud.ListenerInput{
		Protocol: cloud.UDP, Port: "80", BackendPort: "80", Servers: []cloud.BackendInput{{Instance: ecs2.ID, Weight: "100"}},
	})
	l.ok(err)
	_, err = l.a.AddRule(ctx, e.Groups[0], cloud.RuleInput{
		Direction: cloud.Ingress, Policy: cloud.Accept, Priority: "1", Protocol: cloud.UDP, Ports: "80", Peer: "0.0.0.0/0",
	})
	l.ok(err)
	eni := e.Zones[0]
	dial := func(network string) net.Conn {
		c, err := l.Doors().Dial(ctx, ecs1.ID, network, eni.IP.String(), 80)
		l.ok(err)
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	l.until("UDP passes", func() bool {
		c, err := l.Doors().Dial(ctx, ecs1.ID, "udp", eni.IP.String(), 80)
		if err != nil {
			return false
		}
		defer c.Close()
		return volley(c, 1, 200*time.Millisecond) == nil
	})
	const clients, each = 200, 20
	window := make(chan struct{}, 32)
	var all sync.WaitGroup
	for range clients {
		c := dial("udp")
		all.Go(func() {
			for n := range uint32(each) {
				window <- struct{}{}
				err := volley(c, n, 10*time.Second)
				<-window
				if err != nil {
					t.Errorf("packet %d: %v", n, err)
					return
				}
			}
		})
	}
	l.ok(volley(dial("tcp"), 7, 10*time.Second))
	all.Wait()
	count := func() cloud.Counter {
		all, err := l.engine.Counters(ctx, eni.ID)
		l.ok(err)
		return all[eni.ID]
	}
	l.until("every byte is counted", func() bool { c := count(); return c.In >= clients*each*8 && c.Out >= clients*each*8 })
	before := count().Dropped

	l.ok(l.a.Deny(ctx, tut.Service, tut.Endpoint))
	l.until("the denial is carried out", func() bool { return l.endpoint().Connection == cloud.Disconnected })
	stray, err := l.from("udp", eni.VPC, ecs1.IP, ecs1.Twin, netip.AddrPortFrom(eni.IP, 80), time.Second)
	l.ok(err)
	defer stray.Close()
	for range 5 {
		_, err := stray.Write([]byte("anybody?"))
		l.ok(err)
	}
	l.until("dropped packets are counted", func() bool { return count().Dropped >= before+5 })
}

// volley sends eight bytes and waits for them to come back.
func volley(c net.Conn, n uint32, wait time.Duration) error {
	out, in := make([]byte, 8), make([]byte, 16)
	binary.BigEndian.PutUint32(out, n)
	if _, err := c.Write(out); err != nil {
		return err
	}
	_ = c.SetReadDeadline(time.Now().Add(wait))
	got, err := c.Read(in)
	if err == nil && string(in[:got]) != string(out) {
		err = fmt.Errorf("came back as %x", in[:got])
	}
	return err
}
