package sqlite

import "culvert.internal/cloud"

func settings() *table[cloud.Setting] {
	return newTable("setting", func(s *cloud.Setting) []column {
		return []column{
			{"id", &s.ID},
			{"value", &s.Value},
		}
	})
}
