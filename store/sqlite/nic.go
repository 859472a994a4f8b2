package sqlite

import "culvert.internal/cloud"

func nics() *table[cloud.NIC] {
	return newTable("nic", func(n *cloud.NIC) []column {
		return []column{
			{"id", &n.ID},
			{"account", &n.Account},
			{"region", &n.Region},
			{"instance", &n.Instance},
			{"vpc", &n.VPC},
			{"vswitch", &n.VSwitch},
			{"ip", addr{&n.IP}},
			{"groups", document[[]string]{&n.Groups}},
			{"created", moment{&n.Created}},
		}
	})
}
