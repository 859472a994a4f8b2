package reconcile_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/reach"
)

// site is a VPC of ctyun with a subnet and a group that lets everything in.
type site struct {
	vpc    cloud.VPC
	subnet cloud.VSwitch
	open   cloud.SecurityGroup
	shut   cloud.SecurityGroup
}

func (l *lab) site(name, cidr, subnet string) site {
	l.t.Helper()
	ctx := l.t.Context()
	var s site
	var err error
	s.vpc, err = l.a.CreateVPC(ctx, guangzhou, cloud.VPCInput{Name: name, CIDR: cidr})
	l.ok(err)
	s.subnet, err = l.a.CreateVSwitch(ctx, guangzhou, cloud.VSwitchInput{VPC: s.vpc.ID, Zone: guangzhou + "a", Name: name + "-a", CIDR: subnet})
	l.ok(err)
	s.open, err = l.a.CreateSecurityGroup(ctx, guangzhou, cloud.GroupInput{VPC: s.vpc.ID, Name: name + "-open", Template: cloud.TemplateOpen})
	l.ok(err)
	s.shut, err = l.a.CreateSecurityGroup(ctx, guangzhou, cloud.GroupInput{VPC: s.vpc.ID, Name: name + "-shut", Template: cloud.TemplateEmpty})
	l.ok(err)
	return s
}

func (l *lab) server(s site, name, program, port string) cloud.Instance {
	l.t.Helper()
	i, err := l.a.CreateInstance(l.t.Context(), guangzhou, cloud.InstanceInput{
		Name: name, VSwitch: s.subnet.ID, Groups: []string{s.open.ID}, Program: program, Port: port,
	})
	l.ok(err)
	return i
}

// hostDial connects from an address of this host, as a program of the user's
// does.
func (l *lab) hostDial(network, vpc string, from, twin netip.Addr, to netip.AddrPort) (net.Conn, error) {
	l.t.Helper()
	c, err := l.from(network, vpc, from, twin, to, 5*time.Second)
	if err != nil {
		return nil, err
	}
	l.t.Cleanup(func() { _ = c.Close() })
	return c, c.SetDeadline(time.Now().Add(5 * time.Second))
}

// page asks the built-in page on a connection and answers what it says.
func page(c net.Conn) (string, error) {
	if _, err := fmt.Fprint(c, "GET / HTTP/1.0\r\n\r\n"); err != nil {
		return "", err
	}
	all, err := io.ReadAll(c)
	return string(all), err
}

// echoed says whether a datagram comes back.
func echoed(c net.Conn) bool {
	if _, err := c.Write([]byte("hello")); err != nil {
		return false
	}
	_ = c.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
	b := make([]byte, 16)
	n, err := c.Read(b)
	return err == nil && string(b[:n]) == "hello"
}

// TestNICs: a secondary NIC is dialled like the instance itself, its own groups
// decide, and what it sends is the instance's (TYS-10).
func TestNICs(t *testing.T) {
	l := start(t, filepath.Join(t.TempDir(), "culvert.db"), "127.104.0.0/14")
	ctx := t.Context()
	s := l.site("one", "192.168.0.0/16", "192.168.1.0/24")
	other, err := l.a.CreateVSwitch(ctx, guangzhou, cloud.VSwitchInput{VPC: s.vpc.ID, Zone: guangzhou + "b", Name: "b", CIDR: "192.168.2.0/24"})
	l.ok(err)
	web, client := l.server(s, "web", cloud.ProgramWeb, "18080"), l.server(s, "client", cloud.ProgramNone, "")
	nic, err := l.a.AddNIC(ctx, web.ID, cloud.NICInput{VSwitch: other.ID, Groups: []string{s.open.ID}})
	l.ok(err)
	view, err := l.a.NIC(ctx, nic.ID)
	l.ok(err)
	get := func(to netip.Addr) (string, error) {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		c, err := l.Doors().Dial(ctx, client.ID, "tcp", to.String(), 18080)
		if err != nil {
			return "", err
		}
		defer c.Close()
		return page(c)
	}
	for _, to := range []netip.Addr{web.IP, nic.IP} {
		want := fmt.Sprintf("%s:", client.IP)
		l.until("the page shows through which NIC it was reached", func() bool {
			said, err := get(to)
			return err == nil && strings.Contains(said, want) && strings.Contains(said, "-> "+to.String()+":18080")
		})
	}
	_, err = l.a.SetNICGroups(ctx, nic.ID, []string{s.shut.ID})
	l.ok(err)
	flow := reach.Flow{Protocol: reach.TCP, VPC: s.vpc.ID, Source: client.IP, Target: nic.IP, Port: 18080}
	l.until("the groups of the NIC refuse", func() bool { return l.Explain(ctx, flow).Gate == reach.GateIngress })
	if _, err := get(nic.IP); err == nil {
		t.Error("the groups of the NIC let it in")
	}
	if _, err := get(web.IP); err != nil {
		t.Error("the groups of the NIC shut the primary one:", err)
	}

	// From the NIC's address on this host: the instance itself is the client.
	echo := l.server(s, "echo", cloud.ProgramEcho, "18007")
	l.until("the NIC sends", func() bool {
		c, err := l.hostDial("udp", s.vpc.ID, nic.IP, view.Twin, netip.AddrPortFrom(echo.IP, 18007))
		return err == nil && echoed(c)
	})
	if v := l.Explain(ctx, reach.Flow{Protocol: reach.UDP, VPC: s.vpc.ID, Source: nic.IP, Target: echo.IP, Port: 18007}); !v.Allowed ||
		v.Steps[0].Fix.ID != web.ID {
		t.Errorf("the client is not the instance: %+v", v.Steps)
	}

	// Removed, the address is nobody's; the primary one goes on.
	l.ok(l.a.RemoveNIC(ctx, nic.ID))
	l.until("the address is free", func() bool { return l.Explain(ctx, flow).Gate == reach.GateRoute })
	l.until("nothing listens there", func() bool {
		_, err := l.hostDial("tcp", s.vpc.ID, client.IP, s.subnet.TwinOf(client.IP), netip.AddrPortFrom(nic.IP, 18080))
		return err != nil
	})
	if _, err := get(web.IP); err != nil {
		t.Error(err)
	}
}
