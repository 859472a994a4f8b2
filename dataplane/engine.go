package dataplane

// engine moves the bytes of TCP links. pumps works everywhere; another one may
// take its place on a system that offers more.
type engine interface {
	// Carry owns both sockets of a link: it moves bytes and half-closes both
	// ways, turns a reset of one side into a reset of the other, counts in
	// l.in and l.out (and the front's counters) what it delivered, and returns
	// when the link is settled and both sockets are closed.
	Carry(l *link)
	// Cut resets both sides of a link at once and makes Carry return. It does
	// not wait for that, and is called at most once per link, from any
	// goroutine, also before Carry.
	Cut(l *link)
}
