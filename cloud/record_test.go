package cloud_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"culvert.internal/cloud"
)

func (b *bench) add(zone string, in cloud.RecordInput) cloud.Record {
	b.Helper()
	r, err := b.a.ChangeRecord(b.Context(), cloud.AddRecord, zone, "", in)
	b.ok(err)
	return r
}

// TestRecordForms: PVZ-08. Each type takes what it holds and says what is wrong
// with the rest.
func TestRecordForms(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	z := b.zone("corp.example")
	for _, c := range []struct{ host, typ, value, field, want string }{
		{"", "A", "10.0.0.1", "host", "error.record.host"},
		{"www.corp.example", "A", "10.0.0.1", "host", "error.record.whole"},
		{"corp.example.", "A", "10.0.0.1", "host", "error.record.whole"},
		{"a.*", "A", "10.0.0.1", "host", "error.dns.star"},
		{"*a", "A", "10.0.0.1", "host", "error.dns.chars"},
		{"a..b", "A", "10.0.0.1", "host", "error.dns.empty"},
		{strings.Repeat("a.", 125) + "a", "A", "10.0.0.1", "host", "error.dns.long"},
		{"www", "", "10.0.0.1", "type", "error.choose"},
		{"www", "NS", "10.0.0.1", "type", "error.choice"},
		{"www", "A", "", "value", "error.required"},
		{"www", "A", "10.0.0", "value", "error.record.a"},
		{"www", "A", "fd00::1", "value", "error.record.a.six"},
		{"www", "AAAA", "10.0.0.1", "value", "error.record.aaaa.four"},
		{"www", "AAAA", "::ffff:10.0.0.1", "value", "error.record.aaaa"},
		{"www", "CNAME", "10.0.0.1", "value", "error.record.target.address"},
		{"www", "CNAME", "web", "value", "error.record.target.short"},
		{"www", "CNAME", "www.corp.example", "value", "error.record.self"},
		{"www", "CNAME", "https://x.example/", "value", "error.dns.url"},
		{"@", "CNAME", "x.example", "host", "error.record.apex"},
		{"www", "MX", "a_b.example", "value", "error.dns.chars"},
		{"_sip._tcp", "SRV", "0 5 5060", "value", "error.record.srv"},
		{"_sip._tcp", "SRV", "0 5 0 sip.example", "value", "error.record.srv.number"},
		{"_sip._tcp", "SRV", "0 70000 1 sip.example", "value", "error.record.srv.number"},
		{"www", "TXT", strings.Repeat("x", 513), "value", "error.record.txt.long"},
		{"www", "TXT", "a\nb", "value", "error.record.txt.chars"},
	} {
		_, err := b.a.RecordChange(ctx, cloud.AddRecord, z.ID, "", cloud.RecordInput{Host: c.host, Type: c.typ, Value: c.value})
		b.refused(err, cloud.Invalid, c.field, c.want)
	}
	_, err := b.a.RecordChange(ctx, cloud.AddRecord, z.ID, "", cloud.RecordInput{Host: "www", Type: "MX", Value: "m.example", Priority: "100", TTL: "4"})
	b.refused(err, cloud.Invalid, "priority", "error.number", "ttl", "error.number")
	_, err = b.a.RecordChange(ctx, cloud.AddRecord, z.ID, "", cloud.RecordInput{Host: "www", Type: "A", Value: "10.0.0.1", Weight: "101", TTL: "86401"})
	b.refused(err, cloud.Invalid, "weight", "error.number", "ttl", "error.number")
	for _, c := range []struct {
		in   cloud.RecordInput
		want string // the data
	}{
		{cloud.RecordInput{Host: "@", Type: "A", Value: " 10.0.0.1 ", Weight: "7"}, "10.0.0.1"},
		{cloud.RecordInput{Host: "*", Type: "AAAA", Value: "FD00:0::1"}, "fd00::1"},
		{cloud.RecordInput{Host: "*.A", Type: "CNAME", Value: "X.Example."}, "x.example."},
		{cloud.RecordInput{Host: "邮件", Type: "MX", Value: "mail.example"}, "10 mail.example."},
		{cloud.RecordInput{Host: "_dmarc", Type: "TXT", Value: `say "yes"\no`}, `"say \"yes\"\\no"`},
		{cloud.RecordInput{Host: "5", Type: "PTR", Value: "host.example"}, "host.example."},
		{cloud.RecordInput{Host: "_sip._tcp", Type: "SRV", Value: "0  5 5060 sip.example"}, "0 5 5060 sip.example."},
		{cloud.RecordInput{Host: "long", Type: "TXT", Value: strings.Repeat("x", 300)}, `"` + strings.Repeat("x", 255) + `" "` + strings.Repeat("x", 45) + `"`},
	} {
		r := b.add(z.ID, c.in)
		if r.Data() != c.want || r.TTL != 60 {
			t.Errorf("%+v is %q with TTL %d, want %q", c.in, r.Data(), r.TTL, c.want)
		}
	}
}

