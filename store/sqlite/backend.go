package sqlite

import "culvert.internal/cloud"

func backends() *table[cloud.Backend] {
	return newTable("backend", func(b *cloud.Backend) []column {
		return []column{
			{"id", &b.ID},
			{"account", &b.Account},
			{"balancer", &b.Balancer},
			{"instance", &b.Instance},
			{"weight", &b.Weight},
			{"created", moment{&b.Created}},
		}
	})
}
