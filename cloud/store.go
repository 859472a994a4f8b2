package cloud

import (
	"context"
	"errors"
)

// Store keeps the facts. Reads see one consistent snapshot; writes are serial
// and all or nothing. A *Tx must not be used after its function returned.
type Store interface {
	Read(ctx context.Context, fn func(*Tx) error) error
	Write(ctx context.Context, fn func(*Tx) error) error
	Close() error
}

// ErrMissing is what Table.Get and Table.Delete answer for an unknown ID.
var ErrMissing = errors.New("no such row")

// ErrTaken is what Table.Put answers when a unique column is already in use
// by another row.
var ErrTaken = errors.New("already in use")

// Where selects rows by equality of columns; all must hold. A []string value
// means "one of". Column names are the nouns' field names in snake case
// ("vpc", "vswitch", "account"). An unknown column is an error.
type Where map[string]any

// Table keeps one noun. List answers in order of creation (then ID).
type Table[T any] interface {
	Get(id string) (T, error)
	List(Where) ([]T, error)
	Count(Where) (int, error)
	Put(T) error // insert or replace by ID
	Delete(id string) error
}

// Tx is one transaction: a table for each noun and the logs.
type Tx struct {
	Settings       Table[Setting]
	Accounts       Table[Account]
	VPCs           Table[VPC]
	VSwitches      Table[VSwitch]
	SecurityGroups Table[SecurityGroup]
	SecurityRules  Table[SecurityRule]
	Instances      Table[Instance]
	Balancers      Table[Balancer]
	Backends       Table[Backend]
	Listeners      Table[Listener]
	Services       Table[Service]
	Resources      Table[Resource]
	Grants         Table[Grant]
	Endpoints      Table[Endpoint]
	Interfaces     Table[Interface]
	Observations   Table[Observation]
	Moves          Table[Move]
	Counters       Table[Counter]

	Events   EventLog
	Attempts AttemptLog
	Samples  SampleLog
}

// EventLog is the append-only log of changes.
type EventLog interface {
	// Append stores the event under the next sequence number.
	Append(Event) error
	// Since answers the events after a sequence number, oldest first.
	Since(seq int64, limit int) ([]Event, error)
	// Recent answers an account's newest events (as owner, peer or actor)
	// before a sequence number (0: from the end), newest first. A resource ID
	// narrows it down to that resource; an empty account means all of them.
	Recent(account, resource string, before int64, limit int) ([]Event, error)
	// Last is the newest sequence number, 0 when the log is empty.
	Last() (int64, error)
}

// AttemptLog is the bounded log of connection attempts.
type AttemptLog interface {
	Append([]Attempt) error
	// Recent answers the newest attempts first.
	Recent(AttemptQuery) ([]Attempt, error)
	// Tally counts the attempts of the query by outcome.
	Tally(AttemptQuery) (allowed, refused int, err error)
	// Trim keeps the newest keep attempts.
	Trim(keep int) error
}

// Setting is one value of the installation (session keys, switches).
type Setting struct {
	ID    string
	Value string
}