// TestRecordChanges: PVZ-09. What is asked for is shown before it is done; a
// CNAME and other records of a name keep each other out, unless paused.
func TestRecordChanges(t *testing.T) {
	b := open(t, cloud.Limits{Records: 3})
	ctx := t.Context()
	z := b.zone("corp.example")
	web := b.add(z.ID, cloud.RecordInput{Host: "www", Type: "A", Value: "10.0.0.1"})
	_, err := b.a.ChangeRecord(ctx, cloud.AddRecord, z.ID, "", cloud.RecordInput{Host: "www", Type: "A", Value: "10.0.0.1"})
	b.refused(err, cloud.Invalid, "value", "error.record.twice")
	alias := cloud.RecordInput{Host: "www", Type: "CNAME", Value: "x.example"}
	_, err = b.a.ChangeRecord(ctx, cloud.AddRecord, z.ID, "", alias)
	b.refused(err, cloud.Invalid, "host", "error.record.cname")
	_, err = b.a.ChangeRecord(ctx, cloud.PauseRecord, z.ID, web.ID, cloud.RecordInput{})
	b.ok(err)
	name := b.add(z.ID, alias)
	_, err = b.a.ChangeRecord(ctx, cloud.EnableRecord, z.ID, web.ID, cloud.RecordInput{})
	b.refused(err, cloud.Invalid, "host", "error.record.besidecname")
	_, err = b.a.ChangeRecord(ctx, cloud.AddRecord, z.ID, "", cloud.RecordInput{Host: "www", Type: "TXT", Value: "x"})
	b.refused(err, cloud.Invalid, "host", "error.record.besidecname")
	b.add(z.ID, cloud.RecordInput{Host: "db", Type: "A", Value: "10.0.0.2"})
	_, err = b.a.ChangeRecord(ctx, cloud.AddRecord, z.ID, "", cloud.RecordInput{Host: "more", Type: "A", Value: "10.0.0.2"})
	b.refused(err, cloud.Exceeded)
	edit := cloud.RecordInput{Host: "web", Type: "CNAME", Value: "y.example", TTL: "30", Remark: "moved"}
	ch, err := b.a.RecordChange(ctx, cloud.EditRecord, z.ID, name.ID, edit)
	b.ok(err)
	if ch.Was.Value != "x.example" || ch.Will.Value != "y.example" || ch.Will.TTL != 30 || ch.Will.ID != name.ID {
		t.Errorf("would change %+v to %+v", ch.Was, ch.Will)
	}
	if have, err := b.a.Record(ctx, z.ID, name.ID); err != nil || have.Value != "x.example" {
		t.Errorf("asking changed it to %+v, %v", have, err)
	}
	_, err = b.a.ChangeRecord(ctx, cloud.DeleteRecord, z.ID, name.ID, cloud.RecordInput{})
	b.ok(err)
	_, err = b.a.Record(ctx, z.ID, name.ID)
	b.refused(err, cloud.NotFound)
	_, err = b.b.Record(ctx, z.ID, web.ID)
	b.refused(err, cloud.NotFound)
}

// TestRecordSets: whatever is added, edited, paused, imported and deleted, no
// record is there twice, and no enabled CNAME has an enabled record beside it.
func TestRecordSets(t *testing.T) {
	b := open(t, cloud.Limits{})
	rapid.Check(t, func(rt *rapid.T) {
		z, err := b.a.CreatePrivateZone(b.Context(), cloud.PrivateZoneInput{Name: "corp.example", Proxy: "yes"})
		b.ok(err)
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			step(rt, b, z.ID)
		}
		list, err := b.a.Records(b.Context(), z.ID)
		b.ok(err)
		seen, enabled := map[string]bool{}, map[string][]string{}
		for _, r := range list {
			one := fmt.Sprint(r.Host, " ", r.Type, " ", r.Value, " ", r.Priority)
			if seen[one] {
				rt.Fatalf("%s is there twice", one)
			}
			if seen[one] = true; !r.Paused {
				enabled[r.Host] = append(enabled[r.Host], r.Type)
			}
		}
		for host, types := range enabled {
			if len(types) > 1 && strings.Contains(fmt.Sprint(types), cloud.CNAME) {
				rt.Fatalf("%s has %v", host, types)
			}
		}
		for _, r := range list {
			_, err := b.a.ChangeRecord(b.Context(), cloud.DeleteRecord, z.ID, r.ID, cloud.RecordInput{})
			b.ok(err)
		}
		b.ok(b.a.DeletePrivateZone(b.Context(), z.ID))
	})
}

