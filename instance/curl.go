package instance

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"culvert.internal/dns"
	"culvert.internal/reach"
)

// request is a curl command line.
type request struct {
	url      *url.URL
	method   string
	headers  http.Header
	body     string
	verbose  bool
	include  bool // response headers before the body
	head     bool
	silent   bool
	errors   bool // -S: errors although silent
	follow   bool
	insecure bool
	discard  bool
	fail     bool // -f: an HTTP error is an error
	limit    time.Duration
}

func curl(sh *shell, args []string) bool {
	req, ok := sh.parseCurl(args)
	if !ok {
		return false
	}
	ctx, cancel := context.WithTimeout(sh.ctx, req.limit)
	defer cancel()
	started := time.Now()
	res, err := sh.fetch(ctx, req)
	if err != nil {
		return sh.curlFailed(req, err, time.Since(started))
	}
	defer res.Body.Close()
	if req.include || req.head {
		sh.responseHead(res, "")
	}
	if req.fail && res.StatusCode >= 400 {
		sh.curlSays(req, 22, fmt.Sprintf("The requested URL returned error: %d", res.StatusCode))
		return false
	}
	var to io.Writer = &sh.out
	if req.discard {
		to = io.Discard
	}
	if _, err := io.Copy(to, res.Body); err != nil && !errors.Is(err, io.ErrShortBuffer) {
		return sh.curlFailed(req, err, time.Since(started))
	}
	return true
}

func (sh *shell) parseCurl(args []string) (request, bool) {
	opts, operands, bad := getopt(args, "viIsSLkfgo:m:X:H:d:A:4", map[string]rune{
		"verbose": 'v', "include": 'i', "head": 'I', "silent": 's', "show-error": 'S', "location": 'L', "insecure": 'k',
		"fail": 'f', "globoff": 'g', "output": 'o', "max-time": 'm', "connect-timeout": 'm', "request": 'X', "header": 'H',
		"data": 'd', "user-agent": 'A', "ipv4": '4',
	})
	req := request{headers: http.Header{"User-Agent": {"curl/8.5.0"}, "Accept": {"*/*"}}, limit: terminalTime}
	if bad != "" {
		return req, sh.fail("terminal.option", "command", "curl", "option", bad)
	}
	for _, o := range opts {
		if !req.apply(o) {
			return req, sh.fail("terminal.option", "command", "curl", "option", "-"+string(o.letter)+" "+o.value)
		}
	}
	if len(operands) != 1 {
		return req, sh.fail("terminal.usage", "usage", "curl http://HOST:PORT/")
	}
	raw := operands[0]
	if !strings.Contains(raw, "://") {
		raw = "http://" + raw
	}
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return req, sh.fail("terminal.url", "url", operands[0])
	}
	req.url = u
	if req.method == "" {
		switch {
		case req.head:
			req.method = http.MethodHead
		case req.body != "":
			req.method = http.MethodPost
		default:
			req.method = http.MethodGet
		}
	}
	return req, true
}

