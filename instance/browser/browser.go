// Package browser is the browser of an instance: it fetches web pages from the
// instance's place in its VPC and gives them to a frame of the console, so that
// they work there and can touch nothing else.
//
//	b := browser.New(browser.Options{Key: key, Dial: doors.Browse})
//	session := b.SessionOf(reader, account, instance)
//	token := b.Token(browser.Grant{Account: account, Instance: instance, Session: session}, ip)
//	// <iframe sandbox="allow-scripts allow-forms" src="/frame/TOKEN/http/10.10.2.5/">
//	grant, ok := b.Grant(token, ip)
//	b.Serve(w, r, browser.Request{Grant: grant, Mount: …, Target: …, …})
//
// What keeps a page inside, from the outside in:
//
//   - the console's policy lets its one frame load addresses below Prefix only,
//     also when the page in it sends itself elsewhere;
//   - every answer below Prefix carries a policy that makes it an origin of its
//     own (sandbox) and confines it to its capability's path;
//   - the capability in the path is signed, ends soon, and is for one account,
//     instance, session and reader's address. No cookie counts, none is set;
//   - what is fetched is dialled as the instance, so the judge decides.
//
// That addresses in pages, styles and headers are rewritten, and that a small
// script (page.js) does the same for scripts, makes pages work. Nothing relies
// on it.
package browser

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Options of a Browser.
type Options struct {
	// Key signs capabilities; at least 32 bytes.
	Key []byte
	// Dial connects as an instance; its error is told to Request.Fail.
	Dial func(ctx context.Context, instance, host string, port uint16) (net.Conn, error)
	Now  func() time.Time
	// Limits are the bounds; zero values take the constants.
	Limits Limits
}

// Limits bound one answer of a site.
type Limits struct {
	FirstByte time.Duration // from the request until the head of the answer
	Total     time.Duration // until its last byte
	Bytes     int64         // of its body, unpacked
	Page      int64         // of its body when it is a page, which browsers lay out whole
	Head      int64         // of its head, in bytes
}

// The limits.
const (
	firstByteTime = 15 * time.Second
	totalTime     = 60 * time.Second
	answerBytes   = 32 << 20
	pageBytes     = 4 << 20
	headBytes     = 64 << 10
)

// Cut says why an answer is not whole.
type Cut string

// The reasons.
const (
	CutSize   Cut = "size"
	CutTime   Cut = "time"
	CutBroken Cut = "broken" // the site ended it too early
)

// Browser holds the browsing sessions.
type Browser struct {
	opt Options

	mu       sync.Mutex
	sessions map[string]*session
	gone     map[string]time.Time // ended sessions, until no capability for them is left
}

// New makes a Browser without sessions.
func New(opt Options) *Browser {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	l := &opt.Limits
	if l.FirstByte == 0 {
		l.FirstByte = firstByteTime
	}
	if l.Total == 0 {
		l.Total = totalTime
	}
	if l.Bytes == 0 {
		l.Bytes = answerBytes
	}
	if l.Page == 0 {
		l.Page = pageBytes
	}
	if l.Head == 0 {
		l.Head = headBytes
	}
	return &Browser{opt: opt, sessions: map[string]*session{}, gone: map[string]time.Time{}}
}

// addrPort is the address of one end of a connection.
func addrPort(a net.Addr) netip.AddrPort {
	if t, ok := a.(*net.TCPAddr); ok {
		p := t.AddrPort()
		return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
	}
	return netip.AddrPort{}
}
