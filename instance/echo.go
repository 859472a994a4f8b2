package instance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"culvert.internal/reach"
)

// echo is the built-in echo server: TCP streams (RFC 862) and UDP datagrams
// come back as they are.
type echo struct {
	doors   *Doors
	room    *room
	gate    *gate
	packets net.PacketConn
	refused once[netip.AddrPort]
	ctx     context.Context
	cancel  context.CancelFunc
	tasks   sync.WaitGroup
}

func (d *Doors) startEcho(r *room, vpc string, at netip.AddrPort) (server, error) {
	ln, err := d.network.Listen(vpc, at)
	if err != nil {
		return nil, fmt.Errorf("built-in echo: %w", err)
	}
	pc, err := d.network.ListenPacket(vpc, at)
	if err != nil {
		_ = ln.Close()
		return nil, fmt.Errorf("built-in echo: %w", err)
	}
	e := &echo{doors: d, room: r, gate: &gate{Listener: ln, doors: d, room: r, at: at}, packets: pc}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	e.tasks.Go(e.streams)
	e.tasks.Go(e.datagrams)
	return e, nil
}

func (e *echo) addr() netip.AddrPort { return hostPort(e.gate.Addr()) }

func (e *echo) stop() {
	e.cancel()
	_ = e.gate.Close()
	_ = e.packets.Close()
	e.gate.flows.cut()
	e.tasks.Wait()
}

func (e *echo) again(err error) bool {
	if e.ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
		return false
	}
	e.doors.opt.Log.Warn("built-in echo", "at", e.addr(), "err", err)
	return pause(e.ctx)
}

func (e *echo) streams() {
	for {
		c, err := e.gate.Accept()
		if err != nil {
			if e.again(err) {
				continue
			}
			return
		}
		e.tasks.Go(func() {
			if _, err := io.Copy(bare(c), bare(c)); err != nil {
				reset(c)
			}
			_ = c.Close()
		})
	}
}

func (e *echo) datagrams() {
	buf := make([]byte, 64<<10)
	for {
		n, from, err := e.packets.ReadFrom(buf)
		if err != nil {
			if e.again(err) {
				continue
			}
			return
		}
		spec, caller := e.room.now(), hostPort(from)
		_, flow, v := e.doors.admit(spec.VPC, reach.UDP, e.gate.at, caller)
		switch {
		case v.Allowed:
			_, _ = e.packets.WriteTo(buf[:n], from)
		case e.refused.first(caller, time.Now()):
			e.doors.refuse(spec.ID, DoorServer, flow, v, caller.Port())
		}
	}
}
