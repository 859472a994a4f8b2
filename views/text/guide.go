package text

// The guide of the ctyun document beside the overview: sections 2.1 and 2.2.
var guideWords = words{
	"guide.label":    {"快速入门", "Getting started"},
	"guide.title":    {"三个场景，照着做", "Three walkthroughs"},
	"guide.progress": {"{done}/{all}", "{done}/{all}"},
	"guide.step":     {"{n}. {what}", "{n}. {what}"},
	"guide.go":       {"去做", "Do it"},

	"guide.dns":              {"通过内网访问 DNS 服务", "Reach the DNS service privately"},
	"guide.dns.lead":         {"本地数据中心通过终端节点使用云上的 DNS。", "An on-premises data center uses the cloud's DNS through an endpoint."},
	"guide.dns.endpoint":     {"创建连接 DNS 的终端节点", "Create an endpoint for DNS"},
	"guide.dns.endpoint.how": {"服务类别选“云服务”，再选 cn.ctyun.cn-gzt.dns。状态变为“已接受”就成了。", "Choose Cloud service, then cn.ctyun.cn-gzt.dns. It is ready when its status is Accepted."},
	"guide.dns.forward":      {"访问 DNS 服务", "Use the DNS service"},
	"guide.dns.forward.how":  {"在终端节点详情里复制节点 IP，把它配成本地 DNS 的转发地址，然后查询一个名字。", "Copy the node IP from the endpoint's details, make it the forwarder of your local DNS and look a name up."},

	"guide.same":              {"同一账号下的两个 VPC", "Two VPCs of one account"},
	"guide.same.lead":         {"两个 VPC 的网段可以相同，必须在同一区域。", "Their addresses may be the same; both must be in one region."},
	"guide.same.group":        {"放行 198.19.128.0/20", "Let 198.19.128.0/20 in"},
	"guide.same.group.how":    {"后端收到的流量来自 198.19.128.0/20。给后端的安全组加一条以它为源地址的入方向规则，否则流量会被丢弃。", "Backends see traffic come from 198.19.128.0/20. Add an inbound rule with this source to their security group, or it is dropped."},
	"guide.same.service":      {"创建终端节点服务", "Create an endpoint service"},
	"guide.same.service.how":  {"后端资源选增强型负载均衡，端口映射例如：服务端口 8080，终端端口 80。", "Take an enhanced load balancer as backend resource and map ports, for example service port 8080 to terminal port 80."},
	"guide.same.endpoint":     {"创建终端节点", "Create an endpoint"},
	"guide.same.endpoint.how": {"服务类别选“按名称查找服务”，填服务名称，单击“验证”；虚拟私有云选客户端所在的。", "Choose Find a service by name, enter its name and click Verify; choose the clients' VPC."},
	"guide.same.accept":       {"接受连接", "Accept the connection"},
	"guide.same.accept.how":   {"服务开启了连接审批时，终端节点是“待接受”：在服务的“连接管理”里单击“接受”。", "With connection approval on, the endpoint is Pending acceptance: click Accept under the service's Connection Management."},
	"guide.same.use":          {"通过终端节点访问", "Reach the service"},
	"guide.same.use.how":      {"从客户端云主机访问终端节点的节点 IP 或内网域名。", "From the client's cloud server, open the endpoint's node IP or private domain name."},

	"guide.other":              {"不同账号下的两个 VPC", "Two VPCs of two accounts"},
	"guide.other.lead":         {"服务的账号把对方加进白名单，对方才找得到服务。", "The service's account puts the other one on its whitelist; only then can the service be found."},
	"guide.other.id":           {"获取对方的账号ID", "Get the other account's ID"},
	"guide.other.id.how":       {"使用方在“我的凭证”里复制账号ID，交给服务的账号。", "The consumer copies the account ID from My Credentials and hands it to the service's account."},
	"guide.other.grant":        {"添加白名单记录", "Add a whitelist record"},
	"guide.other.grant.how":    {"在服务的“权限管理”里添加，写成 iam:domain::账号ID；* 是所有账号。", "Under the service's Permission Management, as iam:domain::ID; * stands for every account."},
	"guide.other.endpoint":     {"创建终端节点", "Create an endpoint"},
	"guide.other.endpoint.how": {"由使用方的账号创建：按名称查找服务，验证，选自己的虚拟私有云和子网。", "Done by the consumer: find the service by name, verify, choose the own VPC and subnet."},
	"guide.other.accept":       {"接受连接", "Accept the connection"},
	"guide.other.accept.how":   {"由服务的账号在“连接管理”里接受。", "Done by the service's account under Connection Management."},
	"guide.other.use":          {"通过终端节点访问", "Reach the service"},
	"guide.other.use.how":      {"从使用方的云主机访问节点 IP 或内网域名。", "From a cloud server of the consumer, open the node IP or the private domain name."},
}
