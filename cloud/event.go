package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"
)

// Operation says what an event did to its resource.
type Operation string

// Operations.
const (
	Created Operation = "create"
	Updated Operation = "update"
	Deleted Operation = "delete"
)

// Event is one change, stored in the transaction that made it.
type Event struct {
	Seq       int64
	Time      time.Time
	Actor     string // account ID; SystemActor for what was observed
	Account   string // owner of the resource; empty for the installation's own
	Peer      string // the other account concerned, if any
	Kind      string // noun: "vpc", "endpoint", …
	Resource  string // ID
	Parent    string // ID of what the resource is part of, if anything
	Operation Operation
	Before    json.RawMessage // null when created
	After     json.RawMessage // null when deleted
}

// SystemActor is the actor of what nobody asked for: observations, drained
// deletions.
const SystemActor = "system"

// about says what an event of a noun is filed under.
type about struct {
	kind, id, account, peer, parent string
}

type noun interface{ about() about }

// recorded wraps a transaction's tables so that every change is also appended
// to the event log; a change that changes nothing is no event.
func recorded(tx *Tx, actor string, changed *bool, x *contest) *Tx {
	return (&recorder{tx: tx, actor: actor, at: now(), changed: changed, contest: x}).tables()
}

// acting is the same transaction for what another account does in it: a cloud's
// operator for one of its customers. Nobody contests that.
func acting(tx *Tx, actor string) *Tx {
	r := *tx.VPCs.(logged[VPC]).r
	r.actor, r.contest = actor, nil
	return r.tables()
}

func (r *recorder) tables() *Tx {
	w := *r.tx
	w.Settings = openSettings{logged[Setting]{w.Settings, r}}
	w.Zones = logged[Zone]{w.Zones, r}
	w.Accounts = logged[Account]{w.Accounts, r}
	w.VPCs = logged[VPC]{w.VPCs, r}
	w.Projects = logged[Project]{w.Projects, r}
	w.Clusters = logged[Cluster]{w.Clusters, r}
	w.PrivateLinks = logged[PrivateLink]{w.PrivateLinks, r}
	w.VSwitches = logged[VSwitch]{w.VSwitches, r}
	w.SecurityGroups = logged[SecurityGroup]{w.SecurityGroups, r}
	w.SecurityRules = logged[SecurityRule]{w.SecurityRules, r}
	w.ACLs = logged[NetworkACL]{w.ACLs, r}
	w.ACLRules = logged[ACLRule]{w.ACLRules, r}
	w.Instances = logged[Instance]{w.Instances, r}
	w.NICs = logged[NIC]{w.NICs, r}
	w.IDCs = logged[IDC]{w.IDCs, r}
	w.Balancers = logged[Balancer]{w.Balancers, r}
	w.Backends = logged[Backend]{w.Backends, r}
	w.Listeners = logged[Listener]{w.Listeners, r}
	w.Services = logged[Service]{w.Services, r}
	w.Resources = logged[Resource]{w.Resources, r}
	w.Grants = logged[Grant]{w.Grants, r}
	w.Endpoints = logged[Endpoint]{w.Endpoints, r}
	w.Interfaces = logged[Interface]{w.Interfaces, r}
	w.PrivateZones = logged[PrivateZone]{w.PrivateZones, r}
	w.Records = logged[Record]{w.Records, r}
	w.Observations = logged[Observation]{w.Observations, r}
	return &w
}

type recorder struct {
	tx      *Tx // the tables themselves, unrecorded
	actor   string
	at      time.Time
	changed *bool
	contest *contest // nil: nothing is known of what the caller has seen
}

type logged[T noun] struct {
	Table[T]
	r *recorder
}

// unlogged is the table without its log, for what follows from a change that
// is an event already.
func unlogged[T noun](t Table[T]) Table[T] {
	if l, ok := t.(logged[T]); ok {
		return l.Table
	}
	return t
}

func (l logged[T]) Put(v T) error {
	var was any // nil: v is new
	old, err := l.Get(v.about().id)
	switch {
	case err == nil:
		was = old
	case !errors.Is(err, ErrMissing):
		return err
	}
	if err := l.r.settle(v.about(), was, &v); err != nil || reflect.DeepEqual(was, any(v)) {
		return err
	}
	if err := l.Table.Put(v); err != nil {
		return err
	}
	return l.r.append(v.about(), was, v)
}

func (l logged[T]) Delete(id string) error {
	old, err := l.Get(id)
	if err != nil {
		return err
	}
	if err := l.r.settleGone(old.about(), old); err != nil {
		return err
	}
	if err := l.Table.Delete(id); err != nil {
		return err
	}
	return l.r.append(old.about(), old, nil)
}

// append notes a change: before is nil when it made the thing, after when it
// took it away.
func (r *recorder) append(a about, before, after any) error {
	op := Updated
	switch {
	case before == nil:
		op = Created
	case after == nil:
		op = Deleted
	}
	b, err := json.Marshal(before)
	if err != nil {
		return fmt.Errorf("encode %s %s before the change: %w", a.kind, a.id, err)
	}
	f, err := json.Marshal(after)
	if err != nil {
		return fmt.Errorf("encode %s %s after the change: %w", a.kind, a.id, err)
	}
	*r.changed = true
	return r.tx.Events.Append(Event{
		Time: r.at, Actor: r.actor, Account: a.account, Peer: a.peer,
		Kind: a.kind, Resource: a.id, Parent: a.parent, Operation: op, Before: b, After: f,
	})
}

// EventsSince answers the events after a sequence number, oldest first, across
// all accounts: it is for reconcile and for live pages, which filter them.
func (e *Engine) EventsSince(ctx context.Context, seq int64, limit int) ([]Event, error) {
	var out []Event
	err := e.store.Read(ctx, func(tx *Tx) (err error) {
		out, err = tx.Events.Since(seq, limit)
		return err
	})
	return out, err
}

// EventQuery selects events.
type EventQuery struct {
	Account  string // owner, peer or actor; empty: all accounts
	Resource string // only this thing
	Kind     string // only things of this kind
	People   bool   // only what a person did
	// Words are each in the resource's or its parent's ID or, of what is the
	// account's own or was its doing, in the fields before or after: what is
	// another's cannot be spelled out by searching.
	Words []string
	// After and Before bound the sequence numbers, which are not among them; 0
	// is no bound.
	After, Before int64
	Oldest        bool // the oldest first
	Limit         int
}

// FindEvents answers the changes that concern the account, newest first.
func (c *Caller) FindEvents(ctx context.Context, q EventQuery) ([]Event, error) {
	q.Account, q.Words = c.account.ID, q.Words[:min(len(q.Words), mostWords)]
	var out []Event
	err := c.read(ctx, func(tx *Tx) (err error) {
		out, err = tx.Events.Recent(q)
		return err
	})
	return out, err
}

// Events answers the newest changes that concern the account, newest first;
// before 0 starts at the end, a resource ID narrows it down.
func (c *Caller) Events(ctx context.Context, resource string, before int64, limit int) ([]Event, error) {
	return c.FindEvents(ctx, EventQuery{Resource: resource, Before: before, Limit: limit})
}
