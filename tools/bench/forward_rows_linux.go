package main

import (
	"fmt"
	"time"
)

// forwardRow is one kind of work that every forwarder does.
type forwardRow struct {
	title, unit string
	scale       float64 // the printed unit in what is counted
	cpu         string  // unit of processor time
	order       order
	udp         bool
	goals       []goal
}

// goal compares Culvert with somebody else, or with the better HAProxy.
type goal struct {
	what    string
	of      func(outcome) float64
	against string
	more    bool // is better
	bound   float64
}

// haproxy is the better of its two configurations at a row's first goal.
const haproxy = "haproxy"

func rate(o outcome) float64 { return o.PerSecond }
func each(o outcome) float64 { return float64(o.each) }
func p50(o outcome) float64  { return float64(o.P50) }

// rowsTCP are the rows with their goals, which are ratios in one run on one
// machine.
func rowsTCP() []forwardRow {
	bulkRow := func(title string, streams int, congestion string, haproxyBound, directBound float64) forwardRow {
		return forwardRow{
			title: title, unit: "GB/s", scale: 1e9, cpu: "ms/GB",
			order: order{Do: "bulk", Streams: streams, Congestion: congestion},
			goals: []goal{
				{"GB/s", rate, haproxy, true, haproxyBound},
				{"GB/s", rate, direct, true, directBound},
				{"CPU", each, copies, false, 0.5},
			},
		}
	}
	machine := machineCongestion()
	return []forwardRow{
		bulkRow("bulk, 1 stream, "+machine, 1, "", 1.5, 0.85),
		bulkRow("bulk, 8 streams, "+machine, 8, "", 1.25, 0.85),
		bulkRow("bulk, 1 stream, all cubic", 1, "cubic", 1.0, 0.65),
		bulkRow("bulk, 8 streams, all cubic", 8, "cubic", 1.0, 0.8),
		{
			title: "64 bytes there and back, 1 connection", unit: "1/s", scale: 1, cpu: "µs",
			order: order{Do: "pingpong", Streams: 1},
			goals: []goal{{"p50", p50, haproxy, false, 0.7}},
		},
		{
			title: "64 bytes there and back, 64 connections", unit: "1/s", scale: 1, cpu: "µs",
			order: order{Do: "pingpong", Streams: 64},
			goals: []goal{
				{"messages/s", rate, haproxy, true, 1.0},
				{"messages/s", rate, direct, true, 0.5},
				{"CPU", each, haproxy, false, 0.9},
			},
		},
		{
			title: "connect, request, close, 32 at a time", unit: "1/s", scale: 1, cpu: "µs",
			order: order{Do: "connect", Streams: 32},
			goals: []goal{
				{"connections/s", rate, haproxy, true, 1.05},
				{"connections/s", rate, direct, true, 0.57},
			},
		},
	}
}

// rowsUDP are those of packets, one way as many as one thread can send, which
// is more than a forwarder can take on two processors; HAProxy carries none. What the table of goals
// does not name has none.
func rowsUDP() (rows []forwardRow) {
	for _, size := range []int{64, 1400} {
		oneWay, back, straight := 2.0, 1.4, 1.0
		if size != 64 {
			oneWay, back, straight = 0, 0, 0
		}
		packets := fmt.Sprintf("packets of %d bytes, %d flows, ", size, flows)
		rows = append(rows, forwardRow{
			title: packets + "one way", unit: "1/s", scale: 1, cpu: "µs", udp: true,
			order: order{Do: "oneway", Size: size},
			goals: []goal{
				{"packets/s", rate, nginx, true, oneWay},
				{"packets/s", rate, direct, true, straight},
				{"CPU", each, nginx, false, 0},
			},
		}, forwardRow{
			title: packets + "there and back", unit: "1/s", scale: 1, cpu: "µs", udp: true,
			order: order{Do: "echo", Size: size},
			goals: []goal{
				{"packets/s", rate, nginx, true, back},
				{"packets/s", rate, direct, true, 0},
				{"CPU", each, nginx, false, 0},
			},
		})
	}
	return rows
}

// inCPU is processor time in a row's unit.
func (r forwardRow) inCPU(d time.Duration) float64 {
	if r.cpu == "ms/GB" {
		return float64(d) / 1e6
	}
	return float64(d) / 1e3
}
