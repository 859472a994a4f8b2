package cloud

import (
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// number reads a whole number between lo and hi from a form field, or def
// when the field is empty; anything else is a field error.
func (c *check) number(field, v string, def, lo, hi int) int {
	v = strings.TrimSpace(v)
	if v == "" {
		if def < lo {
			c.fail(field, "error.required")
		}
		return def
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < lo || n > hi {
		c.fail(field, "error.number", "min", itoa(lo), "max", itoa(hi), "value", v)
		return def
	}
	return n
}

// port reads a required port, 1 to 65535.
func (c *check) port(field, v string) uint16 { return uint16(c.number(field, v, 0, 1, 65535)) }

// oneOf checks a choice; an empty one becomes def when def is not empty.
func (c *check) oneOf(field, v, def string, choices ...string) string {
	if v == "" && def != "" {
		return def
	}
	for _, o := range choices {
		if v == o {
			return v
		}
	}
	if v == "" {
		c.fail(field, "error.choose")
	} else {
		c.fail(field, "error.choice", "value", v)
	}
	return def
}
