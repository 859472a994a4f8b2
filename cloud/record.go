package cloud

import (
	"context"
	"slices"
	"sort"
	"strings"
	"time"
)

// Record is one record of a private zone (解析记录, PVZ-07, PVZ-08).
type Record struct {
	ID      string
	Account string
	Zone    string // ID
	Host    string // 主机记录: "@" for the zone's own name, "www", "*", "*.a"
	Type    string // one of RecordTypes
	// Value is 记录值: an address, a text as it is, a name without its last dot,
	// and of SRV "priority weight port name".
	Value    string
	Priority int // of MX, 1 to 99
	TTL      int // seconds
	Weight   int // of several A or AAAA records of a host, 1 to 100; 0: none
	Remark   string
	Paused   bool // 暂停: nobody is answered it
	Created  time.Time
}

func (r Record) about() about {
	return about{kind: "record", id: r.ID, account: r.Account, parent: r.Zone}
}

// Shown is the host as people write it.
func (r Record) Shown() string { return DisplayName(r.Host) }

// FQDN is the name that the record is an answer for, in a zone.
func (r Record) FQDN(zone string) string {
	if r.Host == "@" {
		return zone
	}
	return r.Host + "." + zone
}

// same says whether two records are one and the same answer.
func (r Record) same(o Record) bool {
	return r.Host == o.Host && r.Type == o.Type && r.Value == o.Value && r.Priority == o.Priority
}

// RecordInput is the form of a record. Fields that the type does not have are
// not looked at.
type RecordInput struct {
	Host, Type, Value, Priority, TTL, Weight, Remark string
}

// RecordChange is one record before and after, as 解析变更确认 shows it
// (PVZ-09): Was is nil for a record that is made, Will for one that goes.
type RecordChange struct {
	Zone      PrivateZoneView
	Was, Will *Record
}

// The limits of a record's numbers.
const (
	DefaultTTL   = 60
	leastTTL     = 5
	mostTTL      = 86_400
	DefaultMX    = 10
	mostPriority = 99
	mostWeight   = 100
)

// record reads a form into a record of a zone.
func (c *check) record(z PrivateZone, r Record, in RecordInput) Record {
	r.Type = c.oneOf("type", in.Type, "", RecordTypes()...)
	r.Host = c.host("host", in.Host, z.Name)
	r.Value = c.recordValue("value", r.Type, in.Value, z, r.Host)
	r.Priority, r.Weight = 0, 0
	if r.Type == MX {
		r.Priority = c.number("priority", in.Priority, DefaultMX, 1, mostPriority)
	}
	r.TTL = c.number("ttl", in.TTL, DefaultTTL, leastTTL, mostTTL)
	if (r.Type == A || r.Type == AAAA) && strings.TrimSpace(in.Weight) != "" {
		r.Weight = c.number("weight", in.Weight, 0, 1, mostWeight)
	}
	r.Remark = strings.TrimSpace(in.Remark)
	c.remark(r.Remark)
	if r.Host == "@" && r.Type == CNAME {
		c.fail("host", "error.record.apex", "zone", z.Shown)
	}
	return r
}

// beside holds a record against the others of its zone: nothing is there
// twice, and a name that is a CNAME is nothing else. Paused records are no
// answers, so only the first rule knows them.
func (c *check) beside(r Record, others []Record) {
	for _, o := range others {
		switch {
		case o.ID == r.ID || o.Host != r.Host:
		case o.same(r):
			c.fail("value", "error.record.twice", "host", o.Shown(), "type", o.Type)
			return
		case o.Paused || r.Paused:
		case r.Type == CNAME:
			c.fail("host", "error.record.cname", "host", o.Shown(), "type", o.Type, "value", o.Value)
			return
		case o.Type == CNAME:
			c.fail("host", "error.record.besidecname", "host", o.Shown(), "value", o.Value)
			return
		}
	}
}

// record answers a record of one of the account's zones.
func (c *Caller) record(tx *Tx, zone, id string) (PrivateZone, Record, error) {
	z, err := c.privateZone(tx, zone)
	if err != nil {
		return z, Record{}, err
	}
	r, err := tx.Records.Get(id)
	if err != nil || r.Zone != zone {
		return z, Record{}, orMissing(err, "record", id)
	}
	return z, r, nil
}

// Record answers one record of a zone.
func (c *Caller) Record(ctx context.Context, zone, id string) (Record, error) {
	var r Record
	err := c.read(ctx, func(tx *Tx) (err error) {
		_, r, err = c.record(tx, zone, id)
		return err
	})
	return r, err
}

// RecordAct is what a change does to a record.
type RecordAct string

// What can be done to records.
const (
	AddRecord    RecordAct = "add"
	EditRecord   RecordAct = "edit"
	PauseRecord  RecordAct = "pause"
	EnableRecord RecordAct = "enable"
	DeleteRecord RecordAct = "delete"
)

