package sqlite

import "culvert.internal/cloud"

func accounts() *table[cloud.Account] {
	return newTable("account", func(a *cloud.Account) []column {
		return []column{
			{"id", &a.ID},
			{"domain_id", &a.DomainID},
			{"login", &a.Login},
			{"main", &a.Main},
			{"name", &a.Name},
			{"name_en", &a.NameEN},
			{"admin", &a.Admin},
			{"operator", &a.Operator},
			{"demo", &a.Demo},
			{"password", &a.Password},
			{"disabled", &a.Disabled},
			{"epoch", &a.Epoch},
			{"password_set", moment{&a.PasswordSet}},
			{"seen", moment{&a.Seen}},
			{"created", moment{&a.Created}},
		}
	})
}
