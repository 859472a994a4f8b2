package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"culvert.internal/dns"
)

// host is a name with its address.
type host struct {
	name string
	addr netip.Addr
}

const benchZone = "bench.example"

// hosts are the names that every server serves.
func hosts(n int) []host {
	out := make([]host, n)
	for i := range out {
		out[i] = host{
			fmt.Sprintf("host-%04d.%s", i, benchZone),
			netip.AddrFrom4([4]byte{10, 20, byte(i >> 8), byte(i)}),
		}
	}
	return out
}

func labels(name string) iter.Seq[string] { return strings.SplitSeq(name, ".") }

// dnsServer is a program that answers at an address.
type dnsServer struct {
	*peer
	at netip.AddrPort
}

// server starts the command that command words for a free address, and waits
// until it answers.
func server(ctx context.Context, name string, probe query, command func(netip.AddrPort) *exec.Cmd) (*dnsServer, error) {
	socket, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &dnsServer{at: socket.LocalAddr().(*net.UDPAddr).AddrPort()}
	_ = socket.Close()
	s.peer, err = start(ctx, name, command(s.at), func(context.Context) error { return s.answers(probe) })
	return s, err
}

// answers asks one question and wants the right answer soon.
func (s *dnsServer) answers(probe query) error {
	conn, err := net.Dial("udp4", s.at.String())
	if err != nil {
		return err
	}
	defer conn.Close()
	buf := make([]byte, 4096)
	_ = conn.SetDeadline(time.Now().Add(20 * time.Millisecond))
	if _, err := conn.Write(probe.packet); err != nil {
		return err
	}
	n, err := conn.Read(buf)
	if err == nil && !probe.right(buf[:n]) {
		err = fmt.Errorf("a wrong answer: %x", buf[:n])
	}
	return err
}

// peers starts every server that is installed, Culvert's first; missing names
// the others.
func peers(ctx context.Context, dir string, names []host, probe query) (all []*dnsServer, missing []string, err error) {
	files, err := writeNames(dir, names)
	if err != nil {
		return nil, nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	culvert, err := server(ctx, "culvert", probe, func(at netip.AddrPort) *exec.Cmd {
		return exec.Command(self, "-serve-dns", at.String(), files.hosts)
	})
	if err != nil {
		return nil, nil, err
	}
	culvert.version = "this checkout, " + runtime.Version()
	all = append(all, culvert)
	for _, other := range []struct {
		name, version string
		command       func(program string, at netip.AddrPort) *exec.Cmd
	}{
		{"dnsmasq", "-v", files.dnsmasq},
		{"unbound", "-V", files.unbound},
	} {
		program, err := program(other.name)
		if err != nil {
			missing = append(missing, other.name)
			continue
		}
		p, err := server(ctx, other.name, probe, func(at netip.AddrPort) *exec.Cmd { return other.command(program, at) })
		if err != nil {
			for _, p := range all {
				p.stop()
			}
			return nil, nil, err
		}
		p.version = first(exec.Command(program, other.version))
		all = append(all, p)
	}
	return all, missing, nil
}

// nameFiles are the names in the format of each server.
type nameFiles struct{ dir, hosts, local string }

func writeNames(dir string, names []host) (nameFiles, error) {
	f := nameFiles{dir: dir, hosts: filepath.Join(dir, "hosts"), local: filepath.Join(dir, "local-data.conf")}
	var table, local strings.Builder
	for _, h := range names {
		fmt.Fprintf(&table, "%s %s\n", h.addr, h.name)
		fmt.Fprintf(&local, "local-data: \"%s. 60 IN A %s\"\n", h.name, h.addr)
	}
	return f, errors.Join(os.WriteFile(f.hosts, []byte(table.String()), 0o644), os.WriteFile(f.local, []byte(local.String()), 0o644))
}

// dnsmasq is one process with one thread, by its nature. It logs nothing and
// asks nobody.
func (f nameFiles) dnsmasq(program string, at netip.AddrPort) *exec.Cmd {
	return exec.Command(program, "--keep-in-foreground", "--conf-file=/dev/null", "--pid-file=", "--user=", "--group=",
		"--listen-address="+at.Addr().String(), "--bind-interfaces", fmt.Sprintf("--port=%d", at.Port()),
		"--no-resolv", "--no-hosts", "--addn-hosts="+f.hosts, "--local=/"+benchZone+"/", "--local-ttl=60", "--cache-size=10000",
		"--log-facility="+filepath.Join(f.dir, "dnsmasq.log"))
}

// unbound answers from its local data, with a thread and a socket for each
// processor.
func (f nameFiles) unbound(program string, at netip.AddrPort) *exec.Cmd {
	conf := filepath.Join(f.dir, "unbound.conf")
	text := fmt.Sprintf(`server:
	interface: %s@%d
	num-threads: %d
	so-reuseport: yes
	so-rcvbuf: 0
	do-daemonize: no
	use-syslog: no
	logfile: ""
	verbosity: 0
	log-queries: no
	statistics-interval: 0
	chroot: ""
	username: ""
	directory: "%s"
	pidfile: ""
	access-control: 127.0.0.0/8 allow
	minimal-responses: yes
	module-config: "iterator"
	local-zone: "%s." static
	include: "%s"
remote-control:
	control-enable: no
`, at.Addr(), at.Port(), runtime.NumCPU(), f.dir, benchZone, f.local)
	_ = os.WriteFile(conf, []byte(text), 0o644) // it says itself if that is missing
	return exec.Command(program, "-d", "-c", conf)
}

// serveDNS is the process of Culvert's server: its DNS package and nothing
// else, with the names in the view of one network.
func serveDNS(ctx context.Context, at, file string) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	s := dns.New(dns.Options{
		Roots: []string{benchZone}, Upstream: []string{},
		ZoneOf: func(string, netip.Addr) string { return "zone-a" },
	})
	for lines := bufio.NewScanner(in); lines.Scan(); {
		addr, name, _ := strings.Cut(lines.Text(), " ")
		ip, err := netip.ParseAddr(addr)
		if err != nil {
			return err
		}
		s.SetName("vpc-bench", dns.Name{FQDN: name, TTL: 60, Addrs: []dns.Addr{{IP: ip, Zone: "zone-a", Healthy: true}}})
	}
	udp, err := net.ListenPacket("udp4", at)
	if err != nil {
		return err
	}
	if _, err := s.Serve("vpc-bench", udp, nil); err != nil {
		return err
	}
	return s.Run(ctx)
}
