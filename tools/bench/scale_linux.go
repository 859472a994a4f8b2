package main

import (
	"context"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// sizes are the labs that growth is shown over, in endpoints of two ports each.
var sizes = []int{10, 100, 1000, 10_000}

// What is in every made-up lab, by ID.
const (
	madeEndpoint = "ep-gw800000000000000000"
	madeService  = "epsrv-gw800000000000000000"
	madeClient   = "i-gw80000000000000005k"
	madePort     = 8001
)

// grown is what was measured at each size.
type grown struct {
	what, unit string
	goal       string
	ok         func(v []float64) bool // of all sizes; nil: no goal
	v          []float64
}

// scale measures the same things in labs of 10 to 10,000 endpoints.
func (b *bench) scale(ctx context.Context, dir string) error {
	section("Scale", "The program over labs of `culvert lab generate --ports 2`. Times are medians in ms, memory is in MB. Growth is the exponent that fits\nall sizes best, and in brackets that of the last step: 0 is the same for every size, 1 is in proportion.")
	l, err := newLab(b.bin, dir)
	if err != nil {
		return err
	}
	defer l.free()
	under := func(most float64) func([]float64) bool {
		return func(v []float64) bool { return v[len(v)-1] < most }
	}
	rows := []*grown{
		{what: "import of the file", unit: "ms"},
		{what: "the first start, to ready", unit: "ms", goal: "< 2,000 at 10,000", ok: under(2000)},
		{what: "every other start, to ready", unit: "ms", goal: "< 2,000 at 10,000", ok: under(2000)},
		{what: "  processor time of it", unit: "ms"},
		{what: "memory when ready", unit: "MB", goal: "< 150 at 10,000", ok: under(150)},
		{what: "memory after all that follows", unit: "MB", goal: "< 150 at 10,000", ok: under(150)},
		{what: "  sockets and files in the kernel", unit: "MB"},
		{what: "processor while nothing happens", unit: "%"},
		{what: "allow, to carried traffic, p50", unit: "ms", goal: "<= 2 x that at 10", ok: func(v []float64) bool { return v[len(v)-1] <= 2*v[0] }},
		{what: "page: the list of endpoints, p50", unit: "ms"},
		{what: "page: one endpoint, p50", unit: "ms"},
		{what: "an answer of the DNS, p50", unit: "ms"},
		{what: "export to a file", unit: "ms"},
	}
	for _, n := range sizes {
		got, err := b.scaleOf(ctx, l, filepath.Join(dir, fmt.Sprint("scale-", n)), n)
		if err != nil {
			return fmt.Errorf("%d endpoints: %w", n, err)
		}
		for i, v := range got {
			rows[i].v = append(rows[i].v, v)
		}
	}
	printGrowth(rows)
	return nil
}

func printGrowth(rows []*grown) {
	fmt.Printf("  %-36s", "")
	for _, n := range sizes {
		fmt.Printf(" %9d", n)
	}
	fmt.Println("       growth")
	for _, r := range rows {
		fmt.Printf("  %-36s", r.what)
		for _, v := range r.v {
			fmt.Printf(" %9.2f", v)
		}
		last := len(r.v) - 1
		step := math.Log10(r.v[last] / r.v[last-1])
		fmt.Printf(" %-3s n^%.2f (n^%.2f)", r.unit, exponent(r.v), step)
		if r.ok != nil {
			verdict := "ok"
			if !r.ok(r.v) {
				verdict = "OVER"
			}
			fmt.Printf("  goal %s  %s", r.goal, verdict)
		}
		fmt.Println()
	}
}

// exponent fits a power of the size to values, by least squares of logarithms.
func exponent(v []float64) float64 {
	var sx, sy, sxx, sxy, k float64
	for i, y := range v {
		if y <= 0 {
			continue
		}
		x, y := math.Log(float64(sizes[i])), math.Log(y)
		sx, sy, sxx, sxy, k = sx+x, sy+y, sxx+x*x, sxy+x*y, k+1
	}
	return (k*sxy - sx*sy) / (k*sxx - sx*sx)
}

// times is how often what is short is measured.
func (b *bench) times(n int) int {
	if b.short {
		return max(n/4, 1)
	}
	return n
}

// scaleOf answers the values of all rows for one size.
func (b *bench) scaleOf(ctx context.Context, l *lab, data string, n int) ([]float64, error) {
	l.data = data
	file := data + ".yaml"
	if _, err := l.run(ctx, "lab", "generate", "--endpoints", strconv.Itoa(n), "--ports", "2", file); err != nil {
		return nil, err
	}
	imported, err := l.run(ctx, "lab", "import", "--data", data, "--underlay-base", l.base, file)
	if err != nil {
		return nil, err
	}
	first, err := l.ready(ctx)
	if err != nil {
		return nil, err
	}
	var starts, used []time.Duration
	kernel := 0.0
	for range b.times(8) {
		if err := l.stop(); err != nil {
			return nil, err
		}
		kernel = slab()
		took, err := l.ready(ctx)
		if err != nil {
			return nil, err
		}
		starts, used = append(starts, took), append(used, l.peer().cpu())
	}
	held, err := l.memory()
	if err != nil {
		return nil, err
	}
	kernel = slab() - kernel
	out := []float64{ms(imported), ms(first), median(starts), median(used), held / 1e6}
	quiet := b.idleCPU(ctx, l)
	rest, err := b.used(ctx, l)
	if err != nil {
		return nil, err
	}
	if held, err = l.memory(); err != nil {
		return nil, err
	}
	if err := l.stop(); err != nil {
		return nil, err
	}
	exported, err := l.run(ctx, "lab", "export", "--data", data, file+".out")
	out = append(out, held/1e6, kernel/1e6, quiet)
	return append(append(out, rest...), ms(exported)), err
}

// used measures what somebody does with a running lab.
func (b *bench) used(ctx context.Context, l *lab) ([]float64, error) {
	if err := l.signIn(ctx); err != nil {
		return nil, err
	}
	change, err := b.change(ctx, l)
	if err != nil {
		return nil, fmt.Errorf("a change: %w", err)
	}
	out := []float64{change}
	for _, path := range []string{"/endpoints", "/endpoints/" + madeEndpoint} {
		took, err := b.pageTime(ctx, l, path)
		if err != nil {
			return nil, err
		}
		out = append(out, took)
	}
	answer, err := b.answerTime(ctx, l)
	return append(out, answer), err
}

// run runs a command of the program to its end.
func (l *lab) run(ctx context.Context, args ...string) (time.Duration, error) {
	began := time.Now()
	out, err := exec.CommandContext(ctx, l.bin, args...).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%s: %w: %.500s", strings.Join(args, " "), err, out)
	}
	return time.Since(began), nil
}

