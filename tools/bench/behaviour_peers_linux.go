package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"culvert.internal/dataplane/behaviour"
)

// stand is a forwarder of another make, as a rig for one row.
type stand struct {
	*peer
	dir, file string
	setup     behaviour.Setup
	port      uint16
	net       [2]byte // the second and third number of its addresses in 127/8
	shut      bool    // the first endpoint is not in the configuration
	alone     bool    // the second one is not
	configure func(*stand) string
}

var stands atomic.Uint32

// never is the time for what a row does not ask for.
const never = 2 * time.Minute

func newStand(dir string, s behaviour.Setup, configure func(*stand) string) (*stand, error) {
	n := stands.Add(1)
	st := &stand{
		setup: s, configure: configure, dir: filepath.Join(dir, fmt.Sprint("rig-", n)),
		net: [2]byte{byte(190 + os.Getpid()%20), byte(n)},
	}
	st.file = filepath.Join(st.dir, "conf")
	if err := os.Mkdir(st.dir, 0o755); err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		return nil, err
	}
	st.port = ln.Addr().(*net.TCPAddr).AddrPort().Port()
	return st, errors.Join(ln.Close(), st.write())
}

func (st *stand) write() error { return os.WriteFile(st.file, []byte(st.configure(st)), 0o644) }

func (st *stand) at(last int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, st.net[0], st.net[1], byte(last)}), st.port)
}

func (st *stand) front() netip.AddrPort { return st.at(5) }
func (st *stand) other() netip.AddrPort { return st.at(6) }

func (st *stand) places() (all []netip.AddrPort) {
	for i := range max(st.setup.Places, 1) {
		all = append(all, st.at(32+i))
	}
	return all
}

// fronts are those in the configuration now, by name.
func (st *stand) fronts() map[string]netip.AddrPort {
	all := map[string]netip.AddrPort{}
	if !st.shut {
		all["front"] = st.front()
	}
	if !st.alone {
		all["other"] = st.other()
	}
	return all
}

// run starts the program. A connection would be carried on to whom the row sets
// up behind it, so the kernel is asked whether it is ready.
func (st *stand) run(ctx context.Context, cmd *exec.Cmd) (err error) {
	st.peer, err = start(ctx, filepath.Base(cmd.Path), cmd, func(context.Context) error { return listens(st.other(), true) })
	return err
}

// listens looks whether somebody listens at an address, or nobody.
func listens(at netip.AddrPort, want bool) error {
	table, err := os.Open("/proc/net/tcp")
	if err != nil {
		return err
	}
	defer table.Close()
	b := at.Addr().As4()
	address := fmt.Sprintf("%08X:%04X", binary.NativeEndian.Uint32(b[:]), at.Port())
	found := false
	lines := bufio.NewScanner(table)
	lines.Scan() // the names of the columns
	for lines.Scan() && !found {
		f := strings.Fields(lines.Text())
		if len(f) < 4 || f[3] != "0A" { // those that listen come first
			break
		}
		found = f[1] == address
	}
	if found != want {
		return fmt.Errorf("somebody listens at %s: %v", at, found)
	}
	return nil
}

func (st *stand) rig() *behaviour.Rig {
	return &behaviour.Rig{
		Front: st.front(), Other: st.other(), Clients: []netip.Addr{st.at(1).Addr(), st.at(2).Addr()}, Backends: st.places(),
		Close: func() error {
			st.stop()
			return nil
		},
		Unrelated: func(round int) error {
			st.alone = round%2 == 0
			return st.reload()
		},
		Remove: func() error {
			st.shut = true
			return st.reload()
		},
	}
}

// reload has the program read its configuration again, and waits until it has:
// both start processes for the new one and let those of the old one end.
func (st *stand) reload() error {
	if err := st.write(); err != nil {
		return err
	}
	signal := syscall.SIGHUP
	if strings.Contains(st.cmd.Path, "haproxy") {
		signal = syscall.SIGUSR2
	}
	ctx := context.Background()
	// While it starts, HAProxy forgets signals.
	if err := until(ctx, 10*time.Second, func(context.Context) error { return st.minds(signal) }); err != nil {
		return err
	}
	before := st.pids()
	if err := st.cmd.Process.Signal(signal); err != nil {
		return err
	}
	return until(ctx, 10*time.Second, func(context.Context) error {
		for _, pid := range st.pids() {
			if !slices.Contains(before, pid) {
				return nil
			}
		}
		return errors.New("the new configuration is not in force")
	})
}