func step(t *rapid.T, b *bench, zone string) {
	draw := func() cloud.RecordInput {
		typ := rapid.SampledFrom([]string{cloud.A, cloud.CNAME, cloud.TXT}).Draw(t, "type")
		values := map[string][]string{cloud.A: {"10.0.0.1", "10.0.0.2"}, cloud.CNAME: {"x.example", "y.example"}, cloud.TXT: {"x", "y"}}
		return cloud.RecordInput{Host: rapid.SampledFrom([]string{"@", "*", "www"}).Draw(t, "host"), Type: typ, Value: rapid.SampledFrom(values[typ]).Draw(t, "value")}
	}
	list, err := b.a.Records(b.Context(), zone)
	b.ok(err)
	act := rapid.SampledFrom([]cloud.RecordAct{cloud.AddRecord, cloud.EditRecord, cloud.PauseRecord, cloud.EnableRecord, cloud.DeleteRecord, "import"}).Draw(t, "act")
	id := ""
	switch {
	case act == "import":
		var lines []cloud.RecordLine
		for range rapid.IntRange(0, 4).Draw(t, "lines") {
			in := draw()
			lines = append(lines, cloud.RecordLine{Host: in.Host, Type: in.Type, TTL: 60, Data: in.Value})
		}
		_, err = b.a.ImportRecords(b.Context(), zone, lines, rapid.Bool().Draw(t, "replace"))
	case act != cloud.AddRecord && len(list) == 0:
		return
	case act != cloud.AddRecord:
		id = list[rapid.IntRange(0, len(list)-1).Draw(t, "which")].ID
		fallthrough
	default:
		_, err = b.a.ChangeRecord(b.Context(), act, zone, id, draw())
	}
	if e := cloud.AsError(err); err != nil && (e == nil || e.Kind != cloud.Invalid) {
		t.Fatal(err)
	}
}

// TestImportRecords: an import tells what it would add, change and remove, and
// what is wrong, before it does anything.
func TestImportRecords(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	z := b.zone("corp.example")
	b.add(z.ID, cloud.RecordInput{Host: "www", Type: "A", Value: "10.0.0.1"})
	b.add(z.ID, cloud.RecordInput{Host: "www", Type: "A", Value: "10.0.0.2"})
	b.add(z.ID, cloud.RecordInput{Host: "kept", Type: "A", Value: "10.0.0.3"})
	lines := []cloud.RecordLine{
		{Host: "www", Type: "A", TTL: 300, Data: "10.0.0.1"},
		{Host: "@", Type: "MX", TTL: 60, Data: "10 mail.example."},
		{Host: "@", Type: "TXT", TTL: 60, Data: `"a\"b" "c"`},
		{Host: "@", Type: "TXT", TTL: 60, Data: `"a\"bc"`},
	}
	p, err := b.a.ImportPlan(ctx, z.ID, lines, false)
	b.ok(err)
	if len(p.Added) != 2 || len(p.Changed)+len(p.Removed)+len(p.Faults) > 0 || p.Same != 2 {
		t.Errorf("merging: %+v", p)
	}
	p, err = b.a.ImportRecords(ctx, z.ID, lines, true)
	b.ok(err)
	if len(p.Added) != 2 || len(p.Changed) != 1 || len(p.Removed) != 1 || p.Removed[0].Value != "10.0.0.2" {
		t.Errorf("replacing: %+v", p)
	}
	if list, err := b.a.Records(ctx, z.ID); err != nil || len(list) != 4 {
		t.Errorf("there are %+v, %v", list, err)
	}
	wrong := []cloud.RecordLine{{Host: "www", Type: "CNAME", TTL: 60, Data: "x.example."}, {Host: "ok", Type: "A", TTL: 60, Data: "10.0.0.9"}}
	p, err = b.a.ImportPlan(ctx, z.ID, wrong, false)
	b.ok(err)
	if len(p.Faults) != 1 || p.Faults[0].Key != "error.record.cname" || p.Faults[0].Record != "www CNAME x.example." {
		t.Errorf("faults %+v", p.Faults)
	}
	_, err = b.a.ImportRecords(ctx, z.ID, wrong, false)
	b.refused(err, cloud.Invalid)
	if list, err := b.a.Records(ctx, z.ID); err != nil || len(list) != 4 {
		t.Errorf("a refused import left %+v, %v", list, err)
	}
}
