package dns

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
)

// servePackets answers what the views know in the reading goroutine, which
// takes microseconds, and hands the rest to one goroutine per forward, whose
// number is bounded.
func (s *Server) servePackets(ctx context.Context, vpc string, conn net.PacketConn) {
	var forwards sync.WaitGroup
	defer forwards.Wait()
	buf := make([]byte, 64<<10)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			if s.readAgain(ctx, vpc, err) {
				continue
			}
			return
		}
		client := addrPort(from).Addr()
		reply, later := s.handle(vpc, client, buf[:n], true)
		switch {
		case later != nil && s.take():
			forwards.Go(func() {
				defer s.give()
				_, _ = conn.WriteTo(later(ctx), from)
			})
		case reply != nil:
			_, _ = conn.WriteTo(reply, from)
		}
	}
}

// readAgain says whether a failed read is to be tried again: an ICMP message
// about an earlier answer is not the end of the socket.
func (s *Server) readAgain(ctx context.Context, vpc string, err error) bool {
	if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
		return false
	}
	s.opt.Log.Warn("DNS socket", "vpc", vpc, "err", err)
	select {
	case <-ctx.Done():
		return false
	case <-time.After(10 * time.Millisecond):
		return true
	}
}

func (s *Server) take() bool {
	select {
	case s.slots <- struct{}{}:
		return true
	default:
		return false
	}
}

func (s *Server) give() { <-s.slots }

func (s *Server) serveStreams(ctx context.Context, vpc string, ln net.Listener) {
	var clients sync.WaitGroup
	defer clients.Wait()
	seats := make(chan struct{}, maxClients)
	for {
		conn, err := ln.Accept()
		if err != nil {
			if s.readAgain(ctx, vpc, err) {
				continue
			}
			return
		}
		select {
		case seats <- struct{}{}:
			clients.Go(func() {
				defer func() { <-seats }()
				s.serveStream(ctx, vpc, conn)
			})
		default:
			_ = conn.Close()
		}
	}
}

// serveStream answers the queries of one TCP client one after the other
// (RFC 7766 allows more at a time but does not ask for it).
func (s *Server) serveStream(ctx context.Context, vpc string, conn net.Conn) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	client := addrPort(conn.RemoteAddr()).Addr()
	for {
		_ = conn.SetDeadline(time.Now().Add(tcpIdle))
		query, err := readFrame(conn)
		if err != nil {
			return
		}
		reply := s.respond(ctx, vpc, client, query)
		if reply == nil {
			return
		}
		_ = conn.SetDeadline(time.Now().Add(tcpIdle))
		if _, err := conn.Write(frame(reply)); err != nil {
			return
		}
	}
}

func (s *Server) respond(ctx context.Context, vpc string, client netip.Addr, query []byte) []byte {
	reply, later := s.handle(vpc, client, query, false)
	if later != nil && s.take() {
		defer s.give()
		return later(ctx)
	}
	return reply
}

func readFrame(r io.Reader) ([]byte, error) {
	var size [2]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	msg := make([]byte, binary.BigEndian.Uint16(size[:]))
	_, err := io.ReadFull(r, msg)
	return msg, err
}

// frame puts its length before a message, as TCP needs it.
func frame(msg []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(msg))), msg...)
}
