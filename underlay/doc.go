// Package underlay says where the addresses of the labs' VPCs live on this
// host, and opens sockets there.
//
// Address ranges of VPCs belong to their users and may overlap, so every
// range gets a twin: a prefix of the same length inside 127/8, where any
// address binds and dials without configuration and without root. An address
// is translated by swapping the prefix, so its last octets stay readable:
//
//	lo, err := underlay.NewLoopback()
//	err = lo.Map("vpc-1", netip.MustParsePrefix("10.10.2.0/24"), netip.MustParsePrefix("127.16.2.0/24"))
//	host, ok := lo.Twin("vpc-1", netip.MustParseAddr("10.10.2.5")) // 127.16.2.5
//	vpc, addr, ok := lo.Origin("vpc-1", host)                      // vpc-1, 10.10.2.5
//
//	at := netip.MustParseAddrPort("10.10.2.5:80")
//	sock, hostAt, err := lo.Bind("tcp", "vpc-1", at) // 127.16.2.5:80, or :10080 when 80 may not be bound
//	conn, err := lo.Dial(ctx, "tcp", "vpc-1", netip.MustParseAddr("10.10.2.1"), at)
//
// Bind returns a socket that owns its port but does not listen: a dial is
// answered ECONNREFUSED and no other program can take the port, until the
// owner calls listen on it. Ports that may not be bound move to the next free
// one from +10000; Dial knows these moves, Moved names who holds the port.
//
// The network "" is the one of the clouds' own senders: ranges mapped under
// it (100.64.0.0/24, 198.19.128.0/24) may be the source of a dial into any
// VPC.
//
// NewNetns is the same for root: every VPC is a network namespace, an address is
// where it says, and nothing is translated or moved.
//
// What the loopback underlay cannot do: any program of this host can use any twin as
// its source or dial any twin. Whoever serves on a twin has to ask where the
// caller stands (Origin) and judge it.
package underlay
