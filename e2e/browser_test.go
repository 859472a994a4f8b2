package e2e

import (
	"net/url"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// surf opens an address in the instance's browser.
func (i instance) surf(address string) {
	i.t.Helper()
	i.fill(i.word("地址", "Address"), address)
	i.press(i.word("打开", "Open"))
}

// screen is the page in the frame.
func (i instance) screen() playwright.FrameLocator { return i.FrameLocator("iframe") }

// shows waits until the page in the frame says this.
func (i instance) shows(text string) {
	i.t.Helper()
	if err := i.screen().GetByText(text).First().WaitFor(); err != nil {
		said, _ := i.screen().Locator("body").InnerText(playwright.LocatorInnerTextOptions{Timeout: playwright.Float(500)})
		i.t.Fatalf("the frame on %s does not show %q but:\n%s", i.URL(), text, said)
	}
}

// foot waits until the line below the frame says this; without scripts it is
// there when the page is loaded again.
func (i instance) foot(text string) {
	i.t.Helper()
	i.comes(i.GetByRole("region", playwright.PageGetByRoleOptions{Name: i.word("上的浏览器", "Browser on")}).GetByRole("status").GetByText(text))
}

// at waits until the address bar shows this.
func (i instance) at(address string) {
	i.t.Helper()
	i.until("show "+address+" in the address bar", func() bool {
		got, err := i.field(i.word("地址", "Address")).InputValue()
		return err == nil && got == address
	})
}

// Step 6 in the browser of ECS1: the endpoint's domain shows both backends'
// pages, and the tutorial counts them (TST-01, LSN-09).
func TestBrowserTutorial(t *testing.T) {
	for name, r := range map[string]reader{"zh without scripts": {Lang: "zh", NoJS: true}, "en": {Lang: "en"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, at := built(t, r)
			ecs1 := p.instance("ECS1")
			ecs1.surf(at.domain)
			seen := map[string]bool{}
			for range 8 {
				ecs1.shows("backend in VPC2")
				said, err := ecs1.screen().Locator("body").InnerText()
				if err != nil {
					t.Fatal(err)
				}
				backend := said[:strings.IndexByte(said, '\n')]
				seen[strings.TrimSpace(backend)] = true
				if len(seen) == 2 {
					break
				}
				ecs1.press(p.word("重新加载", "Reload"))
			}
			if !seen["ECS2"] || !seen["ECS3"] {
				t.Errorf("seen in the frame: %v", seen)
			}
			ecs1.foot("200 OK")
			ecs1.foot("192.168.24.1")
			ecs1.accessible()

			// Another address, and back.
			ecs1.surf("http://" + at.ip)
			ecs1.shows("backend in VPC2")
			ecs1.at("http://" + at.ip + "/")
			if r.NoJS {
				_, _ = ecs1.Reload() // the button learns of the first page with the next answer
			}
			ecs1.until("go back", func() bool {
				off, err := ecs1.GetByRole("button", playwright.PageGetByRoleOptions{Name: p.word("后退", "Back"), Exact: playwright.Bool(true)}).IsDisabled()
				return err == nil && !off
			})
			ecs1.press(p.word("后退", "Back"))
			ecs1.at("http://" + at.domain + "/")
			p.home().done("6 步完成 6 步", "6 of 6 steps done")
		})
	}
}

