package sqlite

import "culvert.internal/cloud"

func vpcs() *table[cloud.VPC] {
	return newTable("vpc", func(v *cloud.VPC) []column {
		return []column{
			{"id", &v.ID},
			{"account", &v.Account},
			{"region", &v.Region},
			{"name", &v.Name},
			{"cidr", block{&v.CIDR}},
			{"description", &v.Description},
			{"resolver", addr{&v.Resolver}},
			{"host", &v.Host},
			{"created", moment{&v.Created}},
		}
	})
}
