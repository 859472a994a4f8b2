package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// finding is one rule of axe-core that a page breaks.
type finding struct {
	ID, Impact, Help string
	Nodes            []struct {
		HTML   string   `json:"html"`
		Target []string `json:"target"`
	}
}

// axeOptions are all rules of WCAG 2.0, 2.1 and 2.2 A and AA, those that axe
// leaves out by itself among them, and what axe takes for good practice.
const axeOptions = `{
	runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"],
	resultTypes: ["violations"], preload: false
}`

// accessible fails the test if axe-core finds anything on the page as it is
// now.
//
// With scripts off axe-core cannot run: there it does nothing.
func (p *page) accessible() {
	p.t.Helper()
	if p.NoJS {
		return
	}
	found, err := axe(p.Page)
	if err != nil {
		p.t.Fatalf("axe on %s: %v", p.URL(), err)
	}
	for _, f := range found {
		var where strings.Builder
		for _, n := range f.Nodes {
			fmt.Fprintf(&where, "\n  %s\n    %s", strings.Join(n.Target, " "), n.HTML)
		}
		p.t.Errorf("%s on %s: %s (%s)%s", f.Impact, p.URL(), f.Help, f.ID, where.String())
	}
}

// axeRun asks axe-core about the page with nothing that sticks to an edge of
// the window: what such a bar covers is uncovered by scrolling, and where the
// page is scrolled to depends on the moment.
const axeRun = `async () => {
	const sticky = [...document.querySelectorAll("body *")].filter((e) => getComputedStyle(e).position === "sticky");
	for (const e of sticky) e.style.position = "static";
	const found = await axe.run(` + axeOptions + `);
	for (const e of sticky) e.style.position = "";
	return JSON.stringify(found.violations);
}`

// axe runs axe-core in the page. It is evaluated rather than added as a
// script, so the page's content policy stays as strict as it is.
func axe(p playwright.Page) ([]finding, error) {
	there, err := p.Evaluate(`() => "axe" in window`)
	if err != nil {
		return nil, err
	}
	if there != true {
		src, err := os.ReadFile("deps/node_modules/axe-core/axe.min.js")
		if err != nil {
			return nil, fmt.Errorf("axe-core is missing, run 'make e2e-deps': %w", err)
		}
		if _, err := p.Evaluate("() => {" + string(src) + "}"); err != nil {
			return nil, err
		}
	}
	out, err := p.Evaluate(axeRun)
	if err != nil {
		return nil, err
	}
	text, ok := out.(string)
	if !ok {
		return nil, fmt.Errorf("axe answered %T", out)
	}
	var found []finding
	return found, json.Unmarshal([]byte(text), &found)
}

// TestAxeFinds shows that the helper would notice: a page with a nameless
// button, a picture without text and targets that are too small has findings.
func TestAxeFinds(t *testing.T) {
	p := open(t, reader{})
	if err := p.SetContent(`<html lang="en"><title>x</title><main><h1>x</h1><button></button><img src="data:,"><p><button style="all: unset; font-size: 8px">a</button><button style="all: unset; font-size: 8px">b</button>`); err != nil {
		t.Fatal(err)
	}
	found, err := axe(p.Page)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, f := range found {
		got[f.ID] = true
	}
	if !got["button-name"] || !got["image-alt"] || !got["target-size"] {
		t.Errorf("axe found only %v", got)
	}
}
