package sqlite

import "culvert.internal/cloud"

func zones() *table[cloud.Zone] {
	return newTable("zone", func(z *cloud.Zone) []column {
		return []column{
			{"id", &z.ID},
			{"region", &z.Region},
			{"failed", &z.Failed},
			{"by", &z.By},
			{"since", moment{&z.Since}},
		}
	})
}
