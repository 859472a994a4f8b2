package cloud

import "slices"

// Two people who edit the same thing: a form carries the number of the last
// event it could show, and a caller who knows it (Caller.Since) overwrites
// nothing that changed after it without having been told. What both of them
// changed is a conflict; what only the other one changed stays as the other
// one left it.

// Overtaken is the key of the refusal that somebody else was quicker; KeptTheirs
// is that of a field the caller had not touched, so that theirs stays.
const (
	Overtaken  = "error.changed"
	KeptTheirs = "error.changed.kept"
)

// Since is the caller whose changes come from a page that shows everything up
// to the event with this number. Its writes then answer Conflict with the key
// "error.changed" and a field for each thing that somebody changed after it
// (a FieldError with Theirs), instead of overwriting it. A number that is not
// positive means that nothing is known, and nothing is compared.
func (c *Caller) Since(seq int64) *Caller {
	return &Caller{e: c.e, account: c.account, self: c.self, cloud: c.cloud, since: seq}
}

// Kept answers what the caller's last write left as somebody else had set it
// after Since: fields that the caller had not touched.
func (c *Caller) Kept() []FieldError { return c.kept }

// edit is one field of a noun that forms or buttons set. Fields of one set
// hang together: they are taken or kept as a whole.
type edit struct {
	at    string // "Health.Port"
	form  string // the form's name of it; empty: no form shows it
	set   string // fields with the same one hang together; empty: alone
	press bool   // set by a button: pressing it is meant, whatever was there
}

// edits are the contested fields of each noun, by its word. What is not here
// is set once, follows from another field, or is the system's own.
var edits = map[string][]edit{
	"vpc":     {{at: "Name", form: "name"}, {at: "Description", form: "description"}, {at: "Host", press: true}},
	"vswitch": {{at: "Name", form: "name"}, {at: "Description", form: "description"}, {at: "ACL", form: "acl"}},
	"acl":     {{at: "Name", form: "name"}, {at: "Description", form: "description"}},
	// A rule's place is told by its neighbour and is not contested.
	"aclrule": {
		{at: "Action", form: "action", set: "rule"},
		{at: "Protocol", form: "protocol", set: "rule"},
		{at: "Source", form: "source", set: "rule"},
		{at: "SourceFrom", form: "sourceports", set: "rule"},
		{at: "SourceTo", form: "sourceports", set: "rule"},
		{at: "Destination", form: "destination", set: "rule"},
		{at: "DestinationFrom", form: "destinationports", set: "rule"},
		{at: "DestinationTo", form: "destinationports", set: "rule"},
		{at: "Description", form: "description"},
	},
	"group": {{at: "Name", form: "name"}, {at: "Description", form: "description"}},
	"instance": {
		{at: "Name", form: "name"},
		{at: "Groups", form: "groups"},
		{at: "Running", press: true},
		{at: "Program", form: "program", set: "program"},
		{at: "Port", form: "port", set: "program"},
		{at: "Text", form: "text", set: "program"},
	},
	"nic": {{at: "Groups", form: "groups"}},
	"idc": {
		{at: "Name", form: "name"},
		{at: "Link", form: "link"},
		{at: "Gateway", form: "gateway"},
		{at: "VPC", form: "vpc", press: true},
	},
	"balancer": {{at: "Name", form: "name"}, {at: "Spec", form: "spec"}},
	"backend":  {{at: "Weight", form: "weight."}},
	"listener": {
		{at: "Name", form: "name"},
		{at: "Scheduler", form: "scheduler"},
		{at: "IdleSeconds", form: "idle"},
		{at: "Running", press: true},
		{at: "Protocol", form: "protocol", set: "port"},
		{at: "Port", form: "port", set: "port"},
		{at: "BackendPort", form: "backendport"},
		{at: "Health.Kind", form: "healthkind", set: "port"},
		{at: "Health.Path", form: "path", set: "port"},
		{at: "Health.Host", form: "host", set: "port"},
		{at: "Health.Codes", form: "codes", set: "port"},
		{at: "Health.Port", form: "healthport"},
		{at: "Health.Interval", form: "interval"},
		{at: "Health.Timeout", form: "timeout"},
		{at: "Health.Healthy", form: "healthy"},
		{at: "Health.Unhealthy", form: "unhealthy"},
	},
	"service": {
		{at: "AutoAccept", form: "autoaccept"},
		{at: "ZoneAffinity", form: "affinity"},
		{at: "Proxy", form: "proxyprotocol"},
		{at: "Description", form: "description"},
	},
	"privatezone": {{at: "Proxy", form: "proxy"}, {at: "Remark", form: "remark"}, {at: "VPCs", form: "vpcs"}},
	"record": {
		{at: "Host", form: "host", set: "record"},
		{at: "Type", form: "type", set: "record"},
		{at: "Value", form: "value", set: "record"},
		{at: "Priority", form: "priority", set: "record"},
		{at: "TTL", form: "ttl"},
		{at: "Weight", form: "weight"},
		{at: "Remark", form: "remark"},
		{at: "Paused", press: true},
	},
	"project": {{at: "Name", form: "name"}},
	"cluster": {{at: "Name", form: "name"}, {at: "BuiltIn", press: true}, {at: "Public", press: true}},
	"account": {{at: "Name", form: "name"}, {at: "NameEN", form: "nameen"}, {at: "Admin", press: true}, {at: "Disabled", press: true}},
	"setting": {{at: "Value", form: "setting"}},
	"zone":    {{at: "Failed", press: true}},
	"interface": {
		{at: "Resource", set: "resource", press: true},
		{at: "Refused", set: "resource", press: true},
		{at: "Until", set: "resource", press: true},
	},
	"resource": {{at: "Manual", press: true}},
	"endpoint": {
		{at: "Name", form: "name"},
		{at: "Description", form: "description"},
		{at: "Groups", form: "groups"},
		{at: "Bandwidth", form: "bandwidth"},
		{at: "Decision", press: true},
		{at: "Deleting", press: true},
	},
}

