package e2e

import "testing"

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

// TestEveryZillizPage: every page that the navigation leads to, as TestEveryPage
// looks at them.
func TestEveryZillizPage(t *testing.T) {
	t.Parallel()
	r := reader{Lab: newLab(t), Account: accountA, Zilliz: true}
	p := open(t, r)
	p.zilliz()
	seeEvery(t, r, append(reachable(p, "/zilliz/global"), "/login?next=/zilliz", "/zilliz/global/nothing-here"))
}
