package sqlite

import "culvert.internal/cloud"

func services() *table[cloud.Service] {
	return newTable("service", func(s *cloud.Service) []column {
		return []column{
			{"id", &s.ID},
			{"account", &s.Account},
			{"region", &s.Region},
			{"name", &s.Name},
			{"auto_accept", &s.AutoAccept},
			{"zone_affinity", &s.ZoneAffinity},
			{"description", &s.Description},
			{"created", moment{&s.Created}},
		}
	})
}
