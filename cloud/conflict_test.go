package cloud_test

import (
	"cmp"
	"flag"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"culvert.internal/cloud"
)

// paper is a form of one thing: what its fields may hold, what they hold now,
// and how it is sent.
type paper struct {
	choices map[string][]string
	read    func() map[string]string
	save    func(*cloud.Caller, map[string]string) error
}

// editor is somebody with the form open: what it shows, what they know of what
// is stored, and the event up to which they have seen everything.
type editor struct {
	form, known map[string]string
	since       int64
}

func (b *bench) last() (seq int64) {
	b.Helper()
	b.ok(b.engine.View(b.Context(), func(tx *cloud.Tx) (err error) {
		seq, err = tx.Events.Last()
		return err
	}))
	return seq
}

// Two editors, whatever they do in whatever order: nobody overwrites a value
// they have not seen, and nobody is stopped without a reason.
func TestNothingIsOverwrittenSilently(t *testing.T) {
	b := open(t, cloud.Limits{})
	b.service(cloud.ServiceInput{})
	// All forms share what is usual for one property.
	papers, runs := b.papers(), flag.Lookup("rapid.checks")
	usual, err := strconv.Atoi(runs.Value.String())
	b.ok(err)
	b.ok(runs.Value.Set(strconv.Itoa(max(usual/4, 1))))
	defer func() { b.ok(runs.Value.Set(strconv.Itoa(usual))) }()
	saved, told, kept := 0, 0, 0
	for name, p := range papers {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				editors := []*editor{{}, {}}
				for _, e := range editors {
					b.look(e, p)
				}
				r.Repeat(map[string]func(*rapid.T){
					"open": func(r *rapid.T) { b.look(editors[rapid.IntRange(0, 1).Draw(r, "who")], p) },
					"type": func(r *rapid.T) {
						e := editors[rapid.IntRange(0, 1).Draw(r, "who")]
						f := rapid.SampledFrom(slices.Sorted(maps.Keys(p.choices))).Draw(r, "field")
						e.form[f] = rapid.SampledFrom(p.choices[f]).Draw(r, "value")
					},
					"send": func(r *rapid.T) {
						e := editors[rapid.IntRange(0, 1).Draw(r, "who")]
						before, caller := p.read(), b.a.Since(e.since)
						err := p.save(caller, e.form)
						switch refusal := cloud.AsError(err); {
						case err == nil:
							saved++
							kept += len(caller.Kept())
							mustKnow(r, e, before, p.read())
							b.look(e, p) // the page after saving
						case refusal == nil:
							r.Fatal(err)
						case refusal.Kind == cloud.Conflict && refusal.Key == "error.changed":
							told++
							mustClash(r, e, before)
							b.hear(e, refusal, before)
						}
					},
				})
			})
		})
	}
	t.Logf("%d saved, %d told, %d kept", saved, told, kept)
	if saved == 0 || told == 0 || kept == 0 {
		t.Error("not everything happened")
	}
}

func (b *bench) look(e *editor, p paper) {
	b.Helper()
	e.since = b.last()
	e.form, e.known = p.read(), p.read()
}

// hear is what a refusal tells: the editor now knows those values, and the
// form shows them where nothing else was typed.
func (b *bench) hear(e *editor, refusal *cloud.Error, now map[string]string) {
	b.Helper()
	e.since = b.last()
	for f, is := range now {
		if e.form[f] == is {
			e.known[f] = is // both had the same idea: it is what they typed themselves
		}
	}
	for _, f := range refusal.Fields {
		field := f.Field
		if f.Args["kind"] == "backend" {
			_, instance, _ := strings.Cut(f.Args["id"], "/")
			field = "weight." + instance
		}
		e.known[field] = now[field]
		if f.Key == "error.changed.kept" {
			e.form[field] = now[field]
		}
	}
}

func mustKnow(r *rapid.T, e *editor, before, after map[string]string) {
	for f, was := range before {
		if was != after[f] && was != e.known[f] {
			r.Fatalf("%s was %q and became %q; the editor knew %q", f, was, after[f], e.known[f])
		}
	}
}

func mustClash(r *rapid.T, e *editor, now map[string]string) {
	for f, is := range now {
		if is != e.known[f] && is != e.form[f] {
			return
		}
	}
	r.Fatalf("told of a conflict where there is none: form %v, known %v, stored %v", e.form, e.known, now)
}

