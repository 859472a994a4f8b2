package views

import (
	"testing"

	"culvert.internal/cloud"
)

// A kind that is cut off does not look as if that were all of it.
func TestSearchCountsAtLeast(t *testing.T) {
	hits := func(kind string, n int) []cloud.Hit {
		out := make([]cloud.Hit, n)
		for i := range out {
			out[i] = cloud.Hit{Ref: cloud.Ref{Kind: kind}, Side: cloud.OwnSide, Region: cloud.DemoRegion}
		}
		return out
	}
	p := Search{Hits: append(hits("vpc", MostHits), hits("instance", 3)...), More: true}
	for kind, want := range map[string]string{"vpc": "20+", "instance": "3"} {
		if got := p.number(p.of(kind)); got != want {
			t.Errorf("%s: %s hits, want %s", kind, got, want)
		}
	}
	p.More = false
	if got := p.number(p.of("vpc")); got != "20" {
		t.Errorf("all hits are told as %s", got)
	}
}
