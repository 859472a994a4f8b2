package instance

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"time"

	"culvert.internal/reach"
)

// probeWatch is how long a probe looks on after connecting: where a gate
// depends on the client, the port accepts and resets.
const probeWatch = 150 * time.Millisecond

// probe connects once and says how long that took.
func probe(sh *shell, args []string) bool {
	usage := func() bool { return sh.fail("terminal.usage", "usage", "probe HOST:PORT") }
	if len(args) == 2 {
		args = []string{net.JoinHostPort(args[0], args[1])}
	}
	if len(args) != 1 {
		return usage()
	}
	host, portText, err := net.SplitHostPort(args[0])
	port, ok := portNumber(portText)
	if err != nil || !ok || host == "" {
		return usage()
	}
	started := time.Now()
	c, err := sh.dial(sh.ctx, string(reach.TCP), host, port)
	took := time.Since(started)
	if err != nil {
		var refused *Refused
		word := "failed"
		if errors.As(err, &refused) {
			word = "refused at gate " + string(refused.Verdict.Gate)
		}
		sh.out.print(fmt.Sprintf("tcp %s %s after %s\n", args[0], word, milliseconds(took)))
		sh.explain(err, args[0])
		return false
	}
	defer c.Close()
	_ = c.SetReadDeadline(time.Now().Add(probeWatch))
	if _, err := c.Read(make([]byte, 1)); err != nil && !errors.Is(err, io.EOF) && !isTimeout(err) {
		sh.out.print(fmt.Sprintf("tcp %s connected in %s, then reset\n", args[0], milliseconds(took)))
		sh.explain(err, args[0])
		return false
	}
	sh.out.print(fmt.Sprintf("tcp %s connected in %s (%s -> %s)\n", args[0], milliseconds(took), c.local, c.remote))
	return true
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000)
}

// ping says what the rules say about ICMP. No packet is sent: a twin on this
// host answers every ping, whatever the rules are.
func ping(sh *shell, args []string) bool {
	_, operands, bad := getopt(args, "c:i:W:4", nil)
	if bad != "" {
		return sh.fail("terminal.option", "command", "ping", "option", bad)
	}
	if len(operands) != 1 {
		return sh.fail("terminal.usage", "usage", "ping HOST")
	}
	flow := reach.Flow{Protocol: "icmp", VPC: sh.spec.VPC, Source: sh.spec.Addr}
	targets, unresolved := sh.doors.targets(sh.ctx, sh.spec, operands[0], &flow)
	flow.Target = targets[0]
	v := sh.doors.judgeFrom(sh.spec, flow, unresolved)
	target := operands[0]
	if flow.Name != "" && flow.Target != (netip.Addr{}) {
		target = strings.TrimSuffix(flow.Name, ".") + " (" + flow.Target.String() + ")"
	}
	sh.note("terminal.ping.rules")
	if v.Allowed {
		sh.out.print("PING ", target, ": the rules allow it\n")
		sh.note("terminal.ping.allowed", "target", target)
		return true
	}
	sh.out.print("PING ", target, ": the rules do not allow it (gate ", string(v.Gate), ")\n")
	sh.explain(&Refused{Flow: flow, Verdict: v, Cause: unresolved}, target)
	return false
}
