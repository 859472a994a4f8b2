package text

import (
	"maps"
	"sync"
)

// Real is the dialect where addresses of networks are real: each network is a
// namespace, and nothing of it is on this host's loopback. An empty text is not
// shown, and neither is the column, the fact or the field that it names.
func (d *Dialect) Real() *Dialect {
	return &Dialect{texts: sync.OnceValue(func() words {
		out := maps.Clone(d.words())
		maps.Copy(out, realOnly())
		return out
	})}
}

// realOnly are the texts that are others then.
func realOnly() words {
	out := words{
		"endpoint.eniip.hint": {"{zone@zone}。", "{zone@zone}."},
		"vpcep.ip.hint":       {"私有 IP，终端节点的通信入口。", "A private IP address, the way in."},

		"endpoint.ports":      {"端口", "Its ports"},
		"endpoint.ports.note": {"实例里的程序用这些地址访问", "Programs on instances use these addresses"},

		"vpc.dns.short": {"只有这里看得到的解析；里面的程序在 100.100.2.136 找到它", "What names mean inside; programs in it find the resolver at 100.100.2.136"},

		"vswitch.created": {"{name} 已创建", "{name} is created"},
		"idc.created":     {"本地网络 {name} 已创建", "On-premises network {name} is created"},
		"idc.client.note": {"它有自己的网络命名空间：在里面运行的程序，就是它的客户端，地址是 {client}。", "It has a network namespace of its own: a program that runs in it is a client on premises, {client}."},

		"program.none.note":      {"由你自己用 culvert exec 在它的网络里启动的程序应答，例如 Nginx、Redis", "Whatever you start in its network by culvert exec answers: Nginx, Redis and so on"},
		"instance.here.listens":  {"内置程序在它自己的网络里监听", "In the instance's own network the built-in program listens at"},
		"instance.here.own":      {"在它的网络里启动自己的程序，例如：", "Start a program of your own in its network, for example:"},
		"instance.here.own.port": {"端口任选；CLB 的后端端口要与程序的端口一致。", "Any port will do; the CLB's backend port must be the program's."},
		"instance.socks.exec":    {"任何程序：它用的就是这个实例的网络", "Any program: its network is the instance's"},

		"instance.loopback":       {"命名空间做不到的", "What namespaces cannot do"},
		"instance.loopback.note":  {"每个实例有自己的网络命名空间，地址是真的。但是：", "Every instance has a network namespace of its own, and its addresses are real. But:"},
		"instance.loopback.spoof": {"同一个网络里，实例到实例的连接在开始时核对规则：之后规则变了，已经打开的连接不会断。发往本地网络的不核对。", "From instance to instance of one network the rules are asked when a connection begins: one that is open goes on when they change. What is sent to a network on premises is not asked about."},
		"instance.loopback.open":  {"culvert exec 启动的程序以 root 身份运行，只有网络和 /etc/resolv.conf 是实例的，文件是这台主机的。", "What culvert exec starts runs as root. Its network and /etc/resolv.conf are the instance's, its files are this host's."},
		"instance.loopback.proxy": {"这台主机自己（127.0.0.1）不在任何网络里，从这里拨不到实例的地址：用 culvert exec 或 SOCKS5。", "This host itself (127.0.0.1) is in no network and cannot dial an instance's address: use culvert exec or SOCKS5."},

		"attempt.note":      {"实例里的程序拨一个关着的端口，系统立刻拒绝，不会经过涵洞，所以不会出现在这里；从终端和 SOCKS 发起的都会记录。", "A program on an instance that dials a closed port is refused by the system at once and never reaches Culvert, so it is not here; what the terminal and SOCKS open is."},
		"reach.source.host": {"这台主机不在任何网络里：每个网络是一个命名空间。请从实例发起，例如用 culvert exec。", "This host is in no network: each of them is a namespace. Connect from an instance, for example by culvert exec."},
	}
	for _, key := range []string{
		"endpoint.ports.host", "clb.host", "instance.twin", "vpc.twin", "vpc.twin.note", "vpc.host.col", "vpc.host.short",
		"vswitch.twin", "vswitch.address.host", "idc.twin",
	} {
		out[key] = word{}
	}
	return out
}
