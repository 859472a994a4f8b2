package underlay

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// RightsError says what this process may not do.
type RightsError struct {
	Missing []string // the rights that it lacks, and what each is for
	Tried   error    // what was tried and failed; nil when nothing was
}

func (e *RightsError) Error() string {
	why := strings.Join(e.Missing, ", ")
	if len(e.Missing) == 0 {
		why = "more than this machine lets it do: " + e.Tried.Error()
	}
	return "network namespaces need " + why +
		"; start it as root, in a container with these rights and a /proc/sys that can be written, or use --underlay loopback, which needs no rights"
}

// Unwrap is what was tried.
func (e *RightsError) Unwrap() error { return e.Tried }

// rights are the capabilities that namespaces need.
var rights = []struct {
	bit       int
	name, why string
}{
	{unix.CAP_SYS_ADMIN, "CAP_SYS_ADMIN", "to make namespaces and to open sockets in them"},
	{unix.CAP_NET_ADMIN, "CAP_NET_ADMIN", "to give them interfaces, addresses, routes and rules"},
	{unix.CAP_NET_BIND_SERVICE, "CAP_NET_BIND_SERVICE", "for ports below 1024"},
}

// checkRights names the rights that are missing. With all of them it makes
// namespaces as a lab has them and sends from one to another, because a right
// that is there may still be worth nothing.
func checkRights(n *Netns) error {
	have, err := effective()
	if err != nil {
		return err
	}
	var missing []string
	for _, r := range rights {
		if have&(1<<r.bit) == 0 {
			missing = append(missing, fmt.Sprintf("%s (%s)", r.name, r.why))
		}
	}
	if len(missing) > 0 {
		return &RightsError{Missing: missing}
	}
	err = n.try()
	switch {
	case err == nil:
		return nil
	case denied(err):
		return &RightsError{Tried: err}
	}
	return fmt.Errorf("network namespaces do not work here: %w; use --underlay loopback", err)
}

// denied says whether a system has said that something may not be done, or that
// it has nothing to do it with. Of unshare(2) any error does: there may be none
// left for this user, or no namespaces at all.
func denied(err error) bool {
	var call *os.SyscallError
	if errors.As(err, &call) && call.Syscall == "unshare" {
		return true
	}
	return slices.ContainsFunc([]unix.Errno{
		unix.EPERM, unix.EACCES, unix.EROFS, unix.ENOENT, unix.ENOSYS, unix.EOPNOTSUPP, unix.EPROTONOSUPPORT, unix.EAFNOSUPPORT,
	}, func(e unix.Errno) bool { return errors.Is(err, e) })
}

func (n *Netns) try() error {
	const vpc, id, other = "trial", "trial", "trial's other"
	defer n.Forget(vpc)
	defer n.Gone(id)
	defer n.Gone(other)
	at := netip.MustParseAddrPort("10.0.0.9:80")
	if err := n.Map(vpc, netip.MustParsePrefix("10.0.0.0/24"), netip.Prefix{}); err != nil {
		return err
	}
	inside := netip.MustParseAddr("10.0.0.1")
	if err := errors.Join(n.Host(id, vpc, []netip.Addr{inside}), n.Host(other, vpc, []netip.Addr{at.Addr()})); err != nil {
		return err
	}
	hears, err := n.ListenPacket(vpc, at)
	if err != nil {
		return err
	}
	defer hears.Close()
	says, err := n.Dial(context.Background(), "udp", vpc, inside, at)
	if err != nil {
		return err
	}
	defer says.Close()
	if _, err := says.Write([]byte("?")); err != nil {
		return err
	}
	if err := hears.SetReadDeadline(time.Now().Add(grace)); err != nil {
		return err
	}
	if _, _, err := hears.ReadFrom(make([]byte, 1)); err != nil {
		return fmt.Errorf("what one network namespace sends reaches no other one: %w", err)
	}
	return nil
}

// effective are the capabilities of this process.
func effective() (uint64, error) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, fmt.Errorf("read this process' rights: %w", err)
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if hex, ok := strings.CutPrefix(lines.Text(), "CapEff:"); ok {
			return strconv.ParseUint(strings.TrimSpace(hex), 16, 64)
		}
	}
	return 0, errors.New("/proc/self/status does not say what rights this process has")
}
