package sqlite

import (
	"database/sql/driver"
	"fmt"
	"strings"

	"culvert.internal/cloud"
)

// refers is the table that a column names a row of, for paths that ask for
// that row's name.
var refers = map[string]string{
	"account": "account", "provider": "account", "grantee": "account",
	"vpc": "vpc", "vswitch": "vswitch", "acl": "network_acl", "group": "security_group", "peer_group": "security_group",
	"instance": "instance", "balancer": "balancer", "service": "service", "endpoint": "endpoint",
}

// page is a query for one page of rows, whole ones.
func (t *schema) page(q cloud.Query) (string, []any, error) {
	cond, args, err := t.search(q)
	if err != nil {
		return "", nil, err
	}
	order, more, err := t.order(q)
	if err != nil {
		return "", nil, err
	}
	args = append(append(args, more...), most(q.Limit), max(q.Skip, 0))
	return t.list + cond + order + " LIMIT ? OFFSET ?", args, nil
}

func (o opened) Total(q cloud.Query) (int, error) {
	cond, args, err := o.search(q)
	if err != nil {
		return 0, fmt.Errorf("total of %s: %w", o.name, err)
	}
	var n int
	if err := o.row(o.count+cond, args, &n); err != nil {
		return 0, fmt.Errorf("total of %s: %w", o.name, err)
	}
	return n, nil
}

func (o opened) Tally(column string, w cloud.Where) (map[string]int, error) {
	kind, ok := o.of[column]
	if !ok {
		return nil, fmt.Errorf("tally %s: no column %q", o.name, column)
	}
	cond, args, err := o.where(w)
	if err != nil {
		return nil, fmt.Errorf("tally %s: %w", o.name, err)
	}
	from, by := quote(o.name), quote(o.name)+"."+quote(column)
	if _, many := kind.(document[[]string]); many && len(w) == 1 && w[column] != nil {
		// The texts asked for alone: their table has the answer.
		one, arg, err := match(`m."group"`, new(string), w[column])
		if err != nil {
			return nil, fmt.Errorf("tally %s: %w", o.name, err)
		}
		from, by = `"member" AS m`, `m."group"`
		cond, args = " WHERE m.\"of\" = ? AND "+one, []any{o.name, arg}
	} else if many {
		from += ` JOIN "member" AS m ON m."of" = '` + o.name + `' AND m."id" = ` + quote(o.name) + `."id"`
		by = `m."group"`
	} else if _, err := o.text(column); err != nil {
		return nil, fmt.Errorf("tally %s: %w", o.name, err)
	}
	// By the column itself, which an index may have in order: no text and an empty
	// one come apart, and are put together here.
	rows, err := o.query("SELECT coalesce("+by+", ''), count(*) FROM "+from+cond+" GROUP BY "+by, args...)
	if err != nil {
		return nil, fmt.Errorf("tally %s: %w", o.name, err)
	}
	defer rows.Close()
	out := map[string]int{}
	for rows.Next() {
		var value string
		var n int
		if err := rows.Scan(&value, &n); err != nil {
			return nil, fmt.Errorf("tally %s: %w", o.name, err)
		}
		out[value] += n
	}
	return out, rows.Err()
}

// search turns what a query selects into SQL, as where does.
func (t *schema) search(q cloud.Query) (string, []any, error) {
	cond, args, err := t.where(q.Where)
	if err != nil {
		return "", nil, err
	}
	for _, term := range q.Terms {
		one, more, err := t.term(term)
		if err != nil {
			return "", nil, err
		}
		if cond == "" {
			cond = " WHERE " + one
		} else {
			cond += " AND " + one
		}
		args = append(args, more...)
	}
	return cond, args, nil
}

func (t *schema) term(term cloud.Term) (string, []any, error) {
	var some []string
	var args []any
	for _, path := range term.In {
		text, err := t.text(path)
		if err != nil {
			return "", nil, err
		}
		some = append(some, "instr(lower("+text+"), ?) > 0")
		args = append(args, fold(term.Text))
	}
	for _, w := range term.Or {
		cond, more, err := t.where(w)
		if err != nil {
			return "", nil, err
		}
		if cond == "" {
			cond = " WHERE 1"
		}
		some = append(some, "("+strings.TrimPrefix(cond, " WHERE ")+")")
		args = append(args, more...)
	}
	if len(some) == 0 {
		return "0", nil, nil
	}
	return "(" + strings.Join(some, " OR ") + ")", args, nil
}

