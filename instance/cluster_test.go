package instance

import (
	"encoding/json"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"

	"culvert.internal/reach"
)

// cluster is one of two programs on the address of ECS2, with a public endpoint.
func (l *lab) cluster(id string, port uint16) Spec {
	return Spec{
		ID: id, Name: id, VPC: "vpc-1", Region: "cn-hangzhou", Addr: addr("10.10.2.2"), Port: port, Running: true, Host: "i-2",
		Program: ProgramCluster, Cluster: Cluster{Name: "books <1>", Project: "Default Project"},
		Public: netip.AddrPortFrom(addr(l.slice+"200"), port), Sender: addr("100.64.0.1"),
	}
}

// TestClusters: ZIL-16: several programs share an address, each says which
// cluster it is, and the public endpoint of each opens, closes and cuts.
func TestClusters(t *testing.T) {
	l := newLab(t)
	l.set(l.spec("i-2", "ECS2", "vpc-1", "10.10.2.2"), "sg-shut")
	a, b := l.cluster("in05-a", 19530), l.cluster("in05-b", 19531)
	must(t, l.doors.Set(a))
	must(t, l.doors.Set(b))
	dial := func(s Spec) net.Conn {
		t.Helper()
		c, err := net.Dial("tcp", s.Public.String())
		must(t, err)
		return c
	}
	for _, s := range []Spec{a, b} {
		text := page(t, dial(s), "*/*")
		if want := s.ID + "\nbooks <1>\nDefault Project\ncn-hangzhou\n100.64.0.1:"; !strings.Contains(text, want) || !strings.Contains(text, "-> "+netip.AddrPortFrom(s.Addr, s.Port).String()) {
			t.Errorf("%s says %q", s.ID, text)
		}
		if text := page(t, dial(s), "text/html"); !strings.Contains(text, "books &lt;1&gt;") {
			t.Errorf("%s says %q", s.ID, text)
		}
		_, body, _ := strings.Cut(page(t, dial(s), "application/json"), "\r\n\r\n")
		var said struct {
			Cluster struct{ ID, Name, Region string }
		}
		if err := json.Unmarshal([]byte(body), &said); err != nil || said.Cluster.ID != s.ID || said.Cluster.Region != "cn-hangzhou" {
			t.Errorf("%s says %q: %v", s.ID, body, err)
		}
	}
	// Its own network's clients are judged as anybody's.
	l.world.PutHost(reach.Host{ID: "i-1", Name: "ECS1", VPC: "vpc-1", Addr: addr("10.10.2.1"), Groups: []string{"sg-open"}, Running: true})
	_, err := l.doors.Dial(t.Context(), "i-1", "tcp", "10.10.2.2", 19530)
	wantRefused(t, err, reach.GateIngress)
	if f := l.doors.find("in05-a"); f.One != nil || len(f.All) != 2 {
		t.Errorf("a cluster is an instance that one can be on: %+v", f)
	}

	open := dial(a)
	defer open.Close()
	closed := a
	closed.Public = netip.AddrPort{}
	must(t, l.doors.Set(closed))
	if _, err := io.ReadAll(open); err == nil {
		t.Error("closing the public endpoint does not cut what lives")
	}
	if c, err := net.Dial("tcp", a.Public.String()); err == nil {
		_ = c.Close()
		t.Error("the public endpoint is still open")
	}
	// Without the program its clients are reset, until something listens there.
	none := b
	none.Program = ProgramNone
	must(t, l.doors.Set(none))
	if c, err := net.Dial("tcp", b.Public.String()); err == nil { // the reset may be quicker
		if _, err := io.ReadAll(c); err == nil {
			t.Error("nobody is there and the connection ends well")
		}
		_ = c.Close()
	}
	own, err := l.net.Listen("vpc-1", at("10.10.2.2:19531"))
	must(t, err)
	defer own.Close()
	go func() {
		if c, err := own.Accept(); err == nil {
			_, _ = io.WriteString(c, "milvus")
			_ = c.Close()
		}
	}()
	c := dial(b)
	said, err := io.ReadAll(c)
	must(t, err)
	if string(said) != "milvus" {
		t.Errorf("one's own program says %q", said)
	}
	_ = c.Close()
	// A port that somebody has is an error, and tried again.
	holder, err := net.Listen("tcp", a.Public.String())
	must(t, err)
	if err := l.doors.Set(a); err == nil {
		t.Error("a port that is taken is no error")
	}
	_ = holder.Close()
	must(t, l.doors.Set(a))
	_ = dial(a).Close()
	l.doors.Remove("in05-a")
	l.doors.Remove("in05-b")
}
