package browser

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync"
	"time"

	"golang.org/x/net/publicsuffix"
)

// exchange is one request to a site and its answer.
type exchange struct {
	b       *Browser
	q       Request
	r       *http.Request
	w       http.ResponseWriter
	session *session
	visit   *Visit // nil unless it is the page's document
	took    *took
	conn    net.Conn
	same    bool // the site's cookies go with it
}

// fetch asks the site and passes on what it answers.
func (b *Browser) fetch(w http.ResponseWriter, r *http.Request, q Request) {
	x := &exchange{b: b, q: q, r: r, w: w, session: b.session(q.Grant.Session), took: &took{started: time.Now()}}
	ctx, cancel := context.WithTimeout(r.Context(), b.opt.Limits.Total)
	defer cancel()
	// A page that nobody reads must not hold the connection for ever. The
	// connection itself goes on with other requests.
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(x.took.started.Add(b.opt.Limits.Total + 5*time.Second))
	defer func() { _ = control.SetWriteDeadline(time.Time{}) }()

	if isDocument(r) && !q.Target.Inner {
		x.visit = &Visit{Address: q.Target.String(), Method: r.Method, At: x.took.started}
	}
	wait := time.NewTimer(b.opt.Limits.FirstByte)
	defer wait.Stop()
	select {
	case x.session.gate <- struct{}{}:
		defer func() { <-x.session.gate }()
	case <-wait.C:
		x.fail(http.StatusServiceUnavailable, Problem{Kind: ProblemBusy})
		return
	case <-ctx.Done():
		return
	}
	res, err := x.ask(ctx)
	if err != nil {
		if r.Context().Err() == nil {
			x.fail(http.StatusBadGateway, Problem{Kind: ProblemNet, Err: err})
		}
		return
	}
	defer res.Body.Close()
	x.answer(ctx, res)
}

// ErrFirstByte is the error of a site that did not begin to answer in time.
var ErrFirstByte = errors.New("no answer in time")

// ask sends the request as the instance and waits for the head of the answer.
func (x *exchange) ask(ctx context.Context) (*http.Response, error) {
	u, err := url.Parse(x.q.Target.Site() + x.q.Target.Path)
	if err != nil {
		return nil, fmt.Errorf("read the address: %w", err)
	}
	u.RawQuery, u.ForceQuery = x.q.Target.Query, x.q.Target.HasQuery
	ctx, cancel := context.WithCancelCause(ctx)
	late := time.AfterFunc(x.b.opt.Limits.FirstByte, func() { cancel(ErrFirstByte) })
	defer late.Stop()
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, x.took.trace()), x.r.Method, u.String(), nil)
	if err != nil {
		return nil, err
	}
	if x.r.ContentLength != 0 {
		req.Body, req.ContentLength = x.r.Body, x.r.ContentLength
	}
	x.dress(req)
	transport := &http.Transport{
		// Every request is a connection of its own, as curl's are: each is
		// judged, balanced and recorded.
		DisableKeepAlives:      true,
		MaxResponseHeaderBytes: x.b.opt.Limits.Head,
		DialContext:            x.dial,
	}
	res, err := transport.RoundTrip(req)
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, ErrFirstByte) {
		err = cause
	}
	return res, err
}

func (x *exchange) dial(ctx context.Context, _, addr string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, err
	}
	c, err := x.b.opt.Dial(ctx, x.q.Grant.Instance, host, uint16(n))
	if err != nil {
		return nil, err
	}
	x.conn = c
	return c, nil
}

// dress gives the request the headers that a browser on the instance would
// send. Cookies go along within a site and with a link to it, as browsers do.
func (x *exchange) dress(req *http.Request) {
	req.Header = requestHeader(x.r.Header)
	page, known := x.q.Mount.page()
	within := known && sameSite(page, x.q.Target.Address)
	if known {
		req.Header.Set("Referer", page.Site()+"/")
	}
	if origin := x.r.Header.Get("Origin"); origin != "" {
		req.Header.Set("Origin", "null")
		if known {
			req.Header.Set("Origin", page.Site())
		}
	}
	x.same = within || x.visit != nil && x.r.Method == http.MethodGet
	if x.same {
		for _, c := range x.session.jar.Cookies(req.URL) {
			req.AddCookie(c)
		}
	}
}

// sameSite is what browsers call two addresses of one site.
func sameSite(a, b Address) bool {
	if a.Scheme != b.Scheme {
		return false
	}
	if a.Name() == b.Name() {
		return true
	}
	one, err1 := publicsuffix.EffectiveTLDPlusOne(a.Name())
	two, err2 := publicsuffix.EffectiveTLDPlusOne(b.Name())
	return err1 == nil && err2 == nil && one == two && net.ParseIP(a.Name()) == nil
}

// took adds up the phases of one exchange. A dial that was given up may still
// report.
type took struct {
	started time.Time

	mu               sync.Mutex
	mark             time.Time
	resolve, connect time.Duration
}

func (t *took) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.mark = time.Now()
}

func (t *took) end(phase *time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	*phase += time.Since(t.mark)
}

// into notes the times in a visit.
func (t *took) into(v *Visit) {
	t.mu.Lock()
	defer t.mu.Unlock()
	v.Resolve, v.Connect, v.Total = t.resolve, t.connect, time.Since(t.started)
}

func (t *took) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		DNSStart: func(httptrace.DNSStartInfo) { t.begin() },
		DNSDone:  func(httptrace.DNSDoneInfo) { t.end(&t.resolve) },
		// Several addresses are tried one after the other.
		ConnectStart: func(_, _ string) { t.begin() },
		ConnectDone:  func(_, _ string, _ error) { t.end(&t.connect) },
	}
}

// fail answers that there is no page.
func (x *exchange) fail(status int, p Problem) {
	p.Address = x.q.Target.String()
	if v := x.visit; v != nil {
		x.took.into(v)
		v.Done, v.Err = true, p.Err
		if v.Err == nil {
			v.Err = errors.New(p.Kind)
		}
		x.session.visit(v)
	}
	x.q.Fail(x.w, status, p)
}

// limited reads at most so much, and tells the end from a cut.
type limited struct {
	r    io.Reader
	ctx  context.Context
	left int64
	read int64
	cut  Cut
	// before is called before each read, to send on what is there.
	before func()
}

// Read reads; every end but the answer's own is noted in cut.
func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		var more [1]byte
		if n, _ := l.r.Read(more[:]); n > 0 {
			l.cut = CutSize
		}
		return 0, io.EOF
	}
	if l.before != nil {
		l.before()
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	l.read += int64(n)
	if err != nil && err != io.EOF {
		l.cut = CutBroken
		if l.ctx.Err() != nil {
			l.cut = CutTime
		}
		err = io.EOF
	}
	return n, err
}

func flusher(w http.ResponseWriter, buf *bufio.Writer) func() {
	control := http.NewResponseController(w)
	return func() {
		if buf.Buffered() > 0 {
			_ = buf.Flush()
			_ = control.Flush()
		}
	}
}
