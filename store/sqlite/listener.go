package sqlite

import "culvert.internal/cloud"

func listeners() *table[cloud.Listener] {
	return newTable("listener", func(l *cloud.Listener) []column {
		return []column{
			{"id", &l.ID},
			{"account", &l.Account},
			{"balancer", &l.Balancer},
			{"name", &l.Name},
			{"protocol", &l.Protocol},
			{"port", &l.Port},
			{"backend_port", &l.BackendPort},
			{"scheduler", &l.Scheduler},
			{"idle_seconds", &l.IdleSeconds},
			{"running", &l.Running},
			{"health", document[cloud.Health]{&l.Health}},
			{"created", moment{&l.Created}},
		}
	})
}
