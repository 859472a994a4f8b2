package cloud

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"time"
)

// before is the thing as it was before an event, of the type that it has now;
// nil when the event made it.
func before(e Event, now any) (any, error) {
	if e.Operation == Created {
		return nil, nil
	}
	v := reflect.New(reflect.TypeOf(now))
	if err := json.Unmarshal(e.Before, v.Interface()); err != nil {
		return nil, fmt.Errorf("read %s %s before event %d: %w", e.Kind, e.Resource, e.Seq, err)
	}
	return v.Elem().Interface(), nil
}

// closing says whether next asks for the thing to go.
func closing(old, next any) bool {
	was, ok := field(old, "Deleting")
	shall, _ := field(next, "Deleting")
	return ok && !was.Bool() && shall.Bool()
}

// field finds a field of a noun or of a pointer to one by its path; ok is
// false when there is no such noun or field.
func field(noun any, path string) (v reflect.Value, ok bool) {
	if noun == nil {
		return v, false
	}
	v = reflect.Indirect(reflect.ValueOf(noun))
	for _, part := range strings.Split(path, ".") {
		if v = v.FieldByName(part); !v.IsValid() {
			return v, false
		}
	}
	return v, true
}

// alike compares two values of a field; lists are sets.
func alike(a, b reflect.Value) bool {
	if a.Kind() == reflect.Slice {
		return reflect.DeepEqual(slices.Sorted(slices.Values(listed(a))), slices.Sorted(slices.Values(listed(b))))
	}
	return a.IsValid() && b.IsValid() && reflect.DeepEqual(a.Interface(), b.Interface())
}

// sets groups the fields that hang together, in their order.
func sets(fields []edit) [][]edit {
	var out [][]edit
	at := map[string]int{}
	for _, f := range fields {
		if n, ok := at[f.set]; ok && f.set != "" {
			out[n] = append(out[n], f)
			continue
		}
		at[f.set] = len(out)
		out = append(out, []edit{f})
	}
	return out
}

// listed is a field as a form sends it: none for what is empty.
func listed(v reflect.Value) []string {
	if p, ok := v.Interface().(netip.Prefix); ok {
		if !p.IsValid() {
			return nil
		}
		return []string{p.String()}
	}
	switch v.Kind() {
	case reflect.Slice:
		out := make([]string, v.Len())
		for i := range out {
			out[i] = v.Index(i).String()
		}
		return out
	case reflect.Bool:
		return []string{map[bool]string{true: "yes", false: "no"}[v.Bool()]}
	case reflect.Uint16:
		if v.IsZero() {
			return nil
		}
		return []string{itoa(int(v.Uint()))}
	case reflect.Int:
		return []string{itoa(int(v.Int()))}
	}
	if a, ok := v.Interface().(netip.Addr); ok {
		return []string{a.String()}
	}
	if v.String() == "" {
		return nil
	}
	return []string{v.String()}
}

// overtaken says who changed a field last, when, and to what.
func (r *recorder) overtaken(f edit, events []Event, old any) FieldError {
	last := events[len(events)-1]
	for _, e := range slices.Backward(events) {
		if e.touched(f.at) {
			last = e
			break
		}
	}
	if f.form == "" {
		return r.did(last, old, "")
	}
	is, _ := field(old, f.at)
	e := FieldError{Field: f.form, Key: "error.changed.to", Args: last.by(), Theirs: listed(is)}
	switch f.form {
	case "autoaccept":
		if s, ok := old.(Service); ok && mapped(s) {
			// ctyun's form asks for the opposite, 连接审批.
			e.Field, e.Theirs = "approval", []string{map[bool]string{true: "no", false: "yes"}[s.AutoAccept]}
		}
	case "proxyprotocol":
		if is.IsZero() {
			e.Theirs = []string{ProxyOff}
		}
	case "bandwidth":
		if is.IsZero() {
			e.Theirs = nil
		}
	case "weight.":
		instance, _ := field(old, "Instance")
		e.Field += instance.String()
	case "setting":
		e.Field = last.Resource
	case "sourceports", "destinationports":
		if rule, ok := old.(ACLRule); ok {
			ports := map[string]string{"sourceports": Ports(rule.SourceFrom, rule.SourceTo), "destinationports": Ports(rule.DestinationFrom, rule.DestinationTo)}
			e.Theirs = []string{ports[f.form]}
		}
	case "weight", "priority":
		if is.IsZero() {
			e.Theirs = nil
		}
	case "codes":
		e.Theirs = strings.Split(is.String(), ",")
	}
	shown := slices.Clone(e.Theirs)
	for i, id := range shown {
		if g, err := r.tx.SecurityGroups.Get(id); err == nil && f.form == "groups" {
			shown[i] = g.Name
		}
		if v, err := r.tx.VPCs.Get(id); err == nil && f.form == "vpcs" {
			shown[i] = v.Name
		}
		if a, err := r.tx.ACLs.Get(id); err == nil && f.form == "acl" {
			shown[i] = a.Name
		}
	}
	e.Args["value"] = strings.Join(shown, ", ")
	return e
}

// did says what somebody did to a thing as a whole, at a form's field for its
// kind if there is one.
func (r *recorder) did(e Event, thing any, backendField string) FieldError {
	out := FieldError{Key: "error.changed.did", Args: e.by()}
	if e.Kind == "backend" {
		out.Field = backendField
	}
	out.Args["kind"], out.Args["id"], out.Args["what"] = e.Kind, e.Resource, e.Resource
	for _, name := range []string{"Shown", "Name", "Instance", "Grantee", "Zone"} {
		v, ok := field(thing, name)
		if !ok || v.String() == "" {
			continue
		}
		out.Args["what"] = v.String()
		if i, err := r.tx.Instances.Get(v.String()); err == nil && name == "Instance" {
			out.Args["what"] = i.Name
		}
		break
	}
	out.Args["seq"] = itoa(int(e.Seq))
	return out
}

// by is who made an event and when; pages put the name and the clock there.
func (e Event) by() map[string]string {
	return args("who", e.Actor, "when", e.Time.Format(time.RFC3339Nano))
}

// touched says whether an event changed the field.
func (e Event) touched(path string) bool {
	name, _, _ := strings.Cut(path, ".")
	var was, is map[string]json.RawMessage
	if errors.Join(json.Unmarshal(e.Before, &was), json.Unmarshal(e.After, &is)) != nil {
		return false
	}
	return string(was[name]) != string(is[name])
}
