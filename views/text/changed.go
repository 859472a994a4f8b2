package text

// What somebody reads whose form was overtaken by somebody else's change.
// {who} is "changed.by.…", {did} the audit trail's words for what was done.
var changedWords = words{
	"error.changed":              {"这一页打开以后，有人先改了，所以还没有保存", "Somebody was quicker: this changed while you had it open, so nothing is saved yet"},
	"error.changed.to":           {"{who}在 {when} 改成了“{value}”", "{who} set this to “{value}” at {when}"},
	"error.changed.emptied":      {"{who}在 {when} 清空了这一项", "{who} emptied this at {when}"},
	"error.changed.kept":         {"{who}在 {when} 改成了“{value}”。你没有动过这一项，现在显示的是新值", "{who} set this to “{value}” at {when}. You had not touched it, so it now shows that"},
	"error.changed.kept.emptied": {"{who}在 {when} 清空了这一项。你没有动过它，现在显示的是空的", "{who} emptied this at {when}. You had not touched it, so it is empty now"},
	"error.changed.did":          {"{who}在 {when} {did}：{what}", "{who} {did} at {when}: {what}"},

	"changed.by.other":      {"{name} ", "{name}"},
	"changed.by.own":        {"有人用你这个账号", "Somebody with your account"},
	"changed.again":         {"确认要以你的为准，就再提交一次。", "To put yours in its place, send it once more."},
	"changed.use":           {"改用这个值", "Use that value"},
	"changed.meantime":      {"。别人刚做的改动也保留了：{list}。", ". Somebody else's changes from the meantime are kept: {list}."},
	"changed.list":          {"看看其他的", "See the others"},
	"changed.and":           {"；", "; "},
	"changed.line":          {"{text}", "{text}"},
	"changed.account.title": {"账号已经换了，没有提交", "The account has changed; nothing was sent"},
	"changed.account":       {"这个表单是用 {was} 打开的，现在登录的是{is}。要用{is} 提交，就回到表单再提交一次；要用 {was}，先在账号菜单里切换。", "The form was opened as {was}, and you are {is} now. To send it as {is}, go back to it and send it again; to send it as {was}, switch in the account menu first."},
	"changed.gone.title":    {"这个{kind@kind}已经删除了", "This {kind@kind} has been deleted"},
	"changed.gone":          {"{who}在 {when} 删除了它。", "{who} deleted it at {when}."},
	"changed.typed":         {"你刚才填的", "What you had typed"},
	"changed.back":          {"回到刚才的页面", "Back to where you were"},
}
