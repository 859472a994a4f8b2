package dataplane

import (
	"errors"
	"net"
	"net/netip"
)

// receiveAll hands every packet to take until the socket is closed.
func receiveAll(conn *net.UDPConn, take func(netip.AddrPort, []byte)) {
	buf := make([]byte, 64<<10)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buf)
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err == nil:
			take(netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), buf[:n])
		}
	}
}
