package cloud

import (
	"context"
	"net/netip"
	"regexp"
	"strings"
)

// The filters of endpoints and connections are states, said in stored facts:
// the same ones that Facts.EndpointState and Facts.ConnectionState follow from.

func endpointStates() map[string]Where {
	return map[string]Where{
		string(Deleting): {"deleting": true},
		string(Creating): {"deleting": false, "bound": false},
		string(Active):   {"deleting": false, "bound": true},
	}
}

// mergedStates is Facts.MergedState as selections: one of them holds.
func mergedStates() map[string][]Where {
	fine := func(w Where) Where {
		w["deleting"], w["served"], w["failed"] = false, true, false
		return w
	}
	return map[string][]Where{
		string(Deleting): {{"deleting": true}},
		string(Failed):   {{"deleting": false, "failed": true}, {"deleting": false, "served": false}},
		string(Rejected): {fine(Where{"bound": true, "decision": string(Refused)})},
		string(Pending):  {fine(Where{"bound": true, "decision": string(Undecided)})},
		string(Accepted): {fine(Where{"bound": true, "decision": string(Allowed), "open": true})},
		string(Creating): {fine(Where{"bound": false}), fine(Where{"bound": true, "decision": string(Allowed), "open": false})},
	}
}

// Filters of a connection beside its states: a connection that is Disconnected
// waits for the provider or was denied, as a whole or in each of its zones.
const (
	WaitsForProvider = "waiting"
	WasDenied        = "denied"
)

func connectionStates() map[string][]Where {
	is := func(w Where) Where {
		w["deleting"], w["served"] = false, true
		return w
	}
	return map[string][]Where{
		string(Deleting):       {{"deleting": true}},
		string(ServiceDeleted): {{"deleting": false, "served": false}},
		string(Connected):      {is(Where{"decision": string(Allowed), "passes": true})},
		string(Connecting):     {is(Where{"decision": string(Allowed), "passes": false, "assigned": true})},
		string(Disconnecting): {
			is(Where{"decision": []string{string(Undecided), string(Refused)}, "open": true}),
			is(Where{"decision": string(Allowed), "assigned": false, "open": true}),
		},
		WaitsForProvider: {is(Where{"decision": string(Undecided), "open": false})},
		WasDenied: {
			is(Where{"decision": string(Refused), "open": false}),
			is(Where{"decision": string(Allowed), "assigned": false, "open": false}),
		},
	}
}

// ConnectionFilters are the values of the filter "connection".
func ConnectionFilters() []string {
	return []string{WaitsForProvider, string(Connected), WasDenied, string(Connecting), string(Disconnecting), string(ServiceDeleted), string(Deleting)}
}

// The values of the filter "by" (TYE-14).
const (
	ByID          = "id"
	ByServiceName = "servicename"
)

// EndpointFilters are the values of the filter "state".
func EndpointFilters() []string { return []string{string(Active), string(Creating), string(Deleting)} }

// mostOthers bounds how many rows of other nouns a word may lead through.
const mostOthers = 500

// domainPath is the path that holds an endpoint's domain name.
const domainPath = "id+service+region+domain"

var (
	zoneDomain = regexp.MustCompile(`^(ep-[a-z0-9]{20})-[a-z0-9-]+(\.|$)`)
	// ctyunName is the domain name of an endpoint of ctyun, or a service's name.
	ctyunName = regexp.MustCompile(`^(?:vpcep-|[a-z0-9-]+\.(?:[^.]+\.)?)([0-9a-f-]{36})(?:\.|$)`)
)

// domainWord is a word as endpoints are searched for it: the domain name of a
// zone as its endpoint's, that of an endpoint of ctyun as the endpoint's ID, and
// the name of a service as its ID.
func domainWord(word string) string {
	word = strings.TrimSuffix(strings.ToLower(word), ".")
	if m := ctyunName.FindStringSubmatch(word); m != nil && isUUID(m[1]) {
		return m[1]
	}
	word = zoneDomain.ReplaceAllString(word, "$1$2")
	if _, id, ok := strings.Cut(word, "com.aliyuncs.privatelink."); ok {
		if _, service, ok := strings.Cut(id, "."); ok && service != "" {
			return service
		}
	}
	return word
}

// FindEndpoints answers a page of the account's endpoints in a region: searched by
// ID, name, domain, service, VPC, ENI, address and description, narrowed down
// by "state", "connection", "vpc" and "service", or, of ctyun, by "status",
// sorted by "name", "service", "vpc" or "created". The filter "by" says that
// only the ID ("id") or the service's name ("servicename") is searched.
func (c *Caller) FindEndpoints(ctx context.Context, region string, f Find) (Found[EndpointView], error) {
	var out Found[EndpointView]
	err := c.read(ctx, func(tx *Tx) (err error) {
		l := lists{
			base:  Where{"account": c.account.ID, "region": region},
			words: []string{"name+vpc+description+" + domainPath}, // one text is looked through faster than four
			also:  func(word string) ([]Where, error) { return c.endpointsBy(tx, word) },
			sorts: map[string]string{"name": "name", "service": "service", "vpc": "vpc.name", "created": "created"},
			filters: map[string]filter{
				"state": choice(endpointStates()), "connection": either(connectionStates()), "status": either(mergedStates()),
				"vpc": same("vpc"), "service": same("service"), "by": choice(map[string]Where{ByID: {}, ByServiceName: {}}),
			},
		}
		if inCtyun(region) {
			l.words = append(l.words, "service.name")
		}
		switch f.Filter["by"] {
		case ByID: // the two conditions of TYE-14
			l.words, l.also = []string{"id"}, nil
		case ByServiceName:
			l.words, l.also = []string{"service.name"}, nil
		}
		out, err = find(tx.Endpoints, f, l, func(rows []Endpoint) ([]EndpointView, error) { return c.e.endpointViews(tx, rows) })
		return err
	})
	return out, err
}

