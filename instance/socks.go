package instance

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"github.com/things-go/go-socks5"
	"github.com/things-go/go-socks5/statute"

	"culvert.internal/reach"
)

// Limits of one SOCKS5 door: how long a client may take to say what it wants,
// how long a connect may take, how many connections it carries at a time.
const (
	socksHello   = 10 * time.Second
	socksConnect = 20 * time.Second
	socksClients = 4096
	moveBy       = 10000
	moveTries    = 1000
)

// socksDoor is the SOCKS5 address of one instance (RFC 1928, CONNECT only, no
// user names: browsers cannot send them).
type socksDoor struct {
	at      netip.AddrPort
	ln      net.Listener
	ctx     context.Context
	cancel  context.CancelFunc
	clients flows
	tasks   sync.WaitGroup
}

// openSOCKS listens on the door's address. Where the port is taken, on all
// addresses perhaps, it moves as published ports do.
func (d *Doors) openSOCKS(id string, addr netip.Addr) (*socksDoor, error) {
	at := netip.AddrPortFrom(addr, d.opt.SOCKSPort)
	ln, err := net.ListenTCP("tcp4", net.TCPAddrFromAddrPort(at))
	for i := 0; i < moveTries && (errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, syscall.EACCES)); i++ {
		port := (int(d.opt.SOCKSPort) + moveBy + i) % 65536
		if port < 1024 {
			continue
		}
		ln, err = net.ListenTCP("tcp4", net.TCPAddrFromAddrPort(netip.AddrPortFrom(addr, uint16(port))))
	}
	if err != nil {
		return nil, fmt.Errorf("SOCKS5 door at %s: %w", at, err)
	}
	door := &socksDoor{at: hostPort(ln.Addr()), ln: ln}
	door.ctx, door.cancel = context.WithCancel(context.Background())
	srv := socks5.NewServer(
		socks5.WithResolver(asTyped{}),
		socks5.WithConnectHandle(func(_ context.Context, w io.Writer, req *socks5.Request) error {
			return d.socksConnect(door.ctx, id, w, req)
		}),
		socks5.WithAssociateHandle(func(_ context.Context, w io.Writer, _ *socks5.Request) error {
			return socks5.SendReply(w, statute.RepCommandNotSupported, nil)
		}),
	)
	door.tasks.Go(func() { d.serveSOCKS(door, srv) })
	return door, nil
}

func (door *socksDoor) stop() {
	door.cancel()
	_ = door.ln.Close()
	door.clients.cut()
	door.tasks.Wait()
}

func (d *Doors) serveSOCKS(door *socksDoor, srv *socks5.Server) {
	seats := make(chan struct{}, socksClients)
	for {
		c, err := door.ln.Accept()
		if err != nil {
			if door.ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return
			}
			d.opt.Log.Warn("SOCKS5 door", "at", door.at, "err", err)
			if !pause(door.ctx) {
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
		client := door.clients.add(c, door.at.Addr(), hostPort(c.RemoteAddr()))
		if client == nil {
			reset(c)
			return
		}
		door.tasks.Go(func() {
			defer func() { <-seats }()
			defer client.Close()
			_ = client.SetDeadline(time.Now().Add(socksHello))
			if err := srv.ServeConn(client); err != nil && door.ctx.Err() == nil {
				d.opt.Log.Debug("SOCKS5", "door", door.at, "err", err)
			}
		})
	}
}

// pause waits a moment before a failed accept is tried again; false when ctx
// ends first.
func pause(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(10 * time.Millisecond):
		return true
	}
}

// asTyped leaves names to the dial function.
type asTyped struct{}

func (asTyped) Resolve(ctx context.Context, _ string) (context.Context, net.IP, error) {
	return ctx, nil, nil
}

func (d *Doors) socksConnect(ctx context.Context, id string, w io.Writer, req *socks5.Request) error {
	client, ok := w.(*conn)
	if !ok {
		return fmt.Errorf("SOCKS5 connect: the client is a %T", w)
	}
	host := req.DestAddr.FQDN
	if host == "" {
		host = req.DestAddr.IP.String()
	}
	dialCtx, cancel := context.WithTimeout(ctx, socksConnect)
	target, err := d.dial(dialCtx, id, "tcp", host, uint16(req.DestAddr.Port), DoorSOCKS)
	cancel()
	_ = client.SetDeadline(time.Now().Add(socksHello))
	if err != nil {
		return errors.Join(err, socks5.SendReply(client, replyCode(err), nil))
	}
	if err := socks5.SendReply(client, statute.RepSuccess, target.LocalAddr()); err != nil {
		reset(target)
		return err
	}
	_ = client.SetDeadline(time.Time{})
	join(client, target, buffered(req.Reader))
	return nil
}

// buffered is what the client sent right behind its request.
func buffered(r io.Reader) []byte {
	b, ok := r.(*bufio.Reader)
	if !ok || b.Buffered() == 0 {
		return nil
	}
	early := make([]byte, b.Buffered())
	n, _ := b.Read(early)
	return early[:n]
}

// replyCode words an error in SOCKS5's reply field (RFC 1928, 6).
func replyCode(err error) uint8 {
	var refused *Refused
	switch {
	case errors.As(err, &refused) && refused.Verdict.Gate == reach.GateName:
		return statute.RepHostUnreachable
	case errors.As(err, &refused):
		return statute.RepRuleFailure
	case errors.Is(err, syscall.ECONNREFUSED):
		return statute.RepConnectionRefused
	case errors.Is(err, context.DeadlineExceeded):
		return statute.RepTTLExpired
	case errors.Is(err, ErrUnknown):
		return statute.RepServerFailure
	}
	return statute.RepHostUnreachable
}
