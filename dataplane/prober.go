package dataplane

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"culvert.internal/proxyproto"
)

// soonest is the shortest time between two checks of a probe, however many
// clients fail.
const soonest = 100 * time.Millisecond

// prober is a Probe at work.
type prober struct {
	plane  *Plane
	asked  Probe // as given
	probe  Probe // with the defaults
	ctx    context.Context
	cancel context.CancelFunc
	soon   chan struct{}

	known   bool
	healthy bool
	streak  int // results in a row that speak against healthy
}

func newProber(p *Plane, asked Probe) *prober {
	pr := asked
	pr.Interval = cmp.Or(pr.Interval, DefaultProbeInterval)
	pr.Timeout = cmp.Or(pr.Timeout, DefaultProbeTimeout)
	pr.Rise = cmp.Or(pr.Rise, DefaultRise)
	pr.Fall = cmp.Or(pr.Fall, DefaultFall)
	pr.Method = cmp.Or(pr.Method, http.MethodHead)
	pr.Path = cmp.Or(pr.Path, "/")
	pr.Host = cmp.Or(pr.Host, pr.Addr.Addr().String())
	pr.Expect = cmp.Or(pr.Expect, DefaultExpect)
	w := &prober{plane: p, asked: asked, probe: pr, soon: make(chan struct{}, 1)}
	w.ctx, w.cancel = context.WithCancel(p.ctx)
	return w
}

func (w *prober) target() target { return target{w.probe.VPC, w.probe.Addr} }

func (w *prober) hurry() {
	select {
	case w.soon <- struct{}{}:
	default:
	}
}

func (w *prober) run() {
	defer w.cancel()
	timer := time.NewTimer(0)
	defer timer.Stop()
	<-timer.C
	for {
		began := time.Now()
		why := w.check()
		if w.ctx.Err() != nil {
			return
		}
		w.observe(why)
		timer.Reset(w.probe.Interval)
		select {
		case <-w.ctx.Done():
			return
		case <-timer.C:
		case <-w.soon:
			timer.Reset(time.Until(began.Add(min(soonest, w.probe.Interval))))
			select {
			case <-w.ctx.Done():
				return
			case <-timer.C:
			}
		}
	}
}

// observe counts one result. The first one decides, so that neither a start
// nor a new backend has blind seconds.
func (w *prober) observe(why string) {
	good := why == "ok"
	if good {
		w.plane.suspects.clear(w.target())
	}
	switch {
	case !w.known:
		w.known, w.healthy = true, good
	case good == w.healthy:
		w.streak = 0
		return
	default:
		w.streak++
		need := w.probe.Rise
		if w.healthy {
			need = w.probe.Fall
		}
		if w.streak < need {
			return
		}
		w.healthy = good
	}
	w.streak = 0
	if w.plane.opt.Health != nil {
		w.plane.opt.Health(w.probe.ID, good, why)
	}
}

// check probes once: "ok", or why not.
func (w *prober) check() string {
	if w.probe.Blocked != "" {
		return w.probe.Blocked
	}
	ctx, cancel := context.WithTimeout(w.ctx, w.probe.Timeout)
	defer cancel()
	network := "tcp"
	if w.probe.Kind == ProbeUDP {
		network = "udp"
	}
	conn, err := w.plane.net.Dial(ctx, network, w.probe.VPC, w.probe.From, w.probe.Addr)
	if err != nil {
		return Code(err)
	}
	defer conn.Close()
	// A removed probe ends at once, whatever it is waiting for.
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	if w.probe.Kind == ProbeUDP {
		return checkUDP(conn)
	}
	if w.probe.Introduce {
		if _, err := conn.Write(proxyproto.Header{Local: true}.Append(nil)); err != nil {
			return Code(err)
		}
	}
	if w.probe.Kind == ProbeHTTP {
		return w.checkHTTP(conn)
	}
	return "ok"
}

func (w *prober) checkHTTP(conn net.Conn) string {
	// Written by hand because a client of net/http would follow redirects,
	// keep connections and add goroutines for one line each way.
	target := (&url.URL{Path: w.probe.Path}).RequestURI()
	if strings.ContainsAny(w.probe.Path, "?%") {
		target = w.probe.Path
	}
	_, err := fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: culvert-health\r\nAccept: */*\r\nConnection: close\r\n\r\n",
		w.probe.Method, target, w.probe.Host)
	if err != nil {
		return Code(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: w.probe.Method})
	if err != nil {
		if code := Code(err); code != "error" {
			return code
		}
		return "malformed"
	}
	_ = res.Body.Close()
	class := fmt.Sprintf("http_%dxx", res.StatusCode/100)
	for want := range strings.SplitSeq(w.probe.Expect, ",") {
		if strings.TrimSpace(want) == class {
			return "ok"
		}
	}
	return fmt.Sprintf("status %d", res.StatusCode)
}

// checkUDP sends a packet. UDP promises no answer, so silence is good: only
// the host saying that nobody is there is bad.
func checkUDP(conn net.Conn) string {
	if _, err := conn.Write([]byte("culvert-health")); err != nil {
		return Code(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err != nil && Code(err) == "refused" {
		return "refused"
	}
	return "ok"
}
