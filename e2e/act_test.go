package e2e

import (
	"regexp"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"
)

// What a reader does with a page. Everything is found by what is written on
// it: a label, a button's words, a heading. Nothing is found by a class or by
// its place in the document.

// starts matches names that begin with these words: the document's, with a
// hint or a role after them.
func starts(words string) *regexp.Regexp {
	return regexp.MustCompile(`^\s*` + regexp.QuoteMeta(words) + `(\s|$|[^\p{Han}\w])`)
}

// click clicks the first of what the locator finds.
func (p *page) click(l playwright.Locator) {
	p.t.Helper()
	if p.Keys {
		p.activate(l.First())
		return
	}
	if err := l.First().Click(); err != nil {
		p.t.Fatalf("click on %s: %v", p.URL(), err)
	}
}

// press clicks the button or the link that is called exactly this; documents
// do not tell one from the other.
func (p *page) press(name string) {
	p.t.Helper()
	p.click(p.called(p.Locator("body"), name))
}

// pressIn is press inside a part of the page.
func (p *page) pressIn(part playwright.Locator, name string) {
	p.t.Helper()
	p.click(p.called(part, name))
}

func (p *page) called(part playwright.Locator, name string) playwright.Locator {
	exact := playwright.Bool(true)
	return part.GetByRole("button", playwright.LocatorGetByRoleOptions{Name: name, Exact: exact}).
		Or(part.GetByRole("link", playwright.LocatorGetByRoleOptions{Name: name, Exact: exact}))
}

// nav opens a page from the navigation at the left.
func (p *page) nav(zh, en string) {
	p.t.Helper()
	nav := p.GetByRole("navigation", playwright.PageGetByRoleOptions{Name: p.word("主导航", "Main navigation")})
	p.click(nav.GetByRole("link", playwright.LocatorGetByRoleOptions{Name: starts(p.word(zh, en))}))
}

// region chooses a region in the top bar (COM-04).
func (p *page) region(name string) {
	p.t.Helper()
	p.click(p.GetByRole("button", playwright.PageGetByRoleOptions{Name: p.word(p.own([2]string{"选择地域", "Choose region"}, [2]string{"选择区域", "Choose region"}))}))
	p.click(p.GetByRole("link", playwright.PageGetByRoleOptions{Name: starts(name)}))
}

// field is the control with this label.
func (p *page) field(label string) playwright.Locator {
	return p.GetByLabel(label, playwright.PageGetByLabelOptions{Exact: playwright.Bool(true)}).First()
}

// fill types into the field with this label.
func (p *page) fill(label, value string) {
	p.t.Helper()
	p.fillIn(p.field(label), label, value)
}

// fillIn is fill for a field that has been found already.
func (p *page) fillIn(field playwright.Locator, label, value string) {
	p.t.Helper()
	if p.Keys {
		p.typeByKey(field, value)
		return
	}
	if err := field.Fill(value); err != nil {
		p.t.Fatalf("fill %q on %s: %v", label, p.URL(), err)
	}
}

// choose selects the option that starts with this text.
func (p *page) choose(label, option string) {
	p.t.Helper()
	p.chooseIn(p.field(label), label, option)
}

// chooseIn is choose for a field that has been found already.
func (p *page) chooseIn(field playwright.Locator, label, option string) {
	p.t.Helper()
	o := field.Locator("option", playwright.LocatorLocatorOptions{HasText: starts(option)}).First()
	value, err := o.GetAttribute("value")
	if err != nil {
		p.t.Fatalf("no option %q in %q on %s: %v", option, label, p.URL(), err)
	}
	if p.Keys {
		p.chooseByKey(field, value)
		return
	}
	if _, err := field.SelectOption(playwright.SelectOptionValues{Values: &[]string{value}}); err != nil {
		p.t.Fatalf("choose %q in %q on %s: %v", option, label, p.URL(), err)
	}
}

// radio ticks an option of the choice with this label.
func (p *page) radio(label, option string) {
	p.t.Helper()
	group := p.GetByRole("radiogroup", playwright.PageGetByRoleOptions{Name: starts(label)})
	p.check(group.GetByRole("radio", playwright.LocatorGetByRoleOptions{Name: starts(option)}))
}

// tick ticks the box with this name.
func (p *page) tick(name string) {
	p.t.Helper()
	p.check(p.GetByRole("checkbox", playwright.PageGetByRoleOptions{Name: starts(name)}))
}

// check ticks the first of these boxes or radio buttons.
func (p *page) check(l playwright.Locator) {
	p.t.Helper()
	if p.Keys {
		p.activate(l.First())
		return
	}
	if err := l.First().Check(); err != nil {
		p.t.Fatalf("tick %v on %s: %v", l, p.URL(), err)
	}
}

// update fetches the choices that depend on what was just chosen: scripts do
// it alone, without them there is a button.
func (p *page) update() {
	p.t.Helper()
	if p.NoJS {
		p.press(p.word("更新选项", "Update choices"))
	}
}

// row is the first table row that holds this text.
func (p *page) row(text string) playwright.Locator {
	return p.GetByRole("row").Filter(playwright.LocatorFilterOptions{HasText: text}).First()
}

// heading waits until the page's title is this.
func (p *page) heading(zh, en string) {
	p.t.Helper()
	h := p.GetByRole("heading", playwright.PageGetByRoleOptions{Level: playwright.Int(1), Name: p.word(zh, en)})
	if err := h.WaitFor(); err != nil {
		p.t.Fatalf("the page %q did not open, this is %s: %v", p.word(zh, en), p.URL(), err)
	}
}

// sees waits until the text stands on the page.
func (p *page) sees(text string) {
	p.t.Helper()
	p.seesIn(p.Locator("body"), text)
}

// seesIn is sees for a part of the page.
func (p *page) seesIn(part playwright.Locator, text string) {
	p.t.Helper()
	if err := part.GetByText(text).First().WaitFor(); err != nil {
		words, _ := part.First().InnerText(playwright.LocatorInnerTextOptions{Timeout: playwright.Float(100)})
		p.t.Fatalf("%q is not on %s, there is:\n%s", text, p.URL(), words)
	}
}

// comes waits for something that the page shows once it has happened: pages
// follow by themselves, without scripts the reader reloads.
func (p *page) comes(what playwright.Locator) {
	p.t.Helper()
	if !p.NoJS {
		if err := what.First().WaitFor(); err != nil {
			p.t.Fatalf("did not come by itself on %s: %v", p.URL(), err)
		}
		return
	}
	p.until("come to "+p.URL(), func() bool {
		seen, err := what.First().IsVisible()
		if err == nil && !seen {
			_, err = p.Reload()
		}
		if err != nil {
			p.t.Fatal(err)
		}
		return seen
	})
}

// patience is how long a condition may take on a busy machine; Playwright's
// own waits take as long.
const patience = 30 * time.Second

// until waits for a condition that has to become true.
func (p *page) until(what string, true func() bool) {
	p.t.Helper()
	eventually(p.t, what, true)
}

// eventually asks again and again until the condition is true.
func eventually(t *testing.T, what string, true func() bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !true(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("did not %s within %v", what, patience)
		}
	}
}
