package handlers

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// Two people, or one in two windows, edit the same thing: every form carries
// the number of the last change its page could show (ui.Since), the engine
// refuses to overwrite what came later (cloud.Caller.Since), and here the
// refusal gets its names and its clock.

// sent is the number a form was sent with and the account it was shown to;
// nothing when this is no form.
func (b *Base) sent(c echo.Context) (since int64, as string) {
	if c.Request().Method != http.MethodPost {
		return 0, ""
	}
	form := b.Form(c)
	return form.Since, form.As
}

// otherAccount refuses a form that was shown to another account: in another
// window somebody has switched, or signed in again as somebody else.
func (b *Base) otherAccount(c echo.Context, as string) error {
	f := b.Frame(c)
	return b.Render(c, http.StatusConflict, views.ErrorPage(f, views.Failure{
		Status: http.StatusConflict, Title: f.T("changed.account.title"),
		Text: f.T("changed.account", "was", f.AccountName(as), "is", f.AccountName(f.Self.ID)),
		Back: wayBack(c.Request()), BackWord: "changed.back",
	}))
}

// seen is the context to render a page in: its forms will say what it shows.
// A form that is shown again still shows what its first page did.
func (b *Base) seen(c echo.Context) context.Context {
	s := b.scope(c)
	seq := s.frame.Seq
	if s.since > 0 && s.since < seq {
		seq = s.since
	}
	return ui.WithSince(c.Request().Context(), seq, s.frame.Self.ID)
}

// refused is the form with a refusal. One that tells what somebody else
// changed brings the form up to date: theirs stands where nothing was typed,
// and sending it again is a decision.
func (b *Base) refused(c echo.Context, form ui.Form, e *cloud.Error) ui.Form {
	s := b.scope(c)
	if e.Key != cloud.Overtaken {
		s.since = form.Since
		return form.With(e)
	}
	s.since = 0
	for _, f := range e.Fields {
		if f.Key == cloud.KeptTheirs {
			form.Values[f.Field] = slices.Clone(f.Theirs)
		}
	}
	return form.With(b.told(c.Request().Context(), s.frame, e))
}

// told is a refusal of that kind in this reader's words.
func (b *Base) told(ctx context.Context, f *views.Frame, e *cloud.Error) *cloud.Error {
	out := *e
	out.Fields = make([]cloud.FieldError, len(e.Fields))
	for i, one := range e.Fields {
		out.Fields[i] = b.tell(ctx, f, one)
	}
	return &out
}

func (b *Base) tell(ctx context.Context, f *views.Frame, e cloud.FieldError) cloud.FieldError {
	e.Args = maps.Clone(e.Args)
	who := e.Args["who"]
	e.Args["who"] = f.T("changed.by.other", "name", f.AccountName(who))
	if who == f.Self.ID {
		e.Args["who"] = f.T("changed.by.own")
	}
	if at, err := time.Parse(time.RFC3339Nano, e.Args["when"]); err == nil {
		e.Args["when"] = f.Clock(at)
	}
	if seq, err := strconv.ParseInt(e.Args["seq"], 10, 64); err == nil {
		events, err := b.Engine.EventsSince(ctx, seq-1, 1)
		if err != nil || len(events) == 0 {
			b.Log.WarnContext(ctx, "a change is told without its words", "seq", seq, "err", err)
			return e
		}
		e.Args["did"] = f.T(views.EventKey(events[0]))
		return e
	}
	if len(e.Theirs) == 0 {
		e.Key = map[string]string{cloud.KeptTheirs: "error.changed.kept.emptied"}[e.Key]
		if e.Key == "" {
			e.Key = "error.changed.emptied"
		}
		return e
	}
	if word, ok := valueWords[e.Field]; ok {
		var said []string
		for _, v := range e.Theirs {
			said = append(said, f.T(word+v))
		}
		e.Args["value"] = strings.Join(said, ", ")
	}
	return e
}

// valueWords are the words of fields whose values are not for people.
var valueWords = map[string]string{
	"autoaccept": "word.", "affinity": "word.", "program": "program.", "protocol": "listener.",
	"proxyprotocol": "proxy.", "spec": "clb.spec.",
	"proxy": "pvz.proxy.", "scheduler": "listener.", "healthkind": "listener.check.", "codes": "listener.codes.",
}

// keptRunes is how much of a value that others have set a notice tells: it
// travels in a cookie.
const keptRunes = 80

// kept is what the last change left as others had set it, in short.
func (b *Base) kept(c echo.Context) []cloud.FieldError {
	caller := b.Caller(c)
	if caller == nil {
		return nil
	}
	var out []cloud.FieldError
	for _, e := range caller.Kept() {
		e.Theirs, e.Args = slices.Clone(e.Theirs), maps.Clone(e.Args)
		for i, value := range e.Theirs {
			e.Theirs[i] = brief(value)
		}
		for name, value := range e.Args {
			e.Args[name] = brief(value)
		}
		out = append(out, e)
	}
	return out
}

