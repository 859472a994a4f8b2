// Package dataplane carries the bytes: TCP and UDP from the addresses clients
// dial (the network interface of an endpoint, a load balancer) to backends.
//
// A Plane is told what should be, one key at a time, and makes it so:
//
//	plane := dataplane.New(network, judge, dataplane.Options{Log: log, Attempt: record, Health: observe})
//	go plane.Run(ctx)
//	status := plane.Apply("eni-1", &dataplane.Front{
//		VPC: "vpc-1", Addr: netip.MustParseAddr("10.10.2.5"),
//		Ports: []dataplane.Port{{Protocol: reach.TCP, Port: 80, Open: true}},
//	})
//	plane.SetProbes("lsn-1", []dataplane.Probe{{ID: "lsn-1/ecs-2", VPC: "vpc-2", Addr: backend, From: sender, Kind: dataplane.ProbeTCP}})
//	plane.Apply("eni-1", nil) // no new flows; what lives gets five seconds, then it is cut
//
// Every new flow is put before the judge with the VPC and address its source
// stands for. A refused one is reset (TCP) or dropped (UDP) and reported as
// an Attempt with gate and reason. An allowed one goes to a backend of the
// verdict, by smooth weighted round robin, and from there to the next one at
// once if it cannot be connected. A port that nobody may use is not Open: its
// socket owns the port but does not listen, so that dials are refused at once
// and no other program can take it.
//
// SetLimit bounds what the flows of an endpoint or a CLB take together. A flow
// too many is turned away like one the judge refused, with a reason of its own; a
// rate lets TCP wait and drops UDP.
//
// Nothing here decides who may connect and nothing is stored: the judge and
// the caller do that.
//
// # How it is built
//
// What a flow goes through is one, whoever carries it: front.go and room.go
// take it in or turn it away, join.go leads it from its first packet to a
// backend, limit.go and shaper.go bound how many and how much, balance.go chooses
// the backend, proxy.go tells it who calls, link.go is what it is while it lives,
// sweep.go ends what is idle or has drained, attempt.go tells. Behind the
// interface of engine.go there are two ways to carry:
//
// The loops (loop*_linux.go) are Linux's. There is one per processor; each is
// a goroutine around an epoll instance and owns what it carries, so that
// nothing in it takes a lock and no file can be closed under it. Others hand a
// loop things to do (post) and never touch its files.
//
//	loop_linux.go         waits for events, does jobs, knows the time
//	loop_door_linux.go    TCP ports: listening, accepting, closing
//	loop_dial_linux.go    from a client to a backend, without waiting
//	loop_flow_linux.go    a TCP connection's two directions
//	loop_buffer_linux.go  what a direction holds: a chunk or a pipe
//	loop_udp_linux.go     UDP ports and their flows
//	loop_packets_linux.go many packets in one call
//	annex_linux.go        TCP ports beyond the table of open files
//	hatch_linux.go        files from one table to another
//	sys_linux.go          the calls
//
// Waiting is edge-triggered: an event says that something changed, and the loop
// remembers that there may be something to read until a read says otherwise. A
// direction reads, writes, and holds bytes only if the other side does not take
// them; then it reads no more, and the kernel's windows stop the sender. A
// connection that is idle is two files and some 250 bytes.
//
// Little is copied, much is spliced: its pages go from socket to socket through
// a pipe and the process never sees them. A flow shows by its reads which it is.
// The end of one side is passed on by shutdown, a reset by a reset, whichever
// direction waits for what at that moment.
//
// The pumps (pumps*.go) are everybody's: Go's own sockets with a goroutine per
// direction. They pass the same tests, and the table in the package behaviour
// says what both promise; Options.Portable chooses them on Linux.
package dataplane
