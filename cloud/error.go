package cloud

import (
	"errors"
	"fmt"
	"sort"
	"strings"
)

// ErrorKind sorts refusals by what the reader can do about them.
type ErrorKind int

// Kinds of refusal.
const (
	Invalid  ErrorKind = iota // the input is wrong, Fields say where (HTTP 422)
	NotFound                  // no such thing in this account (404)
	Conflict                  // the state of things forbids it, Blockers say which (409)
	Denied                    // the account may not (403)
	Exceeded                  // a quota is used up (409)
	TooMany                   // try again later (429)
)

// Error is a refusal: a key of the catalogue with its arguments, translated
// where it is shown (DESIGN idea 9).
type Error struct {
	Kind     ErrorKind
	Key      string
	Args     map[string]string
	Fields   []FieldError
	Blockers []Ref
}

// FieldError is what is wrong with one field of a form. Field is the form's
// name of it, for rows with the row's number: "zone.2".
type FieldError struct {
	Field string
	Key   string
	Args  map[string]string
	// Suggest is a value that would be accepted, empty when none is known
	// "did you mean 10.10.0.0/16?").
	Suggest string
	// Theirs is what somebody else has set the field to since the form was
	// shown, as a form sends it (Caller.Since). With the key
	// "error.changed.kept" the reader had not touched the field.
	Theirs []string
}

// Ref points at a resource of the lab, with its owner.
type Ref struct {
	Kind    string
	ID      string
	Name    string
	Account string // owner's account ID
}

// Error is the refusal for logs: pages translate Key instead.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Key)
	keys := make([]string, 0, len(e.Args))
	for k := range e.Args {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		fmt.Fprintf(&b, " %s=%s", k, e.Args[k])
	}
	for _, f := range e.Fields {
		fmt.Fprintf(&b, "; %s: %s", f.Field, f.Key)
	}
	for _, r := range e.Blockers {
		fmt.Fprintf(&b, "; blocked by %s %s", r.Kind, r.ID)
	}
	return b.String()
}

// AsError answers the refusal inside err, nil when err is a failure instead.
func AsError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// args pairs names and values.
func args(kv ...string) map[string]string {
	m := make(map[string]string, len(kv)/2)
	for i := 0; i+1 < len(kv); i += 2 {
		m[kv[i]] = kv[i+1]
	}
	return m
}

func notFound(kind, id string) error {
	return &Error{Kind: NotFound, Key: "error.notfound", Args: args("kind", kind, "id", id)}
}

func conflict(key string, a map[string]string, blockers ...Ref) error {
	return &Error{Kind: Conflict, Key: key, Args: a, Blockers: blockers}
}

// missing turns the store's ErrMissing into the reader's "not found".
func missing(err error, kind, id string) error {
	if errors.Is(err, ErrMissing) {
		return notFound(kind, id)
	}
	return err
}

// check collects what is wrong with a form; the whole input is judged, not
// only the first mistake.
type check struct{ fields []FieldError }

func (c *check) fail(field, key string, kv ...string) {
	c.fields = append(c.fields, FieldError{Field: field, Key: key, Args: args(kv...)})
}

func (c *check) suggest(field, key, suggestion string, kv ...string) {
	c.fields = append(c.fields, FieldError{Field: field, Key: key, Args: args(kv...), Suggest: suggestion})
}

func (c *check) bad(field string) bool {
	for _, f := range c.fields {
		if f.Field == field {
			return true
		}
	}
	return false
}

func (c *check) err() error {
	if len(c.fields) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Key: "error.invalid", Fields: c.fields}
}
