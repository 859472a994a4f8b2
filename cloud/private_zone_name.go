package cloud

import (
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
)

// What a name of the DNS has at most (RFC 1035, 2.3.4), written with dots and
// without the last one.
const (
	longestName  = 253
	longestLabel = 63
)

// idn turns labels beyond ASCII into the form that the DNS carries: lower
// case, one way to write each letter, xn--.
var idn = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.BidiRule(), idna.ValidateLabels(true), idna.StrictDomainName(false))

// DisplayName is a name of the DNS as people write it: 例子.example for
// xn--fsqu00a.example.
func DisplayName(name string) string {
	if !strings.Contains(name, "xn--") {
		return name
	}
	labels := strings.Split(name, ".")
	for i, l := range labels {
		if shown, err := idn.ToUnicode(l); err == nil {
			labels[i] = shown
		}
	}
	return strings.Join(labels, ".")
}

// The dots that Chinese and Japanese input methods type.
var wideDots = strings.NewReplacer("。", ".", "．", ".", "｡", ".")

// dnsName reads a name of the DNS, with or without its last dot; underscores
// are letters of host records and of some targets. The answer is lower case and
// without the last dot, empty when the name was refused.
func (c *check) dnsName(field, v string, underscore bool) string {
	v = strings.TrimSuffix(wideDots.Replace(strings.TrimSpace(v)), ".")
	if v == "" {
		c.fail(field, "error.required")
		return ""
	}
	if host, odd := hostOfURL(v); odd {
		c.suggest(field, "error.dns.url", host, "value", v)
		return ""
	}
	labels := strings.Split(v, ".")
	for i, l := range labels {
		fixed, key := dnsLabel(l, underscore)
		if key != "" {
			c.fail(field, key, "label", l, "value", v, "max", itoa(longestLabel))
			return ""
		}
		labels[i] = fixed
	}
	name := strings.Join(labels, ".")
	if len(name) > longestName {
		c.fail(field, "error.dns.long", "n", itoa(len(name)), "max", itoa(longestName))
		return ""
	}
	return name
}

// hostOfURL tells a name from the address of a page, and from a name with a
// port.
func hostOfURL(v string) (host string, odd bool) {
	if !strings.ContainsAny(v, "/:") {
		return "", false
	}
	if _, rest, ok := strings.Cut(v, "://"); ok {
		v = rest
	}
	host = v
	if i := strings.IndexAny(v, "/:?#"); i >= 0 {
		host = v[:i]
	}
	var ck check
	return ck.dnsName("", host, false), true
}

// dnsLabel is one label as the DNS carries it, or the key of what is wrong.
func dnsLabel(l string, underscore bool) (label, key string) {
	switch {
	case l == "":
		return "", "error.dns.empty"
	case l == "*":
		return "", "error.dns.star"
	case strings.HasPrefix(l, "-") || strings.HasSuffix(l, "-"):
		return "", "error.dns.hyphen"
	}
	lower := strings.ToLower(l)
	if strings.ContainsFunc(l, func(r rune) bool { return r >= 0x80 }) || strings.HasPrefix(lower, "xn--") {
		if strings.ContainsAny(l, " \t") {
			return "", "error.dns.chars"
		}
		a, err := idn.ToASCII(l)
		if err != nil || strings.Contains(a, ".") {
			return "", "error.dns.idn"
		}
		lower = a
	}
	odd := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && (r != '_' || !underscore)
	}
	switch {
	case strings.ContainsFunc(lower, odd):
		return "", "error.dns.chars"
	case len(lower) > longestLabel:
		return "", "error.dns.label"
	}
	return lower, ""
}

// zoneName reads 内置权威域名（Zone） (PVZ-03): at least two labels, so that no
// zone takes a whole top-level domain away from a VPC by mistake.
func (c *check) zoneName(field, v string) string {
	bare := strings.TrimSuffix(strings.TrimSpace(v), ".")
	if _, err := netip.ParseAddr(bare); err == nil {
		c.fail(field, "error.dns.address", "value", bare)
		return ""
	}
	if rest, ok := strings.CutPrefix(bare, "*."); ok {
		c.suggest(field, "error.privatezone.star", rest, "value", bare)
		return ""
	}
	name := c.dnsName(field, v, false)
	if name != "" && !strings.Contains(name, ".") {
		c.fail(field, "error.privatezone.labels", "value", name)
		return ""
	}
	return name
}

// below says whether a name is below a domain.
func below(name, domain string) bool { return strings.HasSuffix(name, "."+domain) }
