package text

// What the engine says of Zilliz Cloud: refusals, and the nouns as the log of
// changes tells them. The words of its pages are in zilliz.go.
var zillizEngineWords = words{
	"cloud.zilliz": {"Zilliz Cloud", "Zilliz Cloud"},

	"kind.project":             {"项目", "project"},
	"kind.cluster":             {"集群", "cluster"},
	"kind.privatelink":         {"私网连接", "private link"},
	"event.project.create":     {"创建了项目", "created the project"},
	"event.project.update":     {"修改了项目", "changed the project"},
	"event.project.delete":     {"删除了项目", "deleted the project"},
	"event.cluster.create":     {"创建了集群", "created the cluster"},
	"event.cluster.update":     {"修改了集群", "changed the cluster"},
	"event.cluster.delete":     {"删除了集群", "deleted the cluster"},
	"event.privatelink.create": {"创建了私网连接", "created the private link"},
	"event.privatelink.update": {"修改了私网连接", "changed the private link"},
	"event.privatelink.delete": {"删除了私网连接", "deleted the private link"},

	"error.project.name": {"已经有名为 {value} 的项目了，换一个名称", "There is a project called {value} already; choose another name"},
	"error.project.used": {"项目 {name} 里还有集群或私网连接，先删除它们", "Project {name} still has clusters or private links; delete them first"},
	"error.project.last": {"至少要留一个项目；先新建一个，再删除 {name}", "An account keeps one project; create another one before you delete {name}"},

	"error.cluster.name":  {"这个项目里已经有名为 {value} 的集群了，换一个名称", "The project has a cluster called {value} already; choose another name"},
	"error.cluster.many":  {"一个项目在一个地域最多 {max} 个集群，换一个项目或地域", "A project has at most {max} clusters in a region; choose another project or region"},
	"error.cluster.links": {"{name} 是这个项目在 {region@region} 的最后一个集群，先删除那里的私网连接", "{name} is the project's last cluster in {region@region}; delete the private links there first"},

	"error.link.region": {"项目 {project} 在 {region@region} 没有集群，请选集群所在的地域，或者先在那里创建集群", "Project {project} has no cluster in {region@region}; choose a region that has one, or create one there first"},

	"error.link.account.format":  {"主帐号 ID 是 16 位数字，{value} 不是；在云控制台的账号信息里复制", "A main account ID is 16 digits; {value} is not. Copy it from the account page of the cloud’s console"},
	"error.link.account.unknown": {"验证未通过：没有主帐号 {value}，请核对云控制台账号信息里的 ID", "Not verified: there is no main account {value}; check the ID on the account page of the cloud’s console"},
	"error.link.account.sub":     {"验证未通过：{value} 是子帐号，请填写其所在组织的主帐号 ID", "Not verified: {value} is a sub-account; enter the ID of its organisation’s main account"},
	"error.link.account.twice":   {"主帐号 {value} 已经通过验证了，可以去创建终端节点", "Main account {value} is verified already; go on and create the endpoint"},
	"error.link.account.used":    {"主帐号 {id} 还有私网连接，先删除它们", "Main account {id} still has private links; delete them first"},
	"error.link.account.none":    {"先添加一个主帐号 ID 并通过验证", "Add a main account ID and have it verified first"},

	"error.link.endpoint.format":    {"终端节点实例 ID 以 ep- 开头，后面是 20 位字母和数字，{value} 不是；在终端节点的详情页复制", "An endpoint ID is ep- and 20 letters and digits; {value} is not. Copy it from the endpoint’s page"},
	"error.link.endpoint.unknown":   {"没有终端节点 {value}，请核对实例 ID，它可能已经被删除", "There is no endpoint {value}; check the ID, it may have been deleted"},
	"error.link.endpoint.account":   {"终端节点 {value} 不属于已验证的主帐号，请添加它的主帐号 ID，或者填写已验证帐号的终端节点", "Endpoint {value} is not one of the verified accounts’; add its main account ID, or enter an endpoint of a verified account"},
	"error.link.endpoint.region":    {"终端节点 {value} 不在 {region@region}，请填写同一地域的终端节点", "Endpoint {value} is not in {region@region}; enter one of the same region"},
	"error.link.endpoint.service":   {"终端节点 {value} 连接的是另一个服务，请用 {service} 创建终端节点", "Endpoint {value} names another service; create an endpoint for {service}"},
	"error.link.endpoint.deleting":  {"终端节点 {value} 正在删除，请新建一个", "Endpoint {value} is being deleted; create a new one"},
	"error.link.endpoint.twice":     {"终端节点 {value} 已经是这个项目的私网连接了", "Endpoint {value} is a private link of this project already"},
	"error.link.endpoint.elsewhere": {"终端节点 {value} 已经登记在另一个项目，先在那里删除私网连接", "Endpoint {value} is registered with another project; delete the private link there first"},
}
