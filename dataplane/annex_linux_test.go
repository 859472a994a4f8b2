package dataplane_test

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"culvert.internal/dataplane"
	"culvert.internal/reach"
)

// again runs the test in a process of its own that may open only so many files.
// It says whether this is that process.
func again(t *testing.T, files int) bool {
	t.Helper()
	if *few > 0 {
		return true
	}
	if *portable {
		t.Skip("Go's own sockets are all in one table")
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), program, "-files", fmt.Sprint(files), "-test.run", "^"+t.Name()+"$", "-test.v").CombinedOutput()
	if t.Log(string(out)); err != nil {
		t.Fatal(err)
	}
	return false
}

// tables are the tables of files that threads have for themselves, by what the
// kernel says of them.
func tables(t *testing.T) int {
	t.Helper()
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, task := range tasks {
		tid, err := strconv.Atoi(task.Name())
		if err != nil {
			t.Fatal(err)
		}
		const files = 2 // KCMP_FILES
		switch same, _, errno := unix.Syscall6(unix.SYS_KCMP, uintptr(os.Getpid()), uintptr(tid), files, 0, 0, 0); {
		case errno == unix.ESRCH: // it has ended
		case errno != 0:
			t.Skipf("this kernel compares no tables: %v", errno)
		case same != 0:
			n++
		}
	}
	return n
}

// sockets are those of the process's own table.
func sockets(t *testing.T) (n int) {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if to, err := os.Readlink("/proc/self/fd/" + f.Name()); err == nil && strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}

// There may be more TCP ports than the process may open files, and
// each does all that a port does: it is reachable, refuses while nobody may use
// it, opens again, and can be taken by others when it is gone.
func TestMorePortsThanFiles(t *testing.T) {
	if !again(t, 256) {
		return
	}
	const fronts, each = 6, 100
	var l *lab
	t.Cleanup(func() { // after the plane's
		l.eventually("the threads have ended", func() bool { return tables(t) == 0 })
	})
	l = newLab(t)
	l.backend("ecs-2", 2, 100, echo)
	apply := func(open func(n int) bool) {
		t.Helper()
		for i := range fronts {
			var ports []dataplane.Port
			for n := range each {
				ports = append(ports, dataplane.Port{Protocol: reach.TCP, Port: uint16(20000 + n), Open: open(n)})
			}
			l.apply(fmt.Sprintf("eni-%d", i+1), netip.AddrFrom4([4]byte{10, 10, 2, byte(6 + i)}), ports...)
		}
	}
	reachable := func(open func(n int) bool) {
		t.Helper()
		for i := range fronts {
			for n := range each {
				at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 10, 2, byte(6 + i)}), uint16(20000+n))
				if !open(n) {
					l.wantRefused(at)
					continue
				}
				c, err := l.dial(at)
				l.must(err)
				l.must(oneRound(c, []byte("hello")))
				l.must(c.Close())
			}
		}
	}
	all := func(int) bool { return true }
	even := func(n int) bool { return n%2 == 0 }
	apply(even)
	reachable(even)
	apply(all)
	reachable(all)
	apply(even)
	reachable(even)
	if n := sockets(t); n > 150 {
		t.Errorf("%d sockets in the process's own table", n)
	}
	beside := tables(t)
	if beside != 3 {
		t.Errorf("%d tables beside the process's own", beside)
	}
	// Who is connected when a port goes away has its time.
	at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 10, 2, 6 + fronts - 1}), 20000)
	c := l.mustDial(at)
	l.must(oneRound(c, []byte("hello")))
	for i := range fronts {
		l.plane.Apply(fmt.Sprintf("eni-%d", i+1), nil)
	}
	l.must(oneRound(c, []byte("still")))
	l.wantRefused(at)
	ln, err := l.net.Listen("vpc-1", at)
	l.must(err)
	if got := netip.MustParseAddrPort(ln.Addr().String()); got.Port() != at.Port() {
		t.Errorf("the port moved to %s", got)
	}
	l.must(ln.Close())
	l.must(c.Close())
	l.eventually("all are forgotten", func() bool { return l.plane.Drained(fmt.Sprintf("eni-%d", fronts)) })
	apply(all) // there is room again
	reachable(all)
	if got := tables(t); got != beside {
		t.Errorf("%d tables beside the process's own, before there were %d", got, beside)
	}
}

// Whoever comes through an annex while the process has no file left is reset and
// told of, and the next one is served once there are some.
func TestAnnexWithoutRoomForFlows(t *testing.T) {
	if !again(t, 256) {
		return
	}
	l := newLab(t, func(o *dataplane.Options) { o.OwnPorts = -1 })
	l.backend("ecs-2", 2, 100, echo)
	at := netip.AddrPortFrom(l.host("vpc-1", frontAddr), l.front("eni-1", true).Port())
	client := startPart(t)
	open := order{Do: "open", At: at, Sources: []netip.Addr{l.host("vpc-1", clientAddr)}, Count: 1}
	client.do(open)
	client.do(order{Do: "close"})
	l.endedAs(dataplane.EndClient)

	var filler []int
	for {
		fd, err := unix.Open(os.DevNull, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			break
		}
		filler = append(filler, fd)
	}
	r := client.try(open)
	for _, fd := range filler {
		l.must(unix.Close(fd))
	}
	if !strings.Contains(r.Failed, "reset by peer") {
		t.Errorf("without a file the client sees %q, want a reset", r.Failed)
	}
	if a := l.endedAs(dataplane.EndLimit); a.Verdict.Reason.Key != dataplane.ReasonLimit {
		t.Errorf("%+v", a)
	}
	if c := l.plane.Counters("eni-1"); c.Starved != 1 || c.Failed != 1 || c.Active != 0 {
		t.Errorf("%+v", c)
	}
	if live, _ := l.plane.Flows(); live != 0 {
		t.Errorf("%d flows", live)
	}
	client.do(open)
	client.do(order{Do: "work", Count: 1, For: time.Millisecond})
	client.do(order{Do: "close"})
}
