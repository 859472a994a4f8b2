package web_test

import (
	"net/http"
	"testing"

	"culvert.internal/cloud"
)

// The row of a connection has its bandwidth and leads to the dialog that changes
// it; a number out of range is told at the field and kept, an empty one lifts the
// limit; the consumer's page shows it.
func TestBandwidth(t *testing.T) {
	for lang, want := range map[string]struct{ edit, title, none, some, bad string }{
		"en": {"Change bandwidth", "Connection bandwidth", "no limit", "3072 Mbit/s", "100 to 10240"},
		"zh": {"修改带宽", "连接带宽", "不限制", "3072 Mbit/s", "100 到 10240"},
	} {
		t.Run(lang, func(t *testing.T) {
			l := tutorial(t)
			l.header = http.Header{"Accept-Language": {lang}}
			s := l.offer()
			e := l.join(s, "web-from-vpc1")
			l.observe(e.ID, false)
			list, at := servicePath+"/"+s.ID+"?tab=connections", servicePath+"/"+s.ID+"/connections/"+e.ID+"/bandwidth"
			p := l.get(list)
			p.shows(t, "tbody", want.none)
			p.shows(t, "td.ops a[href$=bandwidth]", want.edit)
			p = l.get(at)
			if got := p.text("dialog[open] h2"); got != want.title {
				t.Errorf("the dialog is called %q", got)
			}
			for _, v := range []string{"99", "10241", "fast"} {
				bad := l.submit(p, "bandwidth", v)
				if bad.status != http.StatusUnprocessableEntity || bad.Find("input[name=bandwidth]").AttrOr("value", "") != v {
					t.Fatalf("%s answers %d with %q", v, bad.status, bad.Find("input[name=bandwidth]").AttrOr("value", ""))
				}
				bad.shows(t, "#f-bandwidth-err", want.bad)
			}
			if p := l.submit(p, "bandwidth", "3072"); p.status != http.StatusSeeOther {
				t.Fatalf("OK answers %d: %s", p.status, p.text("#errors"))
			}
			l.get(list).shows(t, "tbody", want.some)
			l.get(endpointPath+"/"+e.ID).shows(t, "main", want.title, want.some)
			p = l.get(at)
			if got := p.Find("input[name=bandwidth]").AttrOr("value", ""); got != "3072" {
				t.Errorf("the dialog begins with %q", got)
			}
			if p := l.submit(p, "bandwidth", ""); p.status != http.StatusSeeOther {
				t.Fatalf("empty answers %d", p.status)
			}
			l.get(list).shows(t, "tbody", want.none)
		})
	}
}

// A CLB's specification can be changed, as what refuses connections says (CLB-06).
func TestSpecification(t *testing.T) {
	l := tutorial(t)
	at := clbPath + "/" + l.buy().ID
	l.get(at).shows(t, "main", "Small I (slb.s1.small)", "Change Specification")
	p := l.get(at + "/spec")
	if bad := l.submit(p, "spec", "huge"); bad.status != http.StatusUnprocessableEntity || bad.Find("#f-spec-err").Length() != 1 {
		t.Errorf("nonsense answers %d", bad.status)
	}
	if p := l.submit(p, "spec", "slb.s3.large"); p.status != http.StatusSeeOther {
		t.Fatalf("answers %d: %s", p.status, p.text("#errors"))
	}
	l.get(at).shows(t, "main", "Super I (slb.s3.large)")
}

// PROXY protocol is off in plain sight, and is chosen with the service and after
// it (REQUIREMENTS B.7).
func TestProxyProtocol(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	p := l.get(servicePath + "/new")
	if n := p.Find("select[name=proxyprotocol]").Length(); n != 1 || p.Find("select[name=proxyprotocol] option[selected]:not([value=off])").Length() != 0 {
		t.Errorf("a new service has %d fields, or begins with one", n)
	}
	p = l.get(servicePath + "/" + s.ID + "/edit")
	if n := p.Find("select[name=proxyprotocol] option").Length(); n != 1+len(cloud.ProxyForms()) {
		t.Errorf("%d choices", n)
	}
	if bad := l.submit(p, "proxyprotocol", "morse"); bad.status != http.StatusUnprocessableEntity || bad.Find("#f-proxyprotocol-err").Length() != 1 {
		t.Errorf("nonsense answers %d", bad.status)
	}
	late := l.get(servicePath + "/" + s.ID + "/edit")
	if p := l.submit(p, "proxyprotocol", "aliyun"); p.status != http.StatusSeeOther {
		t.Fatalf("answers %d: %s", p.status, p.text("#errors"))
	}
	l.get(servicePath+"/"+s.ID).shows(t, "main", "0xE1")
	p = l.get(servicePath + "/" + s.ID + "/edit")
	if got := p.Find("select[name=proxyprotocol] option[selected]").AttrOr("value", ""); got != "aliyun" {
		t.Errorf("the form begins with %q", got)
	}
	// A page that was open before that has it as it was, and is told.
	if p := l.submit(late, "proxyprotocol", "plain"); p.status != http.StatusConflict || p.Find("#f-proxyprotocol-err").Length() != 1 {
		t.Errorf("a page that was open before answers %d: %s", p.status, p.text("#errors"))
	}
}
