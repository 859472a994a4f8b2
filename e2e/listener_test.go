package e2e

import "github.com/playwright-community/playwright-go"

// listener is the wizard Configure Listener of a CLB.
type listener struct{ *page }

func (b balancers) configure(name string) listener {
	b.t.Helper()
	b.pressIn(b.row(name), b.word("监听配置向导", "Configure Listener"))
	b.heading("监听配置向导", "Configure Listener")
	return listener{b.page}
}

// step waits until this step of the wizard is the current one.
func (l listener) step(zh, en string) {
	l.t.Helper()
	steps := l.GetByRole("list", playwright.PageGetByRoleOptions{Name: l.word("向导的步骤", "Steps of the wizard")})
	now := steps.Locator("[aria-current=step]").Filter(playwright.LocatorFilterOptions{HasText: l.word(zh, en)})
	if err := now.WaitFor(); err != nil {
		l.t.Fatalf("the wizard is not at %q on %s: %v", l.word(zh, en), l.URL(), err)
	}
}

// panel is the dialog My Servers.
func (l listener) panel() playwright.Locator {
	return l.GetByRole("dialog", playwright.PageGetByRoleOptions{Name: l.word("我的服务器", "My Servers")})
}

// next presses Next below the step.
func (l listener) next() {
	l.t.Helper()
	l.press(l.word("下一步", "Next"))
}

// addServers is Add More and the panel My Servers: tick, Next, weights, Add
// (LSN-03, LSN-04).
func (l listener) addServers(names ...string) {
	l.t.Helper()
	l.addOf(len(names), names...)
}

// addOf is addServers where so many servers can be chosen.
func (l listener) addOf(all int, names ...string) {
	l.t.Helper()
	l.radio(l.word("转发到", "Forward to"), l.word("默认服务器组", "Default Server Group"))
	l.press(l.word("继续添加", "Add More"))
	panel := l.panel()
	for _, name := range names {
		l.check(panel.GetByRole("checkbox", playwright.LocatorGetByRoleOptions{Name: name}))
	}
	// the client is in another VPC.
	if n, err := panel.GetByRole("checkbox").Count(); err != nil || n != all {
		l.t.Errorf("My Servers lists %d servers, want the %d of the VPC only (%v)", n, all, err)
	}
	l.pressIn(panel, l.word("下一步", "Next"))
	for _, name := range names {
		weight, err := panel.GetByLabel(l.word(name+" 的权重", "Weight of "+name)).InputValue()
		if err != nil || weight != "100" {
			l.t.Errorf("the weight of %s is %q by default, want 100 (%v)", name, weight, err)
		}
	}
	l.pressIn(panel, l.word("添加", "Add"))
}
