package text

var loginWords = words{
	"login.title":    {"登录", "Sign in"},
	"login.login":    {"登录名", "Login name"},
	"login.password": {"密码", "Password"},
	"login.repeat":   {"再输一次密码", "Password again"},
	"login.do":       {"登录", "Sign in"},

	"login.say.a":    {"两个网络互不相通，", "Two networks, kept apart."},
	"login.say.b":    {"只留一条你允许的路。", "One way through, the one you allow."},
	"login.lead":     {"自建的私网连接控制台。数据面是真的：每个状态都来自真实的监听、探测和流量，每次拒绝都说明是哪一道门、哪一条规则。", "A private link console of your own. The data plane is real: every state comes from real listeners, probes and traffic, and every refusal names its gate and its rule."},
	"login.art":      {"剖面图：VPC1 与 VPC2 被一道路堤隔开，一条涵洞从堤下通过", "A cut through an embankment between VPC1 and VPC2, with a culvert leading below it"},
	"login.art.wall": {"默认隔离", "apart by default"},

	"login.demo":             {"或者，用演示账号直接进入", "Or step in with a demo account"},
	"login.demo.first":       {"法兰克福教程：两个 VPC 都在这里", "The Frankfurt tutorial: both VPCs are here"},
	"login.demo.first.ctyun": {"VPC 终端节点指南：两个 VPC 都在这里", "The VPC Endpoint guide: both VPCs are here"},
	"login.demo.other":       {"跨账号的另一方", "The other side, in another account"},
	"login.demo.sub":         {"上面那个账号的子帐号", "A sub-account of the one above"},
	"login.demo.hint":        {"每个演示账号只看得到自己的资源。演示账号不要密码，只在演示模式下可用。", "Each demo account sees only its own resources. Demo accounts need no password and exist in demo mode only."},

	"login.first":          {"创建第一个账号", "Create the first account"},
	"login.first.lead":     {"这里还没有账号。第一个账号是管理员。", "There is no account here yet. The first one is the administrator's."},
	"login.first.do":       {"创建并进入", "Create and step in"},
	"login.first.name":     {"显示在页面右上角，1 到 64 个字符。", "Shown at the top right, 1 to 64 characters."},
	"login.first.login":    {"2 到 64 个字符：字母、数字、. _ @ -，以字母或数字开头。", "2 to 64 characters: letters, digits, . _ @ -, starting with a letter or digit."},
	"login.first.password": {"8 到 72 个字符。", "8 to 72 characters."},

	"login.over":  {"登录已经结束。这里填的还在：提交时会先请你登录，再带着填好的内容回来。", "Your session is over. What you typed is still here: sending it asks you to sign in and brings you back with it."},
	"login.again": {"现在登录", "Sign in now"},

	"error.signin":      {"登录名或密码不对", "Login name or password is wrong"},
	"error.signin.wait": {"试得太多了，{seconds} 秒后再试", "Too many tries; try again in {seconds} {seconds:second|seconds}"},
	"error.signin.demo": {"这不是可以直接进入的演示账号", "This is not a demo account that may be entered without a password"},
}
