package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"
)

// TestRealClients: programs of this host reach the endpoint as ECS1, with the
// addresses that the pages show: curl and a browser through SOCKS5, any
// program through culvert exec, dig at the VPC's resolver and at the host's
// (TST-01, EP-08, LSN-09, CLB and DNS of issue 2).
func TestRealClients(t *testing.T) {
	t.Parallel()
	p, at := built(t, reader{Lang: "en"})
	ecs1 := p.instance("ECS1")
	socks := strings.TrimPrefix(ecs1.fact("让自己的浏览器变成 ECS1（SOCKS5）", "Let your browser be ECS1 (SOCKS5)"), "socks5h://")
	resolver := ecs1.fact("DNS 解析器", "DNS resolver")

	for _, address := range []string{at.domain, at.zone, at.ip} {
		page := "http://" + address + "/"
		isBackend(t, command(t, "curl", "-sS", "--max-time", "10", "--proxy", "socks5h://"+socks, page))
		isBackend(t, command(t, shared.bin, "exec", "--data", p.Lab.data, "ECS1", "--", "curl", "-sS", "--max-time", "10", page))
	}
	for _, name := range []string{at.domain, at.zone} {
		for _, server := range []string{resolver, p.Lab.dns} {
			for _, way := range []string{"+notcp", "+tcp"} {
				host, port, _ := strings.Cut(server, ":")
				got := command(t, "dig", "@"+host, "-p", port, way, "+short", "+time=5", name)
				if strings.TrimSpace(got) != at.ip {
					t.Errorf("dig %s @%s %s answers %q, want %s", way, server, name, got, at.ip)
				}
			}
		}
	}
	browses(t, socks, at.domain)
	weighs(p, socks, at.domain)
}

// command runs a program of this host.
func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Errorf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func isBackend(t *testing.T, body string) {
	t.Helper()
	if !strings.Contains(body, "backend in VPC2") {
		t.Errorf("not a backend's page:\n%s", body)
	}
}

// browses opens the endpoint in a browser that knows nothing but the SOCKS
// address.
func browses(t *testing.T, socks, domain string) {
	t.Helper()
	b, err := launch()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close() }()
	ctx, err := b.NewContext(playwright.BrowserNewContextOptions{Proxy: &playwright.Proxy{Server: "socks5://" + socks}})
	if err != nil {
		t.Fatal(err)
	}
	page, err := ctx.NewPage()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := page.Goto("http://" + domain + "/"); err != nil {
		t.Fatalf("a browser as ECS1: %v", err)
	}
	text, err := page.Locator("body").InnerText()
	if err != nil {
		t.Fatal(err)
	}
	isBackend(t, text)
}

// weighs gives ECS2 half of ECS3's weight in the console and counts where
// 1,000 connections go: within 5 points of a third and two thirds.
func weighs(p *page, socks, domain string) {
	p.t.Helper()
	p.balancers().weigh("clb-web", "ECS2", "50")
	const connections = 1000
	c := client(socks)
	c.Transport.(*http.Transport).DisableKeepAlives = true
	var ecs2, ecs3 atomic.Int64
	work := make(chan struct{}, connections)
	for range connections {
		work <- struct{}{}
	}
	close(work)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range work {
				body, err := get(c, "http://"+domain+"/")
				switch {
				case err != nil:
					p.t.Error(err)
				case strings.Contains(body, "ECS2: "):
					ecs2.Add(1)
				case strings.Contains(body, "ECS3: "):
					ecs3.Add(1)
				}
			}
		})
	}
	all.Wait()
	share := float64(ecs2.Load()) / connections
	if ecs2.Load()+ecs3.Load() != connections || share < 1./3-.05 || share > 1./3+.05 {
		p.t.Errorf("weights 50 and 100: of %d connections %d went to ECS2 and %d to ECS3", connections, ecs2.Load(), ecs3.Load())
	}
}

// client speaks HTTP as the instance with this SOCKS address.
func client(socks string) *http.Client {
	proxy := &url.URL{Scheme: "socks5h", Host: socks}
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{Proxy: http.ProxyURL(proxy)}}
}

func get(c *http.Client, address string) (string, error) {
	res, err := c.Get(address)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", address, res.Status)
	}
	return string(body), err
}
