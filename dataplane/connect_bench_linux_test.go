package dataplane_test

import (
	"context"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"culvert.internal/dataplane"
	"culvert.internal/reach"
	"culvert.internal/underlay"
)

// toOne lets everybody in, to one backend.
type toOne struct{ verdict reach.Verdict }

func (j toOne) Judge(reach.Flow) reach.Verdict { return j.verdict }

// Short connections, eight at a time, through a port whose file is in the
// process's own table and through one whose file is in an annex. Client and
// backend are in the same process, so only the difference says something.
func BenchmarkConnect(b *testing.B) {
	if *portable {
		b.Skip("it has no annexes")
	}
	for _, c := range []struct {
		name string
		own  int
	}{{"plain", 0}, {"annexed", -1}} {
		b.Run(c.name, func(b *testing.B) { benchConnect(b, c.own) })
	}
}

func benchConnect(b *testing.B, own int) {
	lo, err := underlay.NewLoopback()
	if err != nil {
		b.Skip(err)
	}
	for vpc, twin := range map[string]string{"vpc-1": "127.208.1.0/28", "vpc-2": "127.208.1.32/28"} {
		if err := lo.Map(vpc, netip.MustParsePrefix("10.10.2.0/28"), netip.MustParsePrefix(twin)); err != nil {
			b.Fatal(err)
		}
	}
	backend := netip.MustParseAddrPort("10.10.2.2:18080")
	plane := dataplane.New(lo, toOne{reach.Verdict{
		Allowed: true, Listener: "lsn-1", Backends: []reach.Backend{{ID: "ecs-2", Name: "ecs-2", VPC: "vpc-2", Addr: backend, Weight: 1}},
	}}, dataplane.Options{OwnPorts: own})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- plane.Run(ctx) }()
	ln, err := lo.Listen("vpc-2", backend)
	if err != nil {
		b.Fatal(err)
	}
	go answer(ln)
	st := plane.Apply("eni-1", &dataplane.Front{Key: "eni-1", VPC: "vpc-1", Addr: frontAddr, Ports: []dataplane.Port{{Protocol: reach.TCP, Port: 18080, Open: true}}})
	if st.Ports[0].Err != nil {
		b.Fatal(st.Ports[0].Err)
	}
	host := st.Ports[0].Host
	b.ResetTimer()
	began := time.Now()
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for range b.N/8 + 1 {
				if err := oneShort(host, netip.AddrFrom4([4]byte{127, 208, 1, byte(4 + i)})); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "connections/s")
	b.StopTimer()
	_ = ln.Close()
	cancel()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
}

func answer(ln net.Listener) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		go func() {
			_, _ = c.Write([]byte("hello"))
			_ = c.Close()
		}()
	}
}

func oneShort(to netip.AddrPort, from netip.Addr) error {
	c, err := dialPlain(from, to)
	if err != nil {
		return err
	}
	// The client's TIME_WAIT would use its ports up.
	defer c.Close()
	_ = c.SetLinger(0)
	_, err = io.ReadFull(c, make([]byte, 5))
	return err
}
