package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"culvert.internal/cloud"
	"culvert.internal/handlers"
	"culvert.internal/instance"
	"culvert.internal/reconcile"
	"culvert.internal/store"
	"culvert.internal/underlay"
	"culvert.internal/views"
	"culvert.internal/views/aliyun"
	"culvert.internal/views/ctyun"
	"culvert.internal/views/zilliz"
	"culvert.internal/web"
)

// settings are the flags of serve.
type settings struct {
	listen, metrics, data, dns, upstream, underlay string
	base                                           netip.Prefix
	demo                                           bool
	given                                          []string // the flags that were given
}

// databaseFile is the file of the facts in the data folder.
const databaseFile = "culvert.db"

func (s *settings) flags(stderr io.Writer) *flag.FlagSet {
	fs := flag.NewFlagSet("culvert serve", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&s.listen, "listen", "127.0.0.1:8080", "`address` of the console")
	fs.StringVar(&s.metrics, "metrics", "", "`address` that serves GET /metrics to everybody who can reach it; empty: only programs on this machine get it, from the console")
	fs.StringVar(&s.data, "data", "culvert-data", "`folder` with everything that is kept; locked while in use")
	fs.BoolVar(&s.demo, "demo", false, "build the demo lab in a new data folder and allow its accounts to sign in with one click")
	fs.StringVar(&s.dns, "dns", "127.0.0.1:1053", "`address` of the host's DNS view; empty for none")
	fs.StringVar(&s.upstream, "upstream", "", "DNS `servers` for names outside the lab, separated by commas; empty: those of this host")
	fs.StringVar(&s.underlay, "underlay", "loopback", "where the networks' addresses live on this host: loopback (in 127.0.0.0/8, needs no rights) or netns (each network a namespace with its real addresses, needs root)")
	baseFlag(fs, &s.base)
	return fs
}

// baseFlag is the flag for where networks live on the host.
func baseFlag(fs *flag.FlagSet, base *netip.Prefix) {
	usage := fmt.Sprintf("`slice` of 127.0.0.0/8 for this installation, at least a /14; two installations need two slices; empty: where the networks of the data folder are, else %s", cloud.DefaultBase())
	fs.TextVar(base, "underlay-base", netip.Prefix{}, usage)
}

func serve(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var s settings
	fs := s.flags(stderr)
	if err := parse(fs, args); err != nil {
		return err
	}
	fs.Visit(func(f *flag.Flag) { s.given = append(s.given, "--"+f.Name+"="+f.Value.String()) })
	if err := s.known(); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(stderr, nil))
	unlock, err := openData(s.data)
	if err != nil {
		return err
	}
	defer unlock()
	kept, err := store.Open("sqlite:" + filepath.Join(s.data, databaseFile))
	if err != nil {
		return err
	}
	return errors.Join(s.run(ctx, kept, log, stdout), kept.Close())
}

// openData makes the data folder and locks it, so that two processes never
// work on the same facts.
func openData(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the data folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("the data folder %s is in use by another culvert (stop it, or choose another folder with --data)", dir)
	}
	return func() { _ = f.Close() }, nil
}

func (s *settings) run(ctx context.Context, kept cloud.Store, log *slog.Logger, stdout io.Writer) error {
	engine, err := cloud.Open(kept, cloud.Options{Base: s.base, Demo: s.demo})
	if err != nil {
		return err
	}
	if s.demo {
		if err := engine.SeedDemo(ctx); err != nil {
			return fmt.Errorf("build the demo lab: %w", err)
		}
	}
	opt := reconcile.Options{Log: log, DNS: s.dns, Upstream: list(s.upstream)}
	under, err := s.addresses(&opt)
	if err != nil {
		return err
	}
	defer under.Close()
	lab, err := reconcile.New(engine, under, opt)
	if err != nil {
		return err
	}
	console, err := s.console(ctx, engine, lab, log)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", s.listen)
	if err != nil {
		return fmt.Errorf("open the console's address (another one: --listen): %w", err)
	}
	metrics, err := s.metricsServer(console)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	s.greet(stdout, listener.Addr())
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return lab.Run(ctx) })
	g.Go(func() error { return console.Run(ctx, listener) })
	g.Go(func() error { return metrics(ctx) })
	g.Go(func() error {
		return lab.Doors().ServeExec(ctx, filepath.Join(s.data, instance.SocketName), labOver(engine))
	})
	return g.Wait()
}

