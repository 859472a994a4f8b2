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
// ("vpc", "vswitch", "account"). A column that is a list of texts ("groups")
// is selected by what it holds. An unknown column is an error.
type Where map[string]any

// Query asks a table for the rows that a person looks for, in the order they
// want, a page at a time. A path names what is searched or sorted by: a column,
// "vpc.name" for the name of the row that a column refers to, or several
// columns with "+" between them, which are joined by dots ("id+service").
type Query struct {
	Where Where
	Terms []Term // all of them must hold
	// Best puts the rows first of which it finds a whole path, then those that
	// begin with it; Or is not asked.
	Best *Term
	// Order is the path that rows are sorted by, or several with commas
	// between them, each with "-" before it for the other way round: text
	// whatever the case of its letters A to Z, addresses and blocks by number,
	// IPv4 before IPv6. Rows that are alike, and all rows when Order is empty,
	// are in order of creation. Desc is exactly the reverse.
	Order string
	Desc  bool
	Skip  int
	Limit int // 0: no limit
}

// Term is one word of a search: some path of In holds Text, whatever the case
// of its letters A to Z, or one of Or holds.
type Term struct {
	Text string
	In   []string
	Or   []Where
}

// Table keeps one noun. List answers in order of creation (then ID).
//
// The endpoints' table can also be selected by seven facts that the store
// keeps in step with the rows they are about, so that states can be searched
// for (EndpointFacts).
type Table[T any] interface {
	Get(id string) (T, error)
	List(Where) ([]T, error)
	Count(Where) (int, error)
	// Page answers the rows of a query from Skip on, at most Limit of them.
	Page(Query) ([]T, error)
	// Total counts all rows of a query.
	Total(Query) (int, error)
	// Tally counts rows by what a column of text says, or, for a list of texts,
	// by each text it holds: by those alone that w selects it by, when w selects
	// by nothing else.
	Tally(column string, w Where) (map[string]int, error)
	Put(T) error // insert or replace by ID
	Delete(id string) error
}

// EndpointFacts are the columns that endpoints can be selected by beside the
// noun's own, all of them bool. Interfaces that are being deleted do not count.
//
//	served    the endpoint's service is there
//	bound     every interface was last seen bound
//	open      some interface was last seen open
//	passes    some interface with a resource was last seen open, and so was every
//	          one whose zone has not failed
//	failed    some interface was last seen with a problem
//	assigned  some interface has a resource
//	asks      some interface has none, and the provider has not refused it
func EndpointFacts() []string {
	return []string{"served", "bound", "open", "passes", "failed", "assigned", "asks"}
}

// The private zones' table can also be selected by "bound": whether the zone is
// bound to any VPC.

// Tx is one transaction: a table for each noun and the logs.
type Tx struct {
	Settings       Table[Setting]
	Zones          Table[Zone]
	Accounts       Table[Account]
	VPCs           Table[VPC]
	VSwitches      Table[VSwitch]
	SecurityGroups Table[SecurityGroup]
	SecurityRules  Table[SecurityRule]
	ACLs           Table[NetworkACL]
	ACLRules       Table[ACLRule]
	Instances      Table[Instance]
	NICs           Table[NIC]
	IDCs           Table[IDC]
	Balancers      Table[Balancer]
	Backends       Table[Backend]
	Listeners      Table[Listener]
	Services       Table[Service]
	Resources      Table[Resource]
	Grants         Table[Grant]
	Tombstones     Table[Tombstone]
	PrivateZones   Table[PrivateZone]
	Records        Table[Record]
	Endpoints      Table[Endpoint]
	Interfaces     Table[Interface]
	Observations   Table[Observation]
	Projects       Table[Project]
	Clusters       Table[Cluster]
	PrivateLinks   Table[PrivateLink]
	LinkForms      Table[LinkForm]
	Moves          Table[Move]
	Counters       Table[Counter]

	Events   EventLog
	Attempts AttemptLog
	Samples  SampleLog

	memo *memo // of an import; nil
}

// EventLog is the append-only log of changes.
type EventLog interface {
	// Append stores the event under the next sequence number.
	Append(Event) error
	// Since answers the events after a sequence number, oldest first.
	Since(seq int64, limit int) ([]Event, error)
	// Recent answers the newest events of a query first, or the oldest.
	Recent(EventQuery) ([]Event, error)
	// Last is the newest sequence number, 0 when the log is empty.
	Last() (int64, error)
}

// AttemptLog is the bounded log of connection attempts.
type AttemptLog interface {
	Append([]Attempt) error
	// Recent answers the newest attempts first, or the oldest.
	Recent(AttemptQuery) ([]Attempt, error)
	// Tally counts the attempts of the query by outcome, also those that have
	// no row of their own (Attempt.More), and the rows.
	Tally(AttemptQuery) (allowed, refused, rows int, err error)
	// Trim keeps the newest keep attempts.
	Trim(keep int) error
}

// Setting is one value of the installation (session keys, switches).
type Setting struct {
	ID    string
	Value string
}
