package underlay

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// space is a network namespace without a name: it is there as long as somebody
// holds its file, or a socket or a program is in it. So nothing of it outlives
// this process, however that ends, but programs that somebody started inside.
type space struct {
	home *os.File // the namespace that everything else here is in
	file *os.File
	fd   int // of file
}

// openHome is the namespace this process is in. It is asked of the thread: that
// of the process is of its first thread, which may be in a space right now.
func openHome() (*os.File, error) { return os.Open("/proc/thread-self/ns/net") }

// newSpace makes a namespace with nothing but its own loopback, which is up, and
// these settings.
func newSpace(home *os.File, all ...setting) (*space, error) {
	s := &space{home: home}
	err := within(home, func() error { return os.NewSyscallError("unshare", unix.Unshare(unix.CLONE_NEWNET)) }, func() (err error) {
		s.file, err = os.Open("/proc/thread-self/ns/net")
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("make a network namespace: %w", err)
	}
	s.fd = int(s.file.Fd())
	err = s.configure(func(n netlink) error { return n.up(loopbackIndex) })
	if err != nil {
		err = fmt.Errorf("bring the loopback of a network namespace up: %w", err)
	} else {
		err = s.set(all...)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *space) close() { _ = s.file.Close() }

// do calls fn on a thread that is in the namespace.
func (s *space) do(fn func() error) error {
	return within(s.home, func() error { return os.NewSyscallError("setns", unix.Setns(s.fd, unix.CLONE_NEWNET)) }, fn)
}

// within enters a namespace, calls fn there and comes home again. New threads
// are never made from a locked one, so nobody else gets there.
func within(home *os.File, enter, fn func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := enter(); err != nil {
		return err
	}
	err := fn()
	if back := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); back != nil {
		// The thread may be one that goes on for ever, and whatever it did next
		// would be in somebody's network.
		panic(fmt.Sprintf("a thread cannot leave a network namespace: %v", back))
	}
	return err
}

// configure opens a netlink socket of the namespace for a while.
func (s *space) configure(fn func(netlink) error) error {
	n, err := s.netlink()
	if err != nil {
		return err
	}
	defer n.close()
	return fn(n)
}

func (s *space) netlink() (n netlink, err error) {
	err = s.do(func() (err error) {
		n, err = openNetlink(unix.NETLINK_ROUTE)
		return err
	})
	return n, err
}

// loopbackIndex is what every namespace's loopback has. The others begin above
// what some kernels put into a new namespace by themselves.
const (
	loopbackIndex = 1
	firstIndex    = 100
)

// setting is a line of /proc/sys/net.
type setting struct{ name, value string }

// set writes settings of the namespace. Those of IPv6 may not be there.
func (s *space) set(all ...setting) error {
	return s.do(func() error {
		for _, v := range all {
			if err := os.WriteFile("/proc/sys/net/"+v.name, []byte(v.value), 0); err != nil {
				return err
			}
		}
		return nil
	})
}