func (r *request) apply(o option) bool {
	switch o.letter {
	case 'v':
		r.verbose = true
	case 'i':
		r.include = true
	case 'I':
		r.head = true
	case 's':
		r.silent = true
	case 'S':
		r.errors = true
	case 'L':
		r.follow = true
	case 'k':
		r.insecure = true
	case 'f':
		r.fail = true
	case 'o':
		r.discard = true
		return o.value == "/dev/null"
	case 'm':
		d, ok := seconds(o.value)
		r.limit = min(r.limit, d)
		return ok
	case 'X':
		r.method = o.value
	case 'A':
		r.headers.Set("User-Agent", o.value)
	case 'H':
		name, value, ok := strings.Cut(o.value, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		r.headers.Set(name, value)
		if value == "" && !strings.EqualFold(name, "User-Agent") {
			r.headers.Del(name)
		}
		return ok && name != ""
	case 'd':
		if r.body != "" {
			r.body += "&"
		}
		r.body += o.value
		if r.headers.Get("Content-Type") == "" {
			r.headers.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		return !strings.HasPrefix(o.value, "@")
	}
	return true
}

// fetch sends the request; every connection is dialled from the instance.
func (sh *shell) fetch(ctx context.Context, r request) (*http.Response, error) {
	transport := &http.Transport{
		DisableKeepAlives: true, DisableCompression: true,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: r.insecure},
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			return sh.curlDial(ctx, r, network, addr)
		},
	}
	var trip http.RoundTripper = transport
	if r.verbose {
		trip = traced{sh, transport}
	}
	client := http.Client{Transport: trip, CheckRedirect: func(_ *http.Request, via []*http.Request) error {
		if !r.follow {
			return http.ErrUseLastResponse
		}
		if len(via) > 10 {
			return errors.New("maximum (10) redirects followed")
		}
		return nil
	}}
	req, err := http.NewRequestWithContext(ctx, r.method, r.url.String(), strings.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	req.Header = r.headers
	if host := r.headers.Get("Host"); host != "" {
		req.Host = host
	}
	return client.Do(req)
}

func (sh *shell) curlDial(ctx context.Context, r request, network, addr string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	number, ok := portNumber(port)
	if !ok {
		return nil, fmt.Errorf("port %q", port)
	}
	c, err := sh.dial(ctx, network, host, number)
	if err != nil {
		return nil, err
	}
	if r.verbose {
		sh.out.print(fmt.Sprintf("*   Trying %s...\n* Connected to %s (%s) port %d\n", c.remote, host, c.remote.Addr(), number))
	}
	return c, nil
}

// traced prints a request as it goes out and the head of its response.
type traced struct {
	sh   *shell
	next http.RoundTripper
}

// RoundTrip sends one request.
func (t traced) RoundTrip(req *http.Request) (*http.Response, error) {
	out := &t.sh.out
	ctx := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		TLSHandshakeDone: func(state tls.ConnectionState, err error) {
			if err == nil {
				out.print("* SSL connection using ", tls.VersionName(state.Version), " / ", tls.CipherSuiteName(state.CipherSuite), "\n")
			}
		},
		GotConn: func(httptrace.GotConnInfo) { out.print("> ", req.Method, " ", req.URL.RequestURI(), " HTTP/1.1\n") },
		WroteHeaderField: func(key string, values []string) {
			for _, v := range values {
				out.print("> ", key, ": ", v, "\n")
			}
		},
		WroteHeaders: func() { out.print(">\n") },
	})
	res, err := t.next.RoundTrip(req.WithContext(ctx))
	if err == nil {
		t.sh.responseHead(res, "< ")
	}
	return res, err
}

func (sh *shell) responseHead(res *http.Response, mark string) {
	sh.out.print(mark, res.Proto, " ", res.Status, "\n")
	for _, name := range slices.Sorted(maps.Keys(res.Header)) {
		for _, v := range res.Header[name] {
			sh.out.print(mark, name, ": ", v, "\n")
		}
	}
	sh.out.print(strings.TrimSpace(mark), "\n")
}

// curlFailed words an error as curl does, with curl's exit code, and adds the
// notes for the person.
func (sh *shell) curlFailed(r request, err error, took time.Duration) bool {
	host, port := r.url.Hostname(), r.url.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[r.url.Scheme]
	}
	ms := took.Milliseconds()
	var refused *Refused
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	switch {
	case errors.As(err, &refused) && refused.Verdict.Gate == reach.GateName, errors.Is(err, dns.ErrNotFound):
		sh.curlSays(r, 6, "Could not resolve host: "+host)
	case errors.As(err, &refused), errors.Is(err, syscall.ECONNREFUSED):
		sh.curlSays(r, 7, fmt.Sprintf("Failed to connect to %s port %s after %d ms: Couldn't connect to server", host, port, ms))
	case isTimeout(err):
		sh.curlSays(r, 28, fmt.Sprintf("Operation timed out after %d milliseconds", ms))
	case errors.As(err, &unknown), errors.As(err, &name):
		sh.curlSays(r, 60, "SSL certificate problem: "+errors.Unwrap(err).Error())
	case isReset(err):
		sh.curlSays(r, 56, "Recv failure: Connection reset by peer")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		sh.curlSays(r, 52, "Empty reply from server")
	default:
		cause := err
		if u := new(url.Error); errors.As(err, &u) {
			cause = u.Err
		}
		sh.curlSays(r, 1, cause.Error())
	}
	sh.explain(err, net.JoinHostPort(host, port))
	return false
}

func (sh *shell) curlSays(r request, code int, text string) {
	if !r.silent || r.errors {
		sh.out.print(fmt.Sprintf("curl: (%d) %s\n", code, text))
	}
}