// minds says whether the program has a handler for a signal by now.
func (st *stand) minds(signal syscall.Signal) error {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", st.cmd.Process.Pid))
	if err != nil {
		return err
	}
	mask := func(name string) uint64 {
		_, rest, _ := strings.Cut(string(status), name+":")
		var bits uint64
		_, err = fmt.Sscanf(rest, "%x", &bits)
		return bits >> (signal - 1) & 1
	}
	if caught, blocked := mask("SigCgt"), mask("SigBlk"); err == nil && (caught == 0 || blocked == 1) {
		err = fmt.Errorf("it does not mind %v yet", signal)
	}
	return err
}

// haproxyPath is HAProxy with all it has for the promises: it tries the next
// server at once, and has a master that reloads.
func haproxyPath(dir, program string) behaviour.Path {
	return behaviour.Path{Name: "haproxy", Make: func(ctx context.Context, s behaviour.Setup) (*behaviour.Rig, error) {
		st, err := newStand(dir, s, haproxyStand)
		if err != nil {
			return nil, err
		}
		if err := st.run(ctx, exec.Command(program, "-W", "-q", "-f", st.file)); err != nil {
			return nil, err
		}
		rig := st.rig()
		rig.Shut = func() error { return st.command("disable frontend front") }
		rig.Open = func() error { return st.command("enable frontend front") }
		rig.Counters, rig.Connections = st.counters, st.sessions
		return rig, nil
	}}
}

func haproxyStand(st *stand) string {
	var b strings.Builder
	idle := cmp.Or(st.setup.Idle, never).Milliseconds()
	fmt.Fprintf(&b, `global
	nbthread 2
	maxconn 1000
	hard-stop-after %dms
	stats socket %s/socket level admin expose-fd listeners
defaults
	mode tcp
	timeout connect %dms
	timeout client %dms
	timeout server %dms
	retries 3
	option redispatch 1
	option contstats
`, cmp.Or(st.setup.Drain, never).Milliseconds(), st.dir, cmp.Or(st.setup.Connect, never).Milliseconds(), idle, idle)
	for name, at := range st.fronts() {
		fmt.Fprintf(&b, "listen %s\n\tbind %s\n", name, at)
		for i, to := range st.places() {
			fmt.Fprintf(&b, "\tserver s%d %s\n", i, to)
		}
	}
	return b.String()
}

// nginxPath is nginx that passes half-closes on and takes any size of packet.
func nginxPath(dir, program string) behaviour.Path {
	return behaviour.Path{Name: nginx, Make: func(ctx context.Context, s behaviour.Setup) (*behaviour.Rig, error) {
		st, err := newStand(dir, s, nginxStand)
		if err != nil {
			return nil, err
		}
		if err := st.run(ctx, exec.Command(program, nginxArgs(st.file)...)); err != nil {
			return nil, err
		}
		rig := st.rig()
		rig.UDP = true
		door := func(shut bool) func() error {
			return func() error {
				st.shut = shut
				if err := st.reload(); err != nil {
					return err
				}
				return until(ctx, 5*time.Second, func(context.Context) error { return listens(st.front(), !shut) })
			}
		}
		rig.Shut, rig.Open = door(true), door(false)
		return rig, nil
	}}
}

func nginxStand(st *stand) string {
	var b strings.Builder
	b.WriteString(nginxModule())
	fmt.Fprintf(&b, `daemon off;
pid %s/nginx.pid;
error_log stderr crit;
worker_processes 2;
worker_shutdown_timeout %dms;
events { worker_connections 1000; }
stream {
	access_log off;
	proxy_connect_timeout %dms;
	proxy_timeout %dms;
	proxy_half_close on;
	proxy_buffer_size 64k;
	upstream places {
`, st.dir, cmp.Or(st.setup.Drain, never).Milliseconds(), cmp.Or(st.setup.Connect, never).Milliseconds(), cmp.Or(st.setup.Idle, never).Milliseconds())
	for _, to := range st.places() {
		fmt.Fprintf(&b, "\t\tserver %s;\n", to)
	}
	b.WriteString("\t}\n")
	for _, at := range st.fronts() {
		fmt.Fprintf(&b, "\tserver { listen %s; proxy_pass places; }\n\tserver { listen %s udp reuseport rcvbuf=4m; proxy_pass places; }\n", at, at)
	}
	b.WriteString("}\n")
	return b.String()
}
