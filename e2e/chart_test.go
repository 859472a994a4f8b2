package e2e

import (
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// TestCharts: what is sent through the endpoint appears on its charts, its
// service's and its CLB's, to the byte and without a reload, while focus and
// scroll stay where they are; the colours follow the theme at once; a reader
// without scripts has the drawing and the table (issue 3: charts).
func TestCharts(t *testing.T) {
	t.Parallel()
	p, at := built(t, reader{Lang: "en"})
	socks := p.socks("ECS1")
	addresses := chartAddresses(p)
	var pages []charts
	for _, address := range addresses {
		c := charts{open(t, reader{Lab: p.Lab, Account: accountA, Lang: "en"})}
		c.visit(address)
		c.until("be drawn by uPlot", func() bool { return c.count(".plot canvas") == 4 })
		c.run(`() => { document.querySelector(".chart-table > summary").focus(); scrollTo(0, 150); globalThis.was = scrollY; }`)
		pages = append(pages, c)
	}
	var in, out int
	const connections = 12
	for range connections {
		sent, got := exchange(t, socks, at.domain, 80)
		in, out = in+sent, out+got
	}
	for range 3 {
		if sent, _ := exchange(t, socks, at.ip, 8080); sent != 0 {
			t.Fatal("port 8080 lets a connection in")
		}
	}
	for i, c := range pages {
		want := map[string]string{"new": strconv.Itoa(connections), "in": amount(in), "out": amount(out), "refused": "3"}
		if i == 2 {
			want["refused"] = "0" // the group of the interface stopped them before the CLB
		}
		c.shows(want)
		if c.run(`() => scrollY > 0 && scrollY === globalThis.was && document.activeElement.matches(".chart-table > summary")`) != true {
			t.Errorf("%s: the page was loaded again, or focus or scroll moved", c.URL())
		}
		c.says("New connections", "total "+strconv.Itoa(connections))
		c.accessible()
	}
	pages[0].followsTheme()
	pages[0].opensTheTable(connections)
	pages[1].becomesNarrow()
	for i, address := range addresses {
		want := map[string]string{"new": strconv.Itoa(connections), "in": amount(in), "out": amount(out)}
		day := pages[i]
		day.press("Last 24 hours")
		day.shows(want)
		still := charts{open(t, reader{Lab: p.Lab, Account: accountA, Lang: "en", NoJS: true})}
		still.visit(address)
		still.shows(want)
		if d, err := still.Locator(`[data-plot="new"] .plot svg path.plot-1`).GetAttribute("d"); err != nil || !strings.Contains(d, "L") {
			t.Errorf("%s: without scripts the line is %q, %v", address, d, err)
		}
		if rows, err := still.Locator(".chart-table tbody tr").Count(); err != nil || rows < 2 {
			t.Errorf("%s: without scripts the table has %d rows, %v", address, rows, err)
		}
	}
}

// TestChartsAskWhileSeen: a page with charts asks again every ten seconds, not
// while it is hidden, and at once when it is seen again.
func TestChartsAskWhileSeen(t *testing.T) {
	t.Parallel()
	desk, _ := built(t, reader{Lang: "zh"})
	address := chartAddresses(desk)[0]
	p := open(t, reader{Lab: desk.Lab, Account: accountA, Lang: "zh", Width: 390})
	if err := p.Clock().Install(); err != nil {
		t.Fatal(err)
	}
	asked := make(chan string, 100)
	p.OnRequest(func(r playwright.Request) {
		if strings.Contains(r.URL(), "/charts?range=") {
			asked <- r.URL()
		}
	})
	c := charts{p}
	c.visit(address)
	pass := func(ms int) {
		if err := p.Clock().RunFor(ms); err != nil {
			t.Fatal(err)
		}
	}
	hide := func(hidden bool) {
		c.run(fmt.Sprintf(`() => {
			Object.defineProperty(document, "hidden", { configurable: true, get: () => %t });
			document.dispatchEvent(new Event("visibilitychange"));
		}`, hidden))
	}
	n := 0
	asks := func(what string) { n++; c.until("ask "+what, func() bool { return len(asked) == n }) }
	asks("at first")
	pass(10_100)
	asks("after ten seconds")
	hide(true)
	pass(60_000)
	hide(false)
	asks("when it is seen again, and not before")
	pass(10_100)
	asks("again after ten seconds")
	if wide := c.run(`() => document.documentElement.scrollWidth`); wide != 390 {
		t.Errorf("the page is %v wide", wide)
	}
	c.accessible()
}

// chartAddresses are the charts of the built lab's endpoint, service and CLB.
func chartAddresses(p *page) []string {
	p.t.Helper()
	var out []string
	tab := func() {
		p.t.Helper()
		p.click(p.GetByRole("link", playwright.PageGetByRoleOptions{Name: p.word("监控图表", "Charts"), Exact: playwright.Bool(true)}))
		p.comes(p.Locator("#charts"))
		out = append(out, strings.TrimPrefix(p.URL(), p.Lab.url))
	}
	p.endpoints().open(demoEndpoint)
	tab()
	p.services().open()
	tab()
	p.balancers()
	p.pressIn(p.row("clb-web"), "clb-web")
	tab()
	return out
}

// charts is a page with its tab Charts open.
type charts struct{ *page }

func (c charts) count(selector string) int {
	c.t.Helper()
	n, err := c.Locator(selector).Count()
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}

func (c charts) run(script string) any {
	c.t.Helper()
	out, err := c.Evaluate(script)
	if err != nil {
		c.t.Fatal(err)
	}
	return out
}

// shows waits until the totals are these.
func (c charts) shows(want map[string]string) {
	c.t.Helper()
	places := map[string]string{"new": `[data-plot="new"] tr:nth-child(1)`, "in": `[data-plot="bytes"] tr:nth-child(1)`, "out": `[data-plot="bytes"] tr:nth-child(2)`, "refused": `[data-plot="refused"] tr:nth-child(1)`}
	got := map[string]string{}
	eventually(c.t, "show the totals", func() bool {
		for what := range want {
			got[what], _ = c.Locator(places[what] + ` [data-figure="total"]`).InnerText()
		}
		ok := fmt.Sprint(got) == fmt.Sprint(want)
		if !ok && c.NoJS {
			_, _ = c.Reload()
		}
		return ok
	})
}

// says holds the picture's name to its figures.
func (c charts) says(title, figure string) {
	c.t.Helper()
	picture := c.GetByRole("img", playwright.PageGetByRoleOptions{Name: title})
	if name, err := picture.GetAttribute("aria-label"); err != nil || !strings.Contains(name, figure) {
		c.t.Errorf("%s: the picture is called %q, %v", c.URL(), name, err)
	}
}

// followsTheme switches the theme and finds the bars drawn in its colour.
func (c charts) followsTheme() {
	c.t.Helper()
	drawn := func(r, g, b int) func() bool {
		return func() bool {
			return c.run(fmt.Sprintf(`() => {
				const canvas = document.querySelector('[data-plot="refused"] canvas');
				const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
				for (let i = 0; i < data.length; i += 4) if (data[i] === %d && data[i+1] === %d && data[i+2] === %d) return true;
				return false;
			}`, r, g, b)) == true
		}
	}
	c.until("draw in the light theme's colour", drawn(0xc8, 0x38, 0x2e))
	c.press("Switch between light and dark")
	c.until("draw in the dark theme's colour", drawn(0xe8, 0x6c, 0x61))
	c.accessible()
	c.press("Switch between light and dark")
	c.until("draw in the light theme's colour again", drawn(0xc8, 0x38, 0x2e))
}

// becomesNarrow makes the window a phone's: the charts follow, and nothing
// sticks out.
func (c charts) becomesNarrow() {
	c.t.Helper()
	if err := c.SetViewportSize(390, 800); err != nil {
		c.t.Fatal(err)
	}
	c.until("be as narrow as the window", func() bool {
		return c.run(`() => document.documentElement.scrollWidth === 390 &&
			[...document.querySelectorAll(".plot")].every((p) => p.querySelector("canvas").clientWidth === p.clientWidth)`) == true
	})
}

// opensTheTable finds every connection in the rows.
func (c charts) opensTheTable(connections int) {
	c.t.Helper()
	c.click(c.Locator(".chart-table > summary"))
	total := 0
	cells, err := c.Locator(".chart-table tbody td:nth-child(4)").AllInnerTexts()
	if err != nil {
		c.t.Fatal(err)
	}
	for _, cell := range cells {
		n, err := strconv.Atoi(strings.TrimSpace(cell))
		if err != nil {
			c.t.Errorf("a cell is %q", cell)
		}
		total += n
	}
	if total != connections {
		c.t.Errorf("the table's connections add up to %d, want %d", total, connections)
	}
	c.accessible()
}

// amount is a number of bytes as pages write it.
func amount(n int) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f KB", float64(n)/1000)
}

// exchange asks for a page through a SOCKS address and counts the bytes of the
// connection behind it; 0 when there was none.
func exchange(t *testing.T, socks, host string, port uint16) (sent, got int) {
	t.Helper()
	conn, err := net.Dial("tcp", socks)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	hello := append([]byte{5, 1, 0, 5, 1, 0, 3, byte(len(host))}, host...)
	if _, err := conn.Write(append(hello, byte(port>>8), byte(port))); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 2+10)
	if _, err := io.ReadFull(conn, answer); err != nil {
		t.Fatal(err)
	}
	if answer[3] != 0 {
		return 0, 0
	}
	request := "GET / HTTP/1.0\r\nHost: " + host + "\r\n\r\n"
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return len(request), len(page)
}
