package text

// What each gate of the judge says (reach.Reason): one key per gate and
// finding, with the rule, the group and the port by name. "gate.GATE" is
// the gate's short name in the drawing, "reach.ask.GATE" what it asks.
var reachWords = words{
	"gate.source":     {"源地址", "Source"},
	"gate.egress":     {"客户端出方向", "Client egress"},
	"gate.name":       {"域名解析", "Name"},
	"gate.route":      {"目标地址", "Target"},
	"gate.sourcelist": {"源地址名单", "Source list"},
	"gate.eni":        {"网卡安全组", "ENI groups"},
	"gate.connection": {"连接许可", "Connection"},
	"gate.zone":       {"可用区", "Zone"},
	"gate.service":    {"终端节点服务", "Service"},
	"gate.listener":   {"端口监听", "Listener"},
	"gate.backend":    {"健康后端", "Backend"},
	"gate.ingress":    {"后端入方向", "Backend ingress"},
	"gate.acl":        {"网络 ACL", "Network ACL"},

	"reach.ask.source":     {"源地址属于这个专有网络", "The source address is in this VPC"},
	"reach.ask.egress":     {"客户端的安全组允许出方向", "The client's security groups let it out"},
	"reach.ask.name":       {"域名解析得到", "The name resolves"},
	"reach.ask.route":      {"专有网络里有这个地址", "Something in the VPC has the address"},
	"reach.ask.sourcelist": {"终端节点的源地址名单", "The endpoint's source list"},
	"reach.ask.eni":        {"网卡的安全组允许入方向", "The ENI's security groups let it in"},
	"reach.ask.connection": {"服务提供方已允许连接", "The provider has allowed the connection"},
	"reach.ask.zone":       {"这个可用区已分配服务资源", "The zone has a service resource"},
	"reach.ask.service":    {"服务还在", "The service is there"},
	"reach.ask.listener":   {"端口有监听", "The port has a listener"},
	"reach.ask.backend":    {"有健康的后端", "There is a healthy backend"},
	"reach.ask.ingress":    {"后端的安全组允许入方向", "The backend's security groups let it in"},
	"reach.ask.acl":        {"后端子网的网络 ACL", "The network ACL of the backend's subnet"},

	"reach.source.ok":       {"{address} 是 {vpc} 里的 {client}。", "{address} is {client} in {vpc}."},
	"reach.source.attached": {"这台主机已接入 {vpc}，可以当客户端。", "This host is attached to {vpc} and may be a client there."},
	"reach.source.host":     {"这台主机没有接入 {vpc}。在 {vpc} 的页面上选“接入本机”，或改从它的实例发起。", "This host is not attached to {vpc}. Attach it on the page of {vpc}, or connect from one of its instances."},
	"reach.source.foreign":  {"{address} 不在 {vpc} 里。专有网络之间默认隔离；从 {vpc} 的实例发起。", "{address} is not in {vpc}. VPCs are isolated from each other by default; connect from an instance in {vpc}."},
	"reach.source.unknown":  {"{vpc} 里没有实例的地址是 {address}。换成一个实例的地址。", "No instance of {vpc} has the address {address}. Use the address of one."},
	"reach.source.stopped":  {"{client} 已停止，什么也发不出去。启动它。", "{client} is stopped and cannot send anything. Start it."},

	"reach.egress.ok":   {"安全组 {group} 的规则 {rule} 允许出方向。", "Rule {rule} of security group {group} lets it out."},
	"reach.egress.host": {"这台主机没有安全组，不受限制。", "This host has no security group and is not restricted."},
	"reach.egress.drop": {"安全组 {group} 的规则 {rule} 拒绝了到 {peer} 的 {protocol} {port}。删除它，或加一条更优先的允许规则。", "Rule {rule} of security group {group} drops {protocol} {port} to {peer}. Delete it, or add an accepting rule before it."},
	"reach.egress.none": {"安全组 {group} 没有一条出方向规则允许到 {peer} 的 {protocol} {port}。加一条。", "No outbound rule of security group {group} accepts {protocol} {port} to {peer}. Add one."},

	"reach.name.ok":          {"{name} 解析为 {address}。", "{name} resolves to {address}."},
	"reach.name.unknown":     {"{name} 在 {vpc} 里解析不到。终端节点的域名只在它自己的专有网络里有效；核对拼写和专有网络。", "{name} does not resolve in {vpc}. An endpoint's names are valid in its own VPC only; check the spelling and the VPC."},
	"reach.name.waiting":     {"终端节点 {endpoint} 的连接还没有被服务提供方{provider}允许，域名要到允许后才解析。", "The service provider {provider} has not allowed the connection of endpoint {endpoint} yet; its names resolve once it is allowed."},
	"reach.name.denied":      {"终端节点 {endpoint} 的连接被{by}拒绝了，域名不再解析。请服务提供方{provider}重新允许。", "{by} denied the connection of endpoint {endpoint}, so its names no longer resolve. The service provider {provider} can allow it again."},
	"reach.name.unpublished": {"终端节点 {endpoint} 已允许，但这个可用区还没有连接好，域名还没有发布。", "Endpoint {endpoint} is allowed, but the zone is not connected yet and its name not published."},

	"reach.route.eni":      {"{address} 是终端节点 {endpoint} 在{zone@zone} 的网卡。", "{address} is the ENI of endpoint {endpoint} in {zone@zone}."},
	"reach.route.balancer": {"{address} 是 CLB {balancer}。", "{address} is CLB {balancer}."},
	"reach.route.instance": {"{address} 是实例 {instance}。", "{address} is instance {instance}."},
	"reach.route.internet": {"{address} 在公网上。实验环境没有公网出口，{vpc} 到不了那里。", "{address} is on the Internet. The lab has no way out, so {vpc} cannot reach it."},
	"reach.route.none":     {"{vpc} 里没有任何东西的地址是 {address}。没有终端节点，到不了别的专有网络。", "Nothing in {vpc} has the address {address}. Without an endpoint no other VPC can be reached."},

	"reach.eni.ok":   {"安全组 {group} 的规则 {rule} 允许客户端访问终端节点网卡。", "Rule {rule} of security group {group} lets the client reach the endpoint ENI."},
	"reach.eni.drop": {"安全组 {group} 的规则 {rule} 拒绝了来自 {peer} 的 {protocol} {port}。删除它，或加一条更优先的允许规则。", "Rule {rule} of security group {group} drops {protocol} {port} from {peer}. Delete it, or add an accepting rule before it."},
	"reach.eni.none": {"安全组 {group} 没有一条入方向规则允许来自 {peer} 的 {protocol} {port}。加一条，客户端才能访问终端节点网卡。", "No inbound rule of security group {group} accepts {protocol} {port} from {peer}. Add one to let clients reach the endpoint ENI."},

	"reach.connection.ok":        {"{by}允许了 {endpoint} 到 {service} 的连接。", "{by} allowed the connection from {endpoint} to {service}."},
	"reach.connection.automatic": {"服务 {service} 自动接受了 {endpoint} 的连接请求。", "Service {service} accepted the request of {endpoint} automatically."},
	"reach.connection.waiting":   {"连接还没有被允许：{service} 不自动接受连接请求，等服务提供方{provider}允许 {endpoint}。", "The connection is not allowed yet: {service} does not accept requests automatically; the service provider {provider} has to allow {endpoint}."},
	"reach.connection.denied":    {"连接被{by}拒绝了。请服务提供方{provider}在“终端节点连接”里重新允许 {endpoint}。", "{by} denied the connection. The service provider {provider} can allow {endpoint} again under Endpoint Connections."},
	"reach.connection.deleting":  {"终端节点 {endpoint} 正在删除，不再接受新连接。", "Endpoint {endpoint} is being deleted and takes no new connections."},

	"reach.zone.ok":         {"{zone@zone} 的流量交给 CLB {balancer}。", "Traffic of {zone@zone} goes to CLB {balancer}."},
	"reach.zone.unassigned": {"{zone@zone} 没有分配到服务资源。服务提供方要在这个可用区添加服务资源并重新允许。", "{zone@zone} has no service resource assigned. The provider has to add one there and allow the connection again."},

	"reach.service.ok":   {"{service} 可用。", "{service} is available."},
	"reach.service.gone": {"终端节点服务 {service} 已被提供方删除。删除这个终端节点。", "The provider deleted endpoint service {service}. Delete this endpoint."},

	"reach.listener.ok":      {"CLB {balancer} 监听 {protocol} {port}，转到后端端口 {backendport}。", "CLB {balancer} listens on {protocol} {port} and forwards to backend port {backendport}."},
	"reach.listener.none":    {"CLB {balancer} 没有监听 {protocol} {port}，它监听的是 {ports}。换端口，或加一个监听。", "CLB {balancer} does not listen on {protocol} {port} but on {ports}. Use one of those, or add a listener."},
	"reach.listener.empty":   {"CLB {balancer} 还没有任何监听，没有端口可用。先配置监听。", "CLB {balancer} has no listener yet, so no port answers. Configure one first."},
	"reach.listener.stopped": {"CLB {balancer} 的监听 {protocol} {port} 已停止。启动它。", "Listener {protocol} {port} of CLB {balancer} is stopped. Start it."},

	"reach.backend.ok":        {"{total} 台里有 {healthy} 台正常：{backends}。", "{healthy} of {total} are normal: {backends}."},
	"reach.backend.empty":     {"CLB {balancer} 的默认服务器组里没有后端服务器。添加。", "The default server group of CLB {balancer} is empty. Add backend servers."},
	"reach.backend.weight":    {"CLB {balancer} 的后端服务器权重都是 0，不接流量。调高一个权重。", "Every backend server of CLB {balancer} has weight 0 and gets no traffic. Raise a weight."},
	"reach.backend.unhealthy": {"CLB {balancer} 没有健康的后端：{backends}。检查后端程序是否在运行、端口对不对。", "CLB {balancer} has no healthy backend: {backends}. See whether their programs run and the port is right."},
	"reach.backend.connect":   {"连不上后端 {backend}（{error@reach.error}）。检查它的程序是否在运行。", "Backend {backend} could not be connected ({error@reach.error}). See whether its program runs."},
	"reach.backend.limit":     {"这台主机能同时打开的连接已满（上限 {limit}）。等一些连接结束。", "This host cannot hold more connections (limit {limit}). Wait for some to end."},

	"reach.ingress.ok":      {"安全组 {group} 的规则 {rule} 允许入方向。", "Rule {rule} of security group {group} lets it in."},
	"reach.provider.pass":   {"服务提供方一侧放行。", "The provider's side lets it through."},
	"reach.provider.stop":   {"停在服务提供方一侧。那是另一个账号的资源，请联系提供方。", "Stopped on the provider's side. Those resources belong to another account: ask the provider."},
	"reach.zone.connected":  {"{zone@zone} 已连接。", "{zone@zone} is connected."},
	"reach.ingress.stopped": {"{instance} 已停止。启动它，它才会应答。", "{instance} is stopped. Start it, and it answers."},
	"reach.ingress.self":    {"{client} 访问的是自己，不出网卡。", "{client} talks to itself; nothing leaves it."},
	"reach.ingress.sender":  {"后端看到的来源是 {sender}，默认放行：{backends}。", "The backends see it come from {sender}, which is let in by default: {backends}."},
	"reach.ingress.drop":    {"安全组 {group} 的规则 {rule} 拒绝了来自 {peer} 的 {protocol} {port}。删除它，或加一条更优先的允许规则。", "Rule {rule} of security group {group} drops {protocol} {port} from {peer}. Delete it, or add an accepting rule before it."},
	"reach.ingress.none":    {"安全组 {group} 没有一条入方向规则允许来自 {peer} 的 {protocol} {port}。加一条。", "No inbound rule of security group {group} accepts {protocol} {port} from {peer}. Add one."},

	"reach.error.refused":     {"拒绝连接", "connection refused"},
	"reach.error.timeout":     {"超时", "timed out"},
	"reach.error.reset":       {"被重置", "reset"},
	"reach.error.unreachable": {"不可达", "unreachable"},
	"reach.error.no-port":     {"源端口用完", "out of source ports"},
	"reach.error.no-file":     {"打开的文件太多", "too many open files"},
	"reach.error.stopped":     {"正在停止", "stopping"},
	"reach.error.malformed":   {"应答不是 HTTP", "no HTTP answer"},
	"reach.error.status":      {"状态码 {status}", "status {status}"},
	"reach.error.error":       {"出错", "failed"},

	// what a reader is told of the other account's side
	"reach.theirs.pass":  {"在{account}那一侧，放行。", "On {account}'s side: passes."},
	"reach.theirs.stop":  {"停在{account}那一侧的这道门。细节属于对方，请{account}在自己的页面里查看。", "Stopped at this gate on {account}'s side. The details are theirs; ask {account} to look at their own page."},
	"reach.theirs.empty": {"对方的 CLB 还没有任何监听，没有端口可用。", "Their CLB has no listener yet, so no port answers."},
	"reach.theirs.none":  {"对方没有发布 {protocol} {port}，发布的是 {ports}。", "They do not publish {protocol} {port} but {ports}."},
}
