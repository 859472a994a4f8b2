package sqlite

import "culvert.internal/cloud"

func services() *table[cloud.Service] {
	return newTable("service", func(s *cloud.Service) []column {
		return []column{
			{"id", &s.ID},
			{"account", &s.Account},
			{"region", &s.Region},
			{"name", &s.Name},
			{"given", &s.Given},
			{"vpc", ref{&s.VPC}},
			{"auto_accept", &s.AutoAccept},
			{"zone_affinity", &s.ZoneAffinity},
			{"proxy", &s.Proxy},
			{"mappings", document[[]cloud.Mapping]{&s.Mappings}},
			{"description", &s.Description},
			{"deleting", &s.Deleting},
			{"created", moment{&s.Created}},
		}
	})
}

func tombstones() *table[cloud.Tombstone] {
	return newTable("tombstone", func(t *cloud.Tombstone) []column {
		return []column{
			{"id", &t.ID},
			{"account", &t.Account},
			{"region", &t.Region},
			{"name", &t.Name},
			{"created", moment{&t.Created}},
			{"deleted", moment{&t.Deleted}},
		}
	})
}
