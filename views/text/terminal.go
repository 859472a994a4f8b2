package text

// What the terminal of an instance says beside its tools' own output.
var terminalWords = words{
	"terminal.unknown":  {"终端里没有 {command} 这个命令。输入 help 看有哪些。", "The terminal has no command {command}. Type help to see those it has."},
	"terminal.option":   {"{command} 在这里不支持 {option}。输入 help 看支持哪些。", "{command} does not take {option} here. Type help to see what it takes."},
	"terminal.usage":    {"用法：{usage}", "Usage: {usage}"},
	"terminal.quotes":   {"引号或括号没有成对，或者少了一半。带 & 或 ( 的网址请放在引号里。", "A quote or bracket is not closed. Put addresses with & or ( in quotes."},
	"terminal.shell":    {"这里不是 shell：“{sign}”不起作用。只有 echo TEXT | nc … 可以。带 & 的网址请放在引号里。", "This is no shell: “{sign}” does nothing here. Only echo TEXT | nc … works. Put addresses with & in quotes."},
	"terminal.long":     {"这一行太长。", "The line is too long."},
	"terminal.url":      {"{url} 不是 http 或 https 网址。", "{url} is no http or https address."},
	"terminal.gone":     {"这台实例已经不在。", "The instance is gone."},
	"terminal.cut":      {"输出超过 {size}，其余没有显示。", "The output is longer than {size}; the rest is not shown."},
	"terminal.refused":  {"到 {target} 的连接没有放行，没有发出任何数据。原因：", "The connection to {target} was not let through; nothing was sent. Because:"},
	"terminal.closed":   {"规则放行了，但 {target} 没有程序在监听，或者端口没有打开。", "The rules let it through, but nothing listens at {target}, or the port is not open."},
	"terminal.reset":    {"{target} 建立了连接，随后被重置：中途被断开，或者对方拒绝了这个来源。", "{target} connected and then reset: the connection was cut, or the other side refuses this source."},
	"terminal.timeout":  {"在时限内没有等到 {target} 的回答。", "{target} did not answer in time."},
	"terminal.silent":   {"{target} 没有回答。UDP 不会告诉发送方是否送达，这不能说明不通。", "{target} did not answer. UDP does not tell the sender whether anything arrived, so this proves nothing."},
	"terminal.name":     {"{name} 不是可以解析的名称。", "{name} is not a name that can be resolved."},
	"terminal.upstream": {"{name} 不是这里的域名，而上游 DNS 服务器没有回答。", "{name} is not a name of this lab, and no upstream DNS server answered."},
	"terminal.dig.type": {"没有 {type} 这种记录类型。", "There is no record type {type}."},

	"terminal.ping.rules":   {"没有发出任何包：这里只说安全组和路由的规则允许什么。", "No packet was sent: this only says what the rules of groups and routes allow."},
	"terminal.ping.allowed": {"规则允许 ICMP 到 {target}。要看真实的连接，用 probe 或 curl。", "The rules allow ICMP to {target}. For a real connection use probe or curl."},

	"terminal.help":      {"这些命令从 {instance} 的地址发出，按它所在 VPC 的 DNS 解析，经过同样的规则。", "These commands leave from the address of {instance}, use the DNS of its VPC and pass the same rules."},
	"terminal.help.ping": {"ping 只问规则，不发包。", "ping only asks the rules and sends no packet."},
}
