package dataplane_test

import (
	"context"
	"fmt"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"culvert.internal/dataplane"
	"culvert.internal/reach"
	"culvert.internal/underlay"
)

// Opening the ports of many endpoints, two of TCP each: what a start takes
// before anything flows. user-B/port is what the process holds for each, beside
// what the kernel does.
func BenchmarkOpenPorts(b *testing.B) {
	endpoints := 10_000
	if *portable {
		endpoints = 9000 // as many as one table of 20,000 files has room for
	}
	lo, err := underlay.NewLoopback()
	if err != nil {
		b.Skip(err)
	}
	prefix, twin := netip.MustParsePrefix("10.20.0.0/16"), netip.MustParsePrefix("127.209.0.0/16")
	if err := lo.Map("vpc-1", prefix, twin); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		b.StopTimer()
		before := heap()
		plane := dataplane.New(lo, nobody{}, dataplane.Options{Portable: *portable})
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- plane.Run(ctx) }()
		b.StartTimer()
		began := time.Now()
		addr := prefix.Addr()
		for i := range endpoints {
			addr = addr.Next()
			key := fmt.Sprintf("eni-%d", i)
			st := plane.Apply(key, &dataplane.Front{Key: key, VPC: "vpc-1", Addr: addr, Ports: []dataplane.Port{
				{Protocol: reach.TCP, Port: 10080, Open: true}, {Protocol: reach.TCP, Port: 10443, Open: true},
			}})
			for _, p := range st.Ports {
				if p.Err != nil || !p.Open {
					b.Fatalf("%+v", p)
				}
			}
		}
		took := time.Since(began)
		b.StopTimer()
		b.ReportMetric(float64(took.Microseconds())/float64(2*endpoints), "µs/port")
		b.ReportMetric((heap()-before)/float64(2*endpoints), "user-B/port")
		cancel()
		if err := <-done; err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// heap is what the process holds of its heap after a collection, in bytes.
func heap() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

type nobody struct{}

func (nobody) Judge(reach.Flow) reach.Verdict { return reach.Verdict{} }
