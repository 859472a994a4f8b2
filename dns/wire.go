package dns

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// servePackets answers what the views know in the reading goroutine, which
// takes microseconds, and hands the rest to one goroutine per forward, whose
// number is bounded.
func (s *Server) servePackets(ctx context.Context, vpc string, conn net.PacketConn) {
	if s.serveBatches(ctx, vpc, conn) {
		return
	}
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

// serveStream answers the queries of one TCP client. One that waits for the
// upstream does not hold up those sent behind it (RFC 7766, 6.2.1.1). When the
// client has sent its last, what it asked is still answered.
func (s *Server) serveStream(ctx context.Context, vpc string, conn net.Conn) {
	out := stream{conn: conn}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	var forwards sync.WaitGroup
	defer forwards.Wait()
	places := make(chan struct{}, maxPipelined)
	client := addrPort(conn.RemoteAddr()).Addr()
	for {
		_ = conn.SetReadDeadline(time.Now().Add(tcpIdle))
		query, err := readFrame(conn)
		if err != nil {
			return
		}
		reply, later := s.handle(vpc, client, query, false)
		switch {
		case later != nil && s.take():
			places <- struct{}{}
			forwards.Go(func() {
				defer func() { <-places }()
				defer s.give()
				out.send(later(ctx))
			})
		case reply != nil:
			out.send(reply)
		}
	}
}

// stream is where the answers to one TCP client go, one at a time.
type stream struct {
	mu   sync.Mutex
	conn net.Conn
}

// send closes the connection when the client does not take the answer: the
// reader then ends.
func (s *stream) send(reply []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.conn.SetWriteDeadline(time.Now().Add(tcpIdle))
	if _, err := s.conn.Write(frame(reply)); err != nil {
		_ = s.conn.Close()
	}
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
