package browser

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/transform"
)

// A page is read as browsers read it: its mark, then its type, then what it
// says of itself, then what it looks like.
func TestCharsetOf(t *testing.T) {
	for _, c := range []struct{ start, kind, want string }{
		{"\xef\xbb\xbfx", "text/html; charset=gbk", "utf-8"},
		{"\xff\xfex\x00", "text/html", "utf-16le"},
		{"\xfe\xff\x00x", "text/html", "utf-16be"},
		{"<meta charset=gbk>", "text/html; charset=Big5", "Big5"},
		{"<title>x</title><meta charset=GB2312>", "text/html", "GB2312"},
		{"<meta name=a content='charset=gbk'><meta http-equiv=Content-Type content='text/html charset = gb18030; x'>", "text/html", "gb18030"},
		{"<!-- <meta charset=gbk> --><script>'<meta charset=gbk>'</script>\xe4\xbd\xa0", "text/html", "utf-8"},
		{"<meta charset=utf-16>", "text/html", "utf-8"},
		{"<meta charset=gb", "text/html", "windows-1252"},
		{"x \xe4\xbd\xa0 \xe4\xbd", "text/html", "utf-8"},
		{"caf\xe9", "text/html", "windows-1252"},
		{"x", "", "windows-1252"},
	} {
		if got := charsetOf([]byte(c.start), c.kind); got != c.want {
			t.Errorf("%q of type %q is in %q, want %q", c.start, c.kind, got, c.want)
		}
	}
}

// What this program reads is sent in UTF-8; any other page keeps its bytes and
// its label, with the addresses in it rewritten and the note legible.
func TestCharsetsOfPages(t *testing.T) {
	pages := map[string][2]string{ // what is sent; the type, what must arrive
		"/gb18030":  {"text/html; charset=gb18030", "<p>\x81\x30\x81\x30\xc4\xe3"},
		"/latin1":   {"text/html", "<meta charset=iso-8859-1><p>\x80 caf\xe9"},
		"/utf16":    {"text/html", "\xff\xfe<\x00p\x00>\x00`O"},
		"/big5":     {"text/html", "<head><meta charset=Big5></head><a href=/x>\xa7A\xa6n</a>"},
		"/sjis":     {"text/html; charset=Shift_JIS", "<a href='/x'>\x83\x5c</a>" + strings.Repeat("\x83\x5c", 4<<10)},
		"/gbk.css":  {"text/css; charset=gb2312", "p::before{content:'\xc4\xe3'}"},
		"/big5.css": {"text/css; charset=big5", "p::before{content:'\xa7A'}"},
	}
	f := newFrame(t, Limits{Page: 4 << 10}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", pages[r.URL.Path][0])
		_, _ = w.Write([]byte(pages[r.URL.Path][1]))
	}))
	for path, want := range map[string][]string{
		"/gb18030":  {"text/html; charset=utf-8", "\u0080你"},
		"/latin1":   {"text/html; charset=utf-8", "€ café"},
		"/utf16":    {"text/html; charset=utf-8", "<p>你"},
		"/big5":     {"text/html; charset=Big5", "\xa7A\xa6n</a>", "/http/shop.test/x"},
		"/sjis":     {"text/html; charset=Shift_JIS", "\x83\x5c</a>", "/http/shop.test/x", ">&#8211; cut by size</p>"},
		"/gbk.css":  {"text/css; charset=utf-8", "'你'"},
		"/big5.css": {"text/css; charset=big5", "'\xa7A'"},
	} {
		dest := "iframe"
		if strings.HasSuffix(path, ".css") {
			dest = "style"
		}
		res, said := f.ask("GET", nobody, "http/shop.test"+path, "Sec-Fetch-Dest", dest)
		if got := res.Header.Get("Content-Type"); got != want[0] {
			t.Errorf("%s is sent as %q", path, got)
		}
		for _, w := range want[1:] {
			if !strings.Contains(said, w) {
				t.Errorf("%s lacks %q: %.2000q", path, w, said)
			}
		}
	}
}

// Latin-1 is decoded as the library does it, over the borders of its buffers
// too. Five codes mean nothing: browsers leave them, the library gives them up.
func TestLatin1(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	page := strings.Repeat(string(all), 64)
	undefined := strings.NewReplacer("\u0081", "\ufffd", "\u008d", "\ufffd", "\u008f", "\ufffd", "\u0090", "\ufffd", "\u009d", "\ufffd")
	got, err := io.ReadAll(transform.NewReader(strings.NewReader(page), latin1{}))
	want, wantErr := io.ReadAll(charmap.Windows1252.NewDecoder().Reader(strings.NewReader(page)))
	if err != nil || wantErr != nil || undefined.Replace(string(got)) != string(want) {
		t.Errorf("decoded as %.600q, %v; want %.600q, %v", got, err, want, wantErr)
	}
}
