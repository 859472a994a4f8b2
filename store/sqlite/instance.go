package sqlite

import "culvert.internal/cloud"

func instances() *table[cloud.Instance] {
	return newTable("instance", func(i *cloud.Instance) []column {
		return []column{
			{"id", &i.ID},
			{"account", &i.Account},
			{"region", &i.Region},
			{"zone", &i.Zone},
			{"vpc", &i.VPC},
			{"vswitch", &i.VSwitch},
			{"name", &i.Name},
			{"ip", addr{&i.IP}},
			{"groups", document[[]string]{&i.Groups}},
			{"program", &i.Program},
			{"port", &i.Port},
			{"text", &i.Text},
			{"running", &i.Running},
			{"door", addr{&i.Door}},
			{"created", moment{&i.Created}},
		}
	})
}
