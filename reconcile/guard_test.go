package reconcile_test

import (
	"io"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/reach"
)

// COM-09: in namespaces the groups of two instances hold for programs of the
// user's own, which no door and no built-in program stands between. What is
// refused is in the log, once; what was let through goes on.
func TestProgramsAreJudged(t *testing.T) {
	if !*inNetns {
		t.Skip("on the loopback any program may use any twin")
	}
	l := start(t, filepath.Join(t.TempDir(), "culvert.db"), "127.108.0.0/14")
	ctx := t.Context()
	s := l.site("one", "192.168.0.0/16", "192.168.1.0/24")
	client, server := l.server(s, "client", cloud.ProgramNone, ""), l.server(s, "server", cloud.ProgramNone, "")
	to := netip.AddrPortFrom(server.IP, 5432)
	judged := func() reach.Verdict {
		return l.Explain(ctx, reach.Flow{Protocol: reach.TCP, VPC: s.vpc.ID, Source: client.IP, Target: to.Addr(), Port: to.Port()})
	}
	l.until("the judge lets it in", func() bool { return judged().Allowed })
	l.until("the server is in its namespace", func() bool {
		space, err := l.under.Space(server.ID)
		l.ok(err)
		if space != nil {
			_ = space.Close()
		}
		return space != nil
	})
	ln, err := l.under.Listen(s.vpc.ID, to)
	l.ok(err)
	defer ln.Close()
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(c, c); _ = c.Close() }()
		}
	}()
	l.until("they are in their namespaces", func() bool { return l.program(client.ID, to) == nil })
	conn, err := l.from("tcp", s.vpc.ID, client.IP, netip.Addr{}, to, 5*time.Second)
	l.ok(err)
	defer conn.Close()

	_, err = l.a.SetInstanceGroups(ctx, server.ID, []string{s.shut.ID})
	l.ok(err)
	l.until("the judge refuses", func() bool { return judged().Gate == reach.GateIngress })
	if err := l.program(client.ID, to); err == nil {
		t.Error("a program gets through to another one that its group does not let in")
	}
	l.ok(conn.SetDeadline(time.Now().Add(5 * time.Second)))
	if !echoed(conn) {
		t.Error("a connection that was let through is gone")
	}
	l.until("the attempt is in the log, with the gate", func() bool {
		tried, err := l.a.Attempts(ctx, cloud.AttemptQuery{Limit: 10})
		l.ok(err)
		return len(tried) == 1 && tried[0].Client == "client" && tried[0].Gate == string(reach.GateIngress) && tried[0].Target == to && !tried[0].Allowed
	})

	_, err = l.a.SetInstanceGroups(ctx, server.ID, []string{s.open.ID})
	l.ok(err)
	l.until("it is let in again", func() bool { return l.program(client.ID, to) == nil })
}
