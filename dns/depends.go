package dns

// depends notes what an answer depends on besides the views, so that it is
// known when it may be given again. Whatever makes an answer asks the
// Question for these things, and never reads them past it.
type depends struct {
	turns   int  // how many answers take turns, at least 1
	zone    bool // where the client stands
	outside bool // chance, or what the views do not know
}

// turn is the client's turn among n, from 0 on.
func (q Question) turn(n int) int {
	if n < 2 {
		return 0
	}
	if q.deps != nil {
		q.deps.turns = lcm(q.deps.turns, n)
	}
	return int(q.Turn % uint32(n))
}

// zone is where the client stands, "" when that is not known.
func (q Question) zone() string {
	if q.deps != nil {
		q.deps.zone = true
	}
	return q.Zone
}

// luck is a number below n that nobody can foresee.
func (q Question) luck(n int) int {
	if q.deps != nil {
		q.deps.outside = true
	}
	return int(q.Luck % uint64(n))
}

// lcm is the least common multiple of two small numbers.
func lcm(a, b int) int {
	x, y := a, b
	for y != 0 {
		x, y = y, x%y
	}
	return a / x * b
}
