package text

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
)

func TestNoKeyInTwoFiles(t *testing.T) {
	_, twice := merge(nouns())
	for _, key := range twice {
		t.Errorf("%s is in two files", key)
	}
}

// A file's words that nouns() forgets would never be found.
func TestEveryFileIsInTheCatalogue(t *testing.T) {
	src, err := os.ReadFile("catalogue.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	declared := regexp.MustCompile(`(?m)^var (\w+Words) = `)
	for _, file := range files {
		words, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range declared.FindAllSubmatch(words, -1) {
			if !strings.Contains(string(src), string(m[1])+",") {
				t.Errorf("%s: %s is missing in nouns()", file, m[1])
			}
		}
	}
}

// Both languages are complete and say the same things (COM-12).
func TestBothLanguages(t *testing.T) {
	form := regexp.MustCompile(`^[a-z0-9]+(\.[a-z0-9_-]+)*$`)
	for key, w := range catalogue() {
		if !form.MatchString(key) {
			t.Errorf("key %q is not written in lower case words with dots", key)
		}
		if strings.TrimSpace(w.zh) == "" || strings.TrimSpace(w.en) == "" {
			t.Errorf("%s: a language is empty: zh %q, en %q", key, w.zh, w.en)
		}
		zh, en := placeholders(t, key, w.zh), placeholders(t, key, w.en)
		if !slices.Equal(zh, en) {
			t.Errorf("%s: placeholders differ: zh %v, en %v", key, zh, en)
		}
		if strings.ContainsAny(w.en, "，。：；（）") {
			t.Errorf("%s: Chinese punctuation in English: %q", key, w.en)
		}
	}
}

var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

// placeholders are the names a text is filled with, each once. The forms of
// singular and plural are English only: Chinese does not need them.
func placeholders(t *testing.T, key, s string) []string {
	t.Helper()
	if strings.Count(s, "{") != strings.Count(s, "}") {
		t.Errorf("%s: unbalanced braces in %q", key, s)
	}
	seen := map[string]bool{}
	for _, m := range placeholder.FindAllStringSubmatch(s, -1) {
		name, _, _ := strings.Cut(m[1], ":")
		name, _, _ = strings.Cut(name, "@")
		if name == "" {
			t.Errorf("%s: nameless placeholder in %q", key, s)
		}
		seen[name] = true
	}
	out := make([]string, 0, len(seen))
	for name := range seen {
		out = append(out, name)
	}
	sort.Strings(out)
	return out
}

func TestFill(t *testing.T) {
	for _, c := range []struct {
		lang  Lang
		key   string
		pairs []any
		want  string
	}{
		{EN, "ago.minutes", []any{"n", 1}, "1 minute ago"},
		{EN, "ago.minutes", []any{"n", 5}, "5 minutes ago"},
		{ZH, "ago.minutes", []any{"n", 5}, "5 分钟前"},
		{ZH, "error.notfound", []any{"kind", "vpc", "id", "vpc-1"}, "没有这个专有网络：vpc-1"},
		{EN, "error.notfound", []any{"kind", "vpc", "id", "vpc-1"}, "There is no VPC vpc-1"},
		{EN, "error.notfound", []any{"kind", "nonsense", "id", "x"}, "There is no nonsense x"},
		{EN, "ago.minutes", nil, "{n} minutes ago"},
		{EN, "no.such.key", nil, "no.such.key"},
		// A value is never read as a template.
		{ZH, "error.notfound", []any{"kind", "vpc", "id", "{kind}"}, "没有这个专有网络：{kind}"},
	} {
		if got := c.lang.T(c.key, c.pairs...); got != c.want {
			t.Errorf("%s %s %v: got %q, want %q", c.lang, c.key, c.pairs, got, c.want)
		}
	}
	if got := EN.T2("error.notfound", map[string]string{"kind": "endpoint", "id": "ep-1"}); got != "There is no endpoint ep-1" {
		t.Errorf("T2: got %q", got)
	}
}

func TestAccept(t *testing.T) {
	for header, want := range map[string]Lang{
		"":                        ZH,
		"zh-CN,zh;q=0.9,en;q=0.8": ZH,
		"en-GB,en;q=0.9,zh;q=0.8": EN,
		"de-DE,de;q=0.9,en;q=0.7": EN,
		"fr":                      ZH,
	} {
		if got := Accept(header); got != want {
			t.Errorf("Accept(%q) = %s, want %s", header, got, want)
		}
	}
}

// Labels that the documents fix word for word (COM-12, REQUIREMENTS A.16).
func TestDocumentedLabels(t *testing.T) {
	for key, want := range map[string]word{
		"menu.endpoints":                {"终端节点", "Endpoints"},
		"menu.services":                 {"终端节点服务", "Endpoints Service"},
		"role.provider":                 {"服务提供方", "Service provider"},
		"role.consumer":                 {"服务使用方", "Service consumer"},
		"state.endpoint.active":         {"可用", "Available"},
		"state.connection.connected":    {"已连接", "Connected"},
		"state.connection.disconnected": {"已断开", "Disconnected"},
		"do.allow":                      {"允许", "Allow"},
		"do.deny":                       {"拒绝", "Deny"},
		"do.next":                       {"下一步", "Next"},
		"do.submit":                     {"提交", "Submit"},
		"do.ok":                         {"确定", "OK"},
		"region.eu-central-1":           {"德国（法兰克福）", "Germany (Frankfurt)"},
		"zone.eu-central-1b":            {"法兰克福 可用区 B", "Frankfurt Zone B"},
		"zone.clb.eu-central-1a":        {"欧洲中部 1 可用区 A", "Europe Central 1 Zone A"},
	} {
		if got := catalogue()[key]; got != want {
			t.Errorf("%s is %v, the documents say %v", key, got, want)
		}
	}
}
