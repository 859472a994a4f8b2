package cloud

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestIDsNameTheirRegion: an ID of any kind in any region is found to be of
// that region; ctyun's are UUIDs of version 8 in RFC 9562's variant (B.2).
func TestIDsNameTheirRegion(t *testing.T) {
	seen := map[string]bool{}
	rapid.Check(t, func(r *rapid.T) {
		in := rapid.SampledFrom(Regions()).Draw(r, "region")
		prefix := rapid.SampledFrom([]string{"vpc", "vsw", "sg", "i", "eni", "lb", "epsrv", "ep", "acl"}).Draw(r, "prefix")
		id := newID(prefix, in)
		if got, ok := RegionOf(id); !ok || got.ID != in.ID {
			r.Fatalf("%s of %s is found in %q", id, in.ID, got.ID)
		}
		if uuid := isUUID(id); uuid != (in.Cloud == Ctyun) {
			r.Fatalf("%s in %s is a UUID: %v", id, in.ID, uuid)
		}
		if in.Cloud == Ctyun && (id[14] != '8' || !strings.ContainsRune("89ab", rune(id[19]))) {
			r.Fatalf("%s is not of version 8", id)
		}
		if seen[id] {
			r.Fatalf("%s was made twice", id)
		}
		seen[id] = true
		// One character less, or a capital, is no ID of it any more.
		for _, broken := range []string{id[1:], id[:len(id)-1], strings.ToUpper(id)} {
			if got, ok := RegionOf(broken); in.Cloud == Ctyun && ok && broken != id {
				r.Fatalf("%s is found in %s", broken, got.ID)
			}
		}
	})
	for _, one := range Regions() {
		for _, other := range Regions() {
			if one.ID != other.ID && one.Code == other.Code {
				t.Errorf("%s and %s have one code", one.ID, other.ID)
			}
		}
	}
}

// FuzzRegionOf: whatever is asked, the answer is a region of the catalogue that
// the text really names.
func FuzzRegionOf(f *testing.F) {
	for _, r := range Regions() {
		f.Add(newID("vpc", r))
	}
	for _, s := range []string{
		"", "-", "vpc-", "vpc-gw8", "vpc-04" + strings.Repeat("0", 18), "00000000-0000-4000-8004-000000000000", "00000000-0000-8000-8004-00000000000",
		"gggggggg-gggg-8ggg-8g04-gggggggggggg", "00000000000008000-8004-0000000000000", strings.Repeat("-", 36), "服务-" + strings.Repeat("字", 7),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, id string) {
		r, ok := RegionOf(id)
		if !ok {
			if r.ID != "" {
				t.Fatalf("no region and yet %s", r.ID)
			}
			return
		}
		if n := testing.AllocsPerRun(10, func() { FindRegion(r.ID) }); n != 0 {
			t.Errorf("finding %s takes %v allocations", r.ID, n)
		}
		if known, there := FindRegion(r.ID); !there || !strings.Contains(id, known.Code) || isUUID(id) != (known.Cloud == Ctyun) {
			t.Fatalf("%q is said to be in %s", id, r.ID)
		}
	})
}
