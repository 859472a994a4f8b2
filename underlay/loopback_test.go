package underlay

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// COM-09, X-01: ranges of different VPCs may be the same; every address has
// one twin and every twin one address.
func TestOriginOfTwinIsTheAddress(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, err := NewLoopback()
		if err != nil {
			t.Fatal(err)
		}
		type row struct {
			vpc          string
			prefix, twin netip.Prefix
		}
		var rows []row
		for range rapid.IntRange(1, 40).Draw(t, "ranges") {
			bits := rapid.IntRange(16, 29).Draw(t, "bits")
			r := row{
				vpc:    fmt.Sprint("vpc-", rapid.IntRange(0, 3).Draw(t, "vpc")),
				prefix: drawPrefix(t, 0x0a0a0000, 15, bits),
				twin:   drawPrefix(t, 0x7fc80000, 13, bits),
			}
			if rapid.IntRange(0, 5).Draw(t, "unmap") == 0 && len(rows) > 0 {
				l.Unmap(rows[0].vpc, rows[0].prefix)
				rows = rows[1:]
			}
			var clash, same bool
			for _, o := range rows {
				same = same || o == r
				clash = clash || o != r && (o.twin.Overlaps(r.twin) || o.vpc == r.vpc && o.prefix.Overlaps(r.prefix))
			}
			err := l.Map(r.vpc, r.prefix, r.twin)
			if (err != nil) != clash {
				t.Fatalf("map %v among %v: %v", r, rows, err)
			}
			if err == nil && !same {
				rows = append(rows, r)
			}
		}
		for _, r := range rows {
			offset := rapid.Uint32Range(0, 1<<(32-r.prefix.Bits())-1).Draw(t, "host")
			addr := plus(r.prefix.Addr(), offset)
			twin, ok := l.Twin(r.vpc, addr)
			if !ok || twin != plus(r.twin.Addr(), offset) {
				t.Fatalf("twin of %s in %v is %s, %v", addr, r, twin, ok)
			}
			if vpc, back, ok := l.Origin("", twin); !ok || vpc != r.vpc || back != addr {
				t.Fatalf("origin of %s is %s in %s, want %s in %s", twin, back, vpc, addr, r.vpc)
			}
		}
	})
}

func drawPrefix(t *rapid.T, base uint32, spread, bits int) netip.Prefix {
	n := base + rapid.Uint32Range(0, 1<<(32-spread)-1).Draw(t, "addr")>>12<<8
	return netip.PrefixFrom(plus(netip.AddrFrom4([4]byte{}), n), bits).Masked()
}

func plus(a netip.Addr, n uint32) netip.Addr {
	b := a.As4()
	binary.BigEndian.PutUint32(b[:], binary.BigEndian.Uint32(b[:])+n)
	return netip.AddrFrom4(b)
}

func TestMapRefuses(t *testing.T) {
	for _, c := range []struct{ prefix, twin, want string }{
		{"10.10.2.0/24", "127.200.0.0/16", "lengths"},
		{"10.10.2.1/24", "127.200.2.0/24", "host bits"},
		{"10.10.2.0/24", "128.1.2.0/24", "127.0.0.0/8"},
		{"10.10.2.0/24", "127.0.2.0/24", "belongs to the host"},
		{"10.0.0.0/8", "127.0.0.0/8", "belongs to the host"},
		{"10.10.2.0/32", "127.0.0.2/32", "belongs to the host"},
		{"fd00::/64", "127.200.2.0/24", "IPv4"},
	} {
		l, err := NewLoopback()
		must(t, err)
		err = l.Map("vpc-1", netip.MustParsePrefix(c.prefix), netip.MustParsePrefix(c.twin))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s to %s: got %v, want %q", c.prefix, c.twin, err, c.want)
		}
	}
}

func TestTheHostItselfMayStandInOneVPC(t *testing.T) {
	l := lab(t)
	host := netip.MustParsePrefix("127.0.0.1/32")
	must(t, l.Map("vpc-1", netip.MustParsePrefix("10.99.0.1/32"), host))
	if vpc, addr, ok := l.Origin("vpc-1", host.Addr()); !ok || vpc != "vpc-1" || addr != netip.MustParseAddr("10.99.0.1") {
		t.Fatalf("127.0.0.1 is %s in %q, %v", addr, vpc, ok)
	}
	if err := l.Map("vpc-2", netip.MustParsePrefix("10.99.0.1/32"), host); err == nil {
		t.Fatal("the host stands in two VPCs")
	}
}

func BenchmarkOriginWith10000Ranges(b *testing.B) {
	l, err := NewLoopback()
	if err != nil {
		b.Skip(err)
	}
	for i := range uint32(10000) {
		p := netip.PrefixFrom(plus(netip.MustParseAddr("10.0.0.0"), i<<8), 24)
		twin := netip.PrefixFrom(plus(netip.MustParseAddr("127.100.0.0"), i<<8), 24)
		if err := l.Map(fmt.Sprint("vpc-", i%100), p, twin); err != nil {
			b.Fatal(err)
		}
	}
	addr := netip.MustParseAddr("127.120.7.9")
	for b.Loop() {
		if _, _, ok := l.Origin("", addr); !ok {
			b.Fatal("no origin")
		}
	}
}
