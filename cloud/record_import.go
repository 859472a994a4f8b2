package cloud

import (
	"context"
	"slices"
	"strings"
)

// RecordLine is one record of a zone file, Data as the file has it.
type RecordLine struct {
	Host, Type, Data string
	TTL, Weight      int
}

// LineFault is what is wrong with a zone file: at a line, or with a record as
// it was read.
type LineFault struct {
	Line   int    // from 1; 0: not known
	Record string // the record, when it was read
	Key    string
	Args   map[string]string
}

// ImportPlan is what an import would do to a zone's records.
type ImportPlan struct {
	Zone    PrivateZoneView
	Added   []Record
	Changed []RecordChange // of TTL or weight
	Removed []Record
	Same    int
	Faults  []LineFault
}

// Changes says whether there is anything to do.
func (p ImportPlan) Changes() bool { return len(p.Added)+len(p.Changed)+len(p.Removed) > 0 }

// ImportPlan answers what ImportRecords would do, with everything that is wrong
// with the lines.
func (c *Caller) ImportPlan(ctx context.Context, zone string, lines []RecordLine, replace bool) (ImportPlan, error) {
	var p ImportPlan
	err := c.read(ctx, func(tx *Tx) (err error) {
		p, err = c.importPlan(tx, zone, lines, replace)
		return err
	})
	return p, err
}

// ImportRecords adds the records of a zone file to a zone. With replace the
// file is what counts for each host and type that it has; otherwise what is
// there stays. Nothing is done when anything is wrong.
func (c *Caller) ImportRecords(ctx context.Context, zone string, lines []RecordLine, replace bool) (ImportPlan, error) {
	var p ImportPlan
	err := c.write(ctx, func(tx *Tx) (err error) {
		if p, err = c.importPlan(tx, zone, lines, replace); err != nil {
			return err
		}
		if n := len(p.Faults); n > 0 {
			return &Error{Kind: Invalid, Key: "record.import.wrong", Args: args("n", itoa(n))}
		}
		for _, r := range p.Removed {
			if err := tx.Records.Delete(r.ID); err != nil {
				return err
			}
		}
		for _, ch := range p.Changed {
			if err := tx.Records.Put(*ch.Will); err != nil {
				return err
			}
		}
		for _, r := range p.Added {
			if err := tx.Records.Put(r); err != nil {
				return err
			}
		}
		return nil
	})
	return p, err
}

// input is a line as the form of a record has it.
func (l RecordLine) input() RecordInput {
	in := RecordInput{Host: l.Host, Type: l.Type, Value: strings.TrimSuffix(l.Data, "."), TTL: itoa(l.TTL)}
	if l.Weight > 0 {
		in.Weight = itoa(l.Weight)
	}
	switch l.Type {
	case MX:
		in.Priority, in.Value, _ = strings.Cut(in.Value, " ")
	case TXT:
		in.Value, _ = unquoted(l.Data)
	}
	return in
}

func (l RecordLine) String() string { return l.Host + " " + l.Type + " " + l.Data }

// set is what a file with replace takes the place of.
type recordSet struct{ host, typ string }

// importing is an import as its plan is made: the records by their host, as
// they will be.
type importing struct {
	*ImportPlan
	hosts map[string][]Record
	named map[string]bool // the records of the zone that the file has too
	sets  map[recordSet]bool
}

func (c *Caller) importPlan(tx *Tx, zone string, lines []RecordLine, replace bool) (ImportPlan, error) {
	z, err := c.privateZone(tx, zone)
	if err != nil {
		return ImportPlan{}, err
	}
	views, err := privateZoneViews(tx, []PrivateZone{z})
	if err != nil {
		return ImportPlan{}, err
	}
	have, err := tx.Records.List(Where{"zone": z.ID})
	if err != nil {
		return ImportPlan{}, err
	}
	p := importing{&ImportPlan{Zone: first(views)}, map[string][]Record{}, map[string]bool{}, map[recordSet]bool{}}
	made := make([]Record, len(lines))
	for i, l := range lines {
		var ck check
		blank := Record{ID: newRecordID(), Account: z.Account, Zone: z.ID, Created: now()}
		made[i] = ck.record(z, blank, l.input())
		p.fault(l, ck)
		p.sets[recordSet{made[i].Host, made[i].Type}] = true
	}
	for _, r := range have {
		if replace && p.sets[recordSet{r.Host, r.Type}] && !slices.ContainsFunc(made, r.same) {
			p.Removed = append(p.Removed, r)
			continue
		}
		p.hosts[r.Host] = append(p.hosts[r.Host], r)
	}
	if len(p.Faults) > 0 {
		return *p.ImportPlan, nil // the rest would be about nonsense
	}
	for i, r := range made {
		p.take(lines[i], r, replace)
	}
	room := RecordChange{Zone: p.Zone}
	return *p.ImportPlan, c.roomForRecords(room, len(p.Added)-len(p.Removed))
}

func (p importing) fault(l RecordLine, ck check) {
	for _, f := range ck.fields {
		p.Faults = append(p.Faults, LineFault{Record: l.String(), Key: f.Key, Args: f.Args})
	}
}

// take puts one record of the file among the others.
func (p importing) take(l RecordLine, r Record, replace bool) {
	beside := p.hosts[r.Host]
	at := slices.IndexFunc(beside, r.same)
	switch {
	case at >= 0 && replace && !p.named[beside[at].ID] && (beside[at].TTL != r.TTL || beside[at].Weight != r.Weight):
		was, will := beside[at], beside[at]
		will.TTL, will.Weight = r.TTL, r.Weight
		p.Changed = append(p.Changed, RecordChange{Zone: p.Zone, Was: &was, Will: &will})
		p.named[was.ID] = true
	case at >= 0:
		p.Same++
	default:
		var ck check
		if ck.beside(r, beside); len(ck.fields) > 0 {
			p.fault(l, ck)
			return
		}
		p.Added = append(p.Added, r)
		p.named[r.ID] = true
		p.hosts[r.Host] = append(beside, r)
	}
}
