package sqlite

import "culvert.internal/cloud"

func endpoints() *table[cloud.Endpoint] {
	return newTable("endpoint", func(e *cloud.Endpoint) []column {
		return []column{
			{"id", &e.ID},
			{"account", &e.Account},
			{"provider", &e.Provider},
			{"region", &e.Region},
			{"name", &e.Name},
			{"service", &e.Service},
			{"vpc", &e.VPC},
			{"groups", document[[]string]{&e.Groups}},
			{"description", &e.Description},
			{"decision", &e.Decision},
			{"decided_by", &e.DecidedBy},
			{"decided_at", moment{&e.DecidedAt}},
			{"deleting", &e.Deleting},
			{"bandwidth", &e.Bandwidth},
			{"domain", &e.Domain},
			{"private_domain", &e.PrivateDomain},
			{"created", moment{&e.Created}},
		}
	}).kept(cloud.EndpointFacts()...)
}

func interfaces() *table[cloud.Interface] {
	return newTable("interface", func(i *cloud.Interface) []column {
		return []column{
			{"id", &i.ID},
			{"account", &i.Account},
			{"provider", &i.Provider},
			{"endpoint", &i.Endpoint},
			{"zone", &i.Zone},
			{"vpc", &i.VPC},
			{"vswitch", &i.VSwitch},
			{"ip", addr{&i.IP}},
			{"resource", ref{&i.Resource}},
			{"refused", &i.Refused},
			{"moved_from", &i.MovedFrom},
			{"until", moment{&i.Until}},
			{"deleting", &i.Deleting},
			{"created", moment{&i.Created}},
		}
	})
}