// endpointsBy finds the account's endpoints by what is written in other rows.
func (c *Caller) endpointsBy(tx *Tx, word string) ([]Where, error) {
	mine := Where{"account": c.account.ID}
	vpcs, err := found(tx.VPCs, mine, word, mostOthers, "name")
	if err != nil {
		return nil, err
	}
	out := []Where{{"vpc": vpcs}}
	if w := domainWord(word); w != strings.ToLower(word) {
		more, err := found(tx.Endpoints, mine, w, mostOthers, domainPath)
		if err != nil {
			return nil, err
		}
		out = append(out, Where{"id": more})
	}
	in := interfacePath(word)
	if in == "" {
		return out, nil
	}
	interfaces, err := tx.Interfaces.Page(Query{Where: mine, Terms: []Term{{Text: word, In: []string{in}}}, Limit: mostOthers})
	if err != nil {
		return nil, err
	}
	return append(out, Where{"id": each(interfaces, func(i Interface) string { return i.Endpoint })}), nil
}

// interfacePath is what an interface is found in by a word: its address or its
// ID; empty when the word is neither.
func interfacePath(word string) string {
	switch lower := strings.ToLower(word); {
	case addressLike(word):
		return "ip"
	case strings.HasPrefix(lower, "eni-"), isUUID(lower):
		return "id"
	}
	return ""
}

// addressLike says whether a word may be a part of an IPv4 address.
func addressLike(word string) bool {
	if _, err := netip.ParseAddr(word); err == nil {
		return true
	}
	return strings.Trim(word, "0123456789.") == "" && strings.Contains(word, ".")
}

// FindConnections answers a page of the endpoints of one of the account's
// services, those that wait before those that were decided: searched by ID, name and owner, narrowed
// down by "connection", sorted by "name", "account" or "created".
func (c *Caller) FindConnections(ctx context.Context, service string, f Find) (Found[EndpointView], error) {
	var out Found[EndpointView]
	err := c.read(ctx, func(tx *Tx) error {
		s, err := c.service(tx, service)
		if err != nil {
			return err
		}
		l := lists{
			base:  Where{"service": s.ID},
			words: []string{"name+account+" + domainPath},
			also: func(word string) ([]Where, error) {
				owners, err := found(tx.Accounts, nil, word, mostOthers, "name", "name_en")
				return []Where{{"account": owners}}, err
			},
			sorts:   map[string]string{"name": "name", "account": "account.name", "created": "created", "decided": "decided_at"},
			own:     "decision",
			filters: map[string]filter{"connection": either(connectionStates()), "status": either(mergedStates())},
		}
		out, err = find(tx.Endpoints, f, l, func(rows []Endpoint) ([]EndpointView, error) { return c.e.endpointViews(tx, rows) })
		return err
	})
	return out, err
}

// NewestEndpoints answers the account's newest endpoints in a region, for a
// choice among at most limit of them.
func (c *Caller) NewestEndpoints(ctx context.Context, region string, limit int) ([]Endpoint, error) {
	var out []Endpoint
	err := c.read(ctx, func(tx *Tx) (err error) {
		out, err = tx.Endpoints.Page(Query{Where: Where{"account": c.account.ID, "region": region}, Desc: true, Limit: limit})
		return err
	})
	return out, err
}

// FindLinks answers a page of the connections the account has a part in, in a
// region: its own endpoints and those of its services. Another account's
// endpoint is found by its ID, name, service, account and VPC's ID, as its
// provider knows it.
func (c *Caller) FindLinks(ctx context.Context, region string, f Find) (Found[EndpointView], error) {
	var out Found[EndpointView]
	err := c.read(ctx, func(tx *Tx) (err error) {
		l := lists{
			base:    Where{"region": region},
			among:   []Where{{"account": c.account.ID}, {"provider": c.account.ID}},
			words:   []string{"name+account+vpc+" + domainPath},
			also:    func(word string) ([]Where, error) { return c.endpointsBy(tx, word) },
			filters: map[string]filter{"connection": either(connectionStates())},
		}
		out, err = find(tx.Endpoints, f, l, func(rows []Endpoint) ([]EndpointView, error) { return c.e.endpointViews(tx, rows) })
		return err
	})
	return out, err
}

// OwnServices answers those of the services that are the account's own.
func (c *Caller) OwnServices(ctx context.Context, ids ...string) ([]ServiceView, error) {
	return c.services(ctx, func(tx *Tx) ([]Service, error) {
		return tx.Services.List(Where{"account": c.account.ID, "id": ids})
	}, true)
}

// NamedEndpoints answers the account's newest endpoints of aliyun, at most
// many: those that a private zone's name can lead to.
func (c *Caller) NamedEndpoints(ctx context.Context, many int) ([]EndpointView, error) {
	var out []EndpointView
	err := c.read(ctx, func(tx *Tx) error {
		w := within(Where{"account": c.account.ID, "deleting": false}, Aliyun)
		list, err := tx.Endpoints.Page(Query{Where: w, Order: "created", Desc: true, Limit: many})
		if err != nil {
			return err
		}
		out, err = c.e.endpointViews(tx, list)
		return err
	})
	return out, err
}
