package reconcile_test

import (
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"culvert.internal/cloud"
	"culvert.internal/reach"
)

// TestIDC: programs that send from the IDC's range on this host are clients of
// the VPC it is attached to, by TCP and UDP, and of no other (TYN-03).
func TestIDC(t *testing.T) {
	l := start(t, filepath.Join(t.TempDir(), "culvert.db"), "127.108.0.0/14")
	ctx := t.Context()
	one, two := l.site("one", "192.168.0.0/16", "192.168.1.0/24"), l.site("two", "192.168.0.0/16", "192.168.1.0/24")
	web, echo, far := l.server(one, "web", cloud.ProgramWeb, "18080"), l.server(one, "echo", cloud.ProgramEcho, "18007"), l.server(two, "far", cloud.ProgramEcho, "18007")
	idc, err := l.a.CreateIDC(ctx, guangzhou, cloud.IDCInput{Name: "HQ", Link: cloud.LinkDirect, CIDR: "10.8.0.0/24"})
	l.ok(err)
	dial := func(network string, to cloud.Instance) (net.Conn, error) {
		return l.hostDial(network, to.VPC, idc.Client(), idc.TwinOf(idc.Client()), netip.AddrPortFrom(to.IP, to.Port))
	}
	judged := func(to cloud.Instance) reach.Verdict {
		return l.Explain(ctx, reach.Flow{Protocol: reach.TCP, VPC: idc.ID, Entry: to.VPC, Source: idc.Client(), Target: to.IP, Port: to.Port})
	}
	said := func() string {
		c, err := dial("tcp", web)
		if err != nil {
			return ""
		}
		text, _ := page(c)
		return text
	}
	answers := func(i cloud.Instance) bool {
		c, err := dial("udp", i)
		return err == nil && echoed(c)
	}

	l.until("the judge knows the IDC", func() bool { return judged(web).Reason.Key == "reach.source.idc.detached" })
	// It tries until it is heard: the doors may open after the judge knows it. In a
	// namespace there is no way to a VPC that it is not attached to, so that
	// nobody hears of the attempt.
	l.until("the attempt is in the log under the IDC's name", func() bool {
		if text := said(); text != "" || answers(echo) {
			t.Fatalf("an IDC that is attached to nothing gets through: %s", text)
		}
		if *inNetns {
			return true
		}
		tried, err := l.a.Attempts(ctx, cloud.AttemptQuery{Limit: 10})
		l.ok(err)
		for _, a := range tried {
			if a.Client == "HQ" && !a.Allowed && a.Gate == string(reach.GateSource) && a.VPC == one.vpc.ID {
				return true
			}
		}
		return false
	})

	_, err = l.a.AttachIDC(ctx, idc.ID, one.vpc.ID)
	l.ok(err)
	l.until("the page answers", func() bool { return strings.Contains(said(), idc.Client().String()+":") })
	l.until("datagrams come back", func() bool { return answers(echo) })
	if answers(far) || judged(far).Reason.Key != "reach.source.idc.elsewhere" {
		t.Error("it reaches a VPC that it is not attached to")
	}
	v := judged(web)
	if !v.Allowed || v.Steps[0].Reason.Key != "reach.source.idc" || v.Steps[1].Reason.Key != "reach.egress.idc" {
		t.Errorf("%+v", v.Steps)
	}

	// After a restart's worth of applying everything again it is the same, and
	// a deleted IDC is a stranger.
	l.ok(l.a.DeleteIDC(ctx, idc.ID))
	l.until("it is a stranger", func() bool { return said() == "" && !answers(echo) })
}
