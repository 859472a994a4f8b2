package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"culvert.internal/cloud"
	"culvert.internal/lab"
	"culvert.internal/reach"
	"culvert.internal/reconcile"
	"culvert.internal/views/text"
)

// checkPatience is how long a lab may take until all of it runs and every
// backend has been probed.
const checkPatience = time.Minute

// labCheck starts the lab of a file beside whatever runs here, makes every
// connection that the file expects something of, and tells the differences: exit
// code 0 without any, 1 with some, 2 when the file is wrong or the lab cannot be
// started.
func labCheck(ctx context.Context, args []string, stdout, stderr io.Writer) (int, error) {
	fs := labFlags("check", "FILE", stderr)
	printed := fs.Bool("print", false, "write what becomes of every connection to an endpoint or CLB as a section to paste into the file")
	language := fs.String("lang", "", "language of the reasons: zh or en; empty: as $LC_ALL or $LANG says, else en")
	s := settings{}
	fs.StringVar(&s.underlay, "underlay", loopback, "as for culvert serve: loopback or netns")
	if err := parse(fs, args); err != nil {
		return 2, err
	}
	if err := s.known(); err != nil {
		return 2, err
	}
	file, err := oneFile(fs)
	if err != nil {
		return 2, err
	}
	data, err := readFile(file)
	if err != nil {
		return 2, err
	}
	c := &checker{settings: &s, lang: languageOf(*language)}
	code := 2
	err = untilStopped(ctx, func(ctx context.Context) (err error) {
		code, err = c.check(ctx, data, file, *printed, stdout, stderr)
		if failed := c.close(); failed != nil && code < 2 {
			code, err = 2, failed
		}
		return err
	})
	return code, err
}

// check is labCheck for a file that was read. What a check that was stopped has
// found out says nothing about the lab.
func (c *checker) check(ctx context.Context, data []byte, file string, printed bool, stdout, stderr io.Writer) (int, error) {
	faults, err := c.start(ctx, data)
	if len(faults) > 0 {
		tellFaults(stderr, c.lang, file, faults)
		return 2, errTold
	}
	list := c.expected
	if printed {
		list = c.facts.matrix()
	}
	var found []outcome
	if err == nil {
		found = c.outcomes(ctx, list)
	}
	switch {
	case ctx.Err() != nil:
		return 2, errors.New("the check was stopped")
	case err != nil:
		return 2, err
	case printed:
		for i, o := range found {
			list[i].Result = o.result
		}
		if _, err := stdout.Write(lab.Section(list)); err != nil {
			return 2, err
		}
	case c.compare(stdout, file, found) > 0:
		return 1, errTold
	}
	return 0, nil
}

// languageOf is the language that a flag or the environment asks for.
func languageOf(flag string) text.Lang {
	for _, tag := range []string{flag, os.Getenv("LC_ALL"), os.Getenv("LANG")} {
		if len(tag) >= 2 {
			if l, ok := text.Parse(tag[:2]); ok {
				return l
			}
		}
	}
	return text.EN
}

// checker is a lab that runs to be checked.
type checker struct {
	*settings
	lang     text.Lang
	net      reconcile.Underlay
	engine   *cloud.Engine
	lab      *reconcile.Lab
	expected []lab.Expectation
	facts    checkFacts
	undo     []func() error // in the reverse order
}

