package web

import (
	"fmt"
	"net/http"

	"github.com/klauspost/compress/gzhttp"
)

// compressible are the answers that are worth compressing on their way. The
// event stream is not among them: its messages must not wait in a buffer.
var compressible = []string{"text/html", "text/plain", "text/css", "text/javascript", "application/json", "image/svg+xml"}

// compressFrom is the size in bytes below which an answer goes as it is: it
// fits one packet either way.
const compressFrom = 1400

// compressed sends what a browser can unpack compressed, to a seventh for a
// usual page. It leaves alone what is compressed already.
func compressed(h http.Handler) (http.Handler, error) {
	wrap, err := gzhttp.NewWrapper(gzhttp.ContentTypes(compressible), gzhttp.MinSize(compressFrom), gzhttp.CompressionLevel(5))
	if err != nil {
		return nil, fmt.Errorf("compress answers: %w", err)
	}
	return wrap(h), nil
}
