package sqlite

import "culvert.internal/cloud"

func privateZones() *table[cloud.PrivateZone] {
	return newTable("private_zone", func(z *cloud.PrivateZone) []column {
		return []column{
			{"id", &z.ID},
			{"account", &z.Account},
			{"name", &z.Name},
			{"shown", &z.Shown},
			{"proxy", &z.Proxy},
			{"remark", &z.Remark},
			{"vpcs", document[[]string]{&z.VPCs}},
			{"created", moment{&z.Created}},
		}
	}).kept("bound")
}

func records() *table[cloud.Record] {
	return newTable("record", func(r *cloud.Record) []column {
		return []column{
			{"id", &r.ID},
			{"account", &r.Account},
			{"zone", &r.Zone},
			{"host", &r.Host},
			{"type", &r.Type},
			{"value", &r.Value},
			{"priority", &r.Priority},
			{"ttl", &r.TTL},
			{"weight", &r.Weight},
			{"remark", &r.Remark},
			{"paused", &r.Paused},
			{"created", moment{&r.Created}},
		}
	})
}
