// Package dns is the name service of the labs: one view of the names per VPC
// and one for this host, real DNS on UDP and TCP in front of them, and the
// outside world behind.
//
//	names := dns.New(dns.Options{Roots: []string{"privatelink.aliyuncs.com"}, ZoneOf: zoneOfClient, Log: log})
//	go names.Run(ctx)
//	names.SetName("vpc-1", dns.Name{
//		FQDN:     "ep-1.epsrv-1.eu-central-1.privatelink.aliyuncs.com",
//		Addrs:    []dns.Addr{{IP: ip, Zone: "eu-central-1b", Healthy: true}},
//		Affinity: true,
//	})
//	stop, err := names.Serve("vpc-1", udp, tcp) // the resolver of vpc-1
//	stop, err = names.Serve("", hostUDP, hostTCP) // the host's own view
//	ips, err := names.Lookup(ctx, "vpc-1", "ep-1.epsrv-1.…", "eu-central-1b")
//
// The view is chosen by the socket that received the query, never by the
// client's address: a query from the host carries 127.0.0.1 whatever it asks.
// The client's address only says in which zone it stands (zone affinity).
//
// View is pure: names in, answers out. Server is the wire. A name below one of Roots
// that nobody published does not exist, and is never asked of the upstream
// servers; every other name is.
//
// # Private zones
//
// SetZone binds a PrivateZone to a VPC (zone.go). Of all zones and roots that a
// name lies in, the longest has the say (chain.go), a private zone before a root
// of the same name; only the labs' reverse names give way to every private
// zone. What a zone has no record of does not exist, or is recursion's with the
// proxy on (PVZ-04): then the labs' own names and the upstream answer, other
// private zones do not. That holds for the zone's own name and for names in
// between as well, as long as they have no record. Aliases are followed over all
// of these; an alias that the upstream gives is followed by the upstream.
package dns
