package text

// Secondary NICs of ctyun's cloud servers (TYS-10).
var nicWords = words{
	"nic.title":        {"网卡", "NICs"},
	"nic.note":         {"主网卡随云主机创建，副网卡最多 {most} 块。", "The primary NIC comes with the cloud server; it can have {most} secondary ones."},
	"nic.kind":         {"类型", "Type"},
	"nic.primary":      {"主网卡", "Primary NIC"},
	"nic.secondary":    {"副网卡", "Secondary NIC"},
	"nic.subnet":       {"子网", "Subnet"},
	"nic.subnet.hint":  {"{vpc} 里的任意一个子网，可以和主网卡不同。", "Any subnet of {vpc}; it need not be the primary NIC's."},
	"nic.ip.hint":      {"可以不填，自动取子网里第一个空闲的地址。", "May stay empty: the first free address of the subnet is taken."},
	"nic.groups.hint":  {"副网卡有自己的安全组，与主网卡无关。一个都不选，就用虚拟私有云的默认安全组。", "A secondary NIC has security groups of its own, whatever the primary one has. Choose none and the VPC's default group is used."},
	"nic.groups.none":  {"还没有安全组：会自动创建默认安全组。", "There is no group yet: a default one is made."},
	"nic.groups.title": {"更换 {name} 的副网卡 {ip} 的安全组", "Security groups of {name}'s secondary NIC {ip}"},
	"nic.groups.saved": {"{name} 的副网卡 {ip} 的安全组已更换", "The groups of {name}'s secondary NIC {ip} are changed"},
	"nic.listens":      {"云主机的内置程序也会在副网卡的地址上监听。", "The built-in program of the cloud server listens on its address too."},
	"nic.add":          {"添加副网卡", "Add secondary NIC"},
	"nic.added":        {"{name} 的副网卡已添加，地址是 {ip}", "{name} has a secondary NIC at {ip}"},
	"nic.full":         {"已有 {most} 块副网卡", "It has {most} secondary NICs already"},
	"nic.remove.ask":   {"移除…", "Remove…"},
	"nic.remove":       {"移除 {name} 的副网卡 {ip}？", "Remove {name}'s secondary NIC {ip}?"},
	"nic.removed":      {"{name} 的副网卡 {ip} 已移除", "{name}'s secondary NIC {ip} is removed"},
	"nic.remove.ip":    {"地址 {ip} 在子网 {subnet} 里重新空出来。", "The address {ip} becomes free in subnet {subnet}."},
	"nic.remove.connections": {
		"这个地址马上停止应答，经过它的连接会断开。",
		"The address stops answering at once, and connections through it end.",
	},
	"kind.nic": {"副网卡", "secondary NIC"},

	"event.nic.create": {"添加了副网卡", "added the secondary NIC"},
	"event.nic.update": {"更换了副网卡的安全组", "changed the groups of the secondary NIC"},
	"event.nic.delete": {"移除了副网卡", "removed the secondary NIC"},

	"error.nic.cloud": {"{name} 不在天翼云的区域里，没有副网卡", "{name} is not in a region of Tianyi Cloud and has no secondary NICs"},
	"error.nic.most":  {"{name} 已有 {most} 块副网卡，不能再添加。先移除不用的。", "{name} has {most} secondary NICs already. Remove one that is not used."},
	"error.nic.used":  {"副网卡 {ip} 是下面这些终端节点服务的后端资源，不能移除。先删除它们，或者换成别的后端。", "The secondary NIC {ip} is the backend of these endpoint services. Delete them, or give them another backend."},
}
