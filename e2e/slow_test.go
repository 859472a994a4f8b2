package e2e

import (
	"encoding/json"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"
)

// held is an address whose answers wait until they are let go.
type held struct {
	asked atomic.Int32
	free  chan struct{}
}

// hold makes requests of this method to this path wait.
func (p *page) hold(method, path string) *held {
	p.t.Helper()
	h := &held{free: make(chan struct{})}
	err := p.Route("**"+path+"*", func(r playwright.Route) {
		if r.Request().Method() != method {
			_ = r.Continue()
			return
		}
		h.asked.Add(1)
		go func() {
			<-h.free
			_ = r.Continue()
		}()
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return h
}

func (h *held) letGo() { close(h.free) }

// waited is a page that has begun to show that something takes long.
type waited struct {
	After float64 // milliseconds since the reader did something
	Busy  string  // the words of the busy button
}

// watchWaits answers every such moment. The page tells it by itself, in its
// console: while an answer is awaited it cannot be asked, and a call out of it
// may be lost. Its reader is always quicker than the page's last file: it is
// told to be loaded after they did something.
func (p *page) watchWaits() <-chan waited {
	p.t.Helper()
	const mark = "waits: "
	seen := make(chan waited, 16)
	p.OnConsole(func(m playwright.ConsoleMessage) {
		said, ok := strings.CutPrefix(m.Text(), mark)
		if !ok {
			return
		}
		var w waited
		if err := json.Unmarshal([]byte(said), &w); err != nil {
			p.t.Errorf("%q: %v", said, err)
		}
		seen <- w
	})
	script := `(() => {
		let began = 0, was = false;
		for (const kind of ["click", "submit", "change"]) addEventListener(kind, () => {
			began = performance.now();
			setTimeout(() => dispatchEvent(new PageTransitionEvent("pageshow")), 20);
		}, true);
		new MutationObserver(() => {
			const is = document.documentElement.classList.contains("is-waiting");
			if (is && !was) console.debug("` + mark + `" + JSON.stringify({
				After: performance.now() - began + .5,
				Busy: document.querySelector("[aria-busy=true]")?.textContent.trim() ?? "",
			}));
			was = is;
		}).observe(document, { attributes: true, subtree: true, attributeFilter: ["class"] });
	})()`
	if err := p.AddInitScript(playwright.Script{Content: &script}); err != nil {
		p.t.Fatal(err)
	}
	return seen
}

// TestSlowAnswers: what takes longer than 300 ms shows it, whether a link, a
// form or a part of the page was asked for, and not a moment earlier, so that
// a quick answer changes nothing.
func TestSlowAnswers(t *testing.T) {
	t.Parallel()
	p := open(t, reader{Lang: "en", Account: accountA})
	seen := p.watchWaits()
	slow := func(method, path, busy string, do func() error) {
		t.Helper()
		h := p.hold(method, path)
		asked := make(chan error, 1)
		go func() { asked <- do() }()
		select {
		case w := <-seen:
			if w.After < 300 || w.Busy != busy {
				t.Errorf("%s %s: after %.0f ms %q is busy, want %q after 300", method, path, w.After, w.Busy, busy)
			}
		case <-time.After(patience):
			t.Fatalf("%s %s: nothing shows that it takes long (asked for %d times, now at %s)", method, path, h.asked.Load(), p.URL())
		}
		h.letGo()
		if err := <-asked; err != nil {
			t.Fatal(err)
		}
		if err := p.Unroute("**" + path + "*"); err != nil {
			t.Fatal(err)
		}
		gone := playwright.PageWaitForFunctionOptions{Timeout: playwright.Float(float64(patience.Milliseconds()))}
		if _, err := p.WaitForFunction(`() => !document.documentElement.classList.contains("is-waiting") && !document.querySelector("[aria-busy]")`, nil, gone); err != nil {
			t.Errorf("%s %s: the page goes on waiting: %v", method, path, err)
		}
	}
	p.visit(console + "/vpcs")
	slow("GET", "/vpcs/new", "Create VPC", func() error { return p.called(p.Locator("main"), "Create VPC").First().Click() })
	p.heading("创建专有网络", "Create VPC")
	p.fill("VPC CIDR block", "nonsense")
	slow("POST", "/vpcs/new", "Create", func() error { return p.field("VPC CIDR block").Press("Enter") })
	p.sees("nonsense")
	p.visit(console + "/instances/new")
	choice := p.Locator("select[name=vswitch]")
	slow("GET", "/instances/new", "", func() error {
		_, err := choice.SelectOption(playwright.SelectOptionValues{Indexes: &[]int{1}})
		return err
	})
	if n := len(seen); n != 0 {
		t.Errorf("%d more waits were shown", n)
	}
}

// TestChoicesInARow: a reader who goes on choosing while the page still fetches
// what depends on an earlier choice gets what depends on the last one.
func TestChoicesInARow(t *testing.T) {
	t.Parallel()
	p, _ := built(t, reader{Lang: "en"})
	p.visit(console + "/load-balancers/new")
	h := p.hold("GET", "/load-balancers/new")
	p.choose("SLB region no", "Europe Central 1 Zone B")
	p.until("fetch it", func() bool { return h.asked.Load() > 0 })
	p.choose("VPCId", "VPC1")
	p.choose("VPCId", "VPC2")
	h.letGo()
	p.choose("vSwitch", "vsw-vpc2-b")
}

// TestProposalKeepsOffTheKeyboard: what the page proposes does not come into a
// field that somebody is about to type into.
func TestProposalKeepsOffTheKeyboard(t *testing.T) {
	t.Parallel()
	p, _ := built(t, reader{Lang: "en"})
	p.visit(console + "/vswitches/new")
	p.choose("VPC", "VPC1")
	p.idle()
	h := p.hold("GET", "/vswitches/new")
	p.choose("Zone", "Frankfurt Zone B")
	p.until("fetch it", func() bool { return h.asked.Load() > 0 })
	name := p.field("Name")
	if err := name.Focus(); err != nil {
		t.Fatal(err)
	}
	h.letGo()
	p.until("propose a block", func() bool { return p.control("cidr") != "" })
	p.idle()
	if got, err := name.InputValue(); err != nil || got != "" {
		t.Errorf("in the field with the keyboard is %q, %v", got, err)
	}
}

// TestPressedTwice: a double click does the thing once, whatever the button
// does. Its answer is held, so that both clicks meet the same page.
func TestPressedTwice(t *testing.T) {
	t.Parallel()
	p, _ := built(t, reader{Lang: "en"})
	twice := func(path, button string) {
		t.Helper()
		h := p.hold("POST", path)
		b := p.called(p.Locator("main, dialog"), button).Last()
		from, pressed := p.URL(), make(chan error, 1)
		go func() { pressed <- b.Dblclick() }()
		p.until("send it", func() bool { return h.asked.Load() > 0 })
		h.letGo()
		if err := <-pressed; err != nil {
			t.Fatalf("press %q twice on %s: %v", button, from, err)
		}
		if err := p.Unroute("**" + path + "*"); err != nil {
			t.Fatal(err)
		}
		p.until("answer it", func() bool { return p.URL() != from })
		if n := h.asked.Load(); n != 1 {
			t.Errorf("%q was sent %d times", button, n)
		}
	}
	p.visit(console + "/vpcs/new")
	p.fill("Name", "vpc-twice")
	p.fill("VPC CIDR block", "10.77.0.0/16")
	twice("/vpcs/new", "Create")
	p.press("Delete…")
	twice("/delete", "Delete")

	name := p.services().open().name()
	p.endpoints().create(wish{name: "twice", service: name, vpc: "VPC1", group: "sg-vpc1", vswitch: "vsw-vpc1-b", description: "is allowed twice"})
	s := p.services().open()
	s.tab("终端节点连接", "Endpoint Connections")
	p.pressIn(s.row("twice"), "Allow")
	twice("/allow", "OK")
	p.endpoints().open("twice").state("连接状态", "Connection status", "已连接", "Connected")
}
