package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// TestZoneFailsForClients: an administrator chooses a lab file and has it made;
// then a zone fails under its client, comes back, and the provider moves a zone
// to another service resource (CLB-04, EPS-01, COM-13).
func TestZoneFailsForClients(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	data, err := os.ReadFile("../examples/aliyun-two-zones.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "lab.yaml")
	text := strings.NewReplacer("account-a", "account-z", "账号A", "账号Z", "Account A", "Account Z").Replace(string(data))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	admin := open(t, reader{Lab: l, Lang: "en", Account: accountA})
	admin.visit(console + "/admin/lab")
	if err := admin.GetByLabel("Choose a file").SetInputFiles(file); err != nil {
		t.Fatal(err)
	}
	admin.press("Preview")
	admin.seesIn(admin.GetByRole("table"), "endpoint service")
	admin.press("Import")
	admin.sees("Everything in the file was made.")

	z := open(t, reader{Lab: l, Lang: "en", Account: account{"账号Z", "Account Z"}})
	// ECS4 is in zone A, ECS1 in zone B: affinity sends each to its own zone.
	c := client(z.socks("ECS4"))
	far := client(z.socks("ECS1"))
	name := z.endpoints().open("web").addresses().domain
	seen := func(backend string) func() bool {
		return func() bool {
			c.CloseIdleConnections()
			body, err := get(c, "http://"+name+"/")
			return err == nil && strings.Contains(body, backend)
		}
	}
	eventually(t, "see ECS2", seen("ECS2 in zone B"))

	z.visit(console + "/admin/zones")
	z.pressIn(z.row("Frankfurt Zone B"), "Make it fail")
	z.press("Make it fail")
	z.seesIn(z.row("Frankfurt Zone B"), "Failed")
	for range 6 {
		c.CloseIdleConnections()
		if body, err := get(c, "http://"+name+"/"); err != nil || !strings.Contains(body, "ECS3 in zone A") {
			t.Fatalf("zone B has failed, and a client in zone A gets %v %s", err, body)
		}
	}
	if body, err := get(far, "http://"+name+"/"); err == nil {
		t.Errorf("a client in the failed zone gets %s", body)
	}
	z.endpoints().open("web")
	z.comes(z.row("vsw-vpc1-b").GetByText("the zone has failed"))

	z.visit(console + "/admin/zones")
	z.pressIn(z.row("Frankfurt Zone B"), "Restore")
	eventually(t, "see ECS2 again", seen("ECS2 in zone B"))

	z.services().open()
	service{z}.tab("终端节点连接", "Endpoint Connections")
	row := z.row("ep-")
	z.click(row.Locator("summary"))
	z.pressIn(row.GetByRole("listitem").Filter(playwright.LocatorFilterOptions{HasText: "Zone B"}), "Replace Service Resource")
	dialog := z.GetByRole("dialog", playwright.PageGetByRoleOptions{Name: "Replace Service Resource"})
	z.check(dialog.GetByRole("radio", playwright.LocatorGetByRoleOptions{Name: "Forced migration"}))
	z.pressIn(dialog, "Replace Service Resource")
	z.comes(row.GetByRole("listitem").Filter(playwright.LocatorFilterOptions{HasText: "Zone B"}).GetByRole("link", playwright.LocatorGetByRoleOptions{Name: "clb-spare"}))
	for range 6 {
		far.CloseIdleConnections()
		if body, err := get(far, "http://"+name+"/"); err != nil || !strings.Contains(body, "ECS2 in zone B") {
			t.Fatalf("behind clb-spare is ECS2 alone, and the client gets %v %s", err, body)
		}
	}
}

// socks is the SOCKS address that makes a client an instance.
func (p *page) socks(name string) string {
	p.t.Helper()
	return strings.TrimPrefix(p.instance(name).fact("让自己的浏览器变成 "+name+"（SOCKS5）", "Let your browser be "+name+" (SOCKS5)"), "socks5h://")
}