func (b *bench) papers() map[string]paper {
	b.Helper()
	ctx := b.Context()
	vpc := b.vpc(b.a, "VPC2")
	instances, err := b.a.Instances(ctx, frankfurt, vpc.ID)
	b.ok(err)
	services, err := b.a.Services(ctx, frankfurt)
	b.ok(err)
	words, yes := []string{"one", "two", "three"}, []string{"yes", "no"}
	one := instances[0].ID
	return map[string]paper{
		"vpc": {
			map[string][]string{"name": words, "description": append(words, "")},
			func() map[string]string {
				v, err := b.a.VPC(ctx, vpc.ID)
				b.ok(err)
				return map[string]string{"name": v.Name, "description": v.Description}
			},
			func(c *cloud.Caller, f map[string]string) error {
				_, err := c.UpdateVPC(ctx, vpc.ID, cloud.VPCInput{Name: f["name"], Description: f["description"]})
				return err
			},
		},
		"service": {
			map[string][]string{"autoaccept": yes, "affinity": yes, "description": words, "proxyprotocol": append(cloud.ProxyForms(), cloud.ProxyOff)},
			func() map[string]string {
				s, err := b.a.Service(ctx, services[0].ID)
				b.ok(err)
				say := map[bool]string{true: "yes", false: "no"}
				return map[string]string{"autoaccept": say[s.AutoAccept], "affinity": say[s.ZoneAffinity], "description": s.Description, "proxyprotocol": cmp.Or(s.Proxy, cloud.ProxyOff)}
			},
			func(c *cloud.Caller, f map[string]string) error {
				_, err := c.UpdateService(ctx, services[0].ID, cloud.ServiceInput{AutoAccept: f["autoaccept"], Affinity: f["affinity"], Description: f["description"], Proxy: f["proxyprotocol"]})
				return err
			},
		},
		"instance": {
			map[string][]string{"name": words, "program": {"none", "web", "echo"}, "port": {"81", "82"}, "text": words},
			func() map[string]string {
				i, err := b.a.Instance(ctx, one)
				b.ok(err)
				port := ""
				if i.Port != 0 {
					port = strconv.Itoa(int(i.Port))
				}
				return map[string]string{"name": i.Name, "program": i.Program, "port": port, "text": i.Text}
			},
			func(c *cloud.Caller, f map[string]string) error {
				// What the program does not use is not kept, and what is left empty has
				// a default: the form here says what it means.
				switch f["program"] {
				case "none":
					f["port"], f["text"] = "", ""
				case "echo":
					f["port"], f["text"] = cmp.Or(f["port"], "7"), ""
				default:
					f["port"], f["text"] = cmp.Or(f["port"], "80"), cmp.Or(f["text"], f["name"])
				}
				_, err := c.UpdateInstance(ctx, one, cloud.InstanceInput{Name: f["name"], Program: f["program"], Port: f["port"], Text: f["text"]})
				return err
			},
		},
		"listener": b.listenerPaper(vpc, instances),
	}
}

// listenerPaper is the wizard: the listener and the whole server group.
func (b *bench) listenerPaper(vpc cloud.VPC, instances []cloud.InstanceView) paper {
	b.Helper()
	ctx := b.Context()
	balancers, err := b.a.Balancers(ctx, frankfurt)
	b.ok(err)
	in := cloud.InstanceInput{Name: "ECS4", VSwitch: b.vswitch(b.a, vpc.ID).ID}
	more, err := b.a.CreateInstance(ctx, frankfurt, in)
	b.ok(err)
	ids := []string{instances[0].ID, instances[1].ID, more.ID}
	lb := balancers[0].ID
	save := func(c *cloud.Caller, id string, f map[string]string) (cloud.Listener, error) {
		in := cloud.ListenerInput{Protocol: f["protocol"], Port: f["port"], BackendPort: "80", Idle: f["idle"], Name: f["name"]}
		for _, i := range ids {
			if w := f["weight."+i]; w != "" {
				in.Servers = append(in.Servers, cloud.BackendInput{Instance: i, Weight: w})
			}
		}
		return c.SaveListener(ctx, lb, id, in)
	}
	made, err := save(b.a, "", map[string]string{"protocol": "tcp", "port": "80", "idle": "900", "weight." + ids[0]: "100"})
	b.ok(err)
	choices := map[string][]string{"protocol": {"tcp", "udp"}, "port": {"80", "81"}, "idle": {"10", "20"}, "name": {"a", "b"}}
	for _, i := range ids {
		choices["weight."+i] = []string{"", "1", "2"}
	}
	return paper{
		choices,
		func() map[string]string {
			v, err := b.a.Balancer(ctx, lb)
			b.ok(err)
			l := v.Listeners[0]
			out := map[string]string{"protocol": l.Protocol, "port": strconv.Itoa(int(l.Port)), "idle": strconv.Itoa(l.IdleSeconds), "name": l.Name}
			for _, i := range ids {
				out["weight."+i] = ""
			}
			for _, m := range v.Backends {
				out["weight."+m.Instance] = strconv.Itoa(m.Weight)
			}
			return out
		},
		func(c *cloud.Caller, f map[string]string) error {
			_, err := save(c, made.ID, f)
			return err
		},
	}
}
