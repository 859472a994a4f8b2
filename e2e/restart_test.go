package e2e

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"
)

// TestRestart: after kill -9 everything is as it was and traffic flows without
// a click from the first request on; Ctrl-C ends within two seconds while
// pages are open and traffic flows (issue 2, judged 5; chapter C).
func TestRestart(t *testing.T) {
	t.Parallel()
	p, at := built(t, reader{Lang: "en"})
	socks := p.socks("ECS1")
	pages := []string{"/endpoints", "/endpoint-services", "/load-balancers", "/vpcs", "/vswitches", "/security-groups", "/instances", "/account"}
	before := texts(p, pages)

	if err := p.Lab.kill(); err != nil {
		t.Fatal(err)
	}
	c := client(socks)
	for range 20 { // from the first on
		body, err := get(c, "http://"+at.domain+"/")
		if err != nil {
			t.Fatalf("after kill -9: %v", err)
		}
		isBackend(t, body)
	}
	for n, after := range texts(p, pages) {
		if after != before[n] {
			t.Errorf("%s is another after kill -9:\n%s\nbefore:\n%s", pages[n], after, before[n])
		}
	}
	seesBoth(p.instance("ECS1"), at.zone)
	p.home() // its stream of changes stays open
	endsInTime(t, p.Lab, c, "http://"+at.domain+"/")
}

// texts are what these pages show.
func texts(p *page, paths []string) []string {
	p.t.Helper()
	out := make([]string, len(paths))
	for n, path := range paths {
		p.visit("/aliyun/eu-central-1" + path)
		text, err := p.GetByRole("main").InnerText()
		if err != nil {
			p.t.Fatal(err)
		}
		out[n] = text
	}
	return out
}

// endsInTime presses Ctrl-C while a connection is kept alive and others are
// being made.
func endsInTime(t *testing.T, l *lab, c *http.Client, address string) {
	t.Helper()
	if _, err := get(http.DefaultClient, l.url+"/healthz"); err != nil { // and keeps the connection
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var flows sync.WaitGroup
	defer flows.Wait()
	defer cancel()
	flowing := make(chan struct{}, 1)
	flows.Go(func() {
		for ctx.Err() == nil {
			if _, err := get(c, address); err != nil {
				return // the program is gone
			}
			select {
			case flowing <- struct{}{}:
			default:
			}
		}
	})
	<-flowing
	<-flowing
	began := time.Now()
	if err := l.stop(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("Ctrl-C took %v, want 2 s at most", took)
	}
}
