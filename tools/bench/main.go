// Command bench measures the program as somebody meets it: how large it is,
// how soon its first page is there, what a page weighs, what it takes of
// memory, how it answers names and carries connections beside other programs.
// It prints one table with the goal beside each number and then runs the
// benchmarks of the packages, which measure what is inside.
//
//	go run ./tools/bench -limit 25000000 bin/culvert     (make bench)
//	go run ./tools/bench -only forward -short bin/culvert
//	go run ./tools/bench -only behaviour bin/culvert
//
// Goals that are missed are marked, and only a hard limit fails: times depend
// on the machine, the size of the program does not.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	limit := flag.Int64("limit", 25_000_000, "largest size of the program in `bytes`")
	starts := flag.Int("starts", 100, "how many `times` the program is started")
	conns := flag.Int("connections", 10_000, "how many short `connections` pass through the lab")
	only := flag.String("only", "", "one `part` alone: dns, forward, scale or behaviour")
	short := flag.Bool("short", false, "measure forwarding and scale for a shorter time")
	rows := flag.String("rows", "", "of forwarding, only what has this `text` in its title")
	load := flag.Bool("load", false, "be the client or the backend that forwarding is measured with, as the input orders")
	serve := flag.String("serve-dns", "", "be the DNS server that is measured, at this `address`, for the names in a file")
	flag.Parse()
	if *serve != "" && flag.NArg() == 1 {
		if err := serveDNS(ctx, *serve, flag.Arg(0)); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if *load {
		if err := work(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: bench [flags] PROGRAM")
		os.Exit(2)
	}
	b := bench{bin: flag.Arg(0), limit: *limit, starts: *starts, conns: *conns, only: *only, short: *short, rows: *rows}
	if err := b.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is one round of measuring.
type bench struct {
	bin           string
	limit         int64
	starts, conns int
	only          string
	short         bool
	rows          string
	missed        []string // hard limits
}

func (b *bench) run(ctx context.Context) error {
	fmt.Printf("%s, %d processors, %s. Sizes are in thousands (KB) and millions (MB) of bytes.\n", runtime.GOOS+"/"+runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	dir, err := os.MkdirTemp("", "culvert-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	switch b.only {
	case "":
	case "dns":
		return b.names(ctx, dir)
	case "forward":
		return b.forward(ctx, dir)
	case "scale":
		return b.scale(ctx, dir)
	case "behaviour":
		return b.behaviour(ctx, dir)
	default:
		return fmt.Errorf("there is no part %q", b.only)
	}
	if err := b.size(); err != nil {
		return err
	}
	l, err := newLab(b.bin, dir)
	if err != nil {
		return err
	}
	defer l.free()
	if err := b.startup(ctx, l); err != nil {
		return fmt.Errorf("time of a start: %w", err)
	}
	if err := b.running(ctx, l); err != nil {
		return err
	}
	if err := b.names(ctx, dir); err != nil {
		return fmt.Errorf("DNS: %w", err)
	}
	if err := b.forward(ctx, dir); err != nil {
		return fmt.Errorf("forwarding: %w", err)
	}
	if err := b.scale(ctx, dir); err != nil {
		return fmt.Errorf("scale: %w", err)
	}
	if err := packages(ctx); err != nil {
		return err
	}
	if len(b.missed) > 0 {
		return fmt.Errorf("over a hard limit: %s", strings.Join(b.missed, ", "))
	}
	return nil
}

// section begins a part of the report with what its numbers mean.
func section(title, meaning string) {
	fmt.Printf("\n%s\n%s\n", strings.ToUpper(title), meaning)
}

// row prints a measure beside its goal; goal 0 is none.
func row(what string, value, goal float64, unit string) {
	line := fmt.Sprintf("  %-44s %9.1f %-3s", what, value, unit)
	if goal > 0 {
		verdict := "ok"
		if value >= goal {
			verdict = "OVER"
		}
		line += fmt.Sprintf("  goal < %-6g %3.0f %%  %s", goal, 100*value/goal, verdict)
	}
	fmt.Println(line)
}

func (b *bench) size() error {
	info, err := os.Stat(b.bin)
	if err != nil {
		return err
	}
	section("Size", "The program is one file, which is all there is to download.")
	row("program", float64(info.Size())/1e6, float64(b.limit)/1e6, "MB")
	if info.Size() >= b.limit {
		b.missed = append(b.missed, "size of the program")
	}
	return nil
}

// packages runs the benchmarks of the packages: pages over a filled store, the
// store itself, and answers of the DNS server.
func packages(ctx context.Context) error {
	for _, p := range []struct{ pkg, pattern, title, meaning string }{
		{"./web/", "Pages", "Pages inside the server", "Time from request to answer without a network, on the demo lab and with 10,000 endpoints."},
		{"./store/sqlite/", ".", "Store", "ns/op is the time of one operation; 10,000 endpoints are in the file."},
		{"./dataplane/", "OpenPorts|Connect", "Opening ports, and connections to them", "10,000 endpoints with two TCP ports each, without what is stored about them: the goal is a second and 5 KB each, the kernel's share of 4.4 KB included.\nThen short connections at a port in the process's own table of files and at one in an annex."},
		{"./dns/", "Answer", "DNS answers", "Time of one answer without a socket: packed before, to an invented name, chosen by weight."},
	} {
		section(p.title, p.meaning)
		cmd := exec.CommandContext(ctx, "go", "test", "-trimpath", "-run", "^$", "-bench", p.pattern, "-benchtime", "1s", p.pkg)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("benchmarks of %s: %w\n%s", p.pkg, err, out)
		}
		any := false
		for line := range strings.Lines(string(out)) {
			if !strings.HasPrefix(line, "ok") && line != "PASS\n" {
				fmt.Print("  ", line)
				any = any || strings.HasPrefix(line, "Benchmark")
			}
		}
		if !any {
			fmt.Println("  no benchmark there")
		}
	}
	return nil
}
