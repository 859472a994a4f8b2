package dataplane

import (
	"net/netip"
	"slices"
	"testing"

	"culvert.internal/reach"
)

// Connections leave from the mapped part of the documented range in turn,
// never from its network or broadcast address.
func TestSendersRotate(t *testing.T) {
	s := senders{pools: []netip.Prefix{netip.MustParsePrefix("198.19.128.0/24"), netip.MustParsePrefix("100.64.0.0/30")}}
	for _, c := range []struct {
		sender string
		want   []string
	}{
		{"100.64.0.0/10", []string{"100.64.0.1", "100.64.0.2", "100.64.0.1"}},
		{"100.64.0.2/32", []string{"100.64.0.2", "100.64.0.2"}},
		{"198.19.128.0/20", []string{"198.19.128.1", "198.19.128.2", "198.19.128.3"}},
		{"10.0.0.0/8", []string{"10.0.0.1", "10.0.0.1"}},
	} {
		s.turn.Store(0)
		var got []string
		for range c.want {
			got = append(got, s.next(netip.MustParsePrefix(c.sender)).String())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.sender, got, c.want)
		}
	}
}

// CLB, weights: every round of the wheel holds exactly the shares, neighbours
// are mixed, and clients with different backends do not upset each other.
func TestWheelIsSmoothAndExact(t *testing.T) {
	var w wheels
	never := func(reach.Backend) bool { return false }
	all := []reach.Backend{{ID: "a", Weight: 5}, {ID: "b", Weight: 1}, {ID: "c", Weight: 1}}
	for range 10 {
		turn := ""
		for range 7 {
			turn += all[w.pick("lsn", all, never)].ID
		}
		if turn != "aabacaa" {
			t.Fatalf("a round is %s", turn)
		}
	}
	if i := w.pick("lsn", all, func(b reach.Backend) bool { return b.ID != "c" }); all[i].ID != "c" {
		t.Fatalf("chose %s, which is avoided", all[i].ID)
	}
	if i := w.pick("lsn", all[:1], func(reach.Backend) bool { return true }); i != 0 {
		t.Fatal("nothing is chosen when all are avoided")
	}
}