// ready starts the program and waits until everything stored runs.
func (l *lab) ready(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	if err := l.start(); err != nil {
		return 0, err
	}
	err := until(ctx, time.Minute, func(ctx context.Context) error {
		a, err := l.send(ctx, http.MethodGet, "/healthz", nil)
		if err == nil && a.status != http.StatusOK {
			err = fmt.Errorf("not ready: %s", a.body)
		}
		return err
	})
	return time.Since(began), err
}

func (l *lab) peer() *peer { return &peer{cmd: l.cmd} }

func (b *bench) idleCPU(ctx context.Context, l *lab) float64 {
	long := time.Duration(b.times(12)) * time.Second
	before := l.peer().cpu()
	select {
	case <-ctx.Done():
	case <-time.After(long):
	}
	return 100 * float64(l.peer().cpu()-before) / float64(long)
}

// median is the middle of some durations in ms.
func median(took []time.Duration) float64 {
	p50, _ := percentiles(took)
	return ms(p50)
}

// slab is what the kernel holds of sockets, files and what waits for them, in
// bytes; 0 where it may not be read.
func slab() float64 {
	raw, _ := os.ReadFile("/proc/slabinfo")
	sum := 0.0
	for line := range strings.Lines(string(raw)) {
		f := strings.Fields(line)
		if len(f) < 4 {
			continue
		}
		switch f[0] {
		case "TCP", "UDP", "sock_inode_cache", "filp", "eventpoll_epi", "eventpoll_pwq", "ep_head", "tcp_bind_bucket", "tcp_bind2_bucket":
			objects, _ := strconv.ParseFloat(f[1], 64)
			size, _ := strconv.ParseFloat(f[3], 64)
			sum += objects * size
		}
	}
	return sum
}

// change denies and allows a connection and measures from the form to the first
// byte of a client that keeps trying.
func (b *bench) change(ctx context.Context, l *lab) (float64, error) {
	at, err := l.here(ctx, "/endpoints/"+madeEndpoint, fmt.Sprint(":", madePort))
	if err != nil {
		return 0, err
	}
	source, err := l.here(ctx, "/instances/"+madeClient, "")
	if err != nil {
		return 0, err
	}
	// The page that follows is measured by itself.
	l.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	defer func() { l.client.CheckRedirect = nil }()
	s := &site{lab: l, endpoint: madeEndpoint, service: madeService, sources: []netip.Addr{source}}
	took, err := s.allowed(ctx, netip.AddrPortFrom(at, madePort), b.times(allowCycles))
	return median(took), err
}

func (b *bench) pageTime(ctx context.Context, l *lab, path string) (float64, error) {
	var all []time.Duration
	for range b.times(60) {
		began := time.Now()
		if _, err := l.page(ctx, console+path); err != nil {
			return 0, err
		}
		all = append(all, time.Since(began))
	}
	return median(all), nil
}

// answerTime asks the host's DNS view for an endpoint's name.
func (b *bench) answerTime(ctx context.Context, l *lab) (float64, error) {
	page, err := l.page(ctx, console+"/endpoints/"+madeEndpoint)
	if err != nil {
		return 0, err
	}
	doc, err := page.document()
	if err != nil {
		return 0, err
	}
	name := endpointName.FindString(doc.Text())
	c, err := net.Dial("udp", l.dns)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	q, in := newQuery(name, netip.IPv4Unspecified(), false), make([]byte, 1500)
	var all []time.Duration
	for range b.times(2000) {
		began := time.Now()
		_ = c.SetDeadline(began.Add(5 * time.Second))
		if _, err := c.Write(q.packet); err != nil {
			return 0, err
		}
		n, err := c.Read(in)
		if err != nil {
			return 0, err
		}
		if n < 12 || in[3]&15 != 0 || in[7] == 0 {
			return 0, fmt.Errorf("no answer to %q: code %d", name, in[3]&15)
		}
		all = append(all, time.Since(began))
	}
	return median(all), nil
}
