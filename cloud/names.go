package cloud

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// The shapes of names and texts the documents give.
var (
	clbName      = regexp.MustCompile(`^[\p{Han}A-Za-z0-9/._-]{1,80}$`)
	endpointName = regexp.MustCompile(`^[\p{Han}A-Za-z][\p{Han}A-Za-z0-9_-]{1,127}$`)
	leadingJunk  = regexp.MustCompile(`^[^\p{Han}A-Za-z]+`)
	endpointJunk = regexp.MustCompile(`[^\p{Han}A-Za-z0-9_-]+`)
)

// name checks a resource name: min to max characters, not an address of a web
// page (the vendors refuse those so that names cannot be used as links).
func (c *check) name(field, v string, minLen, maxLen int) {
	n := utf8.RuneCountInString(v)
	switch {
	case n < minLen && n == 0:
		c.fail(field, "error.required")
	case n < minLen || n > maxLen:
		c.fail(field, "error.length", "min", itoa(minLen), "max", itoa(maxLen), "n", itoa(n))
	case webAddress(v):
		c.fail(field, "error.webaddress")
	}
}

// description checks the optional text of EPS-04, EP-07: 2 to 256 characters,
// no leading http:// or https://.
func (c *check) description(field, v string) {
	if v == "" {
		return
	}
	c.name(field, v, 2, 256)
}

// endpointName checks EP-01 with X-08: a letter or Chinese character first.
func (c *check) endpointName(field, v string) {
	n := utf8.RuneCountInString(v)
	switch {
	case n == 0:
		c.fail(field, "error.required")
	case n < 2 || n > 128:
		c.fail(field, "error.length", "min", "2", "max", "128", "n", itoa(n))
	case !endpointName.MatchString(v):
		fixed := endpointJunk.ReplaceAllString(leadingJunk.ReplaceAllString(v, ""), "-")
		if !endpointName.MatchString(fixed) {
			fixed = ""
		}
		c.suggest(field, "error.endpoint.name", fixed)
	}
}

func webAddress(v string) bool {
	l := strings.ToLower(v)
	return strings.HasPrefix(l, "http://") || strings.HasPrefix(l, "https://")
}
