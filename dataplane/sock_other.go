//go:build !unix

package dataplane

import (
	"errors"
	"net"
	"net/netip"
	"syscall"
)

// On these systems no underlay can bind a port, so a plane never gets to the
// functions below; they keep the package compiling.

var errSystem = errors.New("the data plane needs a Unix system")

func startListening(*net.TCPListener) error { return errSystem }

func stopListening(*net.TCPListener) error { return errSystem }

func disconnect(*net.TCPConn) bool { return false }

func hasError(syscall.Conn) bool { return false }

func hungUp(syscall.Conn) bool { return false }

func waitForError(syscall.Conn) bool { return false }

type reader struct{}

func newReader(syscall.Conn) *reader { return &reader{} }

func newPacketReader(syscall.Conn) *reader { return &reader{} }

func (*reader) next() ([]byte, error) { return nil, errSystem }

func (*reader) done() {}

func sendNow(net.Conn, []byte) error { return errSystem }

func sendNowTo(*net.UDPConn, []byte, netip.AddrPort) error { return errSystem }

func openFiles() int { return 8192 }
