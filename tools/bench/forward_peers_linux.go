package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// forwarder is one way from the client to the backend.
type forwarder struct {
	*peer      // nil: none is between them
	name, note string
	at         netip.Addr
	udp        bool
}

// The names of the forwarders, by which goals find them.
const (
	direct  = "direct"
	splices = "haproxy splice"
	copies  = "haproxy copy"
	nginx   = "nginx"
	culvert = "culvert"
)

// forwarders starts what is installed; missing names the rest. Their addresses
// are in the part of the lab's slice that its own networks do not reach.
func (s *site) forwarders(ctx context.Context, dir string) (all []*forwarder, missing []string, err error) {
	spare := s.at.As4()
	base, _ := netip.ParsePrefix(s.lab.base)
	spare[1], spare[2] = base.Addr().As4()[1]+8, 1
	all = []*forwarder{{name: direct, at: s.backend, udp: true, note: "client and backend alone"}}
	for i, other := range []struct {
		name, program, how string
		config             func(dir string, at, backend netip.Addr) string
		args               func(file string) []string
	}{
		{splices, "haproxy", "splices, pipes of 1 MB", haproxySplices, haproxyArgs},
		{copies, "haproxy", "does not splice, buffers of 128 kB", haproxyCopies, haproxyArgs},
		{nginx, "nginx", "stream module, buffers of 64 kB", nginxConfig, nginxArgs},
	} {
		program, err := program(other.program)
		if err != nil {
			missing = append(missing, other.name)
			continue
		}
		spare[3] = byte(i + 1)
		f := &forwarder{name: other.name, at: netip.AddrFrom4(spare), udp: other.name == nginx}
		file := filepath.Join(dir, strings.ReplaceAll(other.name, " ", "-")+".conf")
		if err := os.WriteFile(file, []byte(other.config(dir, f.at, s.backend)), 0o644); err != nil {
			return all, missing, err
		}
		f.peer, err = start(ctx, other.name, exec.Command(program, other.args(file)...), func(ctx context.Context) error {
			return greet(ctx, "tcp4", s.sources[0], netip.AddrPortFrom(f.at, portEcho))
		})
		if err != nil {
			return all, missing, err
		}
		f.note = fmt.Sprintf("%s; %s", first(exec.Command(program, "-v")), other.how)
		all = append(all, f)
	}
	all = append(all, &forwarder{
		name: culvert, at: s.at, udp: true, peer: &peer{name: culvert, cmd: s.lab.cmd},
		note: first(exec.Command(s.lab.bin, "version")) + ", as built; its judge, counters and attempt log work as always",
	})
	return all, missing, nil
}

func haproxyArgs(file string) []string { return []string{"-db", "-q", "-f", file} }

// HAProxy has a thread for each processor, each with a queue of its own for new
// connections. Splicing moves whole pipes, copying large buffers: of 16, 64, 128
// and 256 kB these took the least time. It has a way not to sleep (busy-polling),
// which takes the processors from the client and the backend, and is slower.
func haproxySplices(_ string, at, backend netip.Addr) string {
	return haproxyConfig(at, backend, "\ttune.pipesize 1048576\n\tmaxpipes 256\n", "\toption splice-request\n\toption splice-response\n")
}

func haproxyCopies(_ string, at, backend netip.Addr) string {
	return haproxyConfig(at, backend, "\ttune.bufsize 131072\n", "")
}

func haproxyConfig(at, backend netip.Addr, global, defaults string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `global
	nbthread %d
	maxconn 8000
%sdefaults
	mode tcp
	maxconn 8000
	timeout connect 5s
	timeout client 10m
	timeout server 10m
%s`, runtime.NumCPU(), global, defaults)
	for _, port := range portsTCP {
		fmt.Fprintf(&b, "listen p%d\n\tbind %s:%d shards by-thread\n\tserver backend %s:%d\n", port, at, port, backend, port)
	}
	return b.String()
}

func nginxArgs(file string) []string {
	return []string{"-c", file, "-p", filepath.Dir(file), "-e", "stderr"}
}

// nginxModule is the line that loads what forwards; where it is missing, that
// is built in.
func nginxModule() string {
	const module = "/usr/lib/nginx/modules/ngx_stream_module.so"
	if _, err := os.Stat(module); err != nil {
		return ""
	}
	return "load_module " + module + ";\n"
}

// nginx has a worker for each processor, each with a socket of its own.
func nginxConfig(dir string, at, backend netip.Addr) string {
	var b strings.Builder
	b.WriteString(nginxModule())
	fmt.Fprintf(&b, `daemon off;
pid %s/nginx.pid;
error_log stderr crit;
worker_processes %d;
worker_rlimit_nofile 20000;
events { worker_connections 14000; }
stream {
	access_log off;
	proxy_connect_timeout 5s;
	proxy_timeout 10m;
	proxy_buffer_size 64k;
`, dir, runtime.NumCPU())
	for _, port := range portsTCP {
		fmt.Fprintf(&b, "\tserver { listen %s:%d reuseport backlog=4096; proxy_pass %s:%d; }\n", at, port, backend, port)
	}
	for _, port := range portsUDP {
		fmt.Fprintf(&b, "\tserver { listen %s:%d udp reuseport rcvbuf=4m; proxy_pass %s:%d; }\n", at, port, backend, port)
	}
	b.WriteString("}\n")
	return b.String()
}