// fold is SQLite's lower(): letters A to Z and no others.
func fold(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// text is a path that holds text, as an expression.
func (t *schema) text(path string) (string, error) {
	var parts []string
	for _, one := range strings.Split(path, "+") {
		expr, kind, err := t.path(one)
		if err != nil {
			return "", err
		}
		want, err := driver.DefaultParameterConverter.ConvertValue(kind)
		if err != nil {
			return "", err
		}
		if _, ok := want.(string); !ok && want != nil {
			return "", fmt.Errorf("%q is not text", one)
		}
		if _, ok := kind.(moment); ok {
			return "", fmt.Errorf("%q is not text", one)
		}
		if _, ok := kind.(ref); ok { // none is NULL, which would hold nothing
			expr = "coalesce(" + expr + ", '')"
		}
		parts = append(parts, expr)
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return "(" + strings.Join(parts, " || '.' || ") + ")", nil
}

// path is one step of a path, as an expression with its kind.
func (t *schema) path(path string) (expr string, kind any, err error) {
	column, of, far := strings.Cut(path, ".")
	kind, ok := t.of[column]
	if !ok {
		return "", nil, fmt.Errorf("no column %q", column)
	}
	if _, no := kind.(interface{ opaque() }); no {
		return "", nil, fmt.Errorf("column %q: not a column to search or sort by", column)
	}
	here := quote(t.name) + "." + quote(column)
	if !far {
		return here, kind, nil
	}
	other, ok := refers[column]
	if !ok || of != "name" {
		return "", nil, fmt.Errorf("no path %q", path)
	}
	return `coalesce((SELECT r."name" FROM ` + quote(other) + ` AS r WHERE r."id" = ` + here + "), '')", new(string), nil
}

// order is a query's order, which no two rows are alike in.
func (t *schema) order(q cloud.Query) (string, []any, error) {
	var by []string
	var args []any
	if q.Best != nil {
		rank, more, err := t.best(*q.Best)
		if err != nil {
			return "", nil, err
		}
		by, args = append(by, rank), more
	}
	down := map[bool]string{true: " DESC"}
	for path := range strings.SplitSeq(q.Order, ",") {
		if q.Order == "" {
			break
		}
		path, other := strings.CutPrefix(path, "-")
		keys, err := t.keys(path)
		if err != nil {
			return "", nil, err
		}
		for _, k := range keys {
			by = append(by, k+down[q.Desc != other])
		}
	}
	return " ORDER BY " + strings.Join(append(by, quote(t.name)+".rowid"+down[q.Desc]), ", "), args, nil
}

func (t *schema) best(term cloud.Term) (string, []any, error) {
	var whole, begins []string
	var args []any
	for _, path := range term.In {
		text, err := t.text(path)
		if err != nil {
			return "", nil, err
		}
		whole = append(whole, "lower("+text+") = ?")
		begins = append(begins, "instr(lower("+text+"), ?) = 1")
		args = append(args, fold(term.Text))
	}
	if len(whole) == 0 {
		return "0", nil, nil
	}
	rank := "CASE WHEN " + strings.Join(whole, " OR ") + " THEN 0 WHEN " + strings.Join(begins, " OR ") + " THEN 1 ELSE 2 END"
	return rank, append(args, args...), nil
}

// keys are the expressions that put a path in the order people expect.
func (t *schema) keys(path string) ([]string, error) {
	if strings.Contains(path, "+") {
		text, err := t.text(path)
		return []string{"lower(" + text + ")"}, err
	}
	expr, kind, err := t.path(path)
	if err != nil {
		return nil, err
	}
	switch kind.(type) {
	case addr, block, addrPort:
		return addressKeys(expr), nil
	case *string, ref:
		return []string{"lower(coalesce(" + expr + ", ''))"}, nil
	}
	if want, err := driver.DefaultParameterConverter.ConvertValue(kind); err != nil {
		return nil, err
	} else if _, ok := want.(string); ok {
		return []string{"lower(" + expr + ")"}, nil
	}
	return []string{expr}, nil
}

// addressKeys sorts "10.0.0.9" before "10.0.0.10": an IPv4 address is a list
// of numbers once its marks are commas. IPv6 addresses come after, as text.
func addressKeys(expr string) []string {
	list := "'[' || replace(replace(replace(" + expr + ", '.', ','), '/', ','), ':', ',') || ']'"
	v6 := "(" + expr + " LIKE '%:%:%')"
	keys := []string{v6}
	for i := range 6 { // four bytes, then what follows / or :
		keys = append(keys, fmt.Sprintf("CASE WHEN NOT %s THEN json_extract(%s, '$[%d]') END", v6, list, i))
	}
	return append(keys, expr)
}
