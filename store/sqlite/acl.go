package sqlite

import "culvert.internal/cloud"

func acls() *table[cloud.NetworkACL] {
	return newTable("network_acl", func(a *cloud.NetworkACL) []column {
		return []column{
			{"id", &a.ID},
			{"account", &a.Account},
			{"region", &a.Region},
			{"name", &a.Name},
			{"description", &a.Description},
			{"created", moment{&a.Created}},
		}
	})
}

func aclRules() *table[cloud.ACLRule] {
	return newTable("acl_rule", func(r *cloud.ACLRule) []column {
		return []column{
			{"id", &r.ID},
			{"account", &r.Account},
			{"acl", &r.ACL},
			{"direction", &r.Direction},
			{"order", &r.Order},
			{"action", &r.Action},
			{"protocol", &r.Protocol},
			{"source", block{&r.Source}},
			{"source_from", &r.SourceFrom},
			{"source_to", &r.SourceTo},
			{"destination", block{&r.Destination}},
			{"destination_from", &r.DestinationFrom},
			{"destination_to", &r.DestinationTo},
			{"description", &r.Description},
			{"created", moment{&r.Created}},
		}
	})
}
