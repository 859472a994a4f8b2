package sqlite

import "culvert.internal/cloud"

func resources() *table[cloud.Resource] {
	return newTable("resource", func(r *cloud.Resource) []column {
		return []column{
			{"id", &r.ID},
			{"account", &r.Account},
			{"service", &r.Service},
			{"zone", &r.Zone},
			{"balancer", ref{&r.Balancer}},
			{"instance", ref{&r.Instance}},
			{"nic", &r.NIC},
			{"manual", &r.Manual},
			{"created", moment{&r.Created}},
		}
	})
}
