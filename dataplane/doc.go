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
// Nothing here decides who may connect and nothing is stored: the judge and
// the caller do that.
package dataplane
