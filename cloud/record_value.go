package cloud

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The types of records that a private zone can have (PVZ-08).
const (
	A     = "A"
	AAAA  = "AAAA"
	CNAME = "CNAME"
	TXT   = "TXT"
	MX    = "MX"
	PTR   = "PTR"
	SRV   = "SRV"
)

// RecordTypes are the types in the order of the form.
func RecordTypes() []string { return []string{A, AAAA, CNAME, TXT, MX, PTR, SRV} }

// longestText is how many bytes a TXT record holds.
const longestText = 512

// host reads 主机记录: "@", a name below the zone, a wildcard "*" or "*.a".
// Somebody who types the whole name means the part before the zone.
func (c *check) host(field, v, zone string) string {
	v = strings.TrimSpace(v)
	switch {
	case v == "":
		c.fail(field, "error.record.host")
		return ""
	case v == "@" || v == "*":
		return v
	}
	if whole := strings.TrimSuffix(strings.ToLower(v), "."); whole == zone {
		c.suggest(field, "error.record.whole", "@", "value", v)
		return ""
	} else if below(whole, zone) {
		c.suggest(field, "error.record.whole", strings.TrimSuffix(whole, "."+zone), "value", v)
		return ""
	}
	star, rest := "", v
	if cut, ok := strings.CutPrefix(v, "*."); ok {
		star, rest = "*.", cut
	}
	name := c.dnsName(field, rest, true)
	if name == "" {
		return ""
	}
	if whole := len(star) + len(name) + 1 + len(zone); whole > longestName {
		c.fail(field, "error.dns.long", "n", itoa(whole), "max", itoa(longestName))
		return ""
	}
	return star + name
}

// recordValue reads 记录值 as the type has it.
func (c *check) recordValue(field, typ, v string, z PrivateZone, host string) string {
	v = strings.TrimSpace(v)
	if v == "" {
		c.fail(field, "error.required")
		return ""
	}
	switch typ {
	case A:
		return c.recordAddress(field, v, false)
	case AAAA:
		return c.recordAddress(field, v, true)
	case CNAME, PTR, MX:
		return c.target(field, v, z, host, typ)
	case SRV:
		return c.server(field, v, z, host)
	case TXT:
		return c.text(field, v)
	}
	return v
}

// recordAddress reads the value of an A or AAAA record.
func (c *check) recordAddress(field, v string, six bool) string {
	a, err := netip.ParseAddr(v)
	switch {
	case err == nil && a.Is4() && !six, err == nil && a.Is6() && !a.Is4In6() && a.Zone() == "" && six:
		return a.String()
	case err == nil && a.Is4() && six:
		c.fail(field, "error.record.aaaa.four", "value", v)
	case err == nil && a.Is6() && !six:
		c.fail(field, "error.record.a.six", "value", v)
	case six:
		c.fail(field, "error.record.aaaa", "value", v)
	default:
		c.fail(field, "error.record.a", "value", v)
	}
	return ""
}

// target reads the name that a record points at.
func (c *check) target(field, v string, z PrivateZone, host, typ string) string {
	if a, err := netip.ParseAddr(v); err == nil {
		c.fail(field, "error.record.target.address", "value", v, "type", typ, "other", map[bool]string{true: A, false: AAAA}[a.Is4()])
		return ""
	}
	name := c.dnsName(field, v, typ == CNAME || typ == PTR)
	switch {
	case name == "":
	case !strings.Contains(name, ".") && !strings.HasSuffix(v, "."):
		c.suggest(field, "error.record.target.short", name+"."+z.Name, "value", v)
		return ""
	case typ == CNAME && host != "" && name == (Record{Host: host}).FQDN(z.Name):
		c.fail(field, "error.record.self", "value", v)
		return ""
	}
	return name
}

// server reads the value of an SRV record.
func (c *check) server(field, v string, z PrivateZone, host string) string {
	parts := strings.Fields(v)
	if len(parts) != 4 {
		c.fail(field, "error.record.srv", "value", v)
		return ""
	}
	for i, part := range parts[:3] {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil || i == 2 && n == 0 {
			c.fail(field, "error.record.srv.number", "value", part, "part", itoa(i+1))
			return ""
		}
		parts[i] = strconv.FormatUint(n, 10)
	}
	if parts[3] = c.target(field, parts[3], z, host, SRV); parts[3] == "" {
		return ""
	}
	return strings.Join(parts, " ")
}

// text reads the value of a TXT record: as it is, without the quotes of a zone
// file around it.
func (c *check) text(field, v string) string {
	if len(v) >= 2 && v[0] == '"' && v[len(v)-1] == '"' && !strings.Contains(v[1:len(v)-1], `"`) {
		v = v[1 : len(v)-1]
	}
	switch {
	case v == "":
		c.fail(field, "error.required")
	case len(v) > longestText:
		c.fail(field, "error.record.txt.long", "n", itoa(len(v)), "max", itoa(longestText))
	case !utf8.ValidString(v) || strings.ContainsFunc(v, unicode.IsControl):
		c.fail(field, "error.record.txt.chars")
	default:
		return v
	}
	return ""
}

// Data is the record's value as a zone file has it: names with their last dot,
// MX with its priority, texts in quotes of at most 255 bytes each.
func (r Record) Data() string {
	switch r.Type {
	case CNAME, PTR, SRV:
		return r.Value + "."
	case MX:
		return itoa(r.Priority) + " " + r.Value + "."
	case TXT:
		return quoted(r.Value)
	}
	return r.Value
}

// quoted is a text as the strings of a TXT record (RFC 1035, 5.1).
func quoted(text string) string {
	var b strings.Builder
	for i := range len(text) {
		switch ch := text[i]; {
		case i%255 == 0 && i > 0:
			b.WriteString(`" "`)
			fallthrough
		default:
			switch {
			case ch == '"' || ch == '\\':
				b.WriteByte('\\')
				b.WriteByte(ch)
			case ch < ' ' || ch > '~':
				b.WriteByte('\\')
				n := strconv.Itoa(int(ch))
				b.WriteString("000"[len(n):] + n)
			default:
				b.WriteByte(ch)
			}
		}
	}
	return `"` + b.String() + `"`
}

// unquoted is the text that the strings of a TXT record are; ok is false when
// they are not well formed.
func unquoted(data string) (text string, ok bool) {
	var b strings.Builder
	in := false
	for i := 0; i < len(data); i++ {
		ch := data[i]
		switch {
		case ch == '"':
			in = !in
		case ch == '\\' && i+3 < len(data) && digits(data[i+1:i+4]):
			n, err := strconv.ParseUint(data[i+1:i+4], 10, 8)
			if err != nil {
				return "", false
			}
			b.WriteByte(byte(n))
			i += 3
		case ch == '\\' && i+1 < len(data):
			i++
			b.WriteByte(data[i])
		case !in && (ch == ' ' || ch == '\t'):
		default:
			b.WriteByte(ch)
		}
	}
	return b.String(), !in
}

func digits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}
