package dns

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/miekg/dns"
)

// LineError is what is wrong with an entry of a zone file.
type LineError struct {
	Line   int // from 1
	Reason LineReason
	Text   string // the parser's words in English, or what it is about
}

// Skipped says that the entry is no error: Culvert makes the SOA and the name
// servers of a zone itself.
func (e LineError) Skipped() bool { return e.Reason == LineSkipped }

// LineReason is the kind of a LineError.
type LineReason string

// The kinds there are.
const (
	LineSyntax    LineReason = "syntax"
	LineDirective LineReason = "directive" // $INCLUDE, $GENERATE, or unknown
	LineClass     LineReason = "class"     // not IN
	LineType      LineReason = "type"      // private zones have no such records
	LineOutside   LineReason = "outside"   // the name is not in the zone
	LineSkipped   LineReason = "skipped"
)

// fileTTL is the TTL, in seconds, of records before any TTL of a file.
const fileTTL = 60

// nameServer is the server that SOA and NS records name: nobody, by RFC 6761.
const nameServer = "ns.culvert.invalid."

// zoneFile is where the reading of a zone file stands.
type zoneFile struct {
	apex   string
	origin string
	owner  string // of the record before, "" at first
	ttl    uint32 // for records without
	fixed  bool   // by $TTL, and not by the record before

	records []ZoneRecord
	wrong   []LineError
}

// ParseZone reads a zone file (RFC 1035, 5) of the zone origin. $ORIGIN and
// $TTL are followed, nothing else is. It reads on after an error, so that all
// are told, in the order of lines. Hosts are relative to the zone and in lower
// case, values as FormatZone writes them.
func ParseZone(origin, text string) ([]ZoneRecord, []LineError) {
	apex, err := wireName(origin)
	if err != nil {
		return nil, []LineError{{1, LineSyntax, err.Error()}}
	}
	apex = canonical(apex)
	f := zoneFile{apex: apex, origin: apex, ttl: fileTTL}
	for line, text := range entries(text) {
		f.entry(line, text)
	}
	return f.records, f.wrong
}

func (f *zoneFile) fail(line int, why LineReason, text string) {
	f.wrong = append(f.wrong, LineError{line, why, text})
}

func (f *zoneFile) entry(line int, text string) {
	if word, _, _ := strings.Cut(strings.TrimSpace(text), " "); strings.HasPrefix(word, "$") {
		f.directive(line, text)
		return
	}
	if text[0] == ' ' || text[0] == '\t' {
		if f.owner == "" {
			f.fail(line, LineSyntax, "the first record has no name")
			return
		}
		text = f.owner + " " + text
	}
	rr, comment, err := f.parse(text)
	if err != nil {
		at, why := parserSaid(err)
		f.fail(line+at, LineSyntax, why)
		return
	}
	h := rr.Header()
	f.owner = h.Name
	if !f.fixed {
		f.ttl = h.Ttl
	}
	f.record(line, rr, comment)
}

func (f *zoneFile) record(line int, rr dns.RR, comment string) {
	h := rr.Header()
	owner, err := wireName(h.Name)
	if err != nil {
		f.fail(line, LineSyntax, err.Error())
		return
	}
	host, inside := hostOf(canonical(owner), f.apex)
	switch {
	case h.Class != dns.ClassINET:
		f.fail(line, LineClass, dns.Class(h.Class).String())
	case !inside:
		f.fail(line, LineOutside, h.Name)
	case h.Rrtype == TypeSOA, h.Rrtype == TypeNS && host == "@":
		f.fail(line, LineSkipped, TypeName(h.Rrtype))
	case !zoneTypes[h.Rrtype]:
		f.fail(line, LineType, TypeName(h.Rrtype))
	default:
		r := ZoneRecord{Host: host, Type: h.Rrtype, TTL: h.Ttl, Value: data(rr)}
		if m := weightNote.FindStringSubmatch(comment); m != nil {
			r.Weight, _ = strconv.Atoi(m[1])
		}
		// Read as it will be when it is served, so that there is one spelling.
		ready, err := newRecord(f.apex, r)
		if err != nil {
			f.fail(line, LineSyntax, err.Error())
			return
		}
		r.Value = data(ready.rr())
		f.records = append(f.records, r)
	}
}

// weightNote is the comment by which a weight survives in a zone file, which
// has no place for one.
var weightNote = regexp.MustCompile(`^;\s*weight (\d{1,6})$`)

