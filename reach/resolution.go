package reach

// Resolution is how a name resolves in a VPC, with everything that led there
// (PVZ-10). It is what the VPC's resolver said about one question.
type Resolution struct {
	Name  string // whole, with the last dot
	Type  string // "A"
	Zone  string // the availability zone that the client stands in; "" when not known
	Rcode string // "NOERROR", "NXDOMAIN", "SERVFAIL"; "FORMERR" when the name is none
	Steps []ResolveStep
	// Answer is the whole chain.
	Answer []ResolveLine
}

// ResolveStep is the look at one name.
type ResolveStep struct {
	Name string
	// By is "zone", "name", "root", "reverse" or "upstream"; "" when nobody was
	// asked any more.
	By     string
	Source string // the private zone, published name, domain or server
	// Outcome is "answer", "alias", "nodata", "nxdomain", "proxied", "silent",
	// "failed", "loop" or "long".
	Outcome  string
	Wildcard string // the record that stood in, if one did
	Answer   []ResolveLine
}

// ResolveLine is one record.
type ResolveLine struct {
	Name, Type, Value string
	TTL               uint32 // seconds
}
