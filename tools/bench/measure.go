package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/proxy"
)

// startup measures from exec to the last byte of the overview, asked for with
// a session: what somebody waits after `make run`.
func (b *bench) startup(ctx context.Context, l *lab) error {
	began := time.Now()
	if err := l.start(); err != nil {
		return err
	}
	if err := l.answering(ctx); err != nil {
		return err
	}
	if err := l.signIn(ctx); err != nil {
		return err
	}
	if _, err := l.page(ctx, console); err != nil {
		return err
	}
	first := time.Since(began)
	if err := l.stop(); err != nil {
		return err
	}
	var all []time.Duration
	for range b.starts {
		began := time.Now()
		if err := l.start(); err != nil {
			return err
		}
		if err := l.answering(ctx); err != nil {
			return err
		}
		if _, err := l.page(ctx, console); err != nil {
			return err
		}
		all = append(all, time.Since(began))
		if err := l.stop(); err != nil {
			return err
		}
	}
	slices.Sort(all)
	section("Start", "From exec to the last byte of the overview, signed in, 200. The very first start also builds the demo lab and signs in.")
	row("the very first start", ms(first), 0, "ms")
	row(fmt.Sprintf("median of %d starts", len(all)), ms(all[len(all)/2]), 100, "ms")
	row("p99", ms(all[(len(all)*99+99)/100-1]), 0, "ms")
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// running measures one run of the program: memory, the weight of its pages,
// memory again after many of them and after many connections.
func (b *bench) running(ctx context.Context, l *lab) error {
	if err := l.start(); err != nil {
		return err
	}
	if err := l.answering(ctx); err != nil {
		return err
	}
	if _, err := l.page(ctx, console); err != nil {
		return err
	}
	fresh, err := l.memory()
	if err != nil {
		return err
	}
	if _, err := l.send(ctx, http.MethodPost, console+"/build", url.Values{}); err != nil {
		return fmt.Errorf("build the finished lab: %w", err)
	}
	pages, err := b.weight(ctx, l)
	if err != nil {
		return fmt.Errorf("weight of the pages: %w", err)
	}
	for i := range 200 {
		if _, err := l.page(ctx, pages[i%len(pages)]); err != nil {
			return err
		}
	}
	after, err := l.memory()
	if err != nil {
		return err
	}
	took, err := b.connect(ctx, l)
	if err != nil {
		return fmt.Errorf("connections: %w", err)
	}
	last, err := l.memory()
	if err != nil {
		return err
	}
	section("Memory", "What the program holds resident. Connections go from ECS1 by its SOCKS address through the endpoint to a backend and back.")
	row("after the first page", fresh/1e6, 0, "MB")
	row("after 200 more, all kinds", after/1e6, 0, "MB")
	row(fmt.Sprintf("after %d short connections", b.conns), last/1e6, 0, "MB")
	row("  one of them took, eight at a time", ms(took)/float64(b.conns), 0, "ms")
	return l.stop()
}

// thing is an ID in an address: one page of a kind stands for all of them.
var thing = regexp.MustCompile(`/[a-z]+-[a-z0-9]{3,}[a-z0-9-]{10,}|/[0-9]{16}`)

// weight walks through the console and weighs one page of each kind as a
// browser with an empty cache would load it. It answers the pages' addresses.
func (b *bench) weight(ctx context.Context, l *lab) ([]string, error) {
	section("Weight", "KB over the wire, with an empty cache: the page and the styles, scripts and icons it names, all compressed.\nIn brackets the page alone, which is what every further one weighs.")
	files := map[string]int{}
	seen := map[string]bool{console: true}
	var pages []string
	for queue := []string{console}; len(queue) > 0; queue = queue[1:] {
		a, err := l.send(ctx, http.MethodGet, queue[0], nil)
		if err != nil {
			return nil, err
		}
		if a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
			continue
		}
		doc, err := a.document()
		if err != nil {
			return nil, err
		}
		total := len(a.body)
		for _, file := range references(doc) {
			if _, ok := files[file]; !ok {
				f, err := l.page(ctx, file)
				if err != nil {
					return nil, err
				}
				files[file] = len(f.body)
			}
			total += files[file]
		}
		pages = append(pages, queue[0])
		kind := thing.ReplaceAllString(strings.TrimPrefix(queue[0], console), "/ID")
		row(fmt.Sprintf("%-36s [%4.1f]", "/"+strings.TrimPrefix(kind, "/"), float64(len(a.body))/1000), float64(total)/1000, 60, "KB")
		doc.Find("a[href^='" + console + "']").Each(func(_ int, s *goquery.Selection) {
			u, err := url.Parse(s.AttrOr("href", ""))
			if err != nil || u.Path == console {
				return
			}
			if kind := thing.ReplaceAllString(u.Path, "/*"); !seen[kind] {
				seen[kind] = true
				queue = append(queue, u.Path)
			}
		})
	}
	return pages, nil
}

