package e2e

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// TestNewVersion: when the program is replaced by another build, an open page
// fetches itself again; one with something typed on it keeps it, and says so.
func TestNewVersion(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	reads := open(t, reader{Lab: l, Account: accountA, Lang: "en"})
	reads.visit(console + "/vpcs")
	types := open(t, reader{Lab: l, Account: accountA})
	types.visit(console + "/vpcs/new")
	name := types.field("名称")
	if err := name.Fill("half typed"); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*page{reads, types} {
		if _, err := p.Evaluate(`() => { window.old = true; }`); err != nil {
			t.Fatal(err)
		}
	}
	l.bin = otherBuild(t, l.bin)
	if err := l.kill(); err != nil {
		t.Fatal(err)
	}
	patient := playwright.PageWaitForFunctionOptions{Timeout: playwright.Float(20_000)}
	if _, err := reads.WaitForFunction(`() => !window.old && document.readyState === "complete"`, nil, patient); err != nil {
		t.Fatalf("the open page stays the old one: %v", err)
	}
	line := types.GetByRole("link", playwright.PageGetByRoleOptions{Name: "重新打开本页"})
	if err := line.WaitFor(playwright.LocatorWaitForOptions{Timeout: playwright.Float(20_000)}); err != nil {
		t.Fatalf("no word of the new version: %v", err)
	}
	if typed, err := name.InputValue(); err != nil || typed != "half typed" {
		t.Errorf("what was typed has become %q, %v", typed, err)
	}
	types.accessible()
	types.click(line)
	if _, err := types.WaitForFunction(`() => !window.old`, nil, patient); err != nil {
		t.Errorf("the link does not open the page again: %v", err)
	}
}

// otherBuild is the same program with a byte changed that nobody reads: the
// padding in the head of an ELF file. A child writes it, because a program
// cannot be started while this process has it open for writing, nor while a
// child that another test is just starting has.
func otherBuild(t *testing.T, bin string) string {
	t.Helper()
	other := filepath.Join(t.TempDir(), "culvert")
	const change = `cp "$0" "$1" && printf '\001' | dd of="$1" bs=1 seek=15 conv=notrunc status=none`
	if out, err := exec.Command("sh", "-c", change, bin, other).CombinedOutput(); err != nil {
		t.Fatalf("change the program: %v\n%s", err, out)
	}
	return other
}
