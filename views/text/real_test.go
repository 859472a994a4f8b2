package text

import (
	"slices"
	"testing"
)

// What is said otherwise where addresses are real is in the catalogue, in both
// languages or in none, and asks for nothing that nobody fills in.
func TestRealOnlyChangesTheCatalogue(t *testing.T) {
	for key, w := range realOnly() {
		was, ok := catalogue()[key]
		if !ok {
			t.Errorf("%s is not in the catalogue", key)
		}
		if (w.zh == "") != (w.en == "") {
			t.Errorf("%s: one language is empty", key)
		}
		known := placeholders(t, key, was.en)
		for _, one := range []string{w.zh, w.en} {
			for _, p := range placeholders(t, key, one) {
				if !slices.Contains(known, p) {
					t.Errorf("%s: nobody fills {%s} in", key, p)
				}
			}
		}
	}
	if d := Ctyun().Real(); d.T(EN, "instance.twin") != "" || d.T(EN, "vpc.host.real") == "vpc.host.real" {
		t.Error("the dialect does not say what is real")
	}
}
