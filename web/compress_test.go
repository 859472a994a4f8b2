package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"culvert.internal/static"
)

// fetch asks as a browser does, without Go's own unpacking.
func (b *browser) fetch(path string, header ...string) *http.Response {
	b.k.t.Helper()
	req, err := http.NewRequestWithContext(b.k.t.Context(), http.MethodGet, b.k.url+path, nil)
	if err != nil {
		b.k.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := http.Client{Jar: b.c.Jar, Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		b.k.t.Fatal(err)
	}
	b.k.t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

// own is what differs between two answers with the same page.
var own = regexp.MustCompile(`name="once" value="[A-Z0-9]+"`)

func TestAnswersAreCompressed(t *testing.T) {
	b := demo(t).browser()
	b.as(0)
	for _, path := range []string{homePath, "/login", static.Path("app.css"), static.Path("htmx.js"), static.Path("icons.svg")} {
		plain := b.fetch(path)
		packed := b.fetch(path, "Accept-Encoding", "gzip, deflate, br, zstd")
		if plain.Header.Get("Content-Encoding") != "" || packed.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s: encodings %q and %q", path, plain.Header.Get("Content-Encoding"), packed.Header.Get("Content-Encoding"))
			continue
		}
		for _, res := range []*http.Response{plain, packed} {
			if vary := strings.Join(res.Header.Values("Vary"), ", "); !strings.Contains(vary, "Accept-Encoding") {
				t.Errorf("%s varies by %q", path, vary)
			}
		}
		if refused := b.fetch(path, "Accept-Encoding", "gzip;q=0"); refused.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s comes compressed to who refuses it", path)
		}
		raw, err := io.ReadAll(packed.Body)
		if err != nil {
			t.Fatal(err)
		}
		if n := packed.ContentLength; n >= 0 && n != int64(len(raw)) {
			t.Errorf("%s: %d bytes, and it says %d", path, len(raw), n)
		}
		unpacked, err := gzip.NewReader(strings.NewReader(string(raw)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(unpacked)
		if err != nil {
			t.Fatal(err)
		}
		want, err := io.ReadAll(plain.Body)
		if err != nil {
			t.Fatal(err)
		}
		if own.ReplaceAllString(string(got), "") != own.ReplaceAllString(string(want), "") || len(raw)*2 > len(want) {
			t.Errorf("%s: %d bytes packed, %d unpacked, %d plain", path, len(raw), len(got), len(want))
		}
	}
}

// A file that has not changed is not sent again, whichever way it came.
func TestStaticFilesAreAskedForAgain(t *testing.T) {
	b := demo(t).browser()
	for _, encoding := range []string{"gzip", "identity"} {
		first := b.fetch("/static/app.css", "Accept-Encoding", encoding)
		again := b.fetch("/static/app.css", "Accept-Encoding", encoding, "If-None-Match", first.Header.Get("ETag"))
		if again.StatusCode != http.StatusNotModified {
			t.Errorf("%s: ETag %q, then %s", encoding, first.Header.Get("ETag"), again.Status)
		}
	}
}

// A stream is not held back to be compressed.
func TestStreamIsNotCompressed(t *testing.T) {
	b := demo(t).browser()
	b.as(0)
	res := b.fetch(homePath+"/changes", "Accept-Encoding", "gzip", "Accept", "text/event-stream")
	if got := res.Header.Get("Content-Encoding"); got != "" {
		t.Errorf("the stream comes as %q", got)
	}
	first := make([]byte, 4)
	if _, err := io.ReadFull(res.Body, first); err != nil || string(first) != "id: " {
		t.Errorf("it begins with %q, %v", first, err)
	}
}