// references are the files that a browser loads with a page.
func references(doc *goquery.Document) []string {
	var out []string
	add := func(address string) {
		address, _, _ = strings.Cut(address, "#")
		if address != "" && !slices.Contains(out, address) {
			out = append(out, address)
		}
	}
	doc.Find("link[rel=stylesheet], link[rel=icon], use").Each(func(_ int, s *goquery.Selection) { add(s.AttrOr("href", "")) })
	doc.Find("script[src], img[src]").Each(func(_ int, s *goquery.Selection) { add(s.AttrOr("src", "")) })
	return out
}

func (a answer) document() (*goquery.Document, error) {
	var r io.Reader = bytes.NewReader(a.body)
	if a.header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(r)
		if err != nil {
			return nil, err
		}
		r = unpacked
	}
	return goquery.NewDocumentFromReader(r)
}

// endpointName is an endpoint's domain name wherever a page shows one.
var endpointName = regexp.MustCompile(`\bep-[a-z0-9]+(-[a-z0-9]+)*\.epsrv-[a-z0-9.-]+[a-z]`)

// connect opens and closes connections from ECS1 to its endpoint.
func (b *bench) connect(ctx context.Context, l *lab) (time.Duration, error) {
	name, err := l.endpoint(ctx)
	if err != nil {
		return 0, err
	}
	out, err := exec.CommandContext(ctx, l.bin, "exec", "--data", l.data, "ECS1", "--", "printenv", "ALL_PROXY").Output()
	if err != nil {
		return 0, fmt.Errorf("ask for the SOCKS address of ECS1: %w", err)
	}
	_, door, _ := strings.Cut(strings.TrimSpace(string(out)), "://")
	socks, err := proxy.SOCKS5("tcp", door, nil, nil)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	var group sync.WaitGroup
	errs := make(chan error, 8)
	work := make(chan struct{})
	for range cap(errs) {
		group.Go(func() {
			var failed error
			for range work {
				if failed == nil {
					failed = short(socks, name)
				}
			}
			errs <- failed
		})
	}
	for range b.conns {
		work <- struct{}{}
	}
	close(work)
	group.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return 0, err
		}
	}
	return time.Since(began), nil
}

// short is one connection: a request, an answer to its end.
func short(socks proxy.Dialer, name string) error {
	c, err := socks.Dial("tcp", net.JoinHostPort(name, "80"))
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", name); err != nil {
		return err
	}
	got, err := io.ReadAll(c)
	if err == nil && !strings.HasPrefix(string(got), "HTTP/1.1 200") {
		err = fmt.Errorf("the backend answers %.40q", got)
	}
	return err
}

// endpoint is the domain name of the finished lab's endpoint.
func (l *lab) endpoint(ctx context.Context) (string, error) {
	list, err := l.page(ctx, console+"/endpoints")
	if err != nil {
		return "", err
	}
	doc, err := list.document()
	if err != nil {
		return "", err
	}
	for _, a := range doc.Find("a[href*='/endpoints/ep-']").EachIter() {
		one, err := l.page(ctx, a.AttrOr("href", ""))
		if err != nil {
			return "", err
		}
		doc, err := one.document()
		if err != nil {
			return "", err
		}
		if name := endpointName.FindString(doc.Text()); name != "" {
			return name, nil
		}
	}
	return "", fmt.Errorf("no endpoint page shows a domain name")
}
