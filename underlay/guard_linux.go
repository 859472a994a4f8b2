package underlay

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// guard asks about what a router passes on, from one namespace to another: the
// kernel holds back what begins there, and what it cannot tell from a beginning,
// until it is told. What else there is in a router is for its own sockets.
type guard struct {
	vpc   string
	ask   Asked
	queue *os.File // a netlink socket

	// Datagrams that were let through, lately and before that: their answers are.
	lately, before map[way]bool
	turned         time.Time
}

// way is what a packet says of itself.
type way struct {
	protocol byte
	from, to netip.AddrPort // port 0 where the protocol has none
}

func (w way) back() way { return way{w.protocol, w.to, w.from} }

func (w way) name() string {
	switch w.protocol {
	case unix.IPPROTO_TCP:
		return "tcp"
	case unix.IPPROTO_UDP:
		return "udp"
	case unix.IPPROTO_ICMP:
		return "icmp"
	}
	return strconv.Itoa(int(w.protocol))
}

// Ways are remembered for one to two times answerTime, and no longer than
// mostWays take.
const (
	answerTime = time.Minute
	mostWays   = 1 << 16
)

// newGuard opens the queue of a namespace and makes the rules that fill it.
func newGuard(s *space, vpc string, ask Asked) (*guard, error) {
	g := &guard{vpc: vpc, ask: ask, lately: map[way]bool{}}
	err := s.do(func() error {
		var err error
		if g.queue, err = openQueue(); err != nil {
			return err
		}
		return holdBack()
	})
	if err != nil {
		g.close()
		return nil, err
	}
	return g, nil
}

func (g *guard) close() {
	if g != nil {
		_ = g.queue.Close()
	}
}

// run answers until the queue is closed.
func (g *guard) run() {
	buf := make([]byte, 4096)
	for {
		n, err := g.queue.Read(buf)
		if errors.Is(err, unix.ENOBUFS) {
			continue // some were lost, as on any busy network
		}
		if err != nil {
			return
		}
		if id, packet, ok := queued(buf[:n]); ok {
			_, _ = g.queue.Write(verdict(id, g.lets(packet)))
		}
	}
}

// lets decides on a packet.
func (g *guard) lets(packet []byte) bool {
	w, first := parse(packet)
	switch {
	case !first:
		return true // nothing comes of it without the first part
	case w.protocol == unix.IPPROTO_TCP || w.protocol == unix.IPPROTO_ICMP:
		return g.asked(w)
	}
	// Whatever else goes there may be an answer, as long as the question still may
	// go.
	if now := time.Now(); now.Sub(g.turned) > answerTime || len(g.lately) >= mostWays {
		g.lately, g.before, g.turned = map[way]bool{}, g.lately, now
	}
	if q := w.back(); (g.lately[q] || g.before[q]) && g.asked(q) {
		g.lately[q] = true
		return true
	}
	may := g.asked(w)
	if may {
		g.lately[w] = true
	}
	return may
}

func (g *guard) asked(w way) bool { return g.ask(g.vpc, w.name(), w.from, w.to) }

// parse reads an IPv4 packet (RFC 791). first is false for a later part of one
// that was sent in parts.
func parse(p []byte) (w way, first bool) {
	if len(p) < 20 {
		return way{}, true
	}
	w.protocol = p[9]
	from, to := netip.AddrFrom4([4]byte(p[12:])), netip.AddrFrom4([4]byte(p[16:]))
	var ports [2]uint16
	if rest := p[min(len(p), int(p[0]&15)*4):]; len(rest) >= 4 && (w.protocol == unix.IPPROTO_TCP || w.protocol == unix.IPPROTO_UDP) {
		ports = [2]uint16{binary.BigEndian.Uint16(rest), binary.BigEndian.Uint16(rest[2:])}
	}
	w.from, w.to = netip.AddrPortFrom(from, ports[0]), netip.AddrPortFrom(to, ports[1])
	return w, binary.BigEndian.Uint16(p[6:])&0x1fff == 0
}
