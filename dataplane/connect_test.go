package dataplane

import (
	"net/netip"
	"slices"
	"sync"
	"testing"

	"culvert.internal/reach"
)

// Connections leave from the mapped part of the documented range in turn,
// never from its network or broadcast address.
func TestSendersRotate(t *testing.T) {
	pools := []netip.Prefix{netip.MustParsePrefix("198.19.128.0/24"), netip.MustParsePrefix("100.64.0.0/30")}
	for _, c := range []struct {
		sender string
		want   []string
	}{
		{"100.64.0.0/10", []string{"100.64.0.1", "100.64.0.2", "100.64.0.1"}},
		{"100.64.0.2/32", []string{"100.64.0.2", "100.64.0.2"}},
		{"198.19.128.0/20", []string{"198.19.128.1", "198.19.128.2", "198.19.128.3"}},
		{"10.0.0.0/8", []string{"10.0.0.1", "10.0.0.1"}},
	} {
		var s senders
		s.set(pools)
		var got []string
		for range c.want {
			got = append(got, s.next(netip.MustParsePrefix(c.sender)).String())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.sender, got, c.want)
		}
	}
}

// Pools may be replaced while they are used. Each is used evenly, also when
// two take turns, and one that stays goes on where it was.
func TestSetSenders(t *testing.T) {
	p := New(nil, nil, Options{})
	one, two := netip.MustParsePrefix("100.64.0.0/29"), netip.MustParsePrefix("198.19.128.0/20")
	p.SetSenders([]netip.Prefix{one})
	if got := p.senders.next(two); got != netip.MustParseAddr("198.19.128.1") {
		t.Fatalf("without its pool %s", got)
	}
	p.SetSenders([]netip.Prefix{one, two})
	var wg sync.WaitGroup
	stop := make(chan struct{})
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				p.SetSenders([]netip.Prefix{two, one})
				p.SetSenders([]netip.Prefix{one, two})
			}
		}
	})
	used := map[netip.Addr]int{}
	for range 600 {
		used[p.senders.next(one)]++
		if got := p.senders.next(two); !two.Contains(got) {
			t.Errorf("%s is not of %s", got, two)
		}
	}
	close(stop)
	wg.Wait()
	if len(used) != 6 {
		t.Fatalf("%d addresses of %s", len(used), one)
	}
	for a, n := range used {
		if n != 100 {
			t.Errorf("%s was used %d times of 600", a, n)
		}
	}
}

// CLB, weights: every round of the wheel holds exactly the shares, neighbours
// are mixed, and clients with different backends do not upset each other.
func TestWheelIsSmoothAndExact(t *testing.T) {
	var w wheels
	var avoid suspects
	all := []reach.Backend{{ID: "a", Weight: 5}, {ID: "b", Weight: 1}, {ID: "c", Weight: 1}}
	for i := range all {
		all[i].VPC = all[i].ID // places of their own
	}
	for range 10 {
		turn := ""
		for range 7 {
			turn += all[w.pick("lsn", all, &avoid)].ID
		}
		if turn != "aabacaa" {
			t.Fatalf("a round is %s", turn)
		}
	}
	avoid.add(targetOf(all[0]))
	avoid.add(targetOf(all[1]))
	if i := w.pick("lsn", all, &avoid); all[i].ID != "c" {
		t.Fatalf("chose %s, which is avoided", all[i].ID)
	}
	for i := range 2 {
		if w.pick("lsn", all[i:i+1], &avoid) != 0 {
			t.Fatal("nothing is chosen when all are avoided")
		}
	}
	if i := w.pick("lsn", all[:2], &avoid); i < 0 || i > 1 {
		t.Fatal("nothing is chosen when all are avoided")
	}
}
