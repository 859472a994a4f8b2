package lab

import (
	"strings"

	"culvert.internal/cloud"
)

func (f *facts) vpc(v cloud.VPC) *Node {
	n := mapping().opt("name", v.Name).opt("id", v.ID).opt("cidr", v.CIDR.String()).opt("description", v.Description).ifYes("host", v.Host)
	rowsAt(n, "vswitches", f.switches[v.ID], func(s cloud.VSwitch) *Node {
		n := row().opt("name", s.Name).opt("id", s.ID).opt("zone", s.Zone).opt("cidr", s.CIDR.String()).opt("description", s.Description)
		if s.ACL != "" {
			n.opt("acl", f.called(s.ACL))
		}
		return n
	})
	rowsAt(n, "groups", f.groups[v.ID], f.group)
	return rowsAt(n, "instances", f.instances[v.ID], f.instance)
}

func (f *facts) group(g cloud.SecurityGroup) *Node {
	n := mapping().opt("name", g.Name).opt("id", g.ID).opt("description", g.Description).ifYes("default", g.Default)
	return rowsAt(n, "rules", f.rules[g.ID], func(r cloud.SecurityRule) *Node {
		n := row().opt("id", r.ID).opt("direction", r.Direction).unless("policy", r.Policy, cloud.Accept)
		if r.Priority != 1 {
			n.num("priority", r.Priority)
		}
		n.opt("protocol", r.Protocol).ports("ports", r.PortFrom, r.PortTo)
		if r.PeerGroup != "" {
			n.opt("peer", f.called(r.PeerGroup))
		} else {
			n.opt("peer", r.Peer.String())
		}
		return n.opt("description", r.Description)
	})
}

func (f *facts) all(ids []string) []string {
	var out []string
	for _, id := range ids {
		out = append(out, f.called(id))
	}
	return out
}

func (f *facts) instance(i cloud.Instance) *Node {
	n := mapping().opt("name", i.Name).opt("id", i.ID).opt("vswitch", f.called(i.VSwitch)).opt("ip", i.IP.String())
	n.words("groups", f.all(i.Groups)).unless("program", i.Program, cloud.ProgramNone)
	if i.Program != cloud.ProgramNone {
		n.num("port", int(i.Port)).opt("text", i.Text)
	}
	if !i.Running {
		n.yes("running", false)
	}
	return rowsAt(n, "nics", f.nics[i.ID], func(c cloud.NIC) *Node {
		return row().opt("id", c.ID).opt("vswitch", f.called(c.VSwitch)).opt("ip", c.IP.String()).words("groups", f.all(c.Groups))
	})
}

func (f *facts) idc(i cloud.IDC) *Node {
	n := row().opt("name", i.Name).opt("id", i.ID).unless("link", i.Link, cloud.LinkVPN).opt("cidr", i.CIDR.String()).opt("gateway", i.Gateway.String())
	if i.VPC != "" {
		n.opt("vpc", f.called(i.VPC))
	}
	return n
}

func (f *facts) balancer(b cloud.Balancer) *Node {
	n := mapping().opt("name", b.Name).opt("id", b.ID)
	r, _ := cloud.FindRegion(b.Region)
	if r.Cloud == cloud.Ctyun {
		n.unless("feature", b.Feature, cloud.Enhanced)
	} else {
		n.opt("zone", b.Zone).opt("backup-zone", b.BackupZone).unless("billing", b.Billing, cloud.PayAsYouGo)
		n.unless("spec", b.Spec, cloud.Specs()[0].ID).unless("address", b.Address, cloud.Intranet).unless("network", b.Network, cloud.NetworkVPC)
	}
	if b.VPC != "" {
		n.opt("vpc", f.called(b.VPC)).opt("vswitch", f.called(b.VSwitch))
	}
	n.unless("flow", b.Flow, cloud.ByTraffic)
	if b.IP.IsValid() {
		n.opt("ip", b.IP.String())
	}
	rowsAt(n, "listeners", f.listeners[b.ID], listenerNode)
	return rowsAt(n, "backends", f.backends[b.ID], func(m cloud.Backend) *Node {
		return row().opt("instance", f.called(m.Instance)).num("weight", m.Weight)
	})
}

func listenerNode(l cloud.Listener) *Node {
	n := mapping().opt("id", l.ID).opt("name", l.Name).opt("protocol", l.Protocol).num("port", int(l.Port)).num("backend-port", int(l.BackendPort))
	n.unless("scheduler", l.Scheduler, cloud.WRR)
	if l.IdleSeconds != 900 {
		n.num("idle", l.IdleSeconds)
	}
	if !l.Running {
		n.yes("running", false)
	}
	h := row().unless("kind", l.Health.Kind, l.Protocol)
	for _, one := range []struct {
		key       string
		is, plain int
	}{
		{"port", int(l.Health.Port), 0},
		{"interval", l.Health.Interval, 2},
		{"timeout", l.Health.Timeout, 5},
		{"healthy", l.Health.Healthy, 3},
		{"unhealthy", l.Health.Unhealthy, 3},
	} {
		if one.is != one.plain {
			h.num(one.key, one.is)
		}
	}
	if l.Health.Kind == "http" {
		h.unless("path", l.Health.Path, "/").opt("host", l.Health.Host)
		if l.Health.Codes != "http_2xx,http_3xx" {
			h.words("codes", strings.Split(l.Health.Codes, ","))
		}
	}
	if len(h.Keys) > 0 {
		n.put("health", h)
	}
	return n
}
