package handlers

import "culvert.internal/reach"

// own are the families of every kind of resource; their help ends with what it
// is.
func own() []family {
	return []family{
		{"connections", gauge, "Open connections and UDP flows of ", func(t reach.Traffic) uint64 { return uint64(t.Open) }},
		{"connections_accepted_total", counter, "Connections and UDP flows that were joined with a backend, of ", func(t reach.Traffic) uint64 { return t.Accepted }},
		{"connections_refused_total", counter, "Connections and UDP flows that a gate refused, of ", func(t reach.Traffic) uint64 { return t.Refused }},
		{"connections_failed_total", counter, "Connections and UDP flows that were allowed and found no backend or no room, of ", func(t reach.Traffic) uint64 { return t.Failed }},
		{"received_bytes_total", counter, "Bytes carried from clients, of ", func(t reach.Traffic) uint64 { return t.In }},
		{"sent_bytes_total", counter, "Bytes carried to clients, of ", func(t reach.Traffic) uint64 { return t.Out }},
		{"client_resets_total", counter, "Connections that their client reset, of ", func(t reach.Traffic) uint64 { return t.ClientResets }},
		{"backend_resets_total", counter, "Connections that their backend reset, of ", func(t reach.Traffic) uint64 { return t.BackendResets }},
	}
}

// aws are the metrics of AWS/PrivateLinkEndpoints and AWS/PrivateLinkServices
// in the spelling that exporters of CloudWatch give them. resets is theirs
// alone.
func aws(prefix, resets, help string) []family {
	out := []family{
		{"active_connections", gauge, "Concurrent active connections.", func(t reach.Traffic) uint64 { return uint64(t.Open) }},
		{"new_connections_total", counter, "New connections.", func(t reach.Traffic) uint64 { return t.Accepted }},
		{"bytes_processed_total", counter, "Bytes exchanged, in both directions.", func(t reach.Traffic) uint64 { return t.In + t.Out }},
		{"packets_dropped_total", counter, "Packets dropped: UDP packets that were not carried.", func(t reach.Traffic) uint64 { return t.Drops.Sum() }},
		{resets, counter, help, func(t reach.Traffic) uint64 { return t.BackendResets }},
	}
	for i := range out {
		out[i].name = prefix + out[i].name
	}
	return out
}

// huawei are the metrics of SYS.VPCEP by their own names, which for services
// have "eps_" in them. What counts is a counter here, where the vendor tells
// what came in one minute.
func huawei(prefix, of string) []family {
	open := func(t reach.Traffic) uint64 { return uint64(t.Open) }
	out := []family{
		{"rx_bps", gauge, "Bits per second from clients in the last minute, of ", func(t reach.Traffic) uint64 { return t.InRate }},
		{"tx_bps", gauge, "Bits per second to clients in the last minute, of ", func(t reach.Traffic) uint64 { return t.OutRate }},
		{"rx_byte", counter, "Bytes from clients, of ", func(t reach.Traffic) uint64 { return t.In }},
		{"tx_byte", counter, "Bytes to clients, of ", func(t reach.Traffic) uint64 { return t.Out }},
		{"drop_num", counter, "Packets dropped, of ", func(t reach.Traffic) uint64 { return t.Drops.Sum() }},
		{"connections", gauge, "Connections of ", open},
		{"act_connections", gauge, "Active connections: here every open one, of ", open},
		{"from_client_rst_num", counter, "Connections that their client reset, of ", func(t reach.Traffic) uint64 { return t.ClientResets }},
		{"from_server_rst_num", counter, "Connections that the service's side reset, of ", func(t reach.Traffic) uint64 { return t.BackendResets }},
	}
	for i := range out {
		out[i].name, out[i].help = prefix+out[i].name, out[i].help+of+"."
	}
	return out
}
