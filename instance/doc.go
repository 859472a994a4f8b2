// Package instance is being on an instance: the doors through which a person
// or a program acts as ECS1, and the programs an instance runs by itself.
//
//	doors := instance.New(loopback, world, names, instance.Options{Log: log, Attempt: record})
//	go doors.Run(ctx)
//	err := doors.Set(instance.Spec{
//		ID: "i-1", Name: "ECS1", VPC: "vpc-1", Zone: "eu-central-1b", Addr: netip.MustParseAddr("10.10.2.1"),
//		Running: true, Program: instance.ProgramWeb, Port: 80, Text: "Hello", Door: netip.MustParseAddr("127.20.0.9"),
//	})
//	conn, err := doors.Dial(ctx, "i-1", "tcp", "ep-1.….privatelink.aliyuncs.com", 80)
//	out := doors.Terminal(ctx, "i-1", "curl -v http://10.10.2.5/")
//
// Every door, the terminal, the browser (package browser below), the SOCKS5
// address and `culvert exec`, ends in one dial function: resolve in the view of the instance's VPC, put the flow
// before the judge, and connect from the instance's own address on this host
// to the twin of the target. What the judge refuses is a *Refused, reported
// once as an Attempt. There is no way out of the VPC: an address that nothing
// in it has is refused at the gate "route".
//
// The built-in servers ask the judge about their callers, because on the
// loopback underlay any program of this host can dial any twin.
package instance
