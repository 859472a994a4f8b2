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
	// berth takes room for the file of a port: aside, if it can, from those of
	// flows, of which the process has only so many.
	berth(aside bool) (berth, error)
	// stop ends what is left of the engine when every door is closed and every
	// flow cut. It does not wait for it.
	stop()
}

// berth is the room of a port's file.
type berth interface {
	// leave gives it back.
	leave()
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
