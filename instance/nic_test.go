package instance

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"culvert.internal/reach"
)

// TYS-10: the built-in programs listen on every NIC and say through which one
// they were reached; a NIC that comes or goes leaves the others alone.
func TestProgramOnEveryNIC(t *testing.T) {
	l := newLab(t)
	s := l.web("sg-open")
	nic := func(on ...string) {
		s.Addrs = []netip.Addr{s.Addr}
		for n, ip := range on {
			s.Addrs = append(s.Addrs, addr(ip))
			l.world.PutHost(reach.Host{ID: fmt.Sprint("nic-", n), Name: "ECS2 " + ip, Instance: s.ID, VPC: s.VPC, Addr: addr(ip), Groups: []string{"sg-open"}, Running: true})
		}
		must(t, l.doors.Set(s))
	}
	nic("10.10.2.7")
	kept, err := l.doors.Dial(t.Context(), "i-1", "tcp", "10.10.2.2", 8081)
	must(t, err)
	for _, ip := range []string{"10.10.2.2", "10.10.2.7"} {
		c, err := l.doors.Dial(t.Context(), "i-1", "tcp", ip, 8081)
		must(t, err)
		if said := page(t, c, "*/*"); !strings.Contains(said, "-> "+ip+":8081") {
			t.Errorf("reached by %s, it says %s", ip, said)
		}
	}
	nic()
	if host, ok := l.doors.Server("i-2"); !ok || host.Addr() != addr(l.slice+"2") {
		t.Errorf("the primary NIC's server is at %s", host)
	}
	if said := page(t, kept, "*/*"); !strings.Contains(said, "-> 10.10.2.2:8081") {
		t.Errorf("an open connection was cut: %s", said)
	}
	l.world.DropHost("nic-0")
	_, err = l.doors.Dial(t.Context(), "i-1", "tcp", "10.10.2.7", 8081)
	wantRefused(t, err, reach.GateRoute)
}
