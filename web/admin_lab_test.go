package web_test

import (
	"net/http"
	"os"
	"strings"
	"testing"
)

// The lab is exported and a file imported from the administrator's page: what is
// wrong is told by line with the file kept, then what would be made, then all of
// it is.
func TestLabFilePage(t *testing.T) {
	k := demo(t)
	admin := k.browser()
	admin.as(0)
	const at = adminPath + "/lab"
	data, err := os.ReadFile("../examples/zilliz.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file := strings.ReplaceAll(string(data), "account-a", "third-a")
	p := admin.sendForm(at, admin.get(at), "file", strings.Replace(file, "cidr: 10.30.0.0/16", "cidr: 10.30.0.1/16", 1), "go", "preview")
	if p.status != http.StatusUnprocessableEntity || !strings.Contains(p.text("#faults"), "Line 14") || !strings.Contains(p.text("#faults"), "10.30.0.0/16") {
		t.Errorf("%d %s", p.status, p.text("#faults"))
	}
	if !strings.Contains(p.text("textarea"), "10.30.0.1/16") {
		t.Error("what was typed is gone")
	}
	p = admin.sendForm(at, p, "file", file, "go", "preview")
	if p.status != http.StatusOK || !strings.Contains(p.text("main table"), "VPC") {
		t.Fatalf("%d %s", p.status, p.text("main"))
	}
	if p = admin.sendForm(at, p, "file", file, "go", "import"); p.status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.status, p.text("main"))
	}
	if row := admin.get(adminPath + "/accounts?q=third-a").text("main tbody tr"); !strings.Contains(row, "third-a") {
		t.Errorf("the accounts are %s", row)
	}
	if out := admin.get(at + "/export"); !strings.Contains(out.body, "login: third-a") || strings.Contains(out.body, "$2a$") {
		t.Errorf("%.300s", out.body)
	}
	other := k.browser()
	other.as(1)
	if p := other.get(at + "/export"); p.status != http.StatusForbidden {
		t.Errorf("somebody else exports: %d", p.status)
	}
}
