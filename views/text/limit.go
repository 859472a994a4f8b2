package text

// What a connection or a CLB may carry at most, and PROXY protocol.
var limitWords = words{
	"bandwidth.title":  {"连接带宽", "Connection bandwidth"},
	"bandwidth.short":  {"带宽", "Bandwidth"},
	"bandwidth.unit":   {"{n} Mbit/s", "{n} Mbit/s"},
	"bandwidth.none":   {"不限制", "no limit"},
	"bandwidth.edit":   {"修改带宽", "Change bandwidth"},
	"bandwidth.field":  {"带宽上限（Mbit/s）", "Bandwidth limit (Mbit/s)"},
	"bandwidth.hint":   {"{min} 到 {max}。留空：不限制。", "{min} to {max}. Empty: no limit."},
	"bandwidth.lead":   {"{endpoint}（{account}）的连接最多能用多少带宽。", "How much bandwidth the connection of {endpoint} ({account}) may use."},
	"bandwidth.all":    {"两个方向各自计算；这个终端节点所有可用区、所有连接共用。", "Each direction counts by itself; all zones and all connections of the endpoint share it."},
	"bandwidth.tcp":    {"TCP 会等，各连接平分；UDP 超出的数据报会被丢弃并计数。", "TCP waits, its connections share evenly; UDP datagrams beyond it are dropped and counted."},
	"bandwidth.now":    {"立即生效，现有的连接不会断。", "It holds at once; live connections go on."},
	"bandwidth.set":    {"{name} 的连接带宽现在是 {mbits} Mbit/s。", "The connection bandwidth of {name} is {mbits} Mbit/s now."},
	"bandwidth.lifted": {"{name} 的连接带宽不再受限。", "The connection bandwidth of {name} is not limited any more."},

	"endpoint.dropped.rate": {"其中 {n} 个因为超出了连接带宽", "{n} of them beyond the connection's bandwidth"},

	"clb.spec.change": {"变更规格", "Change Specification"},
	"clb.spec.hint":   {"立即生效。换小了也不会切断现有的连接。", "It holds at once. A smaller one cuts no live connection."},
	"clb.spec.set":    {"{name} 的规格现在是{spec}。", "The specification of {name} is {spec} now."},

	"proxy.title":            {"PROXY 协议", "PROXY protocol"},
	"proxy.hint":             {"把客户端的真实地址和终端节点告诉后端：每条 TCP 连接最先发一个 v2 头。后端也要打开它，否则会把头当成数据。UDP 不带头。", "Tells backends the client's real address and the endpoint: each TCP connection begins with a v2 header. Backends must expect it, or they take it for data. UDP has none."},
	"proxy.hint.own":         {"阿里云只有 NLB 支持；这里的 CLB 也可以。", "In Alibaba Cloud only NLB has it; here CLBs do too."},
	"proxy.more":             {"高级设置", "Advanced"},
	"proxy.off":              {"关闭", "Off"},
	"proxy.aliyun":           {"阿里云：VPC、终端节点、服务（0xE1）", "Alibaba Cloud: VPC, endpoint, service (0xE1)"},
	"proxy.plain":            {"只有地址，没有扩展信息", "Addresses only, no records"},
	"proxy.aws":              {"AWS：终端节点（0xEA）", "AWS: endpoint (0xEA)"},
	"proxy.azure":            {"Azure：LinkID（0xEE）", "Azure: LinkID (0xEE)"},
	"proxy.gcp":              {"Google Cloud：PSC 连接 ID（0xE0）", "Google Cloud: PSC connection ID (0xE0)"},
	"proxy.sap":              {"SAP：终端节点 UUID（0xEC）", "SAP: endpoint UUID (0xEC)"},
	"proxy.do":               {"修改", "Change"},
	"reach.listener.full":    {"CLB {name} 的规格最多 {limit} 个并发连接，已经满了。等一些连接结束，或换更大规格的 CLB。", "CLB {name} has as many connections as its specification allows ({limit}). Wait for some to end, or use a larger specification."},
	"reach.listener.toofast": {"CLB {name} 的规格每秒最多新建 {limit} 个连接，这一秒已经用完。慢一些再试，或换更大规格的 CLB。", "CLB {name} has taken as many new connections this second as its specification allows ({limit}). Try again more slowly, or use a larger specification."},
	"reach.connection.full":  {"终端节点 {name} 最多 {limit} 个并发连接，已经满了。等一些连接结束，或再建一个终端节点。", "Endpoint {name} has as many connections as it may ({limit}). Wait for some to end, or make another endpoint."},

	"setting.limit.ctyun.flows": {"并发连接（每个终端节点）", "Connections per endpoint at the same time"},
	"action.endpoint.limit":     {"改带宽", "have its bandwidth changed"},
	"event.endpoint.bandwidth":  {"修改了终端节点的连接带宽", "changed the bandwidth of the endpoint's connection"},
	"event.service.proxy":       {"修改了终端节点服务的 PROXY 协议", "changed the endpoint service's PROXY protocol"},
}
