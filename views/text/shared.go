package text

var sharedWords = words{
	"app.name":  {"涵洞", "Culvert"},
	"app.other": {"Culvert", "涵洞"},
	"app.title": {"{title} · 涵洞", "{title} · Culvert"},

	"edition.aliyun": {"阿里云 PrivateLink", "Alibaba Cloud PrivateLink"},
	"edition.ctyun":  {"天翼云 VPC 终端节点", "Tianyi Cloud VPC Endpoint"},
	"edition.zilliz": {"Zilliz Cloud", "Zilliz Cloud"},

	// language.switch names the other language in that language.
	"language.switch": {"English", "中文"},

	// the frame of every page
	"bar.skip":       {"跳到正文", "Skip to content"},
	"bar.menu":       {"打开导航", "Open navigation"},
	"bar.cloud":      {"选择云", "Choose cloud"},
	"bar.region":     {"选择地域", "Choose region"},
	"bar.pending":    {"待处理", "To do"},
	"bar.pending.n":  {"{n} 项待处理", "{n} to do"},
	"bar.theme":      {"切换明暗", "Switch between light and dark"},
	"bar.account":    {"{name} 的菜单", "Menu of {name}"},
	"bar.here":       {"位置", "You are here"},
	"bar.switch":     {"切换到 {name}", "Switch to {name}"},
	"bar.signin":     {"用别的账号登录", "Sign in with another account"},
	"bar.signout":    {"退出", "Sign out"},
	"bar.profile":    {"账号信息", "Account"},
	"bar.nav":        {"主导航", "Main navigation"},
	"bar.services":   {"服务列表", "Service List"},
	"menu.home":      {"总览", "Overview"},
	"menu.link":      {"私网连接", "PrivateLink"},
	"menu.endpoints": {"终端节点", "Endpoints"},
	"menu.services":  {"终端节点服务", "Endpoints Service"},
	"menu.network":   {"网络", "Network"},
	"menu.vpcs":      {"专有网络", "VPCs"},
	"menu.vswitches": {"交换机", "vSwitches"},
	"menu.groups":    {"安全组", "Security Groups"},
	"menu.compute":   {"计算与负载均衡", "Compute and balancing"},
	"menu.instances": {"实例 ECS", "ECS Instances"},
	"menu.balancers": {"负载均衡 CLB", "CLB Instances"},
	"menu.see":       {"看清楚", "See through"},
	"menu.why":       {"为什么连不通", "Why can't I connect"},
	"menu.attempts":  {"连接尝试", "Attempts"},
	"menu.events":    {"操作记录", "Audit trail"},

	// the two roles, always visible (COM-01)
	"role.consumer":       {"服务使用方", "Service consumer"},
	"role.provider":       {"服务提供方", "Service provider"},
	"role.consumer.short": {"使用方", "consumer"},
	"role.provider.short": {"提供方", "provider"},

	// nouns, by the engine's name of them
	"kind.account":       {"账号", "account"},
	"kind.region":        {"地域", "region"},
	"kind.zone":          {"可用区", "zone"},
	"kind.vpc":           {"专有网络", "VPC"},
	"kind.vswitch":       {"交换机", "vSwitch"},
	"kind.security_rule": {"安全组规则", "security group rule"},
	"kind.instance":      {"实例", "instance"},
	"kind.balancer":      {"负载均衡", "CLB instance"},
	"kind.backend":       {"后端服务器", "backend server"},
	"kind.listener":      {"监听", "listener"},
	"kind.service":       {"终端节点服务", "endpoint service"},
	"kind.resource":      {"服务资源", "service resource"},
	"kind.grant":         {"服务白名单", "whitelist entry"},
	"kind.endpoint":      {"终端节点", "endpoint"},
	"kind.interface":     {"终端节点网卡", "endpoint ENI"},

	// buttons and links that mean the same everywhere
	"do.ok":         {"确定", "OK"},
	"do.cancel":     {"取消", "Cancel"},
	"do.next":       {"下一步", "Next"},
	"do.back":       {"上一步", "Back"},
	"do.submit":     {"提交", "Submit"},
	"do.create":     {"创建", "Create"},
	"do.save":       {"保存", "Save"},
	"do.edit":       {"编辑", "Edit"},
	"do.delete":     {"删除", "Delete"},
	"do.delete.ask": {"删除…", "Delete…"},
	"do.remove":     {"移除", "Remove"},
	"do.remove.ask": {"移除…", "Remove…"},
	"do.add":        {"添加", "Add"},
	"do.allow":      {"允许", "Allow"},
	"do.deny":       {"拒绝", "Deny"},
	"do.close":      {"关闭", "Close"},
	"do.run":        {"运行", "Run"},
	"do.search":     {"搜索", "Search"},
	"do.why":        {"为什么", "Why"},
	"do.all":        {"全部", "All"},
	"do.details":    {"详情", "Details"},

	// copying
	"copy.do":   {"复制 {what}", "Copy {what}"},
	"copy.done": {"已复制", "Copied"},

	// words of tables and facts
	"word.name":        {"名称", "Name"},
	"word.id":          {"ID", "ID"},
	"word.state":       {"状态", "Status"},
	"word.region":      {"地域", "Region"},
	"word.zone":        {"可用区", "Zone"},
	"word.description": {"描述", "Description"},
	"word.created":     {"创建时间", "Created"},
	"word.actions":     {"操作", "Actions"},
	"word.select":      {"选择", "Select"},
	"word.time":        {"时间", "Time"},
	"word.optional":    {"可选", "optional"},
	"word.none":        {"无", "None"},
	"word.yes":         {"是", "Yes"},
	"word.no":          {"否", "No"},
	"word.basics":      {"基本信息", "Basics"},
	"word.choose":      {"请选择", "Choose"},
	"word.account":     {"账号", "Account"},
	"word.you":         {"{name}（也就是你）", "{name} (that is you)"},
	"word.system":      {"系统", "system"},

	// what a page says when it cannot follow any more
	"live.lost":      {"与 Culvert 的连接断了，正在重连；页面可能不是最新的", "The connection to Culvert is lost; trying again. This page may be out of date"},
	"live.gone":      {"这里显示的资源已经不在了", "What this page shows is gone"},
	"live.gone.list": {"看列表", "See the list"},
	"live.switched":  {"这个浏览器已换成别的账号", "This browser has signed in to another account"},
	"live.reload":    {"重新打开", "Open again"},

	// pages of a list
	"pages.label":    {"分页", "Pages"},
	"pages.range":    {"第 {from} 到 {to} 个，共 {total} 个", "{from} to {to} of {total}"},
	"pages.next":     {"下一页", "Next page"},
	"pages.previous": {"上一页", "Previous page"},
	"find.none":      {"没有符合条件的结果", "Nothing matches"},
	"find.clear":     {"去掉条件", "Clear"},

	// forms
	"form.errors":  {"有 {n} 处需要改，填过的内容都还在", "{n} {n:thing needs|things need} changing; what you typed is kept"},
	"form.choose":  {"选择文件", "Choose a file"},
	"form.colon":   {"：", ": "},
	"form.suggest": {"改成 {value}", "Use {value}"},

	// the page before something is deleted
	"confirm.effects":  {"会发生什么", "What will happen"},
	"confirm.blocked":  {"现在不能这样做", "Not possible now"},
	"confirm.blockers": {"先处理它们，再回到这里。", "Deal with these first, then come back."},
	"ref.of":           {"属于{account}", "owned by {account}"},

	// how long ago
	"ago.now":     {"刚刚", "just now"},
	"ago.minutes": {"{n} 分钟前", "{n} {n:minute|minutes} ago"},
	"ago.hours":   {"{n} 小时前", "{n} {n:hour|hours} ago"},
	"ago.days":    {"{n} 天前", "{n} {n:day|days} ago"},

	"pair":     {"{a}：{b}", "{a}: {b}"},
	"sentence": {"{a}。", "{a}."},
}
