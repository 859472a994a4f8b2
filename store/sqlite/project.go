package sqlite

import "culvert.internal/cloud"

func projects() *table[cloud.Project] {
	return newTable("project", func(p *cloud.Project) []column {
		return []column{
			{"id", &p.ID},
			{"account", &p.Account},
			{"name", &p.Name},
			{"created", moment{&p.Created}},
		}
	})
}
