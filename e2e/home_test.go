package e2e

import (
	"strings"

	"github.com/playwright-community/playwright-go"
)

// home is the overview with the tutorial's panel.
type home struct{ *page }

func (p *page) home() home {
	p.t.Helper()
	p.nav("总览", "Overview")
	p.heading("总览", "Overview")
	return home{p}
}

// build lets the lab do the tutorial's first five steps.
func (h home) build() {
	h.t.Helper()
	h.press(h.word("替我搭好整个实验", "Build the finished lab for me"))
	h.sees(h.word("实验已经搭好", "The lab is built"))
}

// done waits until so many of the six steps are ticked.
func (h home) done(zh, en string) {
	h.t.Helper()
	h.comes(h.GetByRole("img", playwright.PageGetByRoleOptions{Name: h.word(zh, en)}))
}

// walked waits until so many steps of one of ctyun's walkthroughs are ticked.
func (p *page) walked(zh, en, progress string) {
	p.t.Helper()
	title := p.word(zh, en)
	walk := p.Locator("details.walk summary", playwright.PageLocatorOptions{HasText: title})
	p.until(title+" come to "+progress, func() bool {
		p.home()
		return strings.Contains(p.text(walk), progress)
	})
}