// Refusals in the frame name the gate as the terminal does; a wrong address is
// said at the field; an address in the query opens; a stopped instance says so.
func TestBrowserRefusals(t *testing.T) {
	t.Parallel()
	p, at := built(t, reader{Lang: "en"})
	ecs1 := p.instance("ECS1")
	ecs1.surf(at.ip + ":8080")
	ecs1.shows("Refused: ENI")
	ecs1.foot("Refused: ENI")
	ecs1.press("See the whole judgement")
	p.until("open the page that explains it", func() bool { return strings.Contains(p.URL(), "/why?") })

	ecs1 = p.instance("ECS1")
	page := strings.SplitN(p.URL(), "?", 2)[0]
	for _, forbidden := range []string{"http://127.0.0.1/", p.Lab.url, "http://169.254.169.254/", "http://192.168.24.11/", "http://10.10.2.99/"} {
		ecs1.surf(forbidden)
		ecs1.shows("Refused:")
		ecs1.foot("Refused:")
	}
	ecs1.surf("file:///etc/passwd")
	p.sees("Only http and https addresses can be opened, not file:.")
	ecs1.at("file:///etc/passwd")

	p.visit(strings.TrimPrefix(page, p.Lab.url) + "?" + url.Values{"url": {"http://" + at.domain + "/"}}.Encode())
	ecs1.shows("backend in VPC2")
	ecs1.at("http://" + at.domain + "/")
	// The terminal leaves the frame alone.
	ecs1.run("dig +short " + at.domain)
	ecs1.shows("backend in VPC2")

	ecs1.press("Stop")
	p.sees("ECS1 is stopped")
}

// A real site on ECS2 and ECS3 works through the endpoint: styles, images,
// scripts, forms, redirects and its own cookies.
func TestBrowserSite(t *testing.T) {
	t.Parallel()
	p, at := built(t, reader{Lang: "en"})
	s := &site{}
	p.serveOn(s, "ECS2", "ECS3")
	ecs1 := p.instance("ECS1")
	home := "http://" + at.domain + "/"
	ecs1.until("reach the site", func() bool { return strings.Contains(ecs1.run("curl -s "+home), "Shop") })
	ecs1.surf(home)
	for _, said := range []string{
		"fetch=visited=yes", "xhr=ttext/plain;charset=UTF-8", "event=hello", "image=7", "module=42", "storage=1",
	} {
		ecs1.shows(said)
	}
	for _, asked := range []string{
		"GET /style/main.css", "GET /style/more.css", "GET /pixel.svg?css", "GET /pixel.svg?1x", "GET /pixel.svg?html", "GET /script/module.js",
		"GET /pixel.svg cookie:visited=yes referer:" + home,
	} {
		ecs1.until("ask for "+asked, func() bool { return s.asked(asked) })
	}
	color, err := ecs1.screen().Locator("h1").Evaluate("e => getComputedStyle(e).color", nil)
	if err != nil || color != "rgb(1, 2, 3)" {
		t.Errorf("the style sheet's colour is %v (%v)", color, err)
	}
	link := func(name string) {
		t.Helper()
		if err := ecs1.screen().GetByRole("link", playwright.FrameLocatorGetByRoleOptions{Name: name, Exact: playwright.Bool(true)}).Click(); err != nil {
			t.Fatal(err)
		}
	}
	for name, shows := range map[string]string{"Second": "You are at /second?x=1", "Relative": "You are at /relative", "Moved": "You are at /second?moved", "Late": "You are at /second?late"} {
		ecs1.surf(home)
		ecs1.shows("event=hello")
		link(name)
		ecs1.shows(shows)
		ecs1.at(home + strings.TrimPrefix(shows, "You are at /"))
	}
	ecs1.surf(home)
	ecs1.shows("event=hello")
	field := func(name, value, press string) {
		t.Helper()
		if err := ecs1.screen().GetByLabel(name).Fill(value); err != nil {
			t.Fatal(err)
		}
		if err := ecs1.screen().GetByRole("button", playwright.FrameLocatorGetByRoleOptions{Name: press}).Click(); err != nil {
			t.Fatal(err)
		}
	}
	field("q", "茶", "Search")
	ecs1.shows("You are at /search?q=%E8%8C%B6")
	link("Home")
	ecs1.shows("event=hello")
	field("user", "alice", "Log in")
	ecs1.shows("Signed in as alice")
	ecs1.at(home + "account")
	if !s.asked("POST /login cookie:visited=yes referer:" + home + " origin:" + strings.TrimSuffix(home, "/")) {
		t.Errorf("the login was not sent as a browser would: %v", s.seen)
	}
	ecs1.surf(home + "gbk")
	ecs1.shows("你好")
}
