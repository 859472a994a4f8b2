package ctyun

import (
	"net/url"
	"slices"

	"culvert.internal/cloud"
	"culvert.internal/views"
)

// unheard is a mapping that leads to a port the load balancer does not listen
// on: a service may be made before its listeners.
type unheard struct {
	cloud.Mapping
	balancer cloud.ResourceView
}

func unheards(s cloud.ServiceView) []unheard {
	var out []unheard
	for _, r := range s.Resources {
		if r.Balancer == "" {
			continue
		}
		for _, m := range s.Mappings {
			heard := slices.ContainsFunc(r.Ports, func(l cloud.Listener) bool { return l.Protocol == m.Protocol && l.Port == m.ServicePort })
			if !heard {
				out = append(out, unheard{m, r})
			}
		}
	}
	return out
}

func (u unheard) say(f *views.Frame) string {
	return f.T("mapping.unheard", "protocol", protocol(u.Protocol), "port", u.Port, "balancer", u.balancer.Name, "serviceport", u.ServicePort)
}

// listener is the form that makes the missing listener.
func (u unheard) listener(f *views.Frame) string {
	filled := url.Values{"protocol": {u.Protocol}, "port": {number(u.ServicePort)}}
	return f.Link("/load-balancers/" + u.balancer.Balancer + "/listeners/new?" + filled.Encode())
}
