package text

// The guide of 002 beside the overview, and the warning about the record that
// the document shows.
var zillizGuideWords = words{
	"zguide.title":         {"私网访问 Zilliz Cloud 集群", "Reach a Zilliz Cloud cluster privately"},
	"zguide.meter":         {"{all} 步完成 {n} 步", "{n} of {all} steps done"},
	"zguide.endpoint.id":   {"终端节点实例ID", "Endpoint instance ID"},
	"zguide.value":         {"记录值（默认服务域名）", "Record value (the endpoint's domain)"},
	"zguide.curl":          {"curl http://{host}:{port}/", "curl http://{host}:{port}/"},
	"zguide.account":       {"在 Zilliz Cloud 验证主帐号 ID", "Have Zilliz Cloud verify the main account ID"},
	"zguide.account.how":   {"在 Zilliz Cloud 打开“创建私网连接”，填下面的主帐号 ID，单击“添加”。用子帐号登录时，也填这一个。", "In Zilliz Cloud, open the dialog that creates a private link, enter the main account ID below and add it. Enter this one from a sub-account too."},
	"zguide.endpoint":      {"在同一地域创建终端节点", "Create an endpoint in the same region"},
	"zguide.endpoint.how":  {"接口终端节点，“选择可用服务”里选 Zilliz Cloud 的服务；安全组新建，按服务的端口；可用区选两个以上，交换机保持默认即可。", "An interface endpoint: choose the service of Zilliz Cloud under Select Service, a new security group by the service's ports, and two or more zones with default vSwitches."},
	"zguide.available":     {"终端节点状态变为可用", "The endpoint becomes Available"},
	"zguide.available.how": {"稍等片刻。这时连接状态还是“已断开”。", "Wait a moment. The connection still says Disconnected."},
	"zguide.register":      {"在 Zilliz Cloud 填终端节点实例ID", "Enter the endpoint instance ID in Zilliz Cloud"},
	"zguide.register.how":  {"回到“创建私网连接”，填下面的 ID，单击“创建”。", "Go back to the dialog, enter the ID below and create the link."},
	"zguide.connected":     {"连接状态变为已连接", "The connection becomes Connected"},
	"zguide.connected.how": {"Zilliz Cloud 接受连接，这里随即更新。", "Zilliz Cloud accepts it, and this page follows."},
	"zguide.zone":          {"建内置权威域名，生效范围选这个 VPC", "Make a private zone in force in this VPC"},
	"zguide.zone.how":      {"在内网 DNS 解析（PrivateZone）添加域名，打开“子域名递归解析代理”，再设置生效范围。", "Add a zone in PrivateZone with recursive resolution on, then bind it to the VPC."},
	"zguide.record":        {"加一条 CNAME，让集群的名字指向终端节点", "Add a CNAME from the cluster's name to the endpoint"},
	"zguide.record.how":    {"打开这个域名的解析记录，添加 CNAME。", "Open the zone's records and add a CNAME."},
	"zguide.record.errata": {
		"原文让内置权威域名和主机记录都带集群 ID，那样的记录回答的是另一个名字。这里接受任何写法，照字面解析；能用的两种写法见这一步。",
		"The original puts the cluster ID into both the zone and the host record, and such a record answers for another name. Any spelling is accepted here and resolves as written; the two that work are shown in this step.",
	},
	"zguide.reach":     {"从客户端访问集群", "Reach the cluster from a client"},
	"zguide.reach.how": {"在这个 VPC 的实例上访问集群的私网名字。不通的话，“为什么连不通”会说停在哪里。", "Open the cluster's private name from an instance in this VPC. If it fails, “Why can't I connect” says where it stops."},

	"trap.title":   {"这条记录不回答集群的名字", "This record does not answer for the cluster"},
	"trap.answers": {"这条记录回答的是 {name}。", "This record answers for {name}."},
	"trap.cluster": {"集群 {cluster} 的私网名字是 {host}。", "The private name of cluster {cluster} is {host}."},
	"trap.forms":   {"能用的两种写法：", "Either of these works:"},
	"trap.zone":    {"域名", "Zone"},
	"trap.host":    {"主机记录", "Host record"},
	"trap.none":    {"集群 {cluster} 的名字在这个 VPC 里还没有记录", "The name of cluster {cluster} has no record in this VPC yet"},
}
