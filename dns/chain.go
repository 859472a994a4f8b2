package dns

// maxLinks bounds the aliases of one answer; BIND's recursion follows as many.
const maxLinks = 16

// resolve looks one question up and follows aliases from zone to zone (RFC
// 1034, 4.3.2). The code is that of the last name (RFC 6604). A chain that
// comes back to a name or has too many links is a server failure without
// records, as it is at recursive resolvers. Every step is told; tell may be nil.
func (v *View) resolve(q Question, tell func(Step)) Result {
	name := canonical(q.Name)
	var first, out Result
	for links := 0; ; links++ {
		r, alias := v.ask(name, q, tell)
		if links == 0 {
			first = r
		}
		r.Records = append(out.Records, r.Records...)
		r.Source, r.Authoritative, r.Next = first.Source, first.Authoritative, name
		if out = r; alias == "" {
			return out
		}
		name = canonical(alias)
		for _, passed := range out.Records {
			if passed.Name == name {
				return fail(first, tell, Step{Name: name, Outcome: Loop})
			}
		}
		if links == maxLinks {
			return fail(first, tell, Step{Name: name, Outcome: Long})
		}
	}
}

func fail(first Result, tell func(Step), why Step) Result {
	if tell != nil {
		tell(why)
	}
	return Result{Rcode: Failure, Source: first.Source, Zone: first.Zone}
}

// ask looks one name up without following its alias, which it answers instead.
// The most specific zone has the say, and of two with the same name the private
// one. The labs' own reverse names give way to every private zone.
func (v *View) ask(name string, q Question, tell func(Step)) (r Result, alias string) {
	z, root := v.authority(name)
	if z != nil {
		step := Step{Name: name, By: ByZone, Source: z.apex}
		r, alias, ok := z.answer(name, q, &step)
		if tell != nil {
			tell(step)
		}
		if ok {
			return r, alias
		}
		root = v.root(name)
	}
	return v.own(name, root, q, tell), ""
}

// authority is the private zone that has the say about a name, or the domain
// of the labs.
func (v *View) authority(name string) (z *zone, root string) {
	if len(v.zones) == 0 {
		return nil, v.root(name)
	}
	own, published := v.names[name]
	for at := name; at != ""; at = parent(at) {
		if z := v.zones[at]; z != nil {
			return z, ""
		}
		if v.isRoot(at) {
			return nil, at
		}
		if published && at == own.FQDN && v.root(name) == "" {
			return nil, "" // a zone of its own
		}
	}
	return nil, ""
}

// own looks one name up among what the labs publish themselves: names, their
// domains, reverse names. The rest is the upstream's.
func (v *View) own(name, root string, q Question, tell func(Step)) Result {
	var step Step
	var r Result
	if n, ok := v.names[name]; ok {
		step.By = ByName
		r = v.published(n, q)
	} else if root != "" {
		step.By = ByRoot
		r = v.belowRoot(name, root, q)
	} else if rev, ok := reverseOf(name); ok {
		step.By = ByReverse
		known := v.nameOf(rev.addr)
		if known == "" && q.NameOf != nil && rev.addr.IsValid() {
			known = q.NameOf(rev.addr)
		}
		r = rev.answer(name, q.Type, known)
	} else {
		step.By = ByUpstream
		r = Result{Recurse: true}
	}
	if tell != nil {
		step.Name, step.Source, step.Outcome, step.records = name, r.Source, outcome(r), r.Records
		tell(step)
	}
	return r
}

func outcome(r Result) Outcome {
	switch {
	case r.Rcode == NotExist:
		return Missing
	case len(r.Records) == 0:
		return NoData
	}
	return Answered
}

// answer looks a name up in the zone. It answers false when the zone leaves
// the name to recursion.
func (z *zone) answer(name string, q Question, step *Step) (r Result, alias string, ok bool) {
	r = Result{Source: z.apex, Zone: z.apex, Serial: z.serial, Authoritative: true}
	n, wildcard, exists := z.find(name)
	step.Wildcard = wildcard
	r.Records = z.made(name, q.Type)
	if n == nil && len(r.Records) == 0 && z.proxy {
		step.Outcome = Proxied
		return Result{}, "", false
	}
	for _, set := range n {
		switch {
		case set.typ == q.Type || q.Type == TypeANY:
			r.Records = append(r.Records, set.choose(name, q, q.Type == TypeANY)...)
		case set.typ == TypeCNAME:
			r.Records = set.choose(name, q, false)
			alias = r.Records[0].Target
		}
	}
	if !exists {
		r.Rcode = NotExist
	}
	r.SOA = len(r.Records) == 0
	if step.Outcome, step.records = outcome(r), r.Records; alias != "" {
		step.Outcome = Aliased
	}
	return r, alias, true
}

// made are the records at the zone's top that nobody typed.
func (z *zone) made(name string, qtype uint16) []Record {
	if name != z.apex {
		return nil
	}
	return madeAt(name, qtype, z.serial)
}

// madeAt are the SOA and NS of a domain. Their server is nobody, so that no
// name is taken from the domain's owner for it.
func madeAt(apex string, qtype uint16, serial uint32) []Record {
	var out []Record
	if qtype == TypeSOA || qtype == TypeANY {
		out = append(out, Record{Name: apex, Type: TypeSOA, TTL: DefaultTTL, Serial: serial})
	}
	if qtype == TypeNS || qtype == TypeANY {
		out = append(out, Record{Name: apex, Type: TypeNS, TTL: DefaultTTL, Target: nameServer})
	}
	return out
}

// find is the node of a name: its own, or that of the wildcard which stands in
// for it, whose name is then answered too (RFC 4592). A wildcard stands directly
// below the longest part of the name that exists. A name can exist without a
// node, and so can a wildcard, which then stands in all the same.
func (z *zone) find(name string) (n node, wildcard string, exists bool) {
	if n, ok := z.at(name); ok {
		return n, "", true
	}
	for at := parent(name); ; at = parent(at) {
		if _, ok := z.at(at); ok {
			if n, ok := z.at("*." + at); ok {
				return n, "*." + at, true
			}
			return nil, "", false
		}
	}
}

func (z *zone) at(name string) (n node, exists bool) {
	n, ok := z.nodes[name]
	return n, ok || name == z.apex || z.inner[name]
}

// choose is the set as one answer has it, under the name that was asked: one
// record by weight, or all, addresses taking turns at the front. A name has one
// alias at a time.
func (s *recordSet) choose(name string, q Question, all bool) []Record {
	out := make([]Record, len(s.records))
	copy(out, s.records)
	if s.total > 0 && !all {
		at := q.luck(s.total)
		for i, w := range s.weights {
			if at -= w; at < 0 {
				out = out[i : i+1]
				break
			}
		}
	} else if n := len(out); n > 1 && (s.typ == TypeA || s.typ == TypeAAAA || s.typ == TypeCNAME) {
		at := q.turn(n)
		out = append(out[at:], out[:at]...)
	}
	if s.typ == TypeCNAME && !all {
		out = out[:1]
	}
	for i := range out {
		out[i].Name = name
	}
	return out
}
