package text

// Refusals that belong to no noun, and the error pages.
var errorWords = words{
	"error.metrics":  {"指标里有所有账号的资源，只给这台机器上的程序看：请从这台机器用 IP 地址或 localhost 访问，不经过代理；要让别的机器读，启动时用 --metrics 给它一个地址。", "Metrics tell of every account's resources, so only programs on this machine get them here: ask from this machine, by an IP address or localhost, without a proxy. For other machines, give them an address of their own with --metrics when Culvert starts."},
	"error.host":     {"演示模式只接受 IP 地址或 localhost，不接受 {host}：别的网页可以让自己的域名指到这里。请用 http://127.0.0.1 打开。", "In demo mode this server answers to an IP address or localhost, not to {host}: any web page could have its own name point here. Open it at http://127.0.0.1."},
	"error.required": {"要填写", "Needs a value"},

	// what can be wrong with any field
	"error.choose":           {"要选一个", "Choose one"},
	"error.choice":           {"没有“{value}”这个选项", "“{value}” is not one of the choices"},
	"error.length":           {"要 {min} 到 {max} 个字符，现在是 {n} 个", "Needs {min} to {max} characters and has {n}"},
	"error.number":           {"要 {min} 到 {max} 之间的整数，不是“{value}”", "Needs a whole number from {min} to {max}, not “{value}”"},
	"error.webaddress":       {"不能以 http:// 或 https:// 开头", "Must not start with http:// or https://"},
	"error.zone":             {"这个地域没有可用区“{zone}”", "This region has no zone “{zone}”"},
	"error.address":          {"“{value}”不是 IPv4 地址", "“{value}” is not an IPv4 address"},
	"error.address.outside":  {"{value} 不在交换机 {vswitch} 的网段 {cidr} 里", "{value} is not in {cidr}, the CIDR block of vSwitch {vswitch}"},
	"error.address.reserved": {"{value} 是系统保留的地址；可以用 {first} 到 {last}", "{value} is reserved by the system; {first} to {last} can be used"},
	"error.address.taken":    {"{value} 已经被 {holder}（{id}）使用", "{value} is already used by {holder} ({id})"},
	"error.cidr":             {"“{value}”不是网段，要写成 10.0.0.0/16 这样", "“{value}” is not a CIDR block; write it like 10.0.0.0/16"},
	"error.cidr.bits":        {"{value} 太大或太小，掩码要在 /{min} 到 /{max} 之间", "{value} is too large or too small; the mask must be from /{min} to /{max}"},
	"error.cidr.special":     {"{value} 与 {range} 重叠，那是有特殊用途的地址。换一段。", "{value} overlaps {range}, addresses with a purpose of their own. Take another range."},
	"error.cidr.hostbits":    {"{value} 不是网段的起点，它在 {network} 里", "{value} is not where a network begins; it lies in {network}"},
	"error.cidr.private":     {"{value} 不在可用的私网网段里：10.0.0.0/8、172.16.0.0/12、192.168.0.0/16", "{value} is not in a private range that can be used: 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16"},
	"error.underlay.full":    {"这台主机上划给实验的地址 {base} 用完了。删除不用的交换机，或换一个更大的 --underlay-base", "The addresses {base} that this host gives to the lab are used up. Delete vSwitches that are not needed, or start with a larger --underlay-base"},

	"error.invalid":  {"有内容需要改", "Some of this needs changing"},
	"error.notfound": {"没有这个{kind@kind}：{id}", "There is no {kind@kind} {id}"},

	"error.400.title": {"这个请求读不懂", "Cannot read this request"},
	"error.400.text":  {"浏览器发来的内容不完整或格式不对。", "What the browser sent is incomplete or malformed."},
	"error.422.title": {"有内容需要改", "Something needs changing"},
	"error.404.also":  {"。它可能已经删除，或者属于另一个账号或地域。", ". It may have been deleted, or belong to another account or region."},
	"error.404.title": {"找不到这一页", "Page not found"},
	"error.404.text":  {"地址可能写错了，或者它已经删除，或者属于另一个账号或地域。", "The address may be mistyped, or the thing was deleted, or it belongs to another account or region."},
	"error.403.title": {"不允许", "Not allowed"},
	"error.403.text":  {"当前账号不能做这件事。", "The account you are signed in with may not do this."},
	"error.403.cross": {"这个请求来自另一个网站，所以没有执行。回到涵洞的页面再做一次。", "The request came from another website, so it was not carried out. Go back to Culvert and do it there."},
	"error.405.title": {"不能这样打开", "Wrong way in"},
	"error.405.text":  {"这个地址只接受另一种请求。", "This address only takes another kind of request."},
	"error.409.title": {"现在不能这样做", "Not possible now"},
	"error.413.title": {"内容太大", "Too large"},
	"error.413.text":  {"发来的内容超过了上限。", "What was sent is larger than the limit."},
	"error.429.title": {"请稍后再试", "Try again later"},
	"error.500.title": {"出错了", "Something went wrong"},
	"error.500.text":  {"这是涵洞自己的问题，已经记在日志里。编号：", "This is Culvert's own fault and it is in the log. Reference:"},
	"error.home":      {"回到总览", "Back to the overview"},
}
