package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"culvert.internal/cloud"
)

// opened is the instance's page with an address open in its browser.
func (b *browser) opened(at, address string) (p *page, src string) {
	b.k.t.Helper()
	p = b.get(at + "?" + url.Values{"url": {address}}.Encode())
	return p, p.Find("#browser iframe").AttrOr("src", "")
}

// as a frame's document is asked for.
func (k *console) framed(method, src string, header ...string) *page {
	k.t.Helper()
	b := k.browser()
	b.header = http.Header{"Accept": {"text/html"}, "Sec-Fetch-Dest": {"iframe"}, "Sec-Fetch-Site": {"cross-site"}, "Accept-Language": {"zh"}}
	for i := 0; i+1 < len(header); i += 2 {
		b.header.Set(header[i], header[i+1])
	}
	var form url.Values
	if method == http.MethodPost {
		form = url.Values{"a": {"b"}}
	}
	return b.do(method, src, form)
}

// TST-01: ECS1's browser opens the endpoint, names the backend and the
// measured times, counts for the tutorial, and says what refuses.
func TestBrowser(t *testing.T) {
	l := running(t, "127.100.0.0/14")
	if err := l.caller.BuildLab(t.Context(), "eu-central-1"); err != nil {
		t.Fatal(err)
	}
	all, err := l.caller.FindEndpoints(t.Context(), "eu-central-1", cloud.Find{})
	if err != nil || len(all.Items) != 1 {
		t.Fatal(all, err)
	}
	at, domain := instancePath+"/"+l.ecs["ECS1"].ID, "http://"+all.Items[0].Domain+"/"

	p := l.get(at)
	if p.Find("#browser iframe").Length() != 0 || !strings.Contains(p.text("main"), domain) {
		t.Errorf("a fresh page: %s", p.text("#browser"))
	}
	p, src := l.opened(at, all.Items[0].Domain)
	frame := p.Find("#browser iframe")
	if sandbox := frame.AttrOr("sandbox", ""); sandbox != "allow-scripts allow-forms" || frame.AttrOr("title", "") == "" {
		t.Errorf("the frame's sandbox is %q", sandbox)
	}
	// The page's policy has one more directive, the others' none.
	one, plain := p.header.Get("Content-Security-Policy"), l.get(instancePath).header.Get("Content-Security-Policy")
	if want := plain + "; frame-src " + l.k.url + "/frame/"; one != want {
		t.Errorf("the page's policy is\n%s\nwant\n%s", one, want)
	}

	seen := map[string]bool{}
	l.k.until("both backends answer in the frame", func() bool {
		in := l.k.framed(http.MethodGet, src)
		if in.status == http.StatusOK {
			seen[strings.Fields(in.text("body"))[0]] = true
		}
		return seen["ECS2"] && seen["ECS3"]
	})
	status := l.get(at + "/browser")
	for _, want := range []string{"200 OK", "Backend ECS", "192.168.24.1", "Resolved in", "connected in"} {
		if !strings.Contains(status.text(".frame-foot"), want) {
			t.Errorf("no %q below the frame: %s", want, status.text(".frame-foot"))
		}
	}
	if got := status.Find("input[name=url]").AttrOr("value", ""); got != domain {
		t.Errorf("the address bar shows %q", got)
	}
	l.k.until("the tutorial has counted them", func() bool {
		tutorial, err := l.caller.Tutorial(t.Context(), "eu-central-1")
		return err == nil && len(tutorial.Seen) == 2
	})

	// A refusal is one attempt, in the reader's language inside the frame.
	_, refused := l.opened(at, "http://192.168.24.11/")
	in := l.k.framed(http.MethodGet, refused)
	if in.status != http.StatusBadGateway || !strings.Contains(in.text("body"), "Refused: Target") || !strings.Contains(in.header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("a refusal in the frame: %d %s", in.status, in.text("body"))
	}
	l.k.until("the refusal is recorded once", func() bool {
		list, err := l.caller.Attempts(t.Context(), cloud.AttemptQuery{Refused: true, Limit: 50})
		n := 0
		for _, a := range list {
			if a.Target.Addr().String() == "192.168.24.11" {
				n++
			}
		}
		return err == nil && n == 1
	})
	foot := l.get(at + "/browser")
	if links := strings.Join(foot.hrefs(".frame-foot"), " "); !strings.Contains(foot.text(".frame-foot"), "Refused: Target") || !strings.Contains(links, "/why?") || !strings.Contains(links, "target=192.168.24.11") {
		t.Errorf("below the frame: %s %s", foot.text(".frame-foot"), links)
	}

	// Back and reload are posts, and lead to the address.
	before := at + "?" + url.Values{"url": {domain}}.Encode()
	if to := l.post(at+"/browser", "go", "back").location(); to != before {
		t.Errorf("Back leads to %s", to)
	}
	if p := l.get(at); p.Find("#browser iframe").AttrOr("src", "") == "" {
		t.Error("the page forgets what was open")
	}
	if _, err := l.caller.RunInstance(t.Context(), l.ecs["ECS1"].ID, false); err != nil {
		t.Fatal(err)
	}
	if p := l.get(at); p.Find("#browser iframe").Length() != 0 || !strings.Contains(p.text("#browser"), "ECS1 is stopped") {
		t.Errorf("a stopped instance: %s", p.text("#browser"))
	}
}