// recordChange is a change as it would be made.
func (c *Caller) recordChange(tx *Tx, act RecordAct, zone, id string, in RecordInput) (RecordChange, error) {
	var ch RecordChange
	z, err := c.privateZone(tx, zone)
	if err != nil {
		return ch, err
	}
	will := Record{ID: c.e.mint("record", newRecordID), Account: z.Account, Zone: z.ID, Created: now()}
	if act != AddRecord {
		_, was, err := c.record(tx, zone, id)
		if err != nil {
			return ch, err
		}
		ch.Was, will = &was, was
	}
	var ck check
	switch act {
	case AddRecord, EditRecord:
		will = ck.record(z, will, in)
	case PauseRecord, EnableRecord:
		will.Paused = act == PauseRecord
	case DeleteRecord:
	default:
		return ch, notFound("record", id)
	}
	views, err := privateZoneViews(tx, []PrivateZone{z})
	if err != nil {
		return ch, err
	}
	if ch.Zone = first(views); act == DeleteRecord {
		return ch, nil
	}
	if ck.err() == nil {
		others, err := tx.Records.List(Where{"zone": z.ID, "host": will.Host})
		if err != nil {
			return ch, err
		}
		ck.beside(will, others)
	}
	ch.Will = &will
	if err := ck.err(); err != nil {
		return ch, err
	}
	return ch, c.roomForRecords(ch, 1)
}

// roomForRecords refuses what a zone has no room for: n more.
func (c *Caller) roomForRecords(ch RecordChange, n int) error {
	most := c.e.Limits().Records
	if ch.Was == nil && ch.Zone.Records+ch.Zone.Paused+n > most {
		return &Error{Kind: Exceeded, Key: "error.quota.records", Args: args("name", ch.Zone.Shown, "max", itoa(most))}
	}
	return nil
}

// RecordChange answers what ChangeRecord would do, or refuse, and changes
// nothing. The ID is empty for AddRecord; the form is that of AddRecord and
// EditRecord.
func (c *Caller) RecordChange(ctx context.Context, act RecordAct, zone, id string, in RecordInput) (RecordChange, error) {
	var ch RecordChange
	err := c.read(ctx, func(tx *Tx) (err error) {
		ch, err = c.recordChange(tx, act, zone, id, in)
		return err
	})
	return ch, err
}

// ChangeRecord makes, edits, pauses, enables or deletes a record; the next
// question is answered by it (PVZ-08, PVZ-09).
func (c *Caller) ChangeRecord(ctx context.Context, act RecordAct, zone, id string, in RecordInput) (Record, error) {
	var r Record
	err := c.write(ctx, func(tx *Tx) error {
		ch, err := c.recordChange(tx, act, zone, id, in)
		if err != nil {
			return err
		}
		if ch.Will == nil {
			r = *ch.Was
			return tx.Records.Delete(r.ID)
		}
		r = *ch.Will
		return tx.Records.Put(r)
	})
	return r, err
}

// newRecordID is a number, as the vendor's are.
func newRecordID() string { return "2" + random("0123456789", 17) }

// FindRecords answers a page of a zone's records: searched by host, value, ID
// and remark, narrowed down by "type" and "state" ("on", "paused"), sorted by
// "host", "type", "value", "ttl" or "created".
func (c *Caller) FindRecords(ctx context.Context, zone string, f Find) (Found[Record], error) {
	var out Found[Record]
	err := c.read(ctx, func(tx *Tx) error {
		z, err := c.privateZone(tx, zone)
		if err != nil {
			return err
		}
		l := lists{
			base:  Where{"zone": z.ID},
			words: []string{"host", "value", "id", "remark"},
			sorts: map[string]string{"host": "host", "type": "type", "value": "value", "ttl": "ttl", "created": "created"},
			filters: map[string]filter{
				"type": same("type"), "state": choice(map[string]Where{"on": {"paused": false}, "paused": {"paused": true}}),
			},
		}
		out, err = find(tx.Records, f, l, plain)
		return err
	})
	return out, err
}

// Records answers all records of a zone, in the order of their hosts, "@"
// first.
func (c *Caller) Records(ctx context.Context, zone string) ([]Record, error) {
	var out []Record
	err := c.read(ctx, func(tx *Tx) error {
		z, err := c.privateZone(tx, zone)
		if err != nil {
			return err
		}
		out, err = tx.Records.List(Where{"zone": z.ID})
		return err
	})
	sort.SliceStable(out, func(i, j int) bool { return byHost(out[i], out[j]) < 0 })
	return out, err
}

// byHost puts "@" before all others, for "@" is the first of the characters of
// hosts but for "*" and "-", and a domain before what is below it.
func byHost(a, b Record) int {
	reversed := func(host string) []string {
		if host == "@" {
			return nil
		}
		labels := strings.Split(host, ".")
		slices.Reverse(labels)
		return labels
	}
	return slices.Compare(reversed(a.Host), reversed(b.Host))
}
