package e2e

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestZillizDialog: ZIL-02 to ZIL-09, X-12. A reader adds accounts that do not
// pass and one that does, closes the dialog and finds everything again, and
// enters IDs that are no endpoint's.
func TestZillizDialog(t *testing.T) {
	t.Parallel()
	for _, r := range []reader{{Lang: "zh"}, {Lang: "en", NoJS: true}} {
		t.Run(r.Lang, func(t *testing.T) {
			t.Parallel()
			r.Lab, r.Account, r.Zilliz = newLab(t), accountA, true
			p := open(t, r)
			z := p.zilliz()
			z.visit("/zilliz/global/account")
			account := instance{p}.fact("主帐号 ID", "Main account ID")
			c := z.clusters().open("cluster-1")
			c.running()
			d := c.createLink()
			d.tryAdd("1234")
			d.sees(p.word("主帐号 ID 是 16 位数字", "A main account ID is 16 digits"))
			d.tryAdd("1000000000000000")
			d.sees(p.word("验证未通过", "Not verified"))
			p.accessible()
			d.add(account)
			d.enter("ep-half")
			d.cancel()
			p.heading("cluster-1", "cluster-1")
			d = z.privateLinks().resume()
			if got := d.entered(); got != "ep-half" {
				t.Errorf("the dialog has %q", got)
			}
			d.tryCreate("ep-bp100000000000000000")
			d.sees(p.word("没有终端节点 ep-bp1", "There is no endpoint ep-bp1"))
			p.accessible()
			d.cancel()
			c = z.clusters().open("cluster-1")
			c.setPublic(false)
			c.setPublic(true)
		})
	}
}

// TestZillizClusters: two clusters of one project and region are two ports of
// one host, each says which it is, and what somebody runs in the place of one
// answers for it. A public endpoint that is closed refuses (ZIL-01, ZIL-15,
// ZIL-16).
func TestZillizClusters(t *testing.T) {
	t.Parallel()
	z := open(t, reader{Lab: newLab(t), Lang: "en", Account: accountA, Zilliz: true}).zilliz()
	z.project("Default Project")
	z.clusters().create("vectors", "China (Beijing)").running()
	first, second := z.clusters().open("cluster-2").endpoint(), z.clusters().open("vectors").endpoint()
	if !strings.HasSuffix(first, ":19530") || !strings.HasSuffix(second, ":19531") {
		t.Errorf("the clusters are at %s and %s", first, second)
	}
	c := cluster{z.page}
	client := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	says := func(what string) {
		t.Helper()
		z.until("say "+what, func() bool {
			said, err := get(client, c.public()+"/")
			return err == nil && strings.Contains(said, what)
		})
	}
	says(c.id())

	c.setPublic(false)
	z.until("refuse", func() bool {
		_, err := get(client, c.public()+"/")
		return err != nil
	})
	c.setPublic(true)
	says(c.id())

	c.press("Stop")
	c.sees("The built-in program has stopped; its port is free")
	var own net.Listener
	z.until("free its port", func() (ok bool) {
		var err error
		own, err = net.Listen("tcp", c.backend())
		return err == nil
	})
	mine := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("a real one"))
	})}
	go func() { _ = mine.Serve(own) }()
	t.Cleanup(func() { _ = mine.Close() })
	says("a real one")

	d := z.privateLinks().create()
	d.region("China (Beijing)")
	d.tryCreate("ep-bp100000000000000000")
	d.sees("Add a main account ID and have it verified first")
	d.cancel()
}

// TestEveryZillizPage: every page that the navigation leads to, as TestEveryPage
// looks at them.
func TestEveryZillizPage(t *testing.T) {
	t.Parallel()
	r := reader{Lab: newLab(t), Account: accountA, Zilliz: true}
	p := open(t, r)
	p.zilliz()
	seeEvery(t, r, append(reachable(p, "/zilliz/global"), "/login?next=/zilliz", "/zilliz/global/nothing-here"))
}
