package dataplane_test

import (
	"net/netip"
	"os"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"culvert.internal/dataplane"
	"culvert.internal/reach"
)

// level is what the process holds.
type level struct {
	files, goroutines int
	memory            int64 // of the heap and of stacks, bytes
}

func measure(l *lab) level {
	l.t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	l.must(err)
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return level{len(files), runtime.NumGoroutine(), int64(m.HeapAlloc + m.StackInuse)}
}

// back waits until what the process holds is what it held before, but for
// what is kept for the next connection. Of a goroutine that has ended the
// runtime keeps its record.
func (l *lab) back(before level, goroutines int) {
	l.t.Helper()
	var now level
	defer func() {
		if l.t.Failed() {
			l.t.Logf("before %+v, now %+v", before, now)
		}
	}()
	l.eventually("everything is back where it was", func() bool {
		now = measure(l)
		const spareFiles = 48
		spareMemory := int64(4<<20 + 640*goroutines)
		return now.goroutines <= before.goroutines && now.files <= before.files+spareFiles && now.memory <= before.memory+spareMemory
	})
}

// host is where an address of a VPC is on this host.
func (l *lab) host(vpc string, at netip.Addr) netip.Addr {
	l.t.Helper()
	twin, ok := l.net.Twin(vpc, at)
	if !ok {
		l.t.Fatalf("%s has no %s", vpc, at)
	}
	return twin
}

// Many idle connections take two files each and next to no memory, busy ones
// among them carry what was sent, another endpoint does not notice, and nothing
// is left of them. With -long there are 9,000 and 500.
func TestCrowd(t *testing.T) {
	idle, busy, work := 1500, 100, time.Second
	if *long {
		idle, busy, work = 9000, 500, 5*time.Second
	}
	l := newLab(t, func(o *dataplane.Options) {
		o.MaxFlows = 2 * (idle + busy)
		o.Attempt = func(dataplane.Attempt) {}
	})
	l.backend("ecs-2", 2, 100, nil)
	other := netip.MustParseAddr("10.10.2.6")
	at := netip.AddrPortFrom(l.host("vpc-1", frontAddr), l.front("eni-1", true).Port())
	l.apply("eni-2", other, dataplane.Port{Protocol: reach.TCP, Port: l.port, Open: true})
	beside := netip.AddrPortFrom(l.host("vpc-1", other), l.port)
	sources := []netip.Addr{l.host("vpc-1", clientAddr), l.host("vpc-1", netip.MustParseAddr("10.10.2.2"))}
	backend, client, bystander := startPart(t), startPart(t), startPart(t)
	backend.do(order{Do: "serve", At: netip.AddrPortFrom(l.host("vpc-2", netip.MustParseAddr("192.168.24.2")), l.port)})
	ask := order{Do: "ask", At: beside, Sources: sources, Count: 500}
	client.do(order{Do: "open", At: at, Sources: sources, Count: 10}) // what is kept is there
	client.do(order{Do: "close"})
	l.eventually("the first ones ended", func() bool { return l.plane.Drained("eni-1") })
	alone := bystander.do(ask)
	before := measure(l)

	client.do(order{Do: "open", At: at, Sources: sources, Count: idle})
	full := measure(l)
	each := float64(full.memory-before.memory) / float64(idle)
	t.Logf("%d idle connections: %.1f files and %.0f bytes each, %d goroutines", idle, float64(full.files-before.files)/float64(idle), each, full.goroutines-before.goroutines)
	if files := full.files - before.files; files > 2*idle+48 {
		t.Errorf("%d files for %d idle connections", files, idle)
	}
	if most := 1000.0; !*portable && each > most || each > 24_000 {
		t.Errorf("%.0f bytes for an idle connection", each)
	}
	client.do(order{Do: "open", At: at, Sources: sources, Count: busy})
	worked := make(chan result, 1)
	go func() { worked <- client.try(order{Do: "work", Count: busy, For: work}) }()
	crowded := bystander.do(ask)
	r := <-worked
	if r.Failed != "" {
		t.Fatal(r.Failed)
	}
	t.Logf("%d busy ones made %.0f rounds a second; another endpoint answers in %v at the median and %v at worst, alone in %v and %v",
		busy, float64(r.Rounds)/work.Seconds(), crowded.Median, crowded.Worst, alone.Median, alone.Worst)
	if crowded.Worst > time.Second || crowded.Median > 50*time.Millisecond {
		t.Error("another endpoint is disturbed")
	}
	// The idle ones were not forgotten.
	client.do(order{Do: "work", Count: idle + busy, For: time.Millisecond})
	if c := l.plane.Counters("eni-1"); c.Active != idle+busy || c.In != c.Out || c.Failed+c.Refused != 0 {
		t.Errorf("%+v", c)
	}
	client.do(order{Do: "close", Reset: true})
	l.eventually("all ended", func() bool { return l.plane.Drained("eni-1") })
	l.back(before, full.goroutines)
}
