package sqlite

import "culvert.internal/cloud"

func securityGroups() *table[cloud.SecurityGroup] {
	return newTable("security_group", func(g *cloud.SecurityGroup) []column {
		return []column{
			{"id", &g.ID},
			{"account", &g.Account},
			{"region", &g.Region},
			{"vpc", &g.VPC},
			{"name", &g.Name},
			{"description", &g.Description},
			{"default", &g.Default},
			{"created", moment{&g.Created}},
		}
	})
}

func securityRules() *table[cloud.SecurityRule] {
	return newTable("security_rule", func(r *cloud.SecurityRule) []column {
		return []column{
			{"id", &r.ID},
			{"account", &r.Account},
			{"group", &r.Group},
			{"direction", &r.Direction},
			{"policy", &r.Policy},
			{"priority", &r.Priority},
			{"protocol", &r.Protocol},
			{"port_from", &r.PortFrom},
			{"port_to", &r.PortTo},
			{"peer", block{&r.Peer}},
			{"peer_group", ref{&r.PeerGroup}},
			{"description", &r.Description},
			{"created", moment{&r.Created}},
		}
	})
}
