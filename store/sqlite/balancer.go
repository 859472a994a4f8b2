package sqlite

import "culvert.internal/cloud"

func balancers() *table[cloud.Balancer] {
	return newTable("balancer", func(b *cloud.Balancer) []column {
		return []column{
			{"id", &b.ID},
			{"account", &b.Account},
			{"region", &b.Region},
			{"zone", &b.Zone},
			{"backup_zone", &b.BackupZone},
			{"name", &b.Name},
			{"billing", &b.Billing},
			{"zone_type", &b.ZoneType},
			{"spec", &b.Spec},
			{"address", &b.Address},
			{"network", &b.Network},
			{"vpc", ref{&b.VPC}},
			{"vswitch", ref{&b.VSwitch}},
			{"ip_version", &b.IPVersion},
			{"feature", &b.Feature},
			{"flow", &b.Flow},
			{"resource_group", &b.ResourceGroup},
			{"ip", addr{&b.IP}},
			{"created", moment{&b.Created}},
		}
	})
}