// contest collects, over one write, what somebody else changed after since.
type contest struct {
	since, until int64 // events between them count: later ones are this write's own
	told         []FieldError
	kept         []FieldError
}

// err is the refusal, nil when nobody was in the way. Untouched fields are
// told too then: the form that is shown again must not bring them back.
func (x *contest) err() error {
	if x == nil || len(x.told) == 0 {
		return nil
	}
	return &Error{Kind: Conflict, Key: Overtaken, Fields: append(slices.Clone(x.told), x.kept...)}
}

// after answers what people did to a thing after since, oldest first.
func (x *contest) after(log EventLog, kind, id string) ([]Event, error) {
	return log.Recent(EventQuery{Resource: id, Kind: kind, People: true, After: x.since, Before: x.until + 1, Oldest: true})
}

// settle compares what is about to be stored with what others did to it after
// since: old is the noun that is there (nil when none is), next points to the
// one that shall be. What only others changed stays theirs in next. None of it
// knows the noun's type, so that it is compiled for all of them at once.
func (r *recorder) settle(a about, old, next any) error {
	x := r.contest
	fields, contested := edits[a.kind]
	if x == nil || !contested && old != nil {
		return nil
	}
	events, err := x.after(r.tx.Events, a.kind, a.id)
	if err != nil || len(events) == 0 {
		return err
	}
	if old == nil {
		// Somebody took it away; this write would bring it back.
		if last := events[len(events)-1]; last.Operation == Deleted && events[0].Operation != Created {
			x.told = append(x.told, r.did(last, next, ""))
		}
		return nil
	}
	base, err := before(events[0], old)
	if err != nil {
		return err
	}
	if s, ok := old.(Setting); ok && base == nil {
		// What nobody had set was the default.
		k, _ := knob(s.ID)
		base = Setting{ID: s.ID, Value: k.Standard()}
	}
	if closing(old, next) {
		r.removing(events, base, old)
		return nil
	}
	for _, set := range sets(fields) {
		r.settleSet(set, events, base, old, next)
	}
	return nil
}

// settleGone is settle for a thing that is about to be deleted.
func (r *recorder) settleGone(a about, old any) error {
	if r.contest == nil {
		return nil
	}
	events, err := r.contest.after(r.tx.Events, a.kind, a.id)
	if err != nil || len(events) == 0 {
		return err
	}
	base, err := before(events[0], old)
	if err == nil {
		r.removing(events, base, old)
	}
	return err
}

// settleSet is settle for fields that hang together.
func (r *recorder) settleSet(set []edit, events []Event, base, old, next any) {
	x := r.contest
	var theirs []edit
	mine, pressed := false, false
	for _, f := range set {
		was, known := field(base, f.at)
		is, _ := field(old, f.at)
		shall, _ := field(next, f.at)
		if !known || !alike(was, is) {
			theirs = append(theirs, f)
		}
		mine = mine || !known || !alike(was, shall)
		pressed = pressed || f.press
	}
	for _, f := range theirs {
		is, _ := field(old, f.at)
		shall, _ := field(next, f.at)
		if alike(is, shall) {
			continue
		}
		e := r.overtaken(f, events, old)
		if twice(x.told, e) || twice(x.kept, e) {
			continue // two fields of a noun are one of the form
		}
		if mine || pressed {
			x.told = append(x.told, e)
			continue
		}
		e.Key = KeptTheirs
		x.kept = append(x.kept, e)
	}
	if mine || pressed {
		return
	}
	for _, f := range theirs {
		is, _ := field(old, f.at)
		shall, _ := field(next, f.at)
		shall.Set(is)
	}
}

func twice(said []FieldError, e FieldError) bool {
	return e.Field != "" && slices.ContainsFunc(said, func(have FieldError) bool { return have.Field == e.Field })
}

// removing notes what others did to a thing that is about to go.
func (r *recorder) removing(events []Event, base, old any) {
	last := events[len(events)-1]
	news := base == nil
	for _, f := range edits[last.Kind] {
		was, known := field(base, f.at)
		is, _ := field(old, f.at)
		news = news || known && !alike(was, is)
	}
	if news {
		r.contest.told = append(r.contest.told, r.did(last, old, "servers"))
	}
}
