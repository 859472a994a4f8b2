package instance

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Changes, dials and callers at the same time, then the end: nothing is left
// (the race detector and goleak look on).
func TestChangesUnderTraffic(t *testing.T) {
	l := newLab(t)
	web, echo := l.web("sg-open"), l.echo("sg-open")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var all sync.WaitGroup
	var served [4]atomic.Int32
	for i, host := range []string{"10.10.2.2", webName, "10.10.2.3", "10.10.2.9"} {
		all.Go(func() {
			for ctx.Err() == nil {
				port := uint16(8081)
				if host == "10.10.2.3" {
					port = 8007
				}
				c, err := l.doors.Dial(ctx, "i-1", "tcp", host, port)
				if err != nil {
					continue
				}
				_, _ = c.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
				_ = c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
				if n, _ := c.Read(make([]byte, 512)); n > 0 {
					served[i].Add(1)
				}
				_ = c.Close()
			}
		})
	}
	all.Go(func() {
		defer cancel()
		enough := func() bool { return served[0].Load() > 0 && served[1].Load() > 0 && served[2].Load() > 0 }
		pace := time.NewTicker(2 * time.Millisecond)
		defer pace.Stop()
		for i := 0; ctx.Err() == nil && (i < 100 || !enough()); i++ {
			<-pace.C
			s := web
			s.Running = i%3 != 0
			s.Text = string(rune('a' + i%20))
			l.set(s, "sg-open")
			e := echo
			e.Program = []string{ProgramEcho, ProgramNone, ProgramWeb}[i%3]
			l.set(e, "sg-open")
			if i%5 == 0 {
				l.doors.Remove("i-2")
			}
			_ = l.doors.SOCKS("i-2")
			_ = l.doors.find("ECS2")
		}
	})
	all.Wait()
	for i, want := range []bool{true, true, true, false} {
		if got := served[i].Load(); got > 0 != want {
			t.Errorf("target %d served %d times", i, got)
		}
	}
}

func TestSetAfterRun(t *testing.T) {
	l := newLab(t)
	d := New(l.net, l.world, l.names, Options{SOCKSPort: 22080})
	ctx, cancel := context.WithCancel(t.Context())
	s := l.spec("i-21", "ECS21", "vpc-1", "10.10.2.7")
	s.Program, s.Port = ProgramWeb, 8081
	must(t, d.Set(s))
	server, ok := d.Server("i-21")
	if !ok {
		t.Fatal("no server")
	}
	door := d.SOCKS("i-21")
	cancel()
	must(t, d.Run(ctx))
	for _, at := range []string{server.String(), door.String()} {
		if c, err := net.Dial("tcp", at); err == nil {
			_ = c.Close()
			t.Errorf("%s is still open", at)
		}
	}
	if err := d.Set(s); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}
