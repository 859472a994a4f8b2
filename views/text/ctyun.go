package text

// Ctyun is how 天翼云 (China Telecom's Tianyi Cloud) calls things; English
// follows the public manual of Huawei's VPC Endpoint.
func Ctyun() *Dialect { return ctyun }

var ctyun = newDialect([]words{ctyunOwn, ctyunEndpointOwn},
	[]term{
		{"专有网络", "虚拟私有云"},
		{"交换机", "子网"},
		{"地域", "区域"},
		{"ECS 实例", "云主机"},
		{"实例 ECS", "云主机"},
		{"ECS", "云主机"},
		{"传统型负载均衡 CLB", "弹性负载均衡"},
		{"传统型负载均衡", "弹性负载均衡"},
		{"负载均衡 CLB", "弹性负载均衡"},
		{"CLB 实例", "负载均衡"},
		{"公网实例", "公网负载均衡"},
		{"私网实例", "私网负载均衡"},
		{"包年包月实例", "包年包月的负载均衡"},
		{"实例 ID", "ID"},
		{"服务资源", "后端资源"},
		{"负载均衡实例", "负载均衡"},
		{"CLB", "负载均衡"},
		{"实例", "云主机"},
		{"私网连接", "VPC 终端节点"},
		{"弹性网卡", "网卡"},
	},
	[]term{
		{"vSwitch", "subnet"},
		{"ECS instance", "cloud server"},
		{"ECS", "cloud server"},
		{"Classic Load Balancer (CLB)", "load balancer"},
		{"CLB instance", "load balancer"},
		{"CLB", "load balancer"},
		{"instance", "cloud server"},
		{"instance ID", "ID"},
		{"Internet-facing instance", "Internet-facing load balancer"},
		{"service resource", "backend resource"},
		{"ENI", "NIC"},
		{"elastic network interface", "network interface"},
		{"PrivateLink", "VPC endpoint"},
	},
)

// ctyunOwn are the texts that exchanged nouns do not make right.
var ctyunOwn = words{
	"menu.link":      {"VPC 终端节点", "VPC Endpoint"},
	"menu.services":  {"终端节点服务", "Endpoint Services"},
	"menu.vpcs":      {"虚拟私有云", "Virtual Private Cloud"},
	"menu.vswitches": {"子网", "Subnets"},
	"menu.compute":   {"计算", "Compute"},
	"menu.instances": {"云主机", "Cloud Servers"},
	"menu.balancers": {"弹性负载均衡", "Elastic Load Balance"},

	"kind.vswitch":   {"子网", "subnet"},
	"kind.instance":  {"云主机", "cloud server"},
	"kind.balancer":  {"负载均衡", "load balancer"},
	"kind.interface": {"终端节点网卡", "endpoint NIC"},

	"bar.profile":     {"我的凭证", "My Credentials"},
	"account.title":   {"我的凭证", "My Credentials"},
	"account.head":    {"我的凭证", "My Credentials"},
	"account.id":      {"账号ID", "Account ID"},
	"account.id.hint": {"要使用别的账号的终端节点服务，先把账号ID 告诉对方，由对方按“授权账号ID”的格式加进白名单。", "To use another account's endpoint service, tell them this ID first; they add it to the whitelist in the form “authorized account ID”."},

	"home.todo.self":     {"你的终端节点 {endpoint} 等你自己接受", "Your endpoint {endpoint} waits for you to accept it"},
	"home.todo.go":       {"去接受…", "Accept…"},
	"home.todo.others":   {"终端节点 {endpoint} 等 {who} 接受", "Endpoint {endpoint} waits for {who}"},
	"home.todo.others.2": {"提供方接受之前，流量会被拒绝。{ago}创建。", "Its traffic is refused until the provider accepts it. Created {ago}."},

	"vpc.overlap.note":      {"网段不必不同：VPC 终端节点在两端都转换地址，两个 VPC 可以重叠且互不影响。", "The addresses need not differ: an endpoint translates them on both sides, so two VPCs may overlap."},
	"group.template.web":    {"通用", "General"},
	"instance.program.hint": {"内置程序真的在监听，不用另装服务器。", "The built-in programs really listen; no server has to be installed."},
	"instance.example":      {"server-1", "server-1"},
	"server.health.note":    {"检查和流量都从 198.19.128.0/20 发出；后端云主机的安全组要有放行它的入方向规则", "Probes and traffic come from 198.19.128.0/20; the backends' security group needs an inbound rule that lets it in"},

	"instance.title":   {"云主机", "Cloud Servers"},
	"instance.id":      {"云主机 ID", "Cloud server ID"},
	"instance.network": {"虚拟私有云 / 子网", "VPC / Subnet"},

	"clb.title":              {"弹性负载均衡", "Elastic Load Balance"},
	"clb.sub":                {"一个私网地址，把请求分给多台云主机", "One private address for several cloud servers"},
	"clb.create":             {"创建弹性负载均衡", "Create load balancer"},
	"clb.none.by":            {"负载均衡把一个地址上的请求分给多台云主机。增强型负载均衡可以作终端节点服务的后端资源。", "A load balancer spreads what arrives at one address over several cloud servers. An enhanced one can be the backend resource of an endpoint service."},
	"clb.buy.name":           {"名称", "Name"},
	"clb.buy.vpc":            {"虚拟私有云 / 子网", "VPC / Subnet"},
	"clb.tabs":               {"这个负载均衡的内容", "What this load balancer has"},
	"clb.privatelink":        {"可作后端资源", "Can be a backend"},
	"clb.services.no":        {"它不能作终端节点服务的后端资源：{why}。", "It cannot be the backend resource of an endpoint service: {why}."},
	"clb.link.rule":          {"只有增强型负载均衡能作终端节点服务的后端资源。", "Only enhanced load balancers can be the backend resource of an endpoint service."},
	"clb.link.box":           {"能作后端资源吗", "Can it be a backend?"},
	"clb.link.box.yes":       {"能。创建之后，可以在创建终端节点服务时选择它。", "Yes. Once it is there, an endpoint service can be made of it."},
	"clb.link.box.no":        {"不能，因为{why}。仍然可以创建，但创建终端节点服务时选不到它。", "No, because {why}. It can still be made, but an endpoint service cannot use it."},
	"server.shared":          {"这个组由该负载均衡的全部 {n} 个监听共用，改动对它们都生效。", "This group is shared by all {n} listeners of the load balancer; changes hold for each of them."},
	"error.resource.network": {"{name} 不在虚拟私有云里或不是 IPv4，不能作后端资源，请换一个", "{name} is not in a VPC or not IPv4, so it cannot be a backend resource; choose another"},
	"rule.peer.in.hint":      {"来源：一个网段、一个地址，或者同一虚拟私有云里一个安全组的 ID。0.0.0.0/0 是任何地址。", "The source: a CIDR block, an address, or the ID of a security group in the same VPC. 0.0.0.0/0 is every address."},
	"rule.peer.out.hint":     {"目的：一个网段、一个地址，或者同一虚拟私有云里一个安全组的 ID。0.0.0.0/0 是任何地址。", "The destination: a CIDR block, an address, or the ID of a security group in the same VPC. 0.0.0.0/0 is every address."},

	// Names of clouds and their consoles are names.
	"cloud.aliyun":   {"阿里云", "Alibaba Cloud"},
	"edition.aliyun": {"阿里云 PrivateLink", "Alibaba Cloud PrivateLink"},
}
