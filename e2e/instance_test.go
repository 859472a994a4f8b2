package e2e

import (
	"strings"

	"github.com/playwright-community/playwright-go"
)

// instance is one instance's page, with its terminal.
type instance struct{ *page }

func (p *page) instance(name string) instance {
	p.t.Helper()
	title, titleEN := p.own([2]string{"实例 ECS", "ECS Instances"}, [2]string{"云主机", "Cloud Servers"})
	p.nav(title, titleEN)
	p.heading(title, titleEN)
	p.pressIn(p.row(name), name)
	p.heading(name, name)
	return instance{p}
}

// run runs a command in the terminal and answers what it said (TST-01).
func (i instance) run(command string) string {
	i.t.Helper()
	screen := i.GetByRole("region", playwright.PageGetByRoleOptions{Name: i.word("上的终端", "Terminal on")}).Locator("pre")
	commands := screen.Locator("b")
	before, err := commands.Count()
	if err != nil {
		i.t.Fatal(err)
	}
	i.fill(i.word("命令：curl、dig、nc、probe", "Command: curl, dig, nc, probe"), command)
	i.press(i.word("运行", "Run"))
	if err := commands.Nth(before).WaitFor(); err != nil {
		i.t.Fatalf("%s did not end on %s: %v", command, i.URL(), err)
	}
	text, err := screen.InnerText()
	if err != nil {
		i.t.Fatal(err)
	}
	_, said, _ := strings.Cut(text[strings.LastIndex(text, "$ "):], "\n")
	return said
}

// fact is a value of the page's title block.
func (i instance) fact(zh, en string) string {
	i.t.Helper()
	cell := i.Locator("dl > div").Filter(playwright.LocatorFilterOptions{
		Has: i.GetByText(i.word(zh, en), playwright.PageGetByTextOptions{Exact: playwright.Bool(true)}),
	}).First()
	var value string
	i.until("show "+i.word(zh, en), func() bool {
		text, err := cell.Locator("code").First().InnerText()
		value = strings.TrimSpace(text)
		return err == nil
	})
	return value
}
