package browser

import (
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"golang.org/x/net/publicsuffix"
)

// The bounds of what browsing sessions hold. The one that was not used for
// longest gives way to a new one.
const (
	maxSessions = 500
	sessionLife = 12 * time.Hour // unused
	maxHistory  = 50
	maxCookies  = 200
	cookieSize  = 4 << 10
	maxRequests = 8 // at a time in one session
)

// Visit is one document in the frame: what was asked for, what answered, and
// the times it took, all measured.
type Visit struct {
	Address string
	Method  string
	At      time.Time
	Status  int // 0: nothing answered
	Local   netip.AddrPort
	Remote  netip.AddrPort
	// Resolve and Connect are parts of Total, which runs until the last byte.
	Resolve, Connect, Total time.Duration
	Bytes                   int64
	Done                    bool
	Cut                     Cut
	Err                     error // why nothing answered
	// Answerer is for the caller to fill: who answered.
	Answerer Answerer
}

// Answerer is who answered, as far as the reader may know.
type Answerer struct{ Name, Address, Provider string }

// Reader is how the session's reader wants to be spoken to.
type Reader struct{ Lang, Theme string }

// session is one browser window on an instance.
type session struct {
	id    string
	owner string // the reader's browser it belongs to
	jar   *jar
	gate  chan struct{} // one token for each request at work

	mu      sync.Mutex
	reader  Reader
	used    time.Time
	history []string
	at      int
	last    *Visit
}

// session answers the session of that name, a new one when there is none.
func (b *Browser) session(id string) *session {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.opt.Now()
	s := b.sessions[id]
	if s != nil && now.Sub(s.used) > sessionLife {
		s = nil
	}
	if s == nil {
		b.makeRoom(now)
		s = &session{id: id, jar: newJar(), gate: make(chan struct{}, maxRequests), at: -1}
		b.sessions[id] = s
	}
	s.used = now
	return s
}

// makeRoom forgets sessions that are over, and the oldest when there are too
// many. b.mu is held.
func (b *Browser) makeRoom(now time.Time) {
	for id, until := range b.gone {
		if now.After(until) {
			delete(b.gone, id)
		}
	}
	oldest := ""
	for id, s := range b.sessions {
		if now.Sub(s.used) > sessionLife {
			delete(b.sessions, id)
		} else if oldest == "" || s.used.Before(b.sessions[oldest].used) {
			oldest = id
		}
	}
	if len(b.sessions) >= maxSessions {
		delete(b.sessions, oldest)
	}
}

// EndReader ends the sessions of a reader's browser, who signs out.
func (b *Browser) EndReader(reader string) {
	b.mu.Lock()
	var ids []string
	for id, s := range b.sessions {
		if s.owner == reader && reader != "" {
			ids = append(ids, id)
		}
	}
	b.mu.Unlock()
	for _, id := range ids {
		b.End(id)
	}
}

// End forgets a session; capabilities for it are worth nothing any more.
func (b *Browser) End(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.sessions, id)
	b.gone[id] = b.opt.Now().Add(capabilityLife)
}

func (b *Browser) ended(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, gone := b.gone[id]
	return gone
}

// Address is the document a session shows, empty when it shows none; back says
// whether there is one before it.
func (b *Browser) Address(id string) (address string, back bool) {
	s := b.session(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at < 0 {
		return "", false
	}
	return s.history[s.at], s.at > 0
}

// Back goes to the document before the one that is shown and answers its
// address, empty when there is none.
func (b *Browser) Back(id string) string {
	s := b.session(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at <= 0 {
		return ""
	}
	s.at--
	return s.history[s.at]
}

// Last is the session's last document.
func (b *Browser) Last(id string) (Visit, bool) {
	s := b.session(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil {
		return Visit{}, false
	}
	return *s.last, true
}

// Greet remembers whose browser a session belongs to and how to speak to them.
func (b *Browser) Greet(id, reader string, r Reader) {
	s := b.session(id)
	b.mu.Lock()
	s.owner = reader
	b.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reader = r
}

// Reader answers what Greet was told.
func (b *Browser) Reader(id string) Reader {
	s := b.session(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reader
}

// visit notes that a document was asked for: the one that is shown already,
// or one after it.
func (s *session) visit(v *Visit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at < 0 || s.history[s.at] != v.Address {
		s.history = append(s.history[:s.at+1], v.Address)
		if len(s.history) > maxHistory {
			s.history = s.history[len(s.history)-maxHistory:]
		}
		s.at = len(s.history) - 1
	}
	s.last = v
}

// note changes a visit that others may be reading.
func (s *session) note(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// jar holds the cookies of the sites, so that a login works. It is bounded:
// what a site sets beyond that is not kept.
type jar struct {
	mu    sync.Mutex
	inner *cookiejar.Jar
	names map[string]bool
}

func newJar() *jar {
	inner, err := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List})
	if err != nil {
		panic("cookie jar: " + err.Error()) // it cannot fail
	}
	return &jar{inner: inner, names: map[string]bool{}}
}

// Cookies are those to send to u.
func (j *jar) Cookies(u *url.URL) []*http.Cookie { return j.inner.Cookies(u) }

// SetCookies keeps what there is room for.
func (j *jar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var kept []*http.Cookie
	for _, c := range cookies {
		name := u.Hostname() + "\x00" + c.Domain + "\x00" + c.Path + "\x00" + c.Name
		if len(c.Name)+len(c.Value)+len(c.Path) > cookieSize || !j.names[name] && len(j.names) >= maxCookies {
			continue
		}
		j.names[name] = true
		kept = append(kept, c)
	}
	j.inner.SetCookies(u, kept)
}
