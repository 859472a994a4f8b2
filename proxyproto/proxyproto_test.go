package proxyproto

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var demo = Header{
	Source:      netip.MustParseAddrPort("10.10.2.1:51234"),
	Destination: netip.MustParseAddrPort("10.10.2.5:80"),
}

var demoLink = Link{VPC: "vpc-gw8abc", Endpoint: "ep-gw8def", Service: "epsrv-gw8ghi"}

// Each vendor's record is laid out as its documents say, to the byte (B.7).
func TestForms(t *testing.T) {
	hash := func(s string) (h uint64) { // FNV-1a, written anew
		h = 14695981039346656037
		for _, c := range []byte(s) {
			h = (h ^ uint64(c)) * 1099511628211
		}
		return h
	}
	short := func(s string) (h uint32) {
		h = 2166136261
		for _, c := range []byte(s) {
			h = (h ^ uint32(c)) * 16777619
		}
		return h
	}
	link, conn := short(demoLink.Endpoint), hash(demoLink.Endpoint)
	for form, want := range map[Form]string{
		Plain: "",
		Aliyun: "\xe1\x00\x0b\x01vpc-gw8abc" + "\xe1\x00\x0a\x02ep-gw8def" +
			"\xe1\x00\x0d\x03epsrv-gw8ghi",
		AWS:   "\xea\x00\x0a\x01ep-gw8def",
		Azure: "\xee\x00\x05\x01" + string([]byte{byte(link), byte(link >> 8), byte(link >> 16), byte(link >> 24)}),
		GCP: "\xe0\x00\x08" + string([]byte{
			byte(conn >> 56), byte(conn >> 48), byte(conn >> 40), byte(conn >> 32),
			byte(conn >> 24), byte(conn >> 16), byte(conn >> 8), byte(conn),
		}),
		SAP: "\xec\x00\x24" + uuid(demoLink.Endpoint),
	} {
		h := demo
		h.TLVs = form.TLVs(demoLink)
		whole := string(h.Append(nil))
		head := signature + "\x21\x11\x00" + string([]byte{byte(12 + len(want))}) + "\x0a\x0a\x02\x01\x0a\x0a\x02\x05\xc8\x22\x00\x50"
		if whole != head+want {
			t.Errorf("%s:\n%s want\n%s", form, hex.Dump([]byte(whole)), hex.Dump([]byte(head+want)))
		}
	}
	if got := uuid("b9b6cf1f-7bb0-8f3a-9b1a-0123456789ab"); got != "b9b6cf1f-7bb0-8f3a-9b1a-0123456789ab" {
		t.Errorf("a UUID became %s", got)
	}
	if u := uuid("ep-1"); len(u) != 36 || u[14] != '8' || !strings.Contains("89ab", u[19:20]) || u == uuid("ep-2") {
		t.Errorf("%s is no UUID of version 8 of its own", u)
	}
	if tlvs := Aliyun.TLVs(Link{}); tlvs != nil {
		t.Errorf("a flow through no endpoint has the records %v", tlvs)
	}
	if got := (Header{Local: true}).Append(nil); string(got) != signature+"\x20\x00\x00\x00" {
		t.Errorf("local: %s", hex.Dump(got))
	}
}

// What is written is read back, whatever follows it, and no part of it is taken
// for the whole.
func TestRoundTrip(t *testing.T) {
	addr := func(t *rapid.T, size int) netip.AddrPort {
		b := rapid.SliceOfN(rapid.Byte(), size, size).Draw(t, "address")
		a, _ := netip.AddrFromSlice(b)
		return netip.AddrPortFrom(a.Unmap(), rapid.Uint16().Draw(t, "port"))
	}
	rapid.Check(t, func(t *rapid.T) {
		h := Header{Local: rapid.Bool().Draw(t, "local")}
		if size := rapid.SampledFrom([]int{0, 4, 16}).Draw(t, "family"); size > 0 && !h.Local {
			h.Source, h.Destination = addr(t, size), addr(t, size)
			if h.Source.Addr().Is4() != h.Destination.Addr().Is4() {
				t.Skip("a mapped address")
			}
		}
		if !h.Local {
			for range rapid.IntRange(0, 5).Draw(t, "records") {
				h.TLVs = append(h.TLVs, TLV{rapid.Byte().Draw(t, "type"), append([]byte{}, rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "value")...)})
			}
		}
		b := h.Append([]byte("before"))
		if !bytes.HasPrefix(b, []byte("before")) {
			t.Fatal("what was there is gone")
		}
		b = b[len("before"):]
		got, n, err := Parse(append(bytes.Clone(b), "GET / HTTP/1.1"...))
		if err != nil || n != len(b) || !reflect.DeepEqual(normal(got), normal(h)) {
			t.Fatalf("%+v became %+v of %d bytes, %v", h, got, n, err)
		}
		cut := rapid.IntRange(0, len(b)-1).Draw(t, "cut")
		if _, _, err := Parse(b[:cut]); !errors.Is(err, ErrShort) {
			t.Fatalf("%d of %d bytes: %v", cut, len(b), err)
		}
	})
}

func normal(h Header) Header {
	for i := range h.TLVs {
		if len(h.TLVs[i].Value) == 0 {
			h.TLVs[i].Value = nil
		}
	}
	return h
}

// FuzzParse: whatever comes, a header that is read can be written, and reads the
// same again.
func FuzzParse(f *testing.F) {
	f.Add(demo.Append(nil))
	f.Add([]byte("PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n"))
	for _, form := range []Form{Plain, Aliyun, AWS, Azure, GCP, SAP} {
		h := demo
		h.TLVs = form.TLVs(demoLink)
		f.Add(h.Append(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		h, n, err := Parse(b)
		if err != nil {
			return
		}
		if n < Fixed || n > len(b) {
			t.Fatalf("%d of %d bytes", n, len(b))
		}
		again, m, err := Parse(h.Append(nil))
		if err != nil || m > n || !reflect.DeepEqual(normal(again), normal(h)) {
			t.Fatalf("%+v became %+v, %v", h, again, err)
		}
	})
}

// The page that explains the header shows what it really is.
func TestPage(t *testing.T) {
	page, err := os.ReadFile("../docs/proxy-protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []Form{Plain, Aliyun, AWS, Azure, GCP, SAP} {
		h := demo
		h.TLVs = form.TLVs(demoLink)
		if dump := hex.Dump(h.Append(nil)); !strings.Contains(string(page), dump) {
			t.Errorf("docs/proxy-protocol.md lacks the header of the form %s:\n%s", form, dump)
		}
	}
	if want := fmt.Sprintf("%d", linkID(demoLink.Endpoint)); !strings.Contains(string(page), want) {
		t.Errorf("docs/proxy-protocol.md lacks the linkID %s", want)
	}
}
