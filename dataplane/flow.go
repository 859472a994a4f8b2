package dataplane

import (
	"fmt"
	"net"
	"net/netip"
	"time"

	"culvert.internal/reach"
)

// begin starts the story of a flow that a host address opens to a port of the
// front. A client of another VPC than the front's, or of none, can reach it on a
// loopback underlay; the flow then says where it came in, because its own VPC
// may know the same address for something else.
func (f *front) begin(protocol reach.Protocol, vpc string, at, host netip.AddrPort) Attempt {
	in, addr, ok := f.plane.net.Origin(vpc, host.Addr())
	if !ok {
		in, addr = "", host.Addr().Unmap()
	}
	flow := reach.Flow{Protocol: protocol, VPC: in, Source: addr, Target: at.Addr(), Port: at.Port()}
	if in != vpc {
		flow.Entry = vpc
	}
	return Attempt{ID: f.plane.flowID.Add(1), At: time.Now(), Key: f.key, Flow: flow, SourcePort: host.Port()}
}

// listener names the wheel of a flow.
func (f *front) listener(a Attempt) string {
	if a.Verdict.Listener != "" {
		return a.Verdict.Listener
	}
	return fmt.Sprintf("%s %s %d", f.key, a.Flow.Protocol, a.Flow.Port)
}

// turnedAway counts and reports a flow that was not joined.
func (f *front) turnedAway(a Attempt, end string) {
	if end == EndRefused {
		f.count.refused.Add(1)
	} else {
		f.count.failed.Add(1)
	}
	if a.Verdict.Balancer != "" {
		f.count.behind.Add(1)
	}
	f.plane.report(record{
		route: newRoute(&a), id: a.ID, at: a.At.UnixNano(), took: time.Since(a.At),
		client: inet4Of(netip.AddrPortFrom(a.Flow.Source, a.SourcePort)), end: endCode(end),
	})
}

// crowd is a limit that a flow found no room under.
type crowd struct {
	limit int
	all   bool // of the whole plane
}

// turnAwayCrowded reports a flow there is no room for. The judge is asked all
// the same, because it knows whose flow it would have been.
func (f *front) turnAwayCrowded(a Attempt, c crowd) {
	a.Verdict = f.plane.judge.Judge(a.Flow)
	if !a.Verdict.Allowed {
		f.turnedAway(a, EndRefused)
		return
	}
	key := ReasonCrowded
	if c.all {
		key = ReasonLimit
	}
	a.Verdict = stopAt(a.Verdict, key, map[string]string{"limit": fmt.Sprint(c.limit)})
	f.turnedAway(a, EndLimit)
}

// unconnected is the verdict on an allowed flow that no backend took.
func unconnected(v reach.Verdict, last reach.Backend, err error) reach.Verdict {
	return stopAt(v, ReasonConnect, map[string]string{"backend": last.Name, "error": Code(err)})
}

func orDefault(d, fallback time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return fallback
}

// reset closes a connection, a TCP one with a RST.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
