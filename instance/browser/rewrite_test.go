package browser

import (
	"bufio"
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

var (
	testMount = Mount{Origin: "http://127.0.0.1:8080", Token: "TOKEN", From: "http~shop.test"}
	testPage  = Address{Scheme: "http", Host: "shop.test", Path: "/dir/page", Query: "q=1", HasQuery: true}
)

const at = "/frame/TOKEN/http~shop.test/"

// What a browser makes of a reference (WHATWG URL), and where it is in the
// frame.
func TestRewriteAddress(t *testing.T) {
	for ref, want := range map[string]string{
		"/a":                          at + "http/shop.test/a",
		"b?x=1#y":                     at + "http/shop.test/dir/b?x=1#y",
		"":                            at + "http/shop.test/dir/page?q=1",
		"?z":                          at + "http/shop.test/dir/page?z",
		"../../../../aliyun":          at + "http/shop.test/aliyun",
		"%2e%2e/%2E%2e/x":             at + "http/shop.test/x",
		"//10.10.2.5:8080/x":          at + "http/10.10.2.5:8080/x",
		`\\evil.test\x`:               at + "http/evil.test/x",
		`/\evil.test/x`:               at + "http/evil.test/x",
		"http:\\\\evil.test":          at + "http/evil.test/",
		"https:/evil.test/x":          at + "https/evil.test/x",
		"http:x":                      at + "http/shop.test/dir/x",
		" \n http://a.test/\tb ":      at + "http/a.test/b",
		"HTTP://USER:pw@A.test:80/p":  at + "http/a.test/p",
		"http://127.0.0.1:8080/":      at + "http/127.0.0.1:8080/",
		"http://[::1]:8080/x":         at + "http/%5B::1%5D:8080/x",
		"https://例え.test/茶":           at + "https/xn--r8jz45g.test/%E8%8C%B6",
		"/a b\"<>":                    at + "http/shop.test/a%20b%22%3C%3E",
		"file:///etc/passwd":          at + "-/unsupported?scheme=file",
		"ws://a.test/":                at + "-/unsupported?scheme=ws",
		"http://a b/":                 at + "-/unsupported",
		"http:///":                    at + "-/unsupported",
		"#top":                        "#top",
		"javascript:void(0)":          "javascript:void(0)",
		"data:text/plain,x":           "data:text/plain,x",
		at + "http/other.test/x":      at + "http/other.test/x",
		at + "../../login":            at + "http/shop.test/frame/login",
		"/frame/TOKEN/0/http/b.test/": at + "http/b.test/",
	} {
		if got := testMount.rewrite(testPage, ref, false); got != want {
			t.Errorf("%q becomes %q, want %q", ref, got, want)
		}
	}
}

func rewritten(t testing.TB, page string) string {
	t.Helper()
	var out bytes.Buffer
	w := bufio.NewWriter(&out)
	d := document{mount: testMount, base: testPage, page: testPage, added: true}
	if err := d.rewrite(w, strings.NewReader(page)); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Everything in a page that leads elsewhere leads below the capability.
func TestRewritePage(t *testing.T) {
	for page, want := range map[string]string{
		`<a href=/x target=_top ping=/p download>`:                                    `<a href="` + at + `http/shop.test/x">`,
		`<A HREF="//b.test">x</A>`:                                                    `<a href="` + at + `http/b.test/">x</A>`,
		`<img srcset="/a 1x, b,c.png 2x,/d">`:                                         `<img srcset="` + at + `http/shop.test/a 1x, ` + at + `http/shop.test/dir/b,c.png 2x, ` + at + `http/shop.test/d">`,
		`<iframe src="/f"></iframe>`:                                                  `<iframe src="` + at + `~/http/shop.test/f"></iframe>`,
		`<a target=side href=/x>`:                                                     `<a target="side" href="` + at + `~/http/shop.test/x">`,
		`<form method=post>`:                                                          `<form method="post" action="` + at + `http/shop.test/dir/page?q=1">`,
		`<button formaction="/go" formtarget=_blank>`:                                 `<button formaction="` + at + `http/shop.test/go">`,
		`<script src="/s.js" integrity="sha256-x"></script>`:                          `<script src="` + at + `http/shop.test/s.js" integrity="sha256-x" crossorigin="anonymous"></script>`,
		`<script>location="/<a href=/x>"</script>`:                                    `<script>location="/<a href=/x>"</script>`,
		`<p style="background:url( '/i' )">`:                                          `<p style="background:url(&#34;` + at + `http/shop.test/i&#34;)">`,
		`<style>@import '/m.css';a{b:url(i\)j)}</style>`:                              `<style>@import "` + at + `http/shop.test/m.css";a{b:url("` + at + `http/shop.test/dir/i)j")}</style>`,
		`<meta http-equiv=Refresh content="0; URL='http://b.test/'">`:                 `<meta http-equiv="Refresh" content="0; url=` + at + `http/b.test/">`,
		`<meta name=referrer content=always><link rel="preconnect x" href=//b.test>z`: `z`,
		`<base href="/other/"><img src=i>`:                                            `<base href="` + at + `http/shop.test/other/"><img src="` + at + `http/shop.test/other/i">`,
		`<noscript><img src=/n></noscript>`:                                           `<noscript><img src="` + at + `http/shop.test/n"></noscript>`,
		`<svg><use xlink:href="#a"/><image href="/i"/></svg>`:                         `<svg><use xlink:href="#a"/><image href="` + at + `http/shop.test/i"/></svg>`,
		`<textarea><a href=/x></textarea><a title=">" href='y'>`:                      `<textarea><a href=/x></textarea><a title="&gt;" href="` + at + `http/shop.test/dir/y">`,
		`<p>plain &amp; simple</p><!-- <a href=/x> -->`:                               `<p>plain &amp; simple</p><!-- <a href=/x> -->`,
		`<a href="http://evil`:                                                        ``,
	} {
		if got := rewritten(t, page); got != want {
			t.Errorf("%s\nbecomes %s\nwant    %s", page, got, want)
		}
	}
}

// The script comes first, after the doctype, once, with the policy's nonce.
func TestRewriteAddsScript(t *testing.T) {
	for _, page := range []string{"<!doctype html><html><head><title>x</title></head>", "<!-- c -->\n<!doctype html><p>x", "text only"} {
		var out bytes.Buffer
		w := bufio.NewWriter(&out)
		d := document{mount: testMount, base: testPage, page: testPage, nonce: "abc"}
		if err := d.rewrite(w, strings.NewReader(page)); err != nil {
			t.Fatal(err)
		}
		_ = w.Flush()
		got := out.String()
		script := strings.Index(got, `<script src="`+at+`-/page.js"`)
		if strings.Count(got, "page.js") != 1 || script < strings.Index(got, "doctype") || strings.Count(got, `nonce="abc"`) != 2 {
			t.Errorf("%s becomes %s", page, got)
		}
		for _, later := range []string{"<title>", "<p>", "text only"} {
			if i := strings.Index(got, later); i >= 0 && i < script {
				t.Errorf("%s stands before the script: %s", later, got)
			}
		}
	}
}

// Policies of pages only lose what has no meaning, and name the same places.
func TestTranslatePolicy(t *testing.T) {
	self := testMount.Origin + at + "http/shop.test/ " + testMount.Origin + at + "~/http/shop.test/"
	got, nonce := testMount.translate("default-src 'self'; img-src https: data:; script-src 'nonce-n1' 'strict-dynamic' cdn.test; frame-ancestors 'none'; upgrade-insecure-requests; report-uri /r; sandbox allow-forms", testPage)
	for _, want := range []string{"default-src " + self + ";", "img-src " + testMount.Origin + at + "https/ ", "'nonce-n1' 'strict-dynamic' " + testMount.Origin + at + "http/cdn.test/", testMount.Origin + at + "-/page.js", "sandbox allow-forms"} {
		if !strings.Contains(got+";", want) {
			t.Errorf("%q is missing in %s", want, got)
		}
	}
	for _, gone := range []string{"ancestors", "upgrade", "report", "shop.test:"} {
		if strings.Contains(got, gone) {
			t.Errorf("%q is still in %s", gone, got)
		}
	}
	if nonce != "n1" {
		t.Errorf("the nonce is %q", nonce)
	}
	if got, _ := testMount.translate("script-src 'none'\r\nSet-Cookie: x", testPage); strings.Contains(got, "Set-Cookie") {
		t.Errorf("a policy breaks out of its header: %q", got)
	}
}

// FuzzRewrite: whatever a page is, no attribute that a browser follows leads
// outside of the capability.
func FuzzRewrite(f *testing.F) {
	for _, seed := range []string{
		`<a href=//x.test>`, `<img srcset="a, //b 2x">`, `<meta http-equiv=refresh content="0;url=//x">`, `<base href=//x><a href=y>`,
		`<svg><a xlink:href=\\x>`, `<iframe srcdoc="<a href=//x>">`, "<a href='\x00//x'>", `<form><button formaction=http:\\x>`, `<style>@import "//x"</style>`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, page string) {
		if len(page) > 1<<16 {
			return
		}
		out := rewritten(t, page)
		z := html.NewTokenizer(strings.NewReader(out))
		for z.Next() != html.ErrorToken {
			token := z.Token()
			if token.Type != html.StartTagToken && token.Type != html.SelfClosingTagToken {
				continue
			}
			for _, a := range token.Attr {
				if links[a.Key] && !inside(a.Val) {
					t.Fatalf("%s=%q of <%s> in %q leads out of the frame", a.Key, a.Val, token.Data, out)
				}
			}
		}
	})
}

// inside says whether a browser on the console's host would stay below the
// capability.
func inside(ref string) bool {
	console := Address{Scheme: "http", Host: "127.0.0.1:8080", Path: at}
	a := resolve(console, ref)
	return a.Kind == kindHere || a.Kind == "" && a.Host == console.Host && strings.HasPrefix(a.Path, at)
}
