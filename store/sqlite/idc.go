package sqlite

import "culvert.internal/cloud"

func idcs() *table[cloud.IDC] {
	return newTable("idc", func(i *cloud.IDC) []column {
		return []column{
			{"id", &i.ID},
			{"account", &i.Account},
			{"region", &i.Region},
			{"name", &i.Name},
			{"link", &i.Link},
			{"cidr", block{&i.CIDR}},
			{"gateway", addr{&i.Gateway}},
			{"vpc", ref{&i.VPC}},
			{"twin", block{&i.Twin}},
			{"created", moment{&i.Created}},
		}
	})
}
