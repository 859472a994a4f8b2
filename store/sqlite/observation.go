package sqlite

import (
	"culvert.internal/cloud"
)

func observations() *table[cloud.Observation] {
	return newTable("observation", func(o *cloud.Observation) []column {
		return []column{
			{"id", &o.ID},
			{"account", &o.Account},
			{"peer", &o.Peer},
			{"parent", &o.Parent},
			{"bound", &o.Bound},
			{"open", &o.Open},
			{"drained", &o.Drained},
			{"old", &o.Old},
			{"problem", &o.Problem},
			{"detail", &o.Detail},
			{"time", moment{&o.Time}},
		}
	})
}

func moves() *table[cloud.Move] {
	return newTable("move", func(m *cloud.Move) []column {
		return []column{
			{"id", &m.ID},
			{"vpc", ref{&m.VPC}},
			{"network", &m.Network},
			{"address", addrPort{&m.Address}},
			{"host", addrPort{&m.Host}},
			{"holder", &m.Holder},
			{"reason", &m.Reason},
		}
	})
}

func counters() *table[cloud.Counter] {
	return newTable("counter", func(c *cloud.Counter) []column {
		return []column{
			{"id", &c.ID},
			{"accepted", &c.Accepted},
			{"refused", &c.Refused},
			{"in", &c.In},
			{"out", &c.Out},
			{"dropped", &c.Dropped},
			{"crowded", &c.Crowded},
			{"over_rate", &c.OverRate},
			{"time", moment{&c.Time}},
		}
	})
}
