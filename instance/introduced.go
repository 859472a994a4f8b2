package instance

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"

	"culvert.internal/proxyproto"
)

// introducing takes the header of PROXY protocol off connections that begin with
// one. No request of HTTP can begin as it does, so that a page works behind
// services with it and without, and shows what it was told. Who connects by
// themselves can send a header too: it is shown and decides nothing.
type introducing struct{ net.Listener }

func (l introducing) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &introduced{Conn: c, in: bufio.NewReaderSize(c, longestHeader)}, nil
}

// longestHeader bounds a header that is taken off.
const longestHeader = 2 << 10

// introducedKey is where a request's connection is found.
type introducedKey struct{}

// introduced is a connection. Its header is known once something was read.
type introduced struct {
	net.Conn
	in     *bufio.Reader
	once   sync.Once
	header *proxyproto.Header
}

func (c *introduced) Read(b []byte) (int, error) {
	c.once.Do(c.takeOff)
	return c.in.Read(b)
}

// takeOff looks no further than what is there proves it a header.
func (c *introduced) takeOff() {
	for n := 1; n <= longestHeader; n++ {
		seen, err := c.in.Peek(n)
		if err != nil {
			return // the reader says so again
		}
		h, size, err := proxyproto.Parse(seen)
		switch {
		case err == nil:
			_, _ = c.in.Discard(size)
			c.header = &h
			return
		case !errors.Is(err, proxyproto.ErrShort):
			return
		}
	}
}

// lines are the header as text: who calls whom, and a line for each record.
func (c *introduced) lines() []string {
	if c == nil || c.header == nil || c.header.Local {
		return nil
	}
	out := []string{fmt.Sprintf("PROXY: %s -> %s", c.header.Source, c.header.Destination)}
	for _, t := range c.header.TLVs {
		line, rest := fmt.Sprintf("0x%02X", t.Type), string(t.Value)
		if rest != "" && rest[0] < ' ' {
			line, rest = line+fmt.Sprintf(" %02X", rest[0]), rest[1:]
		}
		if strings.ContainsFunc(rest, func(r rune) bool { return r < ' ' || r > '~' }) {
			rest = fmt.Sprintf("%X", rest)
		}
		out = append(out, line+" "+rest)
	}
	return out
}
