package dataplane

import "os"

// engine takes flows in and moves their bytes. pumps works everywhere, with
// goroutines; loops, where the system has them, with epoll. Both pass the same
// tests, and what decides about a flow (joining) is one.
type engine interface {
	// tcp makes a bound socket, which it owns from then on, the door of a port.
	tcp(s *tcpSocket, sock *os.File) (door, error)
	// udp does the same for packets.
	udp(s *udpSocket, sock *os.File) (packetDoor, error)
	// stop ends what is left of the engine when every door is closed and every
	// flow cut. It does not wait for it.
	stop()
}

// door is a bound TCP socket. Its methods are called one after another.
type door interface {
	// open listens, shut stops listening and keeps the port. Both do nothing
	// when it is so already.
	open() error
	shut() error
	// close gives the port up: it can be bound again when close returns.
	close()
}

// packetDoor is a bound UDP socket, which receives from the beginning.
type packetDoor interface {
	// close gives the port up: it can be bound again when close returns.
	close()
}
