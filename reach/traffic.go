package reach

// Traffic is what went through an endpoint, one of its interfaces, an endpoint
// service or a CLB since the program started. An endpoint's is the sum of its
// interfaces, a service's of its endpoints, a CLB's what came to its own
// address and what came to it through endpoints; what belonged to what is
// settled when it happens, so that no sum ever falls.
type Traffic struct {
	Open     int    // flows of now
	Accepted uint64 // flows joined with a backend
	Refused  uint64 // flows the judge refused, also at a door
	Failed   uint64 // allowed flows that found no backend, or no room
	In, Out  uint64 // bytes from and to clients
	Drops    Drops
	// ClientResets and BackendResets are flows that a reset of that side ended.
	ClientResets, BackendResets uint64
	// InRate and OutRate are bits per second in the last minute that is over,
	// a minute of six moments of ten seconds.
	InRate, OutRate uint64
}

// Drops are UDP packets that were not carried, by their reason.
type Drops struct {
	Shut    uint64 // the port was not open
	Refused uint64 // the judge refused the flow
	Limit   uint64 // there were too many flows
	Failed  uint64 // no backend took the flow
	Full    uint64 // somebody did not receive fast enough
	Rate    uint64 // the bandwidth of the connection was used up
}

// Sum is all of them.
func (d Drops) Sum() uint64 { return d.Shut + d.Refused + d.Limit + d.Failed + d.Full + d.Rate }

// Plus adds what was dropped elsewhere or later.
func (d Drops) Plus(o Drops) Drops {
	return Drops{d.Shut + o.Shut, d.Refused + o.Refused, d.Limit + o.Limit, d.Failed + o.Failed, d.Full + o.Full, d.Rate + o.Rate}
}

// Since is what was dropped after an earlier count.
func (d Drops) Since(o Drops) Drops {
	return Drops{d.Shut - o.Shut, d.Refused - o.Refused, d.Limit - o.Limit, d.Failed - o.Failed, d.Full - o.Full, d.Rate - o.Rate}
}

// Meters are what the running lab has counted since the program started.
type Meters struct {
	// Traffic is by interface, endpoint, endpoint service and CLB; what nothing
	// went through may be missing.
	Traffic map[string]Traffic
	// Flows is how many flows there are, Room how many there may be.
	Flows, Room int
	// Ports are the published ports of every interface and CLB.
	Ports map[PortState]int
	// Refusals are flows that were refused or failed, by why; those among
	// AttemptsLost are not in it.
	Refusals map[Refusal]uint64
	// Attempts is how many flows and refusals were reported; AttemptsLost how
	// many more came faster than they could be taken. Of the reported ones,
	// AttemptsAlike are part of the row of another one that was alike, and
	// AttemptsUnwritten the log did not take because there were too many.
	Attempts, AttemptsLost, AttemptsAlike, AttemptsUnwritten uint64
	// Starved is how often there was no open file left to accept a connection
	// with.
	Starved uint64
}

// PortState is what can be said of a published port.
type PortState struct {
	Protocol Protocol
	State    string // one of the Port constants
}

// States of a published port: it waits for clients; it is owned and answers
// nobody; it could not be had.
const (
	PortOpen   = "open"
	PortClosed = "closed"
	PortFailed = "failed"
)

// Refusal is why flows were not let through: a gate and the key of its reason.
type Refusal struct {
	Gate   Gate
	Reason string
}
