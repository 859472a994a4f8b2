// Package proxyproto writes and reads the header of PROXY protocol version 2,
// with which a forwarder tells a backend who is calling, and the private-link
// records (TLVs) that clouds put behind it:
//
//	h := proxyproto.Header{Source: client, Destination: dialled, TLVs: proxyproto.Aliyun.TLVs(link)}
//	conn.Write(h.Append(nil)) // before anything else
//
//	h, n, err := proxyproto.Parse(first) // n bytes of first are the header
//
// docs/proxy-protocol.md draws each vendor's record. Requirement: REQUIREMENTS
// B.7.
package proxyproto

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
)

// signature is how every header begins.
const signature = "\r\n\r\n\x00\r\nQUIT\n"

// Fixed is the length of the part that every header has; Most bounds a whole
// one.
const (
	Fixed = 16
	Most  = Fixed + 1<<16 - 1
)

const (
	local, proxied   = 0x20, 0x21 // version and command
	unspec           = 0x00       // family and transport
	stream4, stream6 = 0x11, 0x21
	inet4, inet6     = 1, 2 // families, the upper half of that byte
	unix             = 3
	unixSize         = 2 * 108 // two paths
)

// Header says where a connection comes from. A Local one is from the forwarder
// itself, such as a health check, and has no addresses.
type Header struct {
	Local               bool
	Source, Destination netip.AddrPort // of the same family; invalid: not told
	TLVs                []TLV
}

// TLV is one record behind the addresses.
type TLV struct {
	Type  byte
	Value []byte // at most 65,535 bytes, with the other ones
}

// Reasons of Parse.
var (
	ErrShort = errors.New("the header goes on")
	errNone  = errors.New("no header of PROXY protocol version 2")
	errBad   = errors.New("a header of PROXY protocol version 2 that is wrong in itself")
)

// Append writes the header behind b.
func (h Header) Append(b []byte) []byte {
	start := len(b)
	b = append(b, signature...)
	from, to := h.Source.Addr().Unmap(), h.Destination.Addr().Unmap()
	switch {
	case h.Local:
		b = append(b, local, unspec, 0, 0)
	case !from.IsValid() || !to.IsValid():
		b = append(b, proxied, unspec, 0, 0)
	case from.Is4() && to.Is4():
		b = append(b, proxied, stream4, 0, 0)
		b = append(append(b, from.AsSlice()...), to.AsSlice()...)
	default:
		long, last := from.As16(), to.As16()
		b = append(b, proxied, stream6, 0, 0)
		b = append(append(b, long[:]...), last[:]...)
	}
	if len(b) > start+Fixed {
		b = binary.BigEndian.AppendUint16(b, h.Source.Port())
		b = binary.BigEndian.AppendUint16(b, h.Destination.Port())
	}
	for _, t := range h.TLVs {
		b = append(b, t.Type)
		b = binary.BigEndian.AppendUint16(b, uint16(len(t.Value)))
		b = append(b, t.Value...)
	}
	binary.BigEndian.PutUint16(b[start+Fixed-2:], uint16(len(b)-start-Fixed))
	return b
}

// Parse reads the header that b begins with, and says how long it is.
// ErrShort: it could be one, if more came.
func Parse(b []byte) (h Header, n int, err error) {
	if seen := min(len(b), len(signature)); string(b[:seen]) != signature[:seen] {
		return h, 0, errNone
	}
	if len(b) < Fixed {
		return h, 0, ErrShort
	}
	n = Fixed + int(binary.BigEndian.Uint16(b[Fixed-2:]))
	if len(b) < n {
		return h, 0, ErrShort
	}
	rest := b[Fixed:n]
	switch b[12] {
	case local:
		// A receiver skips what follows, also addresses.
		return Header{Local: true}, n, nil
	case proxied:
	default:
		return h, 0, errBad
	}
	family := b[13] >> 4
	size := map[byte]int{inet4: 4, inet6: 16}[family]
	if least := map[byte]int{inet4: 2*4 + 4, inet6: 2*16 + 4, unix: unixSize}[family]; len(rest) < least {
		return h, 0, errBad
	}
	switch {
	case family == unix:
		rest = rest[unixSize:]
	case size > 0:
		from, _ := netip.AddrFromSlice(rest[:size])
		to, _ := netip.AddrFromSlice(rest[size : 2*size])
		h.Source = netip.AddrPortFrom(from, binary.BigEndian.Uint16(rest[2*size:]))
		h.Destination = netip.AddrPortFrom(to, binary.BigEndian.Uint16(rest[2*size+2:]))
		rest = rest[2*size+4:]
	}
	for len(rest) > 0 {
		if len(rest) < 3 {
			return Header{}, 0, errBad
		}
		length := int(binary.BigEndian.Uint16(rest[1:]))
		if len(rest) < 3+length {
			return Header{}, 0, errBad
		}
		h.TLVs = append(h.TLVs, TLV{rest[0], bytes.Clone(rest[3 : 3+length])})
		rest = rest[3+length:]
	}
	return h, n, nil
}
