package instance

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"html"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed web.html
var webPage string

// web is the built-in page of an instance, on one of its NICs: it shows through
// which one it was reached.
type web struct {
	room  *room
	gate  *gate
	http  http.Server
	tasks sync.WaitGroup
}

func (d *Doors) startWeb(r *room, vpc string, at netip.AddrPort) (server, error) {
	ln, err := d.network.Listen(vpc, at)
	if err != nil {
		return nil, fmt.Errorf("built-in page: %w", err)
	}
	w := &web{room: r, gate: &gate{Listener: ln, doors: d, room: r, at: at}}
	w.http = http.Server{
		Handler: w, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, IdleTimeout: 30 * time.Second,
		ErrorLog: slog.NewLogLogger(d.opt.Log.Handler(), slog.LevelDebug),
	}
	w.http.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			w.tasks.Add(1)
		case http.StateClosed:
			w.tasks.Done()
		}
	}
	w.http.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, introducedKey{}, c)
	}
	w.tasks.Go(func() { _ = w.http.Serve(introducing{w.gate}) })
	return w, nil
}

func (w *web) addr() netip.AddrPort { return hostPort(w.gate.Addr()) }

func (w *web) stop() {
	w.gate.flows.cut()
	_ = w.http.Close()
	w.tasks.Wait()
}

// sight is what the page shows. It holds no words of its own: the name, the
// addresses and the user's text are the same in every language.
type sight struct {
	Name, Text, Source, Address, Zone, Forwarded string
	Hue                                          int // the page's colour, so that two backends look different
	Introduced                                   []string
	cluster                                      bool
}

// ServeHTTP answers every path with the page; as plain text when the client
// does not ask for HTML, so that curl prints four lines.
func (w *web) ServeHTTP(out http.ResponseWriter, req *http.Request) {
	spec := w.room.now()
	s := sight{
		Name: spec.Name, Text: spec.Text, cluster: spec.Program == ProgramCluster, Source: req.RemoteAddr, Zone: spec.Zone,
		Address: w.gate.at.String(), Forwarded: req.Header.Get("X-Forwarded-For"),
	}
	if c, ok := req.Context().Value(introducedKey{}).(*introduced); ok {
		s.Introduced = c.lines()
	}
	if s.cluster {
		s.Text = strings.Join([]string{spec.Cluster.Name, spec.Cluster.Project, spec.Region}, "\n")
	}
	for _, c := range spec.Name {
		s.Hue = (s.Hue*31 + int(c)*47) % 360
	}
	h := out.Header()
	h.Set("X-Instance", headerText(spec.Name))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	var body bytes.Buffer
	if s.cluster && wantsJSON(req) {
		h.Set("Content-Type", "application/json")
		s.json(&body, spec)
	} else if strings.Contains(req.Header.Get("Accept"), "text/html") {
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'")
		s.html(&body)
	} else {
		h.Set("Content-Type", "text/plain; charset=utf-8")
		s.plain(&body)
	}
	h.Set("Content-Length", fmt.Sprint(body.Len()))
	_, _ = out.Write(body.Bytes())
}

// html fills the page. Not by html/template: that calls methods by their names
// at run time, so with it in the program the linker has to keep every method of
// every type, two megabytes of them. Each value stands between tags, where
// escaping it as text is all there is to do; the hue is a number.
func (s sight) html(b *bytes.Buffer) {
	line := func(open, text, end string) string {
		if text == "" {
			return ""
		}
		return open + html.EscapeString(text) + end + "\n"
	}
	if s.Text == s.Name {
		s.Text = ""
	}
	_, _ = strings.NewReplacer(
		"{{name}}", html.EscapeString(s.Name),
		"{{hue}}", strconv.Itoa(s.Hue),
		"{{text}}", line("<p>", s.Text, "</p>"),
		"{{source}}", html.EscapeString(s.Source),
		"{{address}}", html.EscapeString(s.Address),
		"{{zone}}", line("<small>", s.Zone, "</small>"),
		"{{forwarded}}", line("<small>X-Forwarded-For: ", s.Forwarded, "</small>"),
		"{{introduced}}", line(`<small id="proxy">`, strings.Join(s.Introduced, "\n"), "</small>"),
	).WriteString(b, webPage)
}

func (s sight) plain(b *bytes.Buffer) {
	fmt.Fprintln(b, s.Name)
	if s.Text != "" && s.Text != s.Name {
		fmt.Fprintln(b, s.Text)
	}
	fmt.Fprintf(b, "%s -> %s\n", s.Source, s.Address)
	if s.Forwarded != "" {
		fmt.Fprintf(b, "X-Forwarded-For: %s\n", s.Forwarded)
	}
	for _, line := range s.Introduced {
		fmt.Fprintln(b, line)
	}
}

// headerText escapes what is not ASCII in a name, the only text that travels
// safely in a header (RFC 9110, 5.5).
func headerText(name string) string {
	var b strings.Builder
	for _, c := range []byte(name) {
		if c < ' ' || c > '~' || c == '%' {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}
