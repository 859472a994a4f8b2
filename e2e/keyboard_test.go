package e2e

import (
	"fmt"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// TestTutorialByKeyboard: the whole Frankfurt tutorial with Tab, arrows, Space
// and Enter alone; wherever the focus stops it is visible and on the screen,
// and the skip link leads past the navigation (COM-12).
func TestTutorialByKeyboard(t *testing.T) { follow(t, reader{Lang: "en", Keys: true}) }

// TestSkipLink: the first stop of a page leads to its content.
func TestSkipLink(t *testing.T) {
	t.Parallel()
	p := open(t, reader{Lang: "en", Account: accountA})
	p.visit(console + "/vpcs")
	p.key("Tab")
	if got := p.focused(); got != "Skip to content" {
		t.Fatalf("the first stop is %q", got)
	}
	p.key("Enter")
	p.key("Tab")
	in, err := p.Evaluate(`() => Boolean(document.activeElement.closest("main"))`)
	if err != nil || in != true {
		t.Errorf("after the skip link the focus is at %q, %v", p.focused(), err)
	}
}

// TestDialogByKeyboard: the focus stays in a dialog, Esc closes it.
func TestDialogByKeyboard(t *testing.T) {
	t.Parallel()
	p, _ := built(t, reader{Lang: "en"})
	s := p.services().open()
	s.tab("终端节点连接", "Endpoint Connections")
	p.pressIn(s.row(demoEndpoint), "Deny")
	dialog := p.GetByRole("dialog")
	p.comes(dialog)
	for range 12 {
		p.key("Tab")
		// At its end the browser's own controls may have the focus for a step.
		in, err := p.Evaluate(`() => Boolean(document.activeElement.closest("dialog")) || document.activeElement === document.body`)
		if err != nil || in != true {
			t.Fatalf("the focus has left the dialog for %q, %v", p.focused(), err)
		}
	}
	p.key("Escape")
	p.until("close the dialog", func() bool {
		n, err := p.Locator("dialog[open]").Count()
		return err == nil && n == 0
	})
}

func (p *page) key(name string) {
	p.t.Helper()
	if err := p.Keyboard().Press(name); err != nil {
		p.t.Fatalf("press %s on %s: %v", name, p.URL(), err)
	}
}

// focused are the words of what has the focus.
func (p *page) focused() string {
	p.t.Helper()
	out, err := p.Evaluate(`() => (document.activeElement.ariaLabel ?? document.activeElement.innerText ?? document.activeElement.name ?? "").trim()`)
	if err != nil {
		p.t.Fatal(err)
	}
	return fmt.Sprint(out)
}

// stops bounds how many stops a page may have before the one that is wanted.
const stops = 300

// reach goes from stop to stop until it is at this element, or at a radio
// button of the same group, from which arrows lead to it.
func (p *page) reach(l playwright.Locator) {
	p.t.Helper()
	if err := l.WaitFor(); err != nil {
		p.t.Fatalf("%s: %v", p.URL(), err)
	}
	p.idle()
	p.skip(l)
	for range stops {
		there, err := l.Evaluate(`e => {
			const at = document.activeElement;
			return at === e || at.type === "radio" && e.type === "radio" && at.name === e.name && at.form === e.form;
		}`, nil)
		if err != nil {
			p.t.Fatalf("%s: %v", p.URL(), err)
		}
		if there == true {
			p.visibleFocus()
			return
		}
		p.key("Tab")
	}
	p.t.Fatalf("%s: no key leads to %v", p.URL(), l)
}

// skip takes the skip link of a page that has just come, as its readers do,
// when what is wanted is in the page's content and not in its navigation.
func (p *page) skip(l playwright.Locator) {
	p.t.Helper()
	far, err := l.Evaluate(`e => document.activeElement === document.body && Boolean(e.closest("main")) && !document.querySelector("dialog:modal")`, nil)
	if err != nil {
		p.t.Fatalf("%s: %v", p.URL(), err)
	}
	if far == true {
		p.key("Tab")
		p.visibleFocus()
		p.key("Enter")
	}
}

// visibleFocus fails the test if one cannot see where the focus is.
func (p *page) visibleFocus() {
	p.t.Helper()
	out, err := p.Evaluate(`() => {
		const at = document.activeElement, box = at.getBoundingClientRect();
		const ring = e => { const s = getComputedStyle(e); return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== "none"; };
		if (!ring(at) && !ring(at.closest("label") ?? at)) return "no ring";
		if (box.bottom < 0 || box.top > innerHeight || !at.checkVisibility()) return "not on the screen";
		return "";
	}`)
	if err != nil {
		p.t.Fatal(err)
	}
	if out != "" {
		p.t.Errorf("%s: the focus on %q: %v", p.URL(), p.focused(), out)
	}
}

// activate presses what has the focus: a link or a button by Enter, a box by
// Space, a radio button by arrows.
func (p *page) activate(l playwright.Locator) {
	p.t.Helper()
	p.reach(l)
	kind, err := l.Evaluate(`e => e.type ?? ""`, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	switch kind {
	case "checkbox":
		p.tickByKey(l)
	case "radio":
		for range stops {
			if on, err := l.IsChecked(); err != nil {
				p.t.Fatal(err)
			} else if on {
				return
			}
			if at, err := l.Evaluate(`e => e === document.activeElement`, nil); err == nil && at == true {
				p.key("Space")
			} else {
				p.key("ArrowDown")
			}
		}
		p.t.Fatalf("%s: no arrow leads to %v", p.URL(), l)
	default:
		p.enter(l)
	}
}

// enter presses Enter, and waits for the page it leads to.
func (p *page) enter(l playwright.Locator) {
	p.t.Helper()
	leads, err := l.Evaluate(`e => {
		window.stillHere = true;
		return Boolean(e.closest("a[href]") || e.type === "submit" && e.form && !e.form.matches("[hx-post], [data-theme-switch]"));
	}`, nil)
	if err != nil {
		p.t.Fatalf("%s: %v", p.URL(), err)
	}
	p.key("Enter")
	if leads != true {
		return
	}
	if _, err := p.WaitForFunction(`() => !window.stillHere && document.readyState === "complete"`, nil); err != nil {
		p.t.Fatalf("Enter on %v leads nowhere from %s: %v", l, p.URL(), err)
	}
}

func (p *page) tickByKey(l playwright.Locator) {
	p.t.Helper()
	if on, err := l.IsChecked(); err != nil {
		p.t.Fatal(err)
	} else if !on {
		p.key("Space")
	}
}

// chooseByKey goes through a list with arrows to the option of this value.
func (p *page) chooseByKey(l playwright.Locator, value string) {
	p.t.Helper()
	p.reach(l)
	p.key("Home")
	for range stops {
		if now, err := l.InputValue(); err != nil {
			p.t.Fatal(err)
		} else if now == value {
			return
		}
		p.key("ArrowDown")
		p.idle()
	}
	p.t.Fatalf("%s: no arrow leads to the option %s", p.URL(), value)
}

// typeByKey replaces what is in a field.
func (p *page) typeByKey(l playwright.Locator, value string) {
	p.t.Helper()
	p.reach(l)
	p.key("ControlOrMeta+a")
	if err := p.Keyboard().Type(value); err != nil {
		p.t.Fatal(err)
	}
}

// idle waits until no form of the page fetches anything.
func (p *page) idle() {
	p.t.Helper()
	if _, err := p.WaitForFunction(`() => !document.querySelector("form.htmx-request")`, nil); err != nil {
		p.t.Fatal(err)
	}
}
