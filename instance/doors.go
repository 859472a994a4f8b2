package instance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"culvert.internal/reach"
)

// Doors holds the instances of all labs. Its methods may be called at the
// same time.
type Doors struct {
	network  Network
	judge    Judge
	resolver Resolver
	opt      Options

	change sync.Mutex // one Set, Remove or end at a time
	closed bool

	mu    sync.RWMutex
	rooms map[string]*room
	sites map[string]Spec // networks on premises

	guests  guests
	refused once[crossing]
}

// room is one instance that was Set.
type room struct {
	mu   sync.RWMutex
	spec Spec

	flows    flows // what was dialled from here and is open
	programs map[programKey]server
	socks    *socksDoor
	public   *relay
}

// programKey is a built-in server on one NIC.
type programKey struct {
	program, vpc string
	at           netip.AddrPort
}

// server is a running built-in program. stop cuts its connections and waits.
type server interface {
	addr() netip.AddrPort
	stop()
}

// ErrClosed is what Set answers after Run has ended.
var ErrClosed = errors.New("the doors are closed")

// ErrUnknown says that there is no such instance.
var ErrUnknown = errors.New("no such instance")

// New is Doors without instances.
func New(network Network, judge Judge, resolver Resolver, opt Options) *Doors {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Attempt == nil {
		opt.Attempt = func(Attempt) {}
	}
	if opt.SOCKSPort == 0 {
		opt.SOCKSPort = 1080
	}
	return &Doors{network: network, judge: judge, resolver: resolver, opt: opt, rooms: map[string]*room{}, sites: map[string]Spec{}}
}

// Run keeps the doors open until ctx is done, then closes every door, server
// and connection and returns when they have ended.
func (d *Doors) Run(ctx context.Context) error {
	<-ctx.Done()
	d.change.Lock()
	defer d.change.Unlock()
	d.closed = true
	d.mu.Lock()
	rooms := d.rooms
	d.rooms = map[string]*room{}
	d.mu.Unlock()
	var all sync.WaitGroup
	for _, r := range rooms {
		all.Go(r.close)
	}
	all.Wait()
	return nil
}

// Set makes one instance as spec says; what did not change keeps running with
// its connections. A server or door that cannot be opened is an error, and
// tried again by the next Set; everything else is in place nevertheless.
func (d *Doors) Set(spec Spec) error {
	d.change.Lock()
	defer d.change.Unlock()
	if d.closed {
		return fmt.Errorf("set instance %s: %w", spec.ID, ErrClosed)
	}
	r := d.room(spec.ID)
	if r == nil {
		r = &room{}
		d.mu.Lock()
		d.rooms[spec.ID] = r
		d.mu.Unlock()
	}
	old := r.now()
	r.mu.Lock()
	r.spec = spec
	r.mu.Unlock()
	moved := old.ID != "" && (old.VPC != spec.VPC || old.Addr != spec.Addr)
	if moved || !spec.Running {
		r.flows.cut()
	}
	if spec.Running {
		r.flows.allow()
	}
	if err := errors.Join(d.setProgram(r, spec), d.setSOCKS(r, spec), d.setPublic(r, spec)); err != nil {
		return fmt.Errorf("instance %s (%s): %w", spec.ID, spec.Name, err)
	}
	return nil
}

// Remove closes everything of an instance. An unknown one is ignored.
func (d *Doors) Remove(id string) {
	d.change.Lock()
	defer d.change.Unlock()
	d.mu.Lock()
	r := d.rooms[id]
	delete(d.rooms, id)
	d.mu.Unlock()
	if r != nil {
		r.close()
	}
	d.guests.leave(id)
}

func (d *Doors) room(id string) *room {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.rooms[id]
}

// SOCKS is where the SOCKS5 door of an instance really listens; not valid
// when it has none.
func (d *Doors) SOCKS(id string) netip.AddrPort {
	r := d.room(id)
	if r == nil {
		return netip.AddrPort{}
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.socks == nil {
		return netip.AddrPort{}
	}
	return r.socks.at
}

// Server is where the built-in program of an instance listens on the host, for
// what comes to its primary NIC.
func (d *Doors) Server(id string) (host netip.AddrPort, ok bool) {
	r := d.room(id)
	if r == nil {
		return netip.AddrPort{}, false
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	s, ok := r.programs[programKey{r.spec.Program, r.spec.VPC, r.spec.everywhere()[0]}]
	if !ok {
		return netip.AddrPort{}, false
	}
	return s.addr(), true
}

func (d *Doors) refuse(id, door string, flow reach.Flow, v reach.Verdict, port uint16) {
	d.opt.Attempt(Attempt{Time: time.Now(), Flow: flow, Verdict: v, SourcePort: port, Door: door, Instance: id})
}

func (r *room) now() Spec {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.spec
}

func (r *room) close() {
	r.mu.Lock()
	r.spec.Running = false
	socks, public, running := r.socks, r.public, r.programs
	r.socks, r.public, r.programs = nil, nil, nil
	r.mu.Unlock()
	r.flows.cut()
	if public != nil {
		public.stop()
	}
	for _, s := range running {
		s.stop()
	}
	if socks != nil {
		socks.stop()
	}
}

// setProgram stops and starts the built-in servers where spec asks for others.
// A changed text or name needs neither: servers look at the room; nor does a
// NIC that comes or goes disturb the others.
func (d *Doors) setProgram(r *room, spec Spec) error {
	want := map[programKey]bool{}
	if spec.Running && spec.Program != ProgramNone && spec.Program != "" {
		for _, at := range spec.everywhere() {
			want[programKey{spec.Program, spec.VPC, at}] = true
		}
	}
	var old []server
	r.mu.Lock()
	kept := map[programKey]server{}
	for key, s := range r.programs {
		if want[key] {
			kept[key] = s
			continue
		}
		old = append(old, s)
	}
	r.programs = kept
	r.mu.Unlock()
	for _, s := range old {
		s.stop()
	}
	var failed []error
	for key := range want {
		if _, ok := kept[key]; ok {
			continue
		}
		start := d.startWeb
		if key.program == ProgramEcho {
			start = d.startEcho
		}
		s, err := start(r, key.vpc, key.at)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		r.mu.Lock()
		r.programs[key] = s
		r.mu.Unlock()
	}
	return errors.Join(failed...)
}

// setSOCKS opens the door at spec.Door and keeps it open while the instance is
// stopped, so that a browser that uses it gets a refusal and not silence.
func (d *Doors) setSOCKS(r *room, spec Spec) error {
	r.mu.Lock()
	have := r.socks
	same := have != nil && have.at.Addr() == spec.Door
	if !same {
		r.socks = nil
	}
	r.mu.Unlock()
	if same {
		return nil
	}
	if have != nil {
		have.stop()
	}
	if !spec.Door.IsValid() {
		return nil
	}
	door, err := d.openSOCKS(spec.ID, spec.Door)
	if err != nil {
		return err
	}
	r.mu.Lock()
	r.socks = door
	r.mu.Unlock()
	return nil
}

// hostPort is the address of a socket of this host.
func hostPort(a net.Addr) netip.AddrPort {
	switch a := a.(type) {
	case *net.TCPAddr:
		p := a.AddrPort()
		return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
	case *net.UDPAddr:
		p := a.AddrPort()
		return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
	}
	return netip.AddrPort{}
}
