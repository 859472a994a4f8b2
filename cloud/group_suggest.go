package cloud

import "strings"

// mostSuggested is how many ports TemplateService takes.
const mostSuggested = 50

// suggested reads the ports of TemplateService: numbers with commas or spaces
// between them. A service publishes any number of them; which one a client
// uses is not known here, so that none is no answer (ZIL-13).
func (c *check) suggested(field, v string) []uint16 {
	parts := strings.FieldsFunc(v, func(r rune) bool { return strings.ContainsRune(" \t,，、;；", r) })
	switch {
	case len(parts) == 0:
		c.fail(field, "error.group.ports")
		return nil
	case len(parts) > mostSuggested:
		c.fail(field, "error.group.ports.many", "max", itoa(mostSuggested))
		return nil
	}
	seen := map[uint16]bool{}
	var out []uint16
	for _, p := range parts {
		n := c.port(field, p)
		if c.bad(field) {
			return nil
		}
		if !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	return out
}

// serviceRules are what 002 suggests for an endpoint's group: the service's
// ports over TCP from everywhere, and ICMP to find out what is wrong.
func serviceRules(in func(protocol string, port uint16) SecurityRule, ports []uint16) []SecurityRule {
	var out []SecurityRule
	for _, p := range ports {
		out = append(out, in(TCP, p))
	}
	return append(out, in(ICMP, 0))
}