func brief(s string) string {
	if runes := []rune(s); len(runes) > keptRunes {
		return string(runes[:keptRunes]) + "…"
	}
	return s
}

// meantime says what was left as others had set it.
func (b *Base) meantime(ctx context.Context, f *views.Frame, kept []cloud.FieldError) string {
	if len(kept) == 0 {
		return ""
	}
	var said []string
	for _, e := range kept {
		e.Key = "error.changed.to"
		e = b.tell(ctx, f, e)
		said = append(said, f.T("pair", "a", f.T(fieldWord(e.Field)), "b", f.T2(e.Key, e.Args)))
	}
	return f.T("changed.meantime", "list", strings.Join(said, f.T("changed.and")))
}

// fieldWords are the labels of fields that are told away from their form.
var fieldWords = map[string]string{
	"name": "word.name", "description": "word.description", "groups": "group.title",
	"program": "instance.program", "port": "listener.port", "text": "instance.text",
	"autoaccept": "service.autoaccept", "affinity": "service.affinity", "weight": "server.weight",
	"protocol": "listener.protocol", "scheduler": "listener.scheduler", "idle": "listener.idle",
	"backendport": "listener.backend", "healthkind": "listener.health.kind", "healthport": "listener.health.port",
	"interval": "listener.interval", "timeout": "listener.timeout", "healthy": "listener.healthy",
	"unhealthy": "listener.unhealthy", "path": "listener.path", "host": "listener.host", "codes": "listener.codes",
	"servers": "server.title", "proxy": "pvz.proxy", "remark": "pvz.remark", "vpcs": "pvz.scope",
	"proxyprotocol": "proxy.title", "spec": "clb.buy.spec", "bandwidth": "bandwidth.title",
	"value": "record.value", "type": "record.type", "ttl": "record.ttl", "priority": "record.priority",
}

func fieldWord(field string) string {
	name, _, _ := strings.Cut(field, ".")
	return fieldWords[name]
}

// overtaken opens the first step of the wizard that somebody else has changed;
// what they changed on other steps is told above it.
func (w *wizard) overtaken(f *views.Frame, e *cloud.Error) {
	first := views.StepConfirm
	for _, one := range e.Fields {
		if one.Field != "" {
			first = min(first, stepOf(one.Field))
		}
	}
	out := *e
	out.Fields = slices.Clone(e.Fields)
	for i, one := range out.Fields {
		if one.Field == "" || stepOf(one.Field) == first && (first != views.StepServers || w.shows(one.Field)) {
			continue
		}
		text := f.T("pair", "a", f.T(fieldWord(one.Field)), "b", f.T2(one.Key, one.Args))
		out.Fields[i] = cloud.FieldError{Key: "changed.line", Args: map[string]string{"text": text}}
	}
	w.Step, w.Panel = first, ""
	w.Form = w.Form.With(&out)
}

// shows says whether step 2 has the field: only servers of the list have a
// weight there.
func (w *wizard) shows(field string) bool {
	id, weight := strings.CutPrefix(field, "weight.")
	return !weight || slices.Contains(w.Form.All("servers"), id)
}

// explain adds to an error page what it owes somebody who was overtaken: who
// changed or deleted the thing, the way back, and what they had typed.
func (b *Base) explain(c echo.Context, err error, f *views.Frame, p *views.Failure) {
	e := cloud.AsError(err)
	if e == nil || !f.SignedIn() {
		return
	}
	ctx := c.Request().Context()
	if e.Key == cloud.Overtaken {
		p.Form = ui.Form{}.With(b.told(ctx, f, e))
	}
	if e.Kind == cloud.Conflict {
		p.Back, p.BackWord = pageBehind(c.Request()), "changed.back"
		return
	}
	if e.Kind != cloud.NotFound || e.Args["id"] == "" {
		return
	}
	p.Text = f.T2(e.Key, e.Args)
	last, rerr := b.Caller(c).Events(ctx, e.Args["id"], 0, 1)
	if rerr != nil || len(last) == 0 || last[0].Operation != cloud.Deleted {
		p.Text += f.T("error.404.also")
		return
	}
	gone := b.tell(ctx, f, cloud.FieldError{Theirs: []string{""}, Args: map[string]string{
		"who": last[0].Actor, "when": last[0].Time.Format(time.RFC3339Nano),
	}})
	p.Title = f.T("changed.gone.title", "kind", e.Args["kind"])
	p.Text = f.T2("changed.gone", gone.Args)
	p.Back, p.BackWord = f.List(e.Args["kind"]), "changed.list"
	form := b.Form(c)
	for _, name := range []string{"name", "description", "text"} {
		if v := form.Value(name); v != "" && c.Request().Method == http.MethodPost {
			p.Typed = append(p.Typed, views.Typed{Label: f.T(fieldWords[name]), Value: v})
		}
	}
}

// pageBehind is the page a button was pressed on, empty when that is not
// known.
func pageBehind(r *http.Request) string {
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host || from.Path == r.URL.Path {
		return ""
	}
	return local(from.RequestURI(), "")
}
