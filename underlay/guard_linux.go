package underlay

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// guard asks about what a router passes on, from one namespace to another: the
// kernel holds back what begins there, and what it cannot tell from a beginning,
// until it is told. What else there is in a router is for its own sockets.
type guard struct {
	vpc string
	ask Asked
	// Netlink sockets: connections do not wait behind datagrams.
	connections, datagrams *os.File

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

// Ways are remembered for one to two times answerTime, or until mostWays more
// have come.
const (
	answerTime = time.Minute
	mostWays   = 1 << 16
)

// newGuard opens the queues of a namespace and makes the rules that fill them.
func newGuard(s *space, vpc string, ask Asked) (*guard, error) {
	g := &guard{vpc: vpc, ask: ask, lately: map[way]bool{}}
	err := s.do(func() (err error) {
		if g.connections, err = openQueue(connectionsQueue); err != nil {
			return err
		}
		if g.datagrams, err = openQueue(datagramsQueue); err != nil {
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
	if g == nil {
		return
	}
	for _, q := range []*os.File{g.connections, g.datagrams} {
		if q != nil {
			_ = q.Close()
		}
	}
}

// run answers until the queues are closed.
func (g *guard) run(group *sync.WaitGroup) {
	group.Go(func() { answer(g.connections, connectionsQueue, g.asked) })
	group.Go(func() { answer(g.datagrams, datagramsQueue, g.lets) })
}

func answer(queue *os.File, number uint16, lets func(way) bool) {
	buf := make([]byte, 4096)
	for {
		n, err := queue.Read(buf)
		if errors.Is(err, unix.ENOBUFS) {
			continue // some were lost, as on any busy network
		}
		if err != nil {
			return
		}
		id, packet, ok := queued(buf[:n])
		if !ok {
			continue
		}
		w, begins := parse(packet)
		_, _ = queue.Write(verdict(number, id, !begins || lets(w)))
	}
}

// lets decides on a datagram, which may be an answer: that may go as long as its
// question may. Answers to pings do not come here.
func (g *guard) lets(w way) bool {
	if w.protocol == unix.IPPROTO_ICMP {
		return g.asked(w)
	}
	switch now := time.Now(); {
	case now.Sub(g.turned) > 2*answerTime:
		g.lately, g.before, g.turned = map[way]bool{}, nil, now
	case now.Sub(g.turned) > answerTime:
		g.lately, g.before, g.turned = map[way]bool{}, g.lately, g.turned.Add(answerTime)
	case len(g.lately) >= mostWays:
		g.lately, g.before, g.turned = map[way]bool{}, g.lately, now
	}
	if q := w.back(); (g.lately[q] || g.before[q]) && g.ask(g.vpc, q.name(), q.from, q.to, false) {
		g.lately[q] = true
		return true
	}
	may := g.asked(w)
	if may {
		g.lately[w] = true
	}
	return may
}

func (g *guard) asked(w way) bool { return g.ask(g.vpc, w.name(), w.from, w.to, true) }

// parse reads an IPv4 packet (RFC 791). Nothing begins with a later part of one
// that was sent in parts, and comes of it without the first; nor with an answer
// to a ping or word of an error (RFC 792).
func parse(p []byte) (w way, begins bool) {
	if len(p) < 20 {
		return way{}, true
	}
	w.protocol = p[9]
	from, to := netip.AddrFrom4([4]byte(p[12:])), netip.AddrFrom4([4]byte(p[16:]))
	var ports [2]uint16
	begins = binary.BigEndian.Uint16(p[6:])&0x1fff == 0
	switch rest := p[min(len(p), int(p[0]&15)*4):]; {
	case len(rest) < 4:
	case w.protocol == unix.IPPROTO_TCP, w.protocol == unix.IPPROTO_UDP:
		ports = [2]uint16{binary.BigEndian.Uint16(rest), binary.BigEndian.Uint16(rest[2:])}
	case w.protocol == unix.IPPROTO_ICMP && slices.Contains(icmpAnswers, rest[0]):
		begins = false
	}
	w.from, w.to = netip.AddrPortFrom(from, ports[0]), netip.AddrPortFrom(to, ports[1])
	return w, begins
}

// icmpAnswers are the types of messages that nobody sends unasked: echo reply,
// destination unreachable, source quench, time exceeded, parameter problem and
// timestamp reply.
var icmpAnswers = []byte{0, 3, 4, 11, 12, 14}