// start makes the lab in a folder of its own and runs it.
func (c *checker) start(ctx context.Context, data []byte) ([]lab.Fault, error) {
	dir, err := os.MkdirTemp("", "culvert-check-")
	if err != nil {
		return nil, err
	}
	c.data = dir
	c.undo = append(c.undo, func() error { return os.RemoveAll(dir) })
	base, release, err := freeSlice()
	if err != nil {
		return nil, err
	}
	c.undo = append(c.undo, release)
	e, done, err := openEngine(dir, cloud.Options{Base: base, Demo: true})
	if err != nil {
		return nil, err
	}
	c.engine, c.undo = e, append(c.undo, done)
	var gates []string
	for _, g := range reach.Gates() {
		gates = append(gates, string(g))
	}
	loaded, faults, err := lab.Load(ctx, c.engine, cloud.SystemActor, data, gates, false)
	if err != nil || len(faults) > 0 {
		return faults, err
	}
	c.expected, c.facts.called = loaded.Expected, loaded.Called
	opt := reconcile.Options{Log: slog.New(slog.DiscardHandler)}
	under, err := c.addresses(&opt)
	if err != nil {
		return nil, err
	}
	c.undo = append(c.undo, func() error { under.Close(); return nil })
	c.net = under
	if c.lab, err = reconcile.New(c.engine, under, opt); err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(ctx)
	g := new(errgroup.Group)
	g.Go(func() error { return c.lab.Run(running) })
	c.undo = append(c.undo, func() error { stop(); return g.Wait() })
	if err := c.engine.View(ctx, c.facts.read); err != nil {
		return nil, err
	}
	return nil, c.settle(ctx)
}

// close ends everything that start began.
func (c *checker) close() (err error) {
	for i := len(c.undo) - 1; i >= 0; i-- {
		err = errors.Join(err, c.undo[i]())
	}
	c.undo = nil
	return err
}

// settle waits until all of the lab runs and every backend has been probed.
func (c *checker) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, checkPatience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var runs time.Time // since when everything does
	for {
		wait := c.lab.Ready()
		if wait == nil {
			for _, b := range c.facts.balancers {
				for _, h := range c.lab.Health(b.ID) {
					if !h.Known {
						wait = fmt.Errorf("the backends of %s have not been probed", b.Name)
					}
				}
			}
		}
		if wait == nil && runs.IsZero() {
			runs = time.Now()
		}
		if wait == nil && (c.published(ctx) || time.Since(runs) > namePatience) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the lab does not run after %v: %w", checkPatience, wait)
		case <-tick.C:
		}
	}
}

// namePatience is how long names of accepted endpoints may take to be published
// once everything runs; those of zones that do not work never are.
const namePatience = 5 * time.Second

// published says whether every accepted endpoint's name resolves in its VPC.
func (c *checker) published(ctx context.Context) bool {
	for _, e := range c.facts.order.endpoints {
		if name := c.engine.EndpointDomain(e); e.Decision == cloud.Allowed && name != "" {
			if len(c.lab.Resolve(ctx, e.VPC, netip.Addr{}, name, "A").Answer) == 0 {
				return false
			}
		}
	}
	return true
}

// atOnce is how many connections are tried at the same time.
const atOnce = 16

// outcomes tries every connection, and says what became of each.
func (c *checker) outcomes(ctx context.Context, list []lab.Expectation) []outcome {
	out := make([]outcome, len(list))
	g := new(errgroup.Group)
	g.SetLimit(atOnce)
	for i, x := range list {
		g.Go(func() error {
			out[i] = c.try(ctx, x)
			return nil
		})
	}
	_ = g.Wait()
	return out
}

// compare tells where the lab is not as expected and counts the places.
func (c *checker) compare(w io.Writer, file string, found []outcome) int {
	different := 0
	for i, o := range found {
		x := c.expected[i]
		if o.result == x.Result {
			continue
		}
		different++
		fmt.Fprintf(w, "%s:%d: %s -> %s:%d/%s\n", file, x.Line, x.From, x.To, x.Port, x.Protocol)
		fmt.Fprintf(w, "  %s\n", c.lang.T("lab.check.differs", "want", x.Result, "is", o.result))
		if o.why.Key != "" {
			fmt.Fprintf(w, "  %s\n", c.lang.T2(o.why.Key, o.why.Args))
		}
		if o.err != nil {
			fmt.Fprintf(w, "  %v\n", o.err)
		}
	}
	key := "lab.check.same"
	if different > 0 {
		key = "lab.check.different"
	}
	fmt.Fprintln(w, c.lang.T(key, "n", len(c.expected), "different", different))
	return different
}
