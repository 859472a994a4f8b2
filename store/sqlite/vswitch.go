package sqlite

import "culvert.internal/cloud"

func vswitches() *table[cloud.VSwitch] {
	return newTable("vswitch", func(s *cloud.VSwitch) []column {
		return []column{
			{"id", &s.ID},
			{"account", &s.Account},
			{"region", &s.Region},
			{"vpc", &s.VPC},
			{"zone", &s.Zone},
			{"name", &s.Name},
			{"cidr", block{&s.CIDR}},
			{"twin", block{&s.Twin}},
			{"acl", ref{&s.ACL}},
			{"description", &s.Description},
			{"created", moment{&s.Created}},
		}
	})
}
