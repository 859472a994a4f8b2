package reach

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// decision is what a set of groups says about one packet, and which rule said
// it. Without a rule it is the end of the list, which refuses.
type decision struct {
	accept  bool
	group   Group
	rule    Rule
	matched bool
	names   string // of all groups asked
	port    uint16
	// Who the other side is: an address, or a name without one, or a range.
	peer netip.Addr
	name string
	from netip.Prefix
}

// how is the last part of the reason's key: a drop rule or no rule at all.
func (d decision) how() string {
	if d.matched {
		return "drop"
	}
	return "none"
}

func (d decision) words(f Flow) []string {
	return []string{
		"group", d.names, "rule", d.rule.String(), "protocol", f.Protocol.upper(),
		"port", strconv.Itoa(int(d.port)), "peer", d.who(),
	}
}

func (d decision) who() string {
	switch {
	case d.from.IsValid():
		return d.from.String()
	case d.peer.IsValid():
		return d.peer.String()
	}
	return d.name
}

// String is the rule in the words of a rule list: "TCP 80 0.0.0.0/0".
func (r Rule) String() string {
	if r.Protocol == "" {
		return ""
	}
	ports := ""
	switch {
	case r.From == 0:
	case r.From == r.To:
		ports = " " + strconv.Itoa(int(r.From))
	default:
		ports = " " + strconv.Itoa(int(r.From)) + "-" + strconv.Itoa(int(r.To))
	}
	peer := r.PeerGroup
	if peer == "" {
		peer = r.Peer.String()
	}
	return strings.ToUpper(r.Protocol) + ports + " " + peer
}

// rules asks the groups of one side about a packet: the rules of all of them
// form one list by priority, a drop before an accept. Group membership of the
// peer counts only inside the flow's own VPC.
func (k *walk) rules(groups []string, ingress bool, peer netip.Addr, port uint16) decision {
	d := decision{peer: peer, name: k.f.Name, port: port}
	members := k.carries(peer)
	return k.ask(d, groups, ingress, func(r Rule) bool { return r.peer(peer, members) })
}

// ask looks for the rule that decides among those of the groups that are about
// the flow and name its peer; without one the decision stays what it is.
func (k *walk) ask(d decision, groups []string, ingress bool, names func(Rule) bool) decision {
	for _, id := range groups {
		g := k.groups[id]
		d.names = join(d.names, g.Name)
		for _, r := range g.Rules {
			if r.Ingress != ingress || !r.about(string(k.f.Protocol), d.port) || !names(r) {
				continue
			}
			if !d.matched || r.Priority < d.rule.Priority || r.Priority == d.rule.Priority && !r.Accept {
				d.matched, d.rule, d.group, d.accept = true, r, g, r.Accept
			}
			break
		}
	}
	if d.matched {
		d.names = d.group.Name
	} else if len(groups) > 0 {
		d.group = k.groups[groups[0]]
	}
	return d
}

// carries answers the groups of whatever has the address in the flow's VPC.
func (k *walk) carries(a netip.Addr) []string {
	h := k.addresses[at{k.f.Entry, a}]
	if h.kind == "interface" {
		return k.endpoints[k.interfaces[h.id].Endpoint].Groups
	}
	return k.hosts[h.id].Groups
}

// senderRules asks a backend's groups about the range its balancer sends from.
// With Implicit that range is let in unless a drop rule inside the range says
// otherwise. Without it a rule accepts the range if it holds all of it, and
// drops it if it holds any of what is used, as an ACL's rules do: the flow's
// own sender is not known yet.
func (k *walk) senderRules(groups []string, b Balancer, port uint16) decision {
	d := decision{accept: b.Implicit, from: b.Sender, port: port}
	from := manyPeers(b.Sender, b.Pool)
	return k.ask(d, groups, true, func(r Rule) bool {
		switch {
		case !r.Peer.IsValid():
			return false
		case b.Implicit:
			return r.Peer.Bits() >= b.Sender.Bits() && from.used.Overlaps(r.Peer)
		case r.Accept:
			return r.Peer.Bits() <= b.Sender.Bits() && r.Peer.Contains(b.Sender.Addr())
		}
		return r.Peer.Overlaps(from.used)
	})
}

func (r Rule) about(protocol string, port uint16) bool {
	if r.Protocol != "all" && r.Protocol != protocol {
		return false
	}
	return r.From == 0 || port >= r.From && port <= r.To
}

// peer says whether the rule names the address. An address that is not known
// yet (a name that did not resolve) is named by a rule for everywhere only.
func (r Rule) peer(a netip.Addr, groups []string) bool {
	if r.PeerGroup != "" {
		return slices.Contains(groups, r.PeerGroup)
	}
	if !a.IsValid() {
		return r.Peer.Bits() == 0
	}
	return r.Peer.Contains(a)
}

func join(list, name string) string {
	if list == "" {
		return name
	}
	return list + ", " + name
}
