package views

import (
	"strconv"
	"strings"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/views/text"
	"culvert.internal/views/ui"
)

// AdminAccounts is the list of every account.
type AdminAccounts struct {
	Items []cloud.AccountView
	Query string
	Total int
	Pager ui.Pager
}

// AdminAccount is one account with what was done to it.
type AdminAccount struct {
	Account cloud.AccountView
	Subs    []cloud.AccountView // of a main account
	Events  []cloud.Event
}

// AdminNew is the form of an account, or of a sub-account of Main.
type AdminNew struct {
	Form ui.Form
	Main cloud.AccountView // zero: a main account
}

func (p AdminNew) title(f *Frame) string {
	if p.Main.ID != "" {
		return f.T("admin.sub.new.of", "login", p.Main.Login)
	}
	return f.T("admin.account.new")
}

// What is asked before it is done to an account; each is also the last part of
// its address.
const (
	AccountDisable = "disable"
	AccountEnable  = "enable"
	AccountReset   = "reset"
)

// AdminAsk is the page that asks.
type AdminAsk struct {
	Form    ui.Form
	Account cloud.AccountView
	What    string
}

func (p AdminAsk) asking(f *Frame) ui.Asking {
	key := "admin.account." + p.What
	a := ui.Asking{
		Title: f.T(key+".title", "login", p.Account.Login), Lead: p.Account.DisplayName(string(f.Lang)) + " · " + p.Account.ID,
		Do:   ui.Button{Label: f.T(key), Danger: p.What == AccountDisable, Main: p.What != AccountDisable},
		Back: f.Link("/admin/accounts/" + p.Account.ID),
	}
	for _, n := range []string{".a", ".b", ".c"} {
		if text.Has(key + n) {
			a.Effects = append(a.Effects, f.T(key+n))
		}
	}
	return a
}

// AdminSettings is the installation: its settings and its facts.
type AdminSettings struct {
	Form  ui.Form
	Fixed map[string]bool        // settings that the program was started with
	Used  map[string]cloud.Quota // the most that is used of a limit
	Last  map[string]cloud.Event // the newest change of a setting
	Facts InstallationFacts
}

// InstallationFacts are what this process is and does.
type InstallationFacts struct {
	Version, Data, Listen, DNS, Upstream, Base, Go string
	Demo                                           bool
	Started                                        time.Time
	Flags                                          []string
	Database, Memory, Heap                         int64
	Goroutines, Files                              int
}

// limits and others are the two parts of the settings.
func (p AdminSettings) limits() []cloud.Knob { return p.part(true) }

func (p AdminSettings) others() []cloud.Knob { return p.part(false) }

func (p AdminSettings) part(limits bool) []cloud.Knob {
	var out []cloud.Knob
	for _, k := range cloud.Knobs() {
		if strings.HasPrefix(k.ID, "limit.") == limits {
			out = append(out, k)
		}
	}
	return out
}

// field is one setting of the form.
func (p AdminSettings) field(f *Frame, k cloud.Knob) ui.Field {
	d := ui.Field{Name: k.ID, Label: settingName(f, k), Off: p.Fixed[k.ID], Placeholder: k.Text}
	if k.Text == "" {
		d.Placeholder = strconv.Itoa(k.Default)
		d.Hint = f.T("admin.range", "default", k.Default, "min", k.Min, "max", k.Max)
	}
	var said []string
	if hint := "setting." + k.ID + ".hint"; text.Has(hint) {
		said = append(said, f.T(hint))
	}
	if d.Hint != "" {
		said = append(said, d.Hint)
	}
	if q, ok := p.Used[k.ID]; ok && q.Used > 0 {
		said = append(said, f.T("admin.used", "n", q.Used, "where", quotaWhere(f, q)))
	}
	if d.Off {
		said = append(said, f.T("admin.fixed"))
	}
	if e, ok := p.Last[k.ID]; ok {
		said = append(said, f.T("admin.last", "who", f.AccountName(e.Actor), "when", f.Time(e.Time)))
	}
	d.Hint = f.sentences(said)
	return d
}

// sentences joins sentences as the language does.
func (f *Frame) sentences(all []string) string {
	return strings.Join(all, f.Gap())
}

// quotaWhere names what is fullest.
func quotaWhere(f *Frame, q cloud.Quota) string {
	where := f.AccountName(q.On.Account)
	if q.On.ID != "" {
		where = f.pair(f.T("kind."+q.On.Kind), q.On.Name)
	}
	if q.Zone != "" {
		where += " · " + f.ZoneShort(q.Zone)
	}
	return where
}

// accountKind is what kind of account it is.
func accountKind(f *Frame, a cloud.Account) string {
	var kinds []string
	if a.Main != "" {
		kinds = append(kinds, f.T("account.role.sub"))
	}
	if a.Demo {
		kinds = append(kinds, f.T("account.role.demo"))
	}
	if a.Admin {
		kinds = append(kinds, f.T("account.role.admin"))
	}
	if len(kinds) == 0 {
		kinds = []string{f.T("account.role.plain")}
	}
	return f.list(kinds)
}

func accountState(f *Frame, a cloud.Account) (ui.Kind, string) {
	if a.Disabled {
		return ui.Bad, f.T("admin.account.off")
	}
	return ui.OK, f.T("admin.account.on")
}

// seen is when somebody last signed in.
func seen(f *Frame, a cloud.Account) string {
	if a.Seen.IsZero() {
		return f.T("admin.account.never")
	}
	return f.Time(a.Seen)
}

func count(n int) string { return strconv.Itoa(n) }

// settingName is what a setting is called among those of every cloud.
func settingName(f *Frame, k cloud.Knob) string {
	name := f.T("setting." + k.ID)
	if k.Cloud == "" {
		return name
	}
	return f.T("admin.of", "cloud", f.T("cloud."+k.Cloud), "name", name)
}