// Typed addresses: what is wrong is said at the field, and kept.
func TestBrowserAddresses(t *testing.T) {
	l := account(demo(t))
	at := instancePath + "/" + l.ecs["ECS1"].ID
	for typed, want := range map[string]string{
		"file:///etc/passwd": "not file:", "javascript:alert(1)": "not javascript:", "http://": "not a web address", "http://a b/": "not a web address",
		"http://h:99999/": "not a web address", "": "Type the address",
	} {
		p, src := l.opened(at, typed)
		if p.status != http.StatusUnprocessableEntity || src != "" || !strings.Contains(p.text("#f-url-err"), want) || p.Find("#f-url").AttrOr("value", "") != typed {
			t.Errorf("%q: %d %q, kept %q", typed, p.status, p.text("#f-url-err"), p.Find("#f-url").AttrOr("value", ""))
		}
	}
	for typed, want := range map[string]string{
		"10.10.2.5": "/0/http/10.10.2.5/", "host:8080/x?y": "/0/http/host:8080/x?y", " https://A.test ": "/0/https/a.test/", "//h/p#f": "/0/http/h/p#f",
	} {
		if p, src := l.opened(at, typed); p.status != http.StatusOK || !strings.HasPrefix(src, "/frame/") || !strings.HasSuffix(src, want) {
			t.Errorf("%q: %d %s", typed, p.status, src)
		}
	}
}

// The frame's path takes nothing but its capability, and nothing else takes
// the frame's requests.
func TestBrowserCapabilities(t *testing.T) {
	l := account(demo(t))
	k, at := l.k, instancePath+"/"+l.ecs["ECS1"].ID
	_, src := l.opened(at, "http://10.10.2.5/?lang=en")
	token := strings.Split(src, "/")[2]

	// Nothing runs here, so a request that is let through ends with 502.
	if in := k.framed(http.MethodGet, src); in.status != http.StatusBadGateway || in.header.Get("Set-Cookie") != "" {
		t.Errorf("a good capability: %d, cookies %q", in.status, in.header.Get("Set-Cookie"))
	}
	if in := k.framed(http.MethodPost, src); in.status != http.StatusBadGateway {
		t.Errorf("a form of the frame: %d", in.status)
	}
	for _, path := range []string{"/logout", at + "/run", at + "/browser", "/preferences"} {
		if in := k.framed(http.MethodPost, path); in.status != http.StatusForbidden {
			t.Errorf("a form of the frame to %s: %d", path, in.status)
		}
	}
	forged := strings.Replace(src, token, token[:len(token)-4]+"AAAA", 1)
	for what, in := range map[string]*page{
		"forged":         k.framed(http.MethodGet, forged),
		"none":           k.framed(http.MethodGet, "/frame/x/0/http/10.10.2.5/"),
		"in its own tab": k.framed(http.MethodGet, src, "Sec-Fetch-Dest", "document"),
		"as a script":    k.framed(http.MethodGet, src, "Sec-Fetch-Dest", "script", "Sec-Fetch-Site", "same-origin"),
	} {
		if policy := in.header.Get("Content-Security-Policy"); in.status != http.StatusForbidden || !strings.HasPrefix(policy, "sandbox") || strings.Contains(policy, "allow-same-origin") {
			t.Errorf("%s: %d %s", what, in.status, policy)
		}
	}
	// It is for this account's instance.
	if err := l.caller.DeleteInstance(t.Context(), l.ecs["ECS1"].ID); err != nil {
		t.Fatal(err)
	}
	if in := k.framed(http.MethodGet, src); in.status != http.StatusForbidden {
		t.Errorf("of a deleted instance: %d", in.status)
	}
	// Signing out ends what was open.
	at = instancePath + "/" + l.ecs["ECS2"].ID
	_, src = l.opened(at, "http://10.10.2.5/")
	if in := k.framed(http.MethodGet, src); in.status != http.StatusBadGateway {
		t.Errorf("before signing out: %d", in.status)
	}
	l.post("/logout")
	if in := k.framed(http.MethodGet, src); in.status != http.StatusForbidden {
		t.Errorf("after signing out: %d", in.status)
	}
	// And so does its time.
	other := k.browser()
	b := k.engine.As(other.as(1))
	mine, err := b.Instances(t.Context(), "eu-central-1", "")
	if err != nil || len(mine) == 0 {
		t.Fatal(mine, err)
	}
	_, src = other.opened(instancePath+"/"+mine[0].ID, "http://10.10.2.5/")
	if in := k.framed(http.MethodGet, src); in.status != http.StatusBadGateway {
		t.Errorf("account B's: %d", in.status)
	}
	k.ahead(31 * 60e9)
	if in := k.framed(http.MethodGet, src); in.status != http.StatusForbidden {
		t.Errorf("after its time: %d", in.status)
	}
	// And so does the administrator who closes the account.
	_, src = other.opened(instancePath+"/"+mine[0].ID, "http://10.10.2.5/")
	if in := k.framed(http.MethodGet, src); in.status != http.StatusBadGateway {
		t.Errorf("opened again: %d", in.status)
	}
	if _, err := l.caller.DisableAccount(t.Context(), b.Account().ID, true); err != nil {
		t.Fatal(err)
	}
	if in := k.framed(http.MethodGet, src); in.status != http.StatusForbidden {
		t.Errorf("of a disabled account: %d", in.status)
	}
}
