package views

import (
	"net"
	"slices"

	"culvert.internal/cloud"
)

// host is how clients call an endpoint: its domain name, else the address of
// its interface (ctyun makes a name only where it was asked for).
func host(e cloud.EndpointView) string {
	if e.Domain == "" {
		return hostIP(e)
	}
	return e.Domain
}

// hostIP is the address of an endpoint's first interface, empty when it has none.
func hostIP(e cloud.EndpointView) string {
	if len(e.Zones) == 0 || !e.Zones[0].IP.IsValid() {
		return ""
	}
	return e.Zones[0].IP.String()
}

// webPort is the port a page behind an endpoint would be at: 80 where the
// service's listeners are its ports, else the first TCP port it maps. 0 means
// that no page can be behind it.
func webPort(e cloud.EndpointView) uint16 {
	if len(e.Mappings) == 0 {
		return 80
	}
	for _, m := range e.Mappings {
		if m.Protocol == cloud.TCP && m.Port != cloud.DNSPort {
			return m.Port
		}
	}
	return 0
}

// named are an endpoint's interfaces that have a domain name of their own:
// aliyun's, one for each zone.
func named(e cloud.EndpointView) []cloud.ZoneView {
	return slices.DeleteFunc(slices.Clone(e.Zones), func(z cloud.ZoneView) bool { return z.Zone == "" })
}

// webAt is the address of a page at that port of a host.
func webAt(host string, port uint16) string {
	if port != 80 {
		host = net.JoinHostPort(host, portText(port))
	}
	return "http://" + host + "/"
}

// webEndpoint is the first endpoint of the instance's VPC that a page can be
// behind.
func (p InstanceDetail) webEndpoint() (cloud.EndpointView, bool) {
	return firstEndpoint(p.Endpoints, func(e cloud.EndpointView) bool { return host(e) != "" && webPort(e) != 0 })
}

// nameServer is the first one that a name server is behind.
func (p InstanceDetail) nameServer() (cloud.EndpointView, bool) {
	return firstEndpoint(p.Endpoints, func(e cloud.EndpointView) bool {
		return hostIP(e) != "" && slices.ContainsFunc(e.Mappings, func(m cloud.Mapping) bool { return m.Port == cloud.DNSPort })
	})
}

func firstEndpoint(all []cloud.EndpointView, fits func(cloud.EndpointView) bool) (cloud.EndpointView, bool) {
	i := slices.IndexFunc(all, fits)
	if i < 0 {
		return cloud.EndpointView{}, false
	}
	return all[i], true
}
