package dataplane

import (
	"errors"
	"syscall"
	"testing"

	"pgregory.net/rapid"
)

// However many ports are open and flows live, the files they take leave the
// rest of the program what it was promised, and ports never leave flows less
// than a few.
func TestFilesAreABudget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := files{most: rapid.IntRange(512, 1<<21).Draw(t, "limit")}
		opened := 0
		own := rapid.IntRange(-1, b.most).Draw(t, "own ports")
		for range rapid.IntRange(0, 100).Draw(t, "steps") {
			step := rapid.IntRange(1, b.most/50).Draw(t, "ports")
			for range step {
				_, err := b.takePort()
				if err == nil {
					opened++
					continue
				}
				if !errors.Is(err, syscall.EMFILE) {
					t.Fatal(err)
				}
				if free := b.most - b.spare() - opened; free > 2*leastFlows {
					t.Fatalf("refused with %d files free: %v", free, err)
				}
				break
			}
			if aside := b.aside(own); own > 0 && aside != (opened >= own) || own < 0 && !aside || own == 0 && aside != (opened >= (b.most-b.spare())/4) {
				t.Fatalf("after %d ports of %d files, %d of their own: aside %v", opened, b.most, own, aside)
			}
			if flows := b.flows(); flows < leastFlows || opened+2*flows+b.spare() > b.most {
				t.Fatalf("%d ports, %d flows and %d spare of %d files", opened, flows, b.spare(), b.most)
			}
		}
	})
}
