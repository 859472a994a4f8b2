package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"time"
)

// The ports of the backend. Every forwarder has the same ones at an address of
// its own and sends what comes there to the backend's.
const (
	portBulk   = 9001 // TCP: sends without an end
	portEcho   = 9002 // TCP: sends each message back
	portAnswer = 9003 // TCP: sends one message back and closes
	portSink   = 9004 // UDP: counts
	portBack   = 9005 // UDP: sends each packet back
	portCredit = 9006 // UDP, of the client: how much the sink has received
)

var (
	portsTCP = []uint16{portBulk, portEcho, portAnswer}
	portsUDP = []uint16{portSink, portBack}
)

// order is what a load process is to do.
type order struct {
	Do         string        // a key of loads
	At         netip.Addr    // of the forwarder, or the backend's own
	Sources    []netip.Addr  // to come from
	Streams    int           // connections or flows at once
	Size       int           // of a packet, in bytes
	For        time.Duration // to measure; warming up comes before
	Congestion string        // of the sockets, "" for the machine's
}

// done is what came of an order.
type done struct {
	PerSecond   float64       // bytes, messages, connections or packets
	Count       int64         // of the same, with those of warming up
	P50, P99    time.Duration // of one of them
	Wrong, Lost int64
	Note, Err   string // what was in the way; Err: there is no result
}

// loads are the programs by name.
var loads = map[string]func(*worker, order) (done, error){
	"backend":  (*worker).backend,
	"hold":     (*worker).hold,
	"bulk":     func(_ *worker, o order) (done, error) { return bulk(o) },
	"pingpong": func(_ *worker, o order) (done, error) { return pingPong(o) },
	"connect":  func(_ *worker, o order) (done, error) { return connects(o) },
	"oneway":   func(_ *worker, o order) (done, error) { return oneWay(o) },
	"echo":     func(_ *worker, o order) (done, error) { return thereAndBack(o) },
}

// worker is the inside of a load process.
type worker struct {
	served *backend
	held   []int // connections that are kept
}

// work follows orders from its input, one JSON value each, until that ends.
// So it ends with whoever started it.
func work(in io.Reader, out io.Writer) error {
	debug.SetGCPercent(800)
	w := &worker{}
	orders, answers := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var o order
		if err := orders.Decode(&o); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		load, ok := loads[o.Do]
		if !ok {
			return fmt.Errorf("no load is called %q", o.Do)
		}
		d, err := load(w, o)
		if err != nil {
			d.Err = err.Error()
		}
		if err := answers.Encode(d); err != nil {
			return err
		}
	}
}

// crew is a load process seen from outside.
type crew struct {
	cmd     *exec.Cmd
	orders  *json.Encoder
	answers *json.Decoder
	in      io.Closer
}

func hire() (*crew, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &crew{cmd: exec.Command(self, "-load")}
	c.cmd.Stderr = os.Stderr
	in, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.in, c.orders, c.answers = in, json.NewEncoder(in), json.NewDecoder(out)
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the load: %w", err)
	}
	return c, nil
}

// do has an order done. A load that does not come back is ended.
func (c *crew) do(ctx context.Context, o order) (done, error) {
	stop := context.AfterFunc(ctx, func() { _ = c.cmd.Process.Kill() })
	late := time.AfterFunc(o.For+60*time.Second, func() { _ = c.cmd.Process.Kill() })
	defer func() { stop(); late.Stop() }()
	var d done
	if err := errors.Join(c.orders.Encode(o), c.answers.Decode(&d)); err != nil {
		return d, fmt.Errorf("the load %q ended: %w", o.Do, cmp.Or(ctx.Err(), err))
	}
	if d.Err != "" {
		return d, fmt.Errorf("the load %q: %s", o.Do, d.Err)
	}
	return d, nil
}

func (c *crew) dismiss() {
	_ = c.in.Close()
	late := time.AfterFunc(3*time.Second, func() { _ = c.cmd.Process.Kill() })
	defer late.Stop()
	_ = c.cmd.Wait()
}

// percentiles of some times, which are sorted for that.
func percentiles(took []time.Duration) (p50, p99 time.Duration) {
	if len(took) == 0 {
		return 0, 0
	}
	slices.Sort(took)
	return took[len(took)/2], took[len(took)*99/100]
}
