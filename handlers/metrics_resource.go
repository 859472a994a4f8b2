package handlers

import (
	"sort"

	"culvert.internal/cloud"
	"culvert.internal/reach"
)

// family is one metric of everything of a kind.
type family struct {
	name, kind, help string
	of               func(reach.Traffic) uint64
}

// metered is one resource with its labels and what went through it.
type metered struct {
	id, labels string
	reach.Traffic
}

// resources writes what went through every endpoint, its interfaces, every
// endpoint service and every CLB: under our names, and under those by which
// tools for two vendors know them (REQUIREMENTS B.6).
func (h *Metrics) resources(x exposition, v *cloud.Inventory, m reach.Meters) {
	var endpoints, interfaces, services, balancers []metered
	users, connected := map[string]int{}, map[string]int{}
	names := map[string]cloud.Endpoint{}
	for _, e := range v.Endpoints {
		names[e.ID] = e
		users[e.Service]++
		if v.Connected[e.ID] {
			connected[e.Service]++
		}
		endpoints = append(endpoints, metered{e.ID, resourceLabels(e.ID, e.Name, e.Account, e.Region, "service", e.Service, "vpc", e.VPC), m.Traffic[e.ID]})
	}
	for _, i := range v.Interfaces {
		e := names[i.Endpoint]
		interfaces = append(interfaces, metered{i.ID, resourceLabels(i.ID, e.Name, i.Account, e.Region, "endpoint", i.Endpoint, "zone", i.Zone, "address", i.IP.String()), m.Traffic[i.ID]})
	}
	for _, s := range v.Services {
		services = append(services, metered{s.ID, resourceLabels(s.ID, s.Name, s.Account, s.Region), m.Traffic[s.ID]})
	}
	for _, b := range v.Balancers {
		balancers = append(balancers, metered{b.ID, resourceLabels(b.ID, b.Name, b.Account, b.Region), m.Traffic[b.ID]})
	}

	accounts(x, v.Accounts)
	flag(x, "culvert_endpoint_connected", "Whether the endpoint's connection carries traffic.", endpoints, v.Connected)
	flag(x, "culvert_interface_open", "Whether the ports of the endpoint's interface in this zone listen.", interfaces, v.Open)
	count(x, "culvert_service_endpoints", "Endpoints that use the service, connected or not.", services, users)
	count(x, "culvert_service_endpoints_connected", "Endpoints that use the service and whose connection carries traffic.", services, connected)
	h.backends(x, balancers)
	for _, noun := range []struct {
		prefix, what string
		list         []metered
	}{
		{"culvert_endpoint_", "the endpoint", endpoints},
		{"culvert_interface_", "the endpoint's interface in this zone", interfaces},
		{"culvert_service_", "the endpoint service", services},
		{"culvert_balancer_", "the CLB", balancers},
	} {
		for _, f := range own() {
			f.write(x, noun.prefix+f.name, f.help+noun.what+".", noun.list)
		}
		dropped(x, noun.prefix+"dropped_packets_total", "UDP packets that were not carried, by reason, of "+noun.what+".", noun.list)
	}
	for _, f := range aws("aws_privatelinkendpoints_", "rst_packets_received_total", "RST packets received from the service: connections that its side reset.") {
		f.write(x, f.name, f.help, endpoints)
	}
	for _, f := range aws("aws_privatelinkservices_", "rst_packets_sent_total", "RST packets sent to endpoints: connections that the service's side reset.") {
		f.write(x, f.name, f.help, services)
	}
	resets := family{kind: counter, of: func(t reach.Traffic) uint64 { return t.ClientResets }}
	resets.write(x, "aws_privatelinkservices_rst_packets_received_total", "RST packets received from endpoints: connections that their client reset.", services)
	count(x, "aws_privatelinkservices_endpoints_count", "Endpoints connected to the service.", services, connected)
	for _, f := range huawei("vpcep_", "the endpoint") {
		f.write(x, f.name, f.help, endpoints)
	}
	for _, f := range huawei("vpcep_eps_", "the endpoint service") {
		f.write(x, f.name, f.help, services)
	}
}

func resourceLabels(id, name, account, region string, more ...string) string {
	in, _ := cloud.FindRegion(region)
	return labels(labels("", "id", id, "name", name, "account", account, "edition", in.Cloud, "region", region), more...)
}

func (f family) write(x exposition, name, help string, list []metered) {
	x.family(name, f.kind, help)
	for _, r := range list {
		x.sample(name, r.labels, f.of(r.Traffic))
	}
}

func flag(x exposition, name, help string, list []metered, set map[string]bool) {
	x.family(name, gauge, help)
	for _, r := range list {
		v := uint64(0)
		if set[r.id] {
			v = 1
		}
		x.sample(name, r.labels, v)
	}
}

func count(x exposition, name, help string, list []metered, n map[string]int) {
	x.family(name, gauge, help)
	for _, r := range list {
		x.sample(name, r.labels, uint64(n[r.id]))
	}
}

func accounts(x exposition, list []cloud.Account) {
	const name = "culvert_account_info"
	x.family(name, gauge, "The accounts: 1 for each, with what it is called.")
	for _, a := range list {
		x.sample(name, labels("", "account", a.ID, "name", a.Name, "login", a.Login), 1)
	}
}

func dropped(x exposition, name, help string, list []metered) {
	x.family(name, counter, help)
	for _, r := range list {
		d := r.Drops
		for _, why := range []struct {
			reason string
			n      uint64
		}{{"closed", d.Shut}, {"refused", d.Refused}, {"limit", d.Limit}, {"failed", d.Failed}, {"full", d.Full}, {"rate", d.Rate}} {
			x.sample(name, labels(r.labels, "reason", why.reason), why.n)
		}
	}
}

// backends counts what the probes of every CLB's listeners say.
func (h *Metrics) backends(x exposition, list []metered) {
	const name = "culvert_balancer_backends"
	x.family(name, gauge, "Backends of the CLB's listeners by what their probes say, once for each listener.")
	for _, r := range list {
		n := map[string]int{}
		for _, b := range h.Live.Health(r.id) {
			n[healthWord(b)]++
		}
		for _, word := range []string{"healthy", "unhealthy", "unknown"} {
			x.sample(name, labels(r.labels, "health", word), uint64(n[word]))
		}
	}
}

func healthWord(h reach.Health) string {
	switch {
	case !h.Known:
		return "unknown"
	case h.Healthy:
		return "healthy"
	}
	return "unhealthy"
}

// sorted are a map's keys in the order of what they are called.
func sorted[K comparable, V any](m map[K]V, called func(K) string) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool { return called(keys[i]) < called(keys[j]) })
	return keys
}
