package e2e

import "testing"

// TestSignIn walks through the door in every way a reader may come: both
// languages, with and without scripts, light and dark, wide and narrow.
// (COM-03, COM-12)
func TestSignIn(t *testing.T) {
	for _, r := range []struct {
		name string
		reader
	}{
		{"zh", reader{Lang: "zh"}},
		{"en without scripts", reader{Lang: "en", NoJS: true}},
		{"zh dark, narrow", reader{Lang: "zh", Dark: true, Width: 390}},
	} {
		t.Run(r.name, func(t *testing.T) {
			p := open(t, r.reader)
			p.visit("/")
			p.sees(p.word("登录", "Sign in"))
			p.accessible()
			p.signIn(accountA)
			p.sees(p.word("前提条件", "Prerequisites"))
			p.accessible()
		})
	}
}
