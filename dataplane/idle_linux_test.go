package dataplane_test

import (
	"errors"
	"net/netip"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"culvert.internal/reach"

	"golang.org/x/sys/unix"
)

// An idle connection is two files and a few hundred bytes of the process's own
// memory. The client's and the backend's sockets here are bare files, so that
// what grows is the data plane's.
func TestIdleConnectionsAreCheap(t *testing.T) {
	if *portable {
		t.Skip("goroutines are not that cheap")
	}
	const warm, all, most = 500, 2500, 400 // connections, bytes
	l := newLab(t)
	at, accepted := l.bareBackend(all)
	l.set(func(v *reach.Verdict) {
		v.Backends = []reach.Backend{{ID: "ecs-2", Name: "ecs-2", VPC: "vpc-2", Addr: at, Weight: 100}}
	})
	to := l.front("eni-1", true)
	clients := make([]int, 0, all)
	defer func() {
		for _, fd := range clients {
			_ = unix.Close(fd)
		}
	}()
	grow := func(n int) (bytes float64, files int) {
		for len(clients) < n {
			fd, host, err := l.net.Open("tcp", "vpc-1", clientAddr, to)
			l.must(err)
			clients = append(clients, fd)
			if err := unix.Connect(fd, &unix.SockaddrInet4{Addr: host.Addr().As4(), Port: int(host.Port())}); err != nil && !errors.Is(err, unix.EINPROGRESS) {
				t.Fatal(err)
			}
		}
		l.eventually("all are joined", func() bool {
			return l.plane.Counters("eni-1").Active == n && int(accepted.Load()) == n
		})
		open, err := os.ReadDir("/proc/self/fd")
		l.must(err)
		return heap(), len(open)
	}
	began := time.Now()
	before, few := grow(warm)
	after, many := grow(all)
	each, files := (after-before)/(all-warm), float64(many-few)/(all-warm)-2
	t.Logf("%.0f bytes and %.2f files each, in %v", each, files, time.Since(began).Round(time.Millisecond))
	if each > most || files != 2 {
		t.Errorf("an idle connection takes %.0f bytes and %.2f files, want at most %d and 2", each, files, most)
	}
}

// bareBackend accepts connections in vpc-2, counts them and does nothing with
// them.
func (l *lab) bareBackend(most int) (at netip.AddrPort, accepted *atomic.Int32) {
	l.t.Helper()
	at = netip.AddrPortFrom(netip.MustParseAddr("192.168.24.2"), l.port)
	accepted = &atomic.Int32{}
	sock, _, err := l.net.Bind("tcp", "vpc-2", at)
	l.must(err)
	rc, err := sock.SyscallConn()
	l.must(err)
	fds := make([]int, 0, most)
	l.must(rc.Control(func(fd uintptr) { err = unix.Listen(int(fd), 4096) }))
	l.must(err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			ok := false
			if rc.Read(func(fd uintptr) bool {
				conn, _, err := unix.Accept4(int(fd), unix.SOCK_CLOEXEC)
				if ok = err == nil; ok {
					fds = append(fds, conn)
					accepted.Add(1)
				}
				return !errors.Is(err, unix.EAGAIN)
			}) != nil || !ok {
				return
			}
		}
	}()
	l.t.Cleanup(func() {
		_ = sock.Close()
		<-done
		for _, fd := range fds {
			_ = unix.Close(fd)
		}
	})
	return at, accepted
}
