package cloud

import "slices"

// State is a documented state as a stable word; the catalogue has its name in
// both languages under "state.KIND.WORD" and what it means under
// "state.KIND.WORD.hint".
type State string

// States of the nouns (REQUIREMENTS B.3). An endpoint shows two of them apart:
// its own and its connection's (EP-09).
const (
	Creating       State = "creating"
	Active         State = "active"
	Deleting       State = "deleting"
	Disconnected   State = "disconnected"
	Connecting     State = "connecting"
	Connected      State = "connected"
	Disconnecting  State = "disconnecting"
	ServiceDeleted State = "servicedeleted"
	Wait           State = "wait"
	Migrating      State = "migrating"
	Migrated       State = "migrated"
)

// States of ctyun, whose endpoints show one state for both (TYE-13, TYD-11).
const (
	Pending   State = "pending"  // 待接受
	Accepted  State = "accepted" // 已接受
	Rejected  State = "rejected" // 已拒绝
	Failed    State = "failed"   // 失败
	Available State = "available"
)

// Action is something an account can ask of an endpoint or its connection.
type Action string

// Actions.
const (
	ActAllow      Action = "allow"
	ActDeny       Action = "deny"
	ActUpdate     Action = "update"
	ActDelete     Action = "delete"
	ActAddZone    Action = "addzone"
	ActRemoveZone Action = "removezone"
	ActLimit      Action = "limit" // the provider limits the connection's bandwidth
)

// connectionActions is the table of what may be asked in which state of the
// connection: it decides what a request may do and which buttons a page shows
// (DESIGN idea 8).
func connectionActions() map[State][]Action {
	return map[State][]Action{
		Disconnected: {ActAllow, ActDeny, ActUpdate, ActDelete, ActAddZone, ActRemoveZone, ActLimit},
		Connecting:   {ActDeny, ActUpdate, ActDelete, ActLimit},
		Connected:    {ActDeny, ActUpdate, ActDelete, ActAddZone, ActRemoveZone, ActLimit},
		// The data plane is about to close it; a provider who has changed their
		// mind need not wait for that.
		Disconnecting:  {ActAllow, ActUpdate, ActDelete, ActLimit},
		ServiceDeleted: {ActUpdate, ActDelete},
		Deleting:       {},
	}
}

// May says whether the table lets an action happen in a connection state.
func May(s State, a Action) bool { return slices.Contains(connectionActions()[s], a) }

// ConnectionStates lists the states of a connection, for tests.
func ConnectionStates() []State {
	return []State{Disconnected, Connecting, Connected, Disconnecting, ServiceDeleted, Deleting}
}

// Actions lists every action, for tests.
func Actions() []Action {
	return []Action{ActAllow, ActDeny, ActUpdate, ActDelete, ActAddZone, ActRemoveZone, ActLimit}
}

// Facts are what the states of an endpoint follow from.
type Facts struct {
	Decision  Decision
	Deleting  bool
	NoService bool
	Zones     []ZoneFacts
}

// ZoneFacts are the facts of one zone of an endpoint.
type ZoneFacts struct {
	Allocated bool // a resource is assigned to it
	Bound     bool // observed: its ports are held
	Open      bool // observed: its ports are listening, as far as there are any
	Failed    bool // observed: something keeps it from that
	Out       bool // observed: its availability zone has failed
	Refused   bool // the provider has closed it by itself
	Moved     bool // it was moved to another resource
	Old       bool // observed: connections live that it had before that
}

// MergedState derives the one state of an endpoint of ctyun (TYE-13): the
// documented meanings are its hints in the catalogue.
func (f Facts) MergedState() State {
	bound, open, failed := true, len(f.Zones) > 0, f.NoService
	for _, z := range f.Zones {
		bound, open, failed = bound && z.Bound, open && z.Open, failed || z.Failed
	}
	switch {
	case f.Deleting:
		return Deleting
	case failed:
		return Failed
	case !bound:
		return Creating
	case f.Decision == Refused:
		return Rejected
	case f.Decision == Undecided:
		return Pending
	case !open:
		return Creating
	}
	return Accepted
}

// MergedStates lists the states of an endpoint of ctyun, for tests, filters
// and docs.
func MergedStates() []State { return []State{Pending, Creating, Accepted, Rejected, Failed, Deleting} }

// ServiceFacts are what the state of a service of ctyun follows from. Known
// says that the lab runs it.
type ServiceFacts struct {
	Deleting, Known, Failed bool
}

// State derives the state (TYD-11). A deleted one is a Tombstone.
func (f ServiceFacts) State() State {
	switch {
	case f.Deleting:
		return Deleting
	case f.Failed:
		return Failed
	case !f.Known:
		return Creating
	}
	return Available
}

// Buried is the state of a Tombstone, the last of TYD-11.
const Buried State = "deleted"

// ServiceStates lists the states of a service of ctyun that is there.
func ServiceStates() []State { return []State{Creating, Available, Failed, Deleting} }

// EndpointState derives the endpoint's own state: it is Active once the
// interface of every zone stands, whatever the connection is. Aliyun has no
// failed endpoint: one whose port cannot be had stays Creating, with the
// reason beside it.
func (f Facts) EndpointState() State {
	if f.Deleting {
		return Deleting
	}
	for _, z := range f.Zones {
		if !z.Bound {
			return Creating
		}
	}
	return Active
}

// ConnectionState derives the state of the connection: what the provider
// decided, and whether the data plane has done it yet. A zone that has failed
// keeps it from nothing while another one carries.
func (f Facts) ConnectionState() State {
	switch {
	case f.Deleting:
		return Deleting
	case f.NoService:
		return ServiceDeleted
	}
	open, through, all, assigned := false, false, true, false
	for _, z := range f.Zones {
		open, assigned = open || z.Open, assigned || z.Allocated
		through = through || z.Open && z.Allocated
		all = all && (z.Open || !z.Allocated || z.Out)
	}
	switch {
	case f.Decision == Allowed && through && all:
		return Connected
	case f.Decision == Allowed && assigned:
		return Connecting
	case open:
		return Disconnecting
	}
	return Disconnected
}

// State derives the state of one zone's connection. One whose availability
// zone has failed is Connecting until that works again.
func (z ZoneFacts) State(d Decision, deleting bool) State {
	through := d == Allowed && z.Allocated && z.Open
	switch {
	case deleting:
		return Deleting
	case !z.Bound:
		return Creating
	case through && z.Moved && z.Old:
		return Migrating
	case through && z.Moved:
		return Migrated
	case through:
		return Connected
	case d == Allowed && z.Allocated:
		return Connecting
	case z.Open:
		return Disconnecting
	case d == Undecided, d == Allowed && !z.Refused:
		return Wait
	}
	return Disconnected
}
