package views

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"culvert.internal/cloud"
	"culvert.internal/views/text"
)

// TestTopologyLayout: whatever there is, nothing is drawn over something else
// or outside the drawing, every endpoint has its arch, and every way ends.
func TestTopologyLayout(t *testing.T) {
	f := &Frame{Lang: text.Lang("en"), Edition: &Edition{ID: "aliyun"}, Region: "eu-central-1", Account: cloud.Account{ID: "1"}}
	rapid.Check(t, func(t *rapid.T) {
		p := anyTopology(t)
		d := p.layout(f)
		if len(d.arches) != len(p.Links) {
			t.Fatalf("%d arches for %d links", len(d.arches), len(p.Links))
		}
		for i, a := range d.nodes {
			if a.x < 0 || a.y < drawTop || a.x+a.w > drawWidth || a.y+a.h > d.height-drawTop {
				t.Fatalf("%q is outside %d: %+v", a.name, d.height, a)
			}
			for _, b := range d.nodes[i+1:] {
				if a.x < b.x+b.w && b.x < a.x+a.w && a.y < b.y+b.h && b.y < a.y+a.h {
					t.Fatalf("%q and %q overlap: %+v %+v", a.name, b.name, a, b)
				}
			}
		}
		for i, a := range d.boxes {
			for _, b := range d.boxes[i+1:] {
				if a.x == b.x && a.y < b.y+b.h && b.y < a.y+a.h {
					t.Fatalf("two networks overlap: %+v %+v", a, b)
				}
			}
			if a.y+a.h > d.height {
				t.Fatalf("%q ends at %d of %d", a.name, a.y+a.h, d.height)
			}
		}
		for _, l := range p.Links {
			arrives(t, d, l)
		}
	})
}

// arrives says that two lines of the link meet its arch and one of them ends
// at a node.
func arrives(t *rapid.T, d drawing, l TopologyLink) {
	var in, out bool
	for _, n := range d.nodes {
		if n.title != l.Endpoint.Name {
			continue
		}
		y := n.y + n.h/2
		for _, w := range d.lines {
			in = in || w.path == fmt.Sprintf("M%d %dH%d", eniX+eniW, y, archX-28)
			out = out || strings.HasPrefix(w.path, fmt.Sprintf("M%d %dH", archX+28, y)) && strings.HasSuffix(w.path, fmt.Sprintf("H%d", serviceX))
		}
	}
	if !in || !out {
		t.Fatalf("%s: in %v, out %v", l.Endpoint.Name, in, out)
	}
}

func anyTopology(t *rapid.T) Topology {
	p := Topology{Clients: map[string][]cloud.InstanceView{}, Sites: map[string][]TopologySite{}}
	for v := range rapid.IntRange(0, 4).Draw(t, "networks") {
		vpc := fmt.Sprint("vpc-", v)
		for n := range rapid.IntRange(0, 5).Draw(t, "sites") {
			p.Sites[vpc] = append(p.Sites[vpc], TopologySite{ID: fmt.Sprint(n), Name: "HQ", Range: "10.8.0.0/24"})
		}
		for c := range rapid.IntRange(0, 6).Draw(t, "clients") {
			p.Clients[vpc] = append(p.Clients[vpc], cloud.InstanceView{Instance: cloud.Instance{ID: fmt.Sprint(vpc, c), Name: "ECS", VPC: vpc}})
		}
		for e := range rapid.IntRange(1, 9).Draw(t, "endpoints") {
			service := fmt.Sprint("epsrv-", rapid.IntRange(0, 3).Draw(t, "of"))
			p.Links = append(p.Links, TopologyLink{Mine: true, HomeLink: HomeLink{Endpoint: cloud.EndpointView{
				Endpoint: cloud.Endpoint{ID: fmt.Sprint(vpc, "-ep-", e), Name: fmt.Sprint(vpc, "-ep-", e), VPC: vpc, Service: service},
				Zones:    []cloud.ZoneView{{Interface: cloud.Interface{IP: netip.MustParseAddr("10.0.0.9")}}},
			}}})
		}
	}
	for s := range 4 {
		own := TopologyService{ServiceView: cloud.ServiceView{Service: cloud.Service{ID: fmt.Sprint("epsrv-", s)}}}
		if rapid.Bool().Draw(t, "own") {
			own.State, own.VPC = cloud.Active, rapid.SampledFrom([]string{"VPC2", "VPC3"}).Draw(t, "in")
			for range rapid.IntRange(0, 3).Draw(t, "CLBs") {
				r := cloud.ResourceView{Name: "clb"}
				for b := range rapid.IntRange(0, 6).Draw(t, "backends") {
					r.Backends = append(r.Backends, cloud.BackendView{Name: fmt.Sprint("backend-", b)})
				}
				own.Resources = append(own.Resources, r)
			}
		}
		p.Services = append(p.Services, own)
	}
	return p
}

func TestFit(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  string
	}{
		{"ECS1", 100, "ECS1"},
		{"abcdef", 42, "abcdef"},
		{"abcdefg", 42, "abcdef…"},
		{"终端节点", 52, "终端节点"},
		{"终端节点服务", 52, "终端节点…"},
		{"", 0, ""},
	} {
		if got := fit(c.in, c.width, 0); got != c.want {
			t.Errorf("fit(%q, %d) = %q, want %q", c.in, c.width, got, c.want)
		}
	}
}
