package sqlite

import "culvert.internal/cloud"

func privateLinks() *table[cloud.PrivateLink] {
	return newTable("private_link", func(l *cloud.PrivateLink) []column {
		return []column{
			{"id", &l.ID},
			{"account", &l.Account},
			{"project", &l.Project},
			{"provider", &l.Provider},
			{"region", &l.Region},
			{"service", &l.Service},
			{"endpoint", &l.Endpoint},
			{"consumer", &l.Consumer},
			{"created", moment{&l.Created}},
		}
	})
}

func linkForms() *table[cloud.LinkForm] {
	return newTable("link_form", func(f *cloud.LinkForm) []column {
		return []column{
			{"id", &f.ID},
			{"account", &f.Account},
			{"project", &f.Project},
			{"region", &f.Region},
			{"endpoint", &f.Endpoint},
			{"typed", moment{&f.Typed}},
		}
	})
}
