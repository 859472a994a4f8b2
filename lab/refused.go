package lab

import (
	"strconv"
	"strings"

	"culvert.internal/cloud"
)

// rowsOf says which list of a thing the numbered fields of its form are about.
func rowsOf(noun string) string {
	switch {
	case strings.HasSuffix(noun, "endpoint"):
		return "zones"
	case noun == "ctyun.service":
		return "mappings"
	case noun == "service":
		return "resources"
	}
	return ""
}

// keyOf is the key of a form's field where they are called differently.
func keyOf(field string) string {
	switch field {
	case "autoaccept", "approval":
		return "auto-accept"
	case "affinity":
		return "zone-affinity"
	case "proxyprotocol":
		return "proxy-protocol"
	case "servicename":
		return "service"
	case "backendport":
		return "backend-port"
	case "serviceport":
		return "service-port"
	case "sourceports":
		return "source-ports"
	case "destinationports":
		return "destination-ports"
	case "backupzone":
		return "backup-zone"
	case "backendtype":
		return "balancer"
	}
	return field
}

// refused turns what a use case refused into faults at the keys it is about. A
// failure of another kind is answered.
func (it *item) refused(err error) error {
	e := cloud.AsError(err)
	if e == nil {
		return err
	}
	it.bad = true
	for _, f := range e.Fields {
		it.l.suggest(it.place(f.Field), f.Key, f.Suggest, flat(f.Args)...)
	}
	if len(e.Fields) == 0 {
		it.l.fault(it.Node, e.Key, flat(e.Args)...)
	}
	return nil
}

func flat(args map[string]string) []string {
	var out []string
	for k, v := range args {
		out = append(out, k, v)
	}
	return out
}

// place is where the file says what a field of the form does.
func (it *item) place(name string) *Node {
	field, suffix, _ := strings.Cut(name, ".")
	key := keyOf(field)
	if it.noun == "settings" {
		return it.at(name)
	}
	if n, err := strconv.Atoi(suffix); err == nil {
		list := rowsOf(it.noun)
		if rows := it.rows[list]; n >= 1 && n <= len(rows) {
			return rows[n-1].at(key)
		}
		return it.at(list)
	}
	if it.noun == "listener" {
		if h := it.rows["health"]; len(h) > 0 {
			inner := strings.TrimPrefix(key, "health")
			if _, ok := fieldOf("health", inner); ok && !it.has(key) {
				return h[0].at(inner)
			}
		}
	}
	return it.at(key)
}
