package e2e

import (
	"strings"

	"github.com/playwright-community/playwright-go"
)

// why is the page that explains one flow gate by gate.
type why struct{ *page }

// why goes from a refusal in the terminal to the whole judgement.
func (i instance) why() why {
	i.t.Helper()
	i.press(i.word("看完整的判断过程", "See the whole judgement"))
	i.heading("为什么连不通", "Why can't I connect")
	return why{i.page}
}

// stopped checks that the verdict stops the flow at this gate.
func (w why) stopped(gate string) {
	w.t.Helper()
	verdict := w.GetByRole("heading", playwright.PageGetByRoleOptions{Name: w.word("不通。停在第", "It does not pass: stopped at gate")})
	text, err := verdict.InnerText()
	if err != nil {
		w.t.Fatalf("no verdict on %s: %v", w.URL(), err)
	}
	if !strings.HasSuffix(text, gate) {
		w.t.Errorf("%s says %q, want it to stop at %q", w.URL(), text, gate)
	}
}

// fix is the sheet that says what to change.
func (w why) fix() playwright.Locator {
	return w.GetByRole("region", playwright.PageGetByRoleOptions{Name: w.word("怎么修", "How to fix it")})
}