// directive follows $ORIGIN and $TTL, by what the parser makes of them.
func (f *zoneFile) directive(line int, text string) {
	word := strings.ToUpper(strings.Fields(text)[0])
	probe, ok := map[string]string{"$ORIGIN": "@ 0 IN A 0.0.0.0", "$TTL": ". IN A 0.0.0.0"}[word]
	if !ok {
		f.fail(line, LineDirective, word)
		return
	}
	rr, _, err := f.parse(strings.TrimSpace(text) + "\n" + probe)
	if err != nil {
		_, why := parserSaid(err)
		f.fail(line, LineSyntax, why)
		return
	}
	if word == "$ORIGIN" {
		f.origin = rr.Header().Name
	} else {
		f.ttl, f.fixed = rr.Header().Ttl, true
	}
}

// parse gives one entry to the parser and wants exactly one record.
func (f *zoneFile) parse(text string) (dns.RR, string, error) {
	zp := dns.NewZoneParser(strings.NewReader(text+"\n"), f.origin, "")
	zp.SetDefaultTTL(f.ttl)
	rr, ok := zp.Next()
	comment := strings.TrimSpace(zp.Comment())
	if err := zp.Err(); err != nil {
		return nil, "", err
	}
	if !ok || rr == nil {
		return nil, "", fmt.Errorf("not a record: %.40q", strings.TrimSpace(text))
	}
	if _, more := zp.Next(); more || zp.Err() != nil {
		return nil, "", cmp.Or(zp.Err(), fmt.Errorf("more than one record: %.40q", text))
	}
	return rr, comment, nil
}

var parserPlace = regexp.MustCompile(` at line: (\d+):\d+$`)

// parserSaid takes the line within the entry off the parser's words.
func parserSaid(err error) (line int, why string) {
	why = strings.TrimPrefix(err.Error(), "dns: ")
	if m := parserPlace.FindStringSubmatch(why); m != nil {
		line, _ = strconv.Atoi(m[1])
		why = strings.TrimSuffix(why, m[0])
	}
	return max(line-1, 0), why
}

// hostOf is a name relative to its zone.
func hostOf(name, apex string) (host string, inside bool) {
	if name == apex {
		return "@", true
	}
	for at := parent(name); at != ""; at = parent(at) {
		if at == apex {
			return strings.TrimSuffix(name, "."+apex), true
		}
	}
	return "", false
}

// data is the data of a record as zone files write it.
func data(rr dns.RR) string { return strings.TrimPrefix(rr.String(), rr.Header().String()) }

// FormatZone writes a zone file that other name servers load too. Records
// that cannot be served are comments. A weight is a comment behind its record.
func FormatZone(z Zone) string {
	var b strings.Builder
	apex, err := wireName(z.Name)
	if err != nil {
		return ""
	}
	apex = canonical(apex)
	fmt.Fprintf(&b, "$ORIGIN %s\n$TTL %d\n", apex, fileTTL)
	for _, r := range madeAt(apex, TypeANY, z.Serial) {
		fmt.Fprintf(&b, "@\t%d\tIN\t%s\t%s\n", r.TTL, TypeName(r.Type), data(r.rr()))
	}
	for _, r := range z.Records {
		ready, err := newRecord(apex, r)
		if err != nil {
			fmt.Fprintf(&b, "; %s\n", strings.Join(strings.Fields(err.Error()), " "))
			continue
		}
		host, _ := hostOf(ready.Name, apex)
		if rest, ok := strings.CutPrefix(host, "$"); ok {
			host = `\036` + rest // no directive
		}
		fmt.Fprintf(&b, "%s\t%d\tIN\t%s\t%s", host, r.TTL, TypeName(r.Type), data(ready.rr()))
		if r.Weight > 0 {
			fmt.Fprintf(&b, " ; weight %d", r.Weight)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// entries parts a zone file into its entries by line number. Parentheses and
// quotes hold lines together; comments and empty lines are none.
func entries(text string) func(yield func(int, string) bool) {
	return func(yield func(int, string) bool) {
		lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
		for i := 0; i < len(lines); i++ {
			from, depth := i, open(lines[i], 0)
			for depth > 0 && i+1 < len(lines) {
				i++
				depth = open(lines[i], depth)
			}
			entry := strings.Join(lines[from:i+1], "\n")
			if bare(entry) {
				continue
			}
			if !yield(from+1, entry) {
				return
			}
		}
	}
}

// bare says whether there is nothing but comments.
func bare(entry string) bool {
	return !slices.ContainsFunc(strings.Split(entry, "\n"), func(l string) bool {
		l = strings.TrimSpace(l)
		return l != "" && l[0] != ';'
	})
}

// open counts the parentheses that are open after a line.
func open(line string, depth int) int {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ';':
			return depth
		case c == '(':
			depth++
		case c == ')':
			depth--
		}
	}
	return depth
}
