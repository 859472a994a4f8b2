package instance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"time"
)

// versioned is how the paths of a cluster's API begin.
var versioned = regexp.MustCompile(`^/v[0-9]+(/|$)`)

func wantsJSON(req *http.Request) bool {
	return versioned.MatchString(req.URL.Path) || strings.Contains(req.Header.Get("Accept"), "application/json")
}

// json is what a ProgramCluster answers to clients of an API: which cluster it
// is, and the source it saw. It knows no API of the vendor.
func (s sight) json(b *bytes.Buffer, spec Spec) {
	_ = json.NewEncoder(b).Encode(map[string]any{
		"cluster": map[string]string{"id": spec.ID, "name": spec.Cluster.Name, "project": spec.Cluster.Project, "region": spec.Region},
		"source":  s.Source,
		"address": s.Address,
	})
}

// relayClients bounds how many connections a relay carries at a time, dialing
// how long reaching the program may take.
const (
	relayClients = 4096
	relayDial    = 5 * time.Second
)

// relay is a public endpoint: a TCP port of this host before one program.
type relay struct {
	doors  *Doors
	room   *room
	at     netip.AddrPort
	ln     net.Listener
	ctx    context.Context
	cancel context.CancelFunc
	flows  flows // both sides of each connection
	tasks  sync.WaitGroup
}

// setPublic opens the relay at spec.Public, or closes it with what lives.
func (d *Doors) setPublic(r *room, spec Spec) error {
	want := spec.Public
	if !spec.Running {
		want = netip.AddrPort{}
	}
	r.mu.Lock()
	have := r.public
	same := have != nil && have.at == want
	if !same {
		r.public = nil
	}
	r.mu.Unlock()
	if same {
		return nil
	}
	if have != nil {
		have.stop()
	}
	if !want.IsValid() {
		return nil
	}
	ln, err := net.ListenTCP("tcp4", net.TCPAddrFromAddrPort(want))
	if err != nil {
		return fmt.Errorf("public endpoint: %w", err)
	}
	p := &relay{doors: d, room: r, at: want, ln: ln}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.tasks.Go(p.serve)
	r.mu.Lock()
	r.public = p
	r.mu.Unlock()
	return nil
}

func (p *relay) stop() {
	p.cancel()
	_ = p.ln.Close()
	p.flows.cut()
	p.tasks.Wait()
}

func (p *relay) serve() {
	seats := make(chan struct{}, relayClients)
	for {
		c, err := p.ln.Accept()
		if err != nil {
			if p.ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return
			}
			p.doors.opt.Log.Warn("public endpoint", "at", p.at, "err", err)
			if !pause(p.ctx) {
				return
			}
			continue
		}
		select {
		case seats <- struct{}{}:
		default:
			reset(c)
			continue
		}
		client := p.flows.add(c, p.at.Addr(), hostPort(c.RemoteAddr()))
		if client == nil {
			reset(c)
			return
		}
		p.tasks.Go(func() {
			defer func() { <-seats }()
			p.carry(client)
		})
	}
}

// carry joins a client and the program; without one the client is reset.
func (p *relay) carry(client *conn) {
	spec := p.room.now()
	to := netip.AddrPortFrom(spec.Addr, spec.Port)
	ctx, cancel := context.WithTimeout(p.ctx, relayDial)
	c, err := p.doors.network.Dial(ctx, "tcp", spec.VPC, spec.Sender, to)
	cancel()
	if err != nil {
		reset(client)
		return
	}
	program := p.flows.add(c, spec.Sender, to)
	if program == nil {
		_ = c.Close()
		reset(client)
		return
	}
	join(client, program, nil)
}
