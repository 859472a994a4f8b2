package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// TestTwoPeopleEdit: two browsers have the same form open. The second to send
// it is told at the field who was quicker, keeps what was typed, and overwrites
// only by sending it again; with and without scripts, in both languages.
func TestTwoPeopleEdit(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	for n, r := range []reader{{Lang: "zh"}, {Lang: "en"}, {Lang: "zh", NoJS: true}, {Lang: "en", NoJS: true}} {
		t.Run(fmt.Sprintf("%s noscript=%v", r.Lang, r.NoJS), func(t *testing.T) {
			r.Lab, r.Account = lab, accountA
			first, second := open(t, r), open(t, r)
			for _, p := range []*page{first, second} {
				p.visit(console + "/vpcs")
				p.click(p.GetByRole("rowheader").GetByRole("link"))
				p.press(p.word("编辑", "Edit"))
			}
			theirs, mine := fmt.Sprintf("theirs-%d", n), fmt.Sprintf("mine-%d", n)
			name, save := first.word("名称", "Name"), first.word("保存", "Save")
			first.fill(name, theirs)
			first.press(save)
			first.heading(theirs, theirs)

			second.fill(name, mine)
			second.press(save)
			second.sees(second.word("这一页打开以后，有人先改了", "Somebody was quicker"))
			field := second.field(name)
			if v, err := field.InputValue(); err != nil || v != mine {
				t.Errorf("what was typed became %q (%v)", v, err)
			}
			if focused, err := field.Evaluate("e => e === document.activeElement && e.ariaInvalid === 'true'", nil); err != nil || focused != true {
				t.Errorf("the field has not the keyboard, or is not marked: %v (%v)", focused, err)
			}
			says, err := second.Locator("#f-name-err").InnerText()
			if err != nil || !strings.Contains(says, "“"+theirs+"”") {
				t.Errorf("the field says %q (%v)", says, err)
			}
			second.press(second.word("改用这个值", "Use that value"))
			if v, err := second.field(name).InputValue(); err != nil || v != theirs {
				t.Errorf("their value in the field is %q (%v)", v, err)
			}
			second.fill(name, mine)
			second.press(save)
			second.heading(mine, mine)
		})
	}
}

// TestSessionEndsWhileTyping: an administrator ends an account's sessions while
// it fills in a form. Nothing is lost: the form asks for signing in and comes
// back as it was; a part of a page leads to the login page as a whole; a page
// with something typed stays and says so.
func TestSessionEndsWhileTyping(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	admin := open(t, reader{Lab: lab, Lang: "en", Account: accountA})
	end := func() {
		for _, do := range []string{"Disable", "Enable"} {
			admin.visit(console + "/admin/accounts")
			admin.click(admin.GetByRole("link", playwright.PageGetByRoleOptions{Name: "account-b"}))
			admin.press(do + "…")
			admin.press(do)
			admin.sees("Account account-b is " + strings.ToLower(do) + "d")
		}
	}
	for _, r := range []reader{{Lang: "zh"}, {Lang: "en", NoJS: true}} {
		t.Run(fmt.Sprintf("%s noscript=%v", r.Lang, r.NoJS), func(t *testing.T) {
			r.Lab, r.Account = lab, accountB
			b := open(t, r)
			b.visit(console + "/vpcs/new")
			b.fill(b.word("名称", "Name"), "typed")
			b.fill(b.word("专有网络网段", "VPC CIDR block"), "10.99.0.0/16")
			end()
			b.press(b.word("创建", "Create"))
			b.click(b.GetByRole("button", playwright.PageGetByRoleOptions{Name: b.word(accountB.zh, accountB.en)}))
			if v, err := b.field(b.word("名称", "Name")).InputValue(); err != nil || v != "typed" {
				t.Fatalf("after signing in the name is %q (%v)", v, err)
			}
			b.press(b.word("创建", "Create"))
			b.heading("typed", "typed")
		})
	}
	t.Run("parts of a page", func(t *testing.T) {
		b := open(t, reader{Lab: lab, Lang: "en", Account: accountB})
		b.visit(console + "/instances/new")
		b.fill("Name", "typed")
		end()
		b.choose("vSwitch", "vsw-b")
		part := `htmx.ajax("GET", location.pathname, {source: "#main", target: "#main"})`
		if _, err := b.Evaluate(part); err != nil {
			t.Fatal(err)
		}
		b.sees("Your session is over.")
		if v, err := b.field("Name").InputValue(); err != nil || v != "typed" {
			t.Errorf("what was typed became %q (%v)", v, err)
		}
		b.press("Sign in now")
		b.signIn(accountB)
		b.visit(console + "/vpcs")
		end()
		if _, err := b.Evaluate(part); err != nil {
			t.Logf("the page went away while it was asked: %v", err)
		}
		b.heading("Two networks, kept apart.One way through, the one you allow.", "Two networks, kept apart. One way through, the one you allow.")
	})
}
