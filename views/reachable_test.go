package views

import (
	"net/netip"
	"strings"
	"testing"

	"culvert.internal/cloud"
	"culvert.internal/views/text"
)

// What an instance's page offers to try is an address and a port that the
// endpoint has: without 创建内网域名 its node IP, with a port mapping the
// endpoint port, and for the DNS service a query (TYE-06, TYE-11, TYN-01).
func TestExamplesOfEndpoints(t *testing.T) {
	zone := []cloud.ZoneView{{Interface: cloud.Interface{IP: netip.MustParseAddr("192.168.0.9")}}}
	dns := cloud.EndpointView{Domain: "dns.example", Zones: zone, Mappings: []cloud.Mapping{{Protocol: cloud.TCP, Port: 53}, {Protocol: cloud.UDP, Port: 53}}}
	nameless := cloud.EndpointView{Zones: zone, Mappings: []cloud.Mapping{{Protocol: cloud.UDP, Port: 7}, {Protocol: cloud.TCP, Port: 8888}}}
	f := &Frame{Lang: text.EN, Edition: &Edition{Cloud: cloud.Ctyun}}
	for _, c := range []struct {
		name      string
		endpoints []cloud.EndpointView
		want      []string
		visit     string
	}{
		{"the DNS service", []cloud.EndpointView{dns}, []string{"dig @192.168.0.9 dns.example", "help"}, nowhere},
		{"without a domain name", []cloud.EndpointView{dns, nameless}, []string{
			"curl http://192.168.0.9:8888/", "nc -vz 192.168.0.9 8888", "probe 192.168.0.9:8888", "dig @192.168.0.9 dns.example", "help",
		}, "http://192.168.0.9:8888/"},
	} {
		p := InstanceDetail{Endpoints: c.endpoints}
		var got []string
		for _, e := range p.examples(f) {
			got = append(got, e.Command)
		}
		if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%s: the terminal offers %q, want %q", c.name, got, c.want)
		}
		if p.visit() != c.visit {
			t.Errorf("%s: opens %q, want %q", c.name, p.visit(), c.visit)
		}
	}
}
