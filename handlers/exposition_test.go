package handlers

import (
	"bytes"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"pgregory.net/rapid"
)

// Whatever the labels, the help and the number are, Prometheus' parser reads
// what was written.
func TestExposition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		help, one, two := rapid.String().Draw(t, "help"), rapid.String().Draw(t, "one"), rapid.String().Draw(t, "two")
		n := rapid.Uint64Max(1<<53).Draw(t, "n")
		var out bytes.Buffer
		x := newExposition(&out)
		x.family("x_total", counter, help)
		x.sample("x_total", labels(labels("", "one", one), "two", two), n)
		x.family("y", gauge, "y")
		x.real("y", "", 0.25)
		if err := x.flush(); err != nil {
			t.Fatal(err)
		}
		parser := expfmt.NewTextParser(model.LegacyValidation)
		got, err := parser.TextToMetricFamilies(&out)
		if err != nil {
			t.Fatal(err)
		}
		m := got["x_total"].GetMetric()[0]
		if got["x_total"].GetType() != dto.MetricType_COUNTER || m.GetCounter().GetValue() != float64(n) {
			t.Fatalf("%v", got["x_total"])
		}
		for i, want := range []string{one, two} {
			if have := m.GetLabel()[i].GetValue(); have != strings.ToValidUTF8(want, "\uFFFD") {
				t.Fatalf("%q was written, %q is read", want, have)
			}
		}
		if v := got["y"].GetMetric()[0].GetGauge().GetValue(); v != 0.25 {
			t.Fatalf("0.25 is read as %v", v)
		}
	})
}
