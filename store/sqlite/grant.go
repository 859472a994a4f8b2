package sqlite

import "culvert.internal/cloud"

func grants() *table[cloud.Grant] {
	return newTable("grant", func(g *cloud.Grant) []column {
		return []column{
			{"id", &g.ID},
			{"account", &g.Account},
			{"service", &g.Service},
			{"grantee", &g.Grantee},
			{"created", moment{&g.Created}},
		}
	})
}
