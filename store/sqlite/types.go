package sqlite

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// The wrappers below say how a field is kept where database/sql would not know
// or would not be exact. Each holds a pointer into a noun, is scanned into and
// is a driver.Valuer.

// moment is a time as microseconds since 1970 in UTC; the zero time is NULL.
type moment struct{ at *time.Time }

func (m moment) Value() (driver.Value, error) {
	if m.at.IsZero() {
		return nil, nil
	}
	return m.at.UnixMicro(), nil
}

func (m moment) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*m.at = time.Time{}
	case int64:
		*m.at = time.UnixMicro(v).UTC()
	default:
		return fmt.Errorf("a time kept as %T", src)
	}
	return nil
}

// addr is an IP address as text; no address is "".
type addr struct{ at *netip.Addr }

func (a addr) Value() (driver.Value, error) {
	if !a.at.IsValid() {
		return "", nil
	}
	return a.at.String(), nil
}

func (a addr) Scan(src any) error { return scanText(src, a.at, netip.ParseAddr) }

// block is an IP prefix as text; no prefix is "".
type block struct{ at *netip.Prefix }

func (b block) Value() (driver.Value, error) {
	if !b.at.IsValid() {
		return "", nil
	}
	return b.at.String(), nil
}

func (b block) Scan(src any) error { return scanText(src, b.at, netip.ParsePrefix) }

// addrPort is an address with its port as text; none is "".
type addrPort struct{ at *netip.AddrPort }

func (a addrPort) Value() (driver.Value, error) {
	if !a.at.IsValid() {
		return "", nil
	}
	return a.at.String(), nil
}

func (a addrPort) Scan(src any) error { return scanText(src, a.at, netip.ParseAddrPort) }

func scanText[T any](src any, at *T, parse func(string) (T, error)) (err error) {
	s, ok := src.(string)
	if !ok {
		return fmt.Errorf("a %T kept as %T", *at, src)
	}
	if s == "" {
		*at = *new(T)
		return nil
	}
	*at, err = parse(s)
	return err
}

// ref is the key of a row in another table; no reference is NULL, which a
// foreign key allows.
type ref struct{ at *string }

func (r ref) Value() (driver.Value, error) {
	if *r.at == "" {
		return nil, nil
	}
	return *r.at, nil
}

func (r ref) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*r.at = ""
	case string:
		*r.at = v
	default:
		return fmt.Errorf("a reference kept as %T", src)
	}
	return nil
}

// document is anything else, as JSON; a nil list comes back as nil.
type document[T any] struct{ at *T }

func (d document[T]) Value() (driver.Value, error) {
	b, err := json.Marshal(d.at)
	return string(b), err
}

func (d document[T]) Scan(src any) error {
	s, ok := src.(string)
	if !ok {
		return fmt.Errorf("a document kept as %T", src)
	}
	return json.Unmarshal([]byte(s), d.at)
}

// opaque marks what no row can be selected by.
func (document[T]) opaque() {}

// raw is JSON as it was given; none is NULL.
type raw struct{ at *json.RawMessage }

func (r raw) Value() (driver.Value, error) {
	if len(*r.at) == 0 {
		return nil, nil
	}
	return string(*r.at), nil
}

func (r raw) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*r.at = nil
	case string:
		*r.at = json.RawMessage(v)
	default:
		return fmt.Errorf("raw JSON kept as %T", src)
	}
	return nil
}

// opaque marks what no row can be selected by.
func (raw) opaque() {}

// match turns "column equals value" into SQL with one argument. kind is the
// place of the column in some noun and says what the value must be.
func match(column string, kind, value any) (cond string, arg any, err error) {
	if _, no := kind.(interface{ opaque() }); no {
		return "", nil, fmt.Errorf("not a column to select by")
	}
	if many, ok := value.([]string); ok {
		return among(column, kind, many)
	}
	switch v := value.(type) {
	case time.Time:
		value = moment{&v}
	case netip.Addr:
		value = addr{&v}
	case netip.AddrPort:
		value = addrPort{&v}
	case netip.Prefix:
		value = block{&v}
	case string:
		if _, ok := kind.(ref); ok {
			value = ref{&v}
		}
	}
	want, err := driver.DefaultParameterConverter.ConvertValue(kind)
	if err != nil {
		return "", nil, err
	}
	if arg, err = driver.DefaultParameterConverter.ConvertValue(value); err != nil {
		return "", nil, err
	}
	if !alike(want, arg) {
		return "", nil, fmt.Errorf("cannot be a %T", value)
	}
	// IS and not =, because a missing reference is NULL.
	return column + " IS ?", arg, nil
}

// alike says whether two values are kept alike; NULL stands for the
// empty value of its column.
func alike(want, arg driver.Value) bool {
	switch arg.(type) {
	case nil:
		return true
	case string:
		_, ok := want.(string)
		return ok || want == nil
	case int64:
		_, ok := want.(int64)
		return ok || want == nil
	case bool:
		_, ok := want.(bool)
		return ok
	}
	return false
}

// among is match for "one of"; the list travels as one JSON argument, so that
// its length does not change the statement.
func among(column string, kind any, values []string) (string, any, error) {
	want, err := driver.DefaultParameterConverter.ConvertValue(kind)
	if err != nil {
		return "", nil, err
	}
	if !alike(want, "") {
		return "", nil, fmt.Errorf("cannot be one of texts")
	}
	list, err := json.Marshal(slices.Concat([]string{}, values))
	if err != nil {
		return "", nil, err
	}
	cond := column + " IN (SELECT value FROM json_each(?))"
	if _, ok := kind.(ref); ok && slices.Contains(values, "") {
		cond = "(" + column + " IS NULL OR " + cond + ")"
	}
	return cond, string(list), nil
}

// text is the value of a column for an error message.
func text(at any) any {
	v, err := driver.DefaultParameterConverter.ConvertValue(at)
	if err != nil {
		return "?"
	}
	return v
}