func (s *settings) console(ctx context.Context, engine *cloud.Engine, lab *reconcile.Lab, log *slog.Logger) (*web.Server, error) {
	sign, err := engine.Secret(ctx, "session.sign", 64)
	if err != nil {
		return nil, err
	}
	seal, err := engine.Secret(ctx, "session.seal", 32)
	if err != nil {
		return nil, err
	}
	// Without it pages do not notice a new version, which is no reason not to serve.
	version, err := build()
	if err != nil {
		log.WarnContext(ctx, "open pages will not notice a newer version", "err", err)
	}
	return web.New(web.Options{
		Base: handlers.Base{
			Engine: engine, Editions: s.editions(), Live: lab, Doors: lab.Doors(), ZoneFiles: reconcile.ZoneFiles{}, Log: log,
			Build: version, About: s.about(),
		},
		Keys:  [2][]byte{sign, seal},
		Ready: func(context.Context) error { return lab.Ready() },
	})
}

// metricsServer opens the metrics' own address; without one nothing runs there.
func (s *settings) metricsServer(console *web.Server) (run func(context.Context) error, err error) {
	if s.metrics == "" {
		return func(context.Context) error { return nil }, nil
	}
	server, err := console.Metrics()
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", s.metrics)
	if err != nil {
		return nil, fmt.Errorf("open the address of the metrics (another one: --metrics): %w", err)
	}
	return func(ctx context.Context) error { return server.Run(ctx, listener) }, nil
}

func (s *settings) about() handlers.About {
	return handlers.About{
		Version: version, Data: s.data, Database: filepath.Join(s.data, databaseFile), Listen: s.listen, DNS: s.dns,
		Upstream: s.upstream, Started: time.Now(), Flags: s.given,
	}
}

func (s *settings) greet(w io.Writer, at net.Addr) {
	fmt.Fprintf(w, "Culvert is at http://%s\n", at)
	if s.demo {
		fmt.Fprintf(w, "Demo lab: sign in with one click, or as account-a or account-b with the password %s\n", cloud.DemoPassword)
	}
}

// editions are the consoles.
func (s *settings) editions() []*views.Edition {
	all := []*views.Edition{aliyun.Edition(), ctyun.Edition(), zilliz.Edition()}
	for _, e := range all {
		if s.underlay == netns {
			e.AsReal()
		}
	}
	return all
}

// The underlays.
const (
	loopback = "loopback"
	netns    = "netns"
)

// known says whether there is such an underlay.
func (s *settings) known() error {
	if s.underlay != loopback && s.underlay != netns {
		return fmt.Errorf("--underlay %s: there are %s and %s", s.underlay, loopback, netns)
	}
	return nil
}

// nameserver is where programs in a namespace find the resolver of their VPC,
// as on instances of Alibaba Cloud.
var nameserver = netip.MustParseAddr("100.100.2.136")

// addresses opens the underlay and adds to opt what it needs.
func (s *settings) addresses(opt *reconcile.Options) (interface {
	reconcile.Underlay
	Close()
}, error,
) {
	if s.underlay == loopback {
		lo, err := underlay.NewLoopback()
		if err != nil {
			return nil, err
		}
		opt.Moved = moved(lo)
		return lo, nil
	}
	data, err := filepath.Abs(s.data)
	if err != nil {
		return nil, err
	}
	opt.Nameserver, opt.ResolvConf = nameserver, filepath.Join(data, "resolv.conf")
	n, err := underlay.NewNetns(underlay.NetnsOptions{Nameserver: nameserver, ResolvConf: opt.ResolvConf})
	if err != nil {
		return nil, fmt.Errorf("--underlay netns: %w", err)
	}
	opt.Moved = moved(n.Loopback)
	return n, nil
}

// moved says the underlay's moves in the engine's words.
func moved(lo *underlay.Loopback) func(network, vpc string, at netip.AddrPort) (cloud.Move, bool) {
	return func(network, vpc string, at netip.AddrPort) (cloud.Move, bool) {
		m, ok := lo.Moved(network, vpc, at)
		return cloud.Move{
			VPC: m.VPC, Network: m.Network, Address: m.At, Host: m.Host, Holder: m.Holder, Reason: "move." + string(m.Reason),
		}, ok
	}
}

func list(v string) []string {
	if v == "" {
		return nil
	}
	return strings.Split(v, ",")
}
