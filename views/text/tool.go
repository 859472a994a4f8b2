package text

// toolWords are what pages say about themselves and about the ways to use an
// address.
var toolWords = words{
	"outdated.now":    {"涵洞已换成新版本，这一页来自旧版本；填写的内容还在。", "Culvert has been replaced by a newer version. This page is from the older one; what you typed is still here."},
	"outdated.reload": {"重新打开本页", "Reload this page"},

	"use.short":       {"使用", "Use"},
	"use.do":          {"使用 {address} 的办法", "Ways to use {address}"},
	"use.exec":        {"以 {client} 的身份运行任何程序", "Run any program as {client}"},
	"use.socks":       {"经 {client} 的 SOCKS5 地址", "Through the SOCKS5 address of {client}"},
	"use.dig":         {"问 {vpc} 的解析器", "Ask the resolver of {vpc}"},
	"use.open":        {"在 {client} 的浏览器里打开", "Open in {client}'s browser"},
	"use.terminal":    {"在 {client} 的终端里运行", "Run in the terminal of {client}"},
	"use.noclient":    {"{vpc} 里没有运行中的实例，这个地址现在没有地方可以访问。", "No instance runs in {vpc}, so there is nowhere to reach this address from."},
	"use.noclient.do": {"创建实例", "Create instance"},
	"use.udp":         {"UDP 不经过 SOCKS；在 {client} 的终端里可以用 nc -u。", "UDP does not go through SOCKS; the terminal of {client} has nc -u."},
	"use.nothing":     {"这个地址上现在没有程序在听。", "Nothing listens at this address now."},

	"endpoint.use.closed": {"连接还没有通：服务提供方允许之后，下面的办法才有回应。", "Not connected: these get an answer once the service provider allows the connection."},
	"endpoint.use.ports":  {"端口请问服务提供方{who}；命令里用 80 举例。", "Ask the service provider, {who}, for the port; 80 stands for it in the commands."},
}
