package sqlite

import "culvert.internal/cloud"

func clusters() *table[cloud.Cluster] {
	return newTable("cluster", func(k *cloud.Cluster) []column {
		return []column{
			{"id", &k.ID},
			{"account", &k.Account},
			{"project", &k.Project},
			{"name", &k.Name},
			{"provider", &k.Provider},
			{"region", &k.Region},
			{"plan", &k.Plan},
			{"port", &k.Port},
			{"instance", &k.Instance},
			{"service", &k.Service},
			{"built_in", &k.BuiltIn},
			{"public", &k.Public},
			{"created", moment{&k.Created}},
		}
	})
}
