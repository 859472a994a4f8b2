package handlers

import (
	"crypto/sha256"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"culvert.internal/views/ui"
)

const (
	// onceKept is how many sent forms are remembered.
	onceKept = 1000
	// onceFor is how long one is: a double click on a slow line. Whoever comes
	// back to the page later and presses the button again means it.
	onceFor = 10 * time.Second
)

// Once lets a form that is sent twice do its thing once. Every form carries a
// value of its own (ui.Once), as the vendors' requests carry a ClientToken;
// the second request with the same value and content waits for the first
// one's answer and gets the same. Without scripts nothing else keeps a double
// click from making two of everything. A form that was refused has done
// nothing: sent again, it is tried again.
type Once struct {
	mu    sync.Mutex
	known map[string]*sending
	order []*sending // oldest first
}

// sending is a form on its way; done is closed when it has been answered.
type sending struct {
	key    string
	done   chan struct{}
	answer http.Header // of a success, else nil
	at     time.Time   // when it came
}

// NewOnce remembers nothing yet.
func NewOnce() *Once { return &Once{known: map[string]*sending{}} }

// Guard is the middleware; it stands behind SignedIn.
func (o *Once) Guard(b *Base) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			if r.Method != http.MethodPost || r.FormValue(ui.OnceField) == "" {
				return next(c)
			}
			// A form may be long and hold a password: only its sum is kept.
			sum := sha256.Sum256([]byte(b.Caller(c).Self().ID + " " + r.URL.Path + " " + r.PostForm.Encode()))
			key := string(sum[:])
			for {
				s, first := o.begin(key, b.Now())
				if first {
					return o.answered(c, key, s, next)
				}
				select {
				case <-s.done:
				case <-r.Context().Done():
					return r.Context().Err()
				}
				if s.answer != nil {
					for name, values := range s.answer {
						c.Response().Header()[name] = slices.Clone(values)
					}
					return c.NoContent(http.StatusSeeOther)
				}
			}
		}
	}
}

// begin answers the sending with this key; first when it is a new one.
func (o *Once) begin(key string, now time.Time) (s *sending, first bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if s, ok := o.known[key]; ok && now.Sub(s.at) < onceFor {
		return s, false
	}
	for len(o.order) > 0 && (len(o.order) >= onceKept || now.Sub(o.order[0].at) >= onceFor) {
		if old := o.order[0]; o.known[old.key] == old {
			delete(o.known, old.key)
		}
		o.order = o.order[1:]
	}
	s = &sending{key: key, done: make(chan struct{}), at: now}
	o.known[key] = s
	o.order = append(o.order, s)
	return s, true
}

// answered does what the form asks for, and keeps the answer of a success.
func (o *Once) answered(c echo.Context, key string, s *sending, next echo.HandlerFunc) error {
	defer close(s.done)
	ok := false
	defer func() {
		if !ok { // also after a panic
			o.mu.Lock()
			if o.known[key] == s {
				delete(o.known, key)
			}
			o.mu.Unlock()
		}
	}()
	if err := next(c); err != nil {
		return err
	}
	if ok = c.Response().Status == http.StatusSeeOther; ok {
		s.answer = http.Header{}
		for _, name := range []string{"Location", "Set-Cookie"} {
			if values := c.Response().Header().Values(name); len(values) > 0 {
				s.answer[name] = slices.Clone(values)
			}
		}
	}
	return nil
}
