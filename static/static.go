// Package static holds what the browser loads beside the pages: the
// stylesheet, the icons, and two scripts without which every page also works.
//
//	<link rel="stylesheet" href={ static.Path("app.css") }/>
//
// Path carries a hash of the content, so that a file may be kept for ever and
// a new version is fetched at once.
package static

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Prefix is where Handler is to be mounted.
const Prefix = "/static/"

//go:embed app.css app.js live.js search.js htmx.js htmx.LICENSE chart.js uplot.js uplot.css uplot.LICENSE icons.svg favicon.svg
var files embed.FS

// hashes is the content's hash by file name.
var hashes = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	entries, err := files.ReadDir(".")
	if err != nil {
		panic("embedded files: " + err.Error())
	}
	for _, e := range entries {
		sum := sha256.Sum256(read(e.Name()))
		out[e.Name()] = hex.EncodeToString(sum[:6])
	}
	return out
})

func read(name string) []byte {
	b, err := files.ReadFile(name)
	if err != nil {
		return nil
	}
	return b
}

// Path is the address of a file. An unknown name is a mistake in a template
// and panics.
func Path(name string) string {
	hash, ok := hashes()[name]
	if !ok {
		panic("no static file " + name)
	}
	return Prefix + name + "?v=" + hash
}

// Handler serves the files. Asked for by Path's address they may be cached for
// ever; without the hash, or with an old one, they must be asked for again.
func Handler() http.Handler {
	return http.StripPrefix(Prefix, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.URL.Path
		hash, ok := hashes()[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		// Weak, because the server may compress it on the way: the same file in
		// other bytes.
		h.Set("ETag", `W/"`+hash+`"`)
		// The same for every reader.
		h.Set("Vary", "Accept-Encoding")
		if r.URL.Query().Get("v") == hash {
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		} else {
			h.Set("Cache-Control", "no-cache")
		}
		if strings.HasSuffix(name, ".LICENSE") {
			h.Set("Content-Type", "text/plain; charset=utf-8")
		}
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(read(name)))
	}))
}
