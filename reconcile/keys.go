package reconcile

import (
	"cmp"
	"context"
	"errors"
	"hash/maphash"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"

	"culvert.internal/cloud"
)

// kind is what a key is about. The numbers are the order in which dirty keys
// are applied: what others stand on comes first.
type kind int

const (
	places kind = iota // availability zones
	vpcs
	acls
	vswitches
	idcs
	groups
	instances
	clusters // what runs is there before it is probed
	balancers
	services
	endpoints
	projects // only widened: their clusters say their names
	zones    // private ones
)

// key is one unit of desired state. An endpoint's key covers its interfaces
// and names, a balancer's its listeners, members and probes, a group's and an
// ACL's their rules, an instance's its secondary NICs, a private zone's its
// records.
type key struct {
	kind kind
	id   string
}

// keysOf maps events to the keys they dirty.
func keysOf(events []cloud.Event) map[key]bool {
	keys := map[key]bool{}
	for _, e := range events {
		switch e.Kind {
		case "zone":
			keys[key{places, e.Resource}] = true
		case "vpc":
			keys[key{vpcs, e.Resource}] = true
		case "acl":
			keys[key{acls, e.Resource}] = true
		case "aclrule":
			keys[key{acls, e.Parent}] = true
		case "vswitch":
			keys[key{vswitches, e.Resource}] = true
		case "group":
			keys[key{groups, e.Resource}] = true
		case "rule":
			keys[key{groups, e.Parent}] = true
		case "instance":
			keys[key{instances, e.Resource}] = true
		case "nic":
			keys[key{instances, e.Parent}] = true
		case "idc":
			keys[key{idcs, e.Resource}] = true
		case "balancer":
			keys[key{balancers, e.Resource}] = true
		case "listener", "backend":
			keys[key{balancers, e.Parent}] = true
		case "service":
			keys[key{services, e.Resource}] = true
		case "resource":
			keys[key{services, e.Parent}] = true
		case "endpoint":
			keys[key{endpoints, e.Resource}] = true
		case "interface":
			keys[key{endpoints, e.Parent}] = true
		case "cluster":
			keys[key{clusters, e.Resource}] = true
		case "project":
			keys[key{projects, e.Resource}] = true
		case "privatezone":
			keys[key{zones, e.Resource}] = true
		case "record":
			keys[key{zones, e.Parent}] = true
		}
	}
	return keys
}

// allKeys collects a key for everything stored.
func allKeys(tx *cloud.Tx, keys map[key]bool) error {
	return cmp.Or(
		each(tx.Zones, func(v cloud.Zone) { keys[key{places, v.ID}] = true }),
		each(tx.VPCs, func(v cloud.VPC) { keys[key{vpcs, v.ID}] = true }),
		each(tx.ACLs, func(v cloud.NetworkACL) { keys[key{acls, v.ID}] = true }),
		each(tx.VSwitches, func(v cloud.VSwitch) { keys[key{vswitches, v.ID}] = true }),
		each(tx.IDCs, func(v cloud.IDC) { keys[key{idcs, v.ID}] = true }),
		each(tx.SecurityGroups, func(v cloud.SecurityGroup) { keys[key{groups, v.ID}] = true }),
		each(tx.Instances, func(v cloud.Instance) { keys[key{instances, v.ID}] = true }),
		each(tx.Balancers, func(v cloud.Balancer) { keys[key{balancers, v.ID}] = true }),
		each(tx.Services, func(v cloud.Service) { keys[key{services, v.ID}] = true }),
		each(tx.Endpoints, func(v cloud.Endpoint) { keys[key{endpoints, v.ID}] = true }),
		each(tx.Clusters, func(v cloud.Cluster) { keys[key{clusters, v.ID}] = true }),
		each(tx.PrivateZones, func(v cloud.PrivateZone) { keys[key{zones, v.ID}] = true }),
	)
}

func each[T any](t cloud.Table[T], fn func(T)) error {
	list, err := t.List(nil)
	for _, v := range list {
		fn(v)
	}
	return err
}

// widen adds what stands on the dirty keys: what is in availability zones,
// endpoints on services and on the balancers behind them, and clusters in
// projects.
func widen(tx *cloud.Tx, keys map[key]bool) error {
	for k := range keys {
		if k.kind == places {
			if err := widenZone(tx, k.id, keys); err != nil {
				return err
			}
		}
	}
	dirty := map[string]bool{}
	for k := range keys {
		switch k.kind {
		case projects:
			delete(keys, k)
			list, err := tx.Clusters.List(cloud.Where{"project": k.id})
			if err != nil {
				return err
			}
			for _, c := range list {
				keys[key{clusters, c.ID}] = true
			}
		case services:
			dirty[k.id] = true
		case balancers:
			resources, err := tx.Resources.List(cloud.Where{"balancer": k.id})
			if err != nil {
				return err
			}
			for _, r := range resources {
				dirty[r.Service] = true
			}
		}
	}
	if len(dirty) == 0 {
		return nil
	}
	list, err := tx.Endpoints.List(cloud.Where{"service": slices.Collect(maps.Keys(dirty))})
	for _, e := range list {
		keys[key{endpoints, e.ID}] = true
	}
	return err
}

// applied is what the loop has made so far, so that it can be taken away.
type applied struct {
	vswitches  map[string]cloud.VSwitch
	idcs       map[string]cloud.IDC
	resolvers  map[string]resolver
	instances  map[string]place
	nics       map[string]map[string]place // by instance, by NIC
	balancers  map[string][]string         // the listeners that are probed
	dead       map[string]bool             // CLBs that are not worth an answer of the DNS
	endpoints  map[string]endpointDone
	zones      map[string]zoneDone
	zoneOf     map[zoneIn]string // the zone that is there
	services   map[string]bool
	introduced map[string][]string // by service that has PROXY protocol: its CLBs
	clusters   map[string]port
	groups     map[string]bool
	acls       map[string]bool
	draining   map[string]bool   // interfaces
	leaving    map[string]bool   // services
	moving     map[string]moving // by interface
	moves      map[string]cloud.Move
	observable map[string]uint64 // what was observed last, as seenMark says it
}

// endpointDone is what stands for one endpoint.
type endpointDone struct {
	vpc        string
	names      []string
	interfaces []string
}

func newApplied() applied {
	return applied{
		vswitches: map[string]cloud.VSwitch{}, resolvers: map[string]resolver{}, instances: map[string]place{},
		idcs: map[string]cloud.IDC{}, nics: map[string]map[string]place{},
		balancers: map[string][]string{}, dead: map[string]bool{}, endpoints: map[string]endpointDone{}, services: map[string]bool{},
		introduced: map[string][]string{},
		clusters:   map[string]port{},
		groups:     map[string]bool{}, acls: map[string]bool{}, draining: map[string]bool{}, leaving: map[string]bool{}, moving: map[string]moving{}, moves: map[string]cloud.Move{},
		observable: map[string]uint64{}, zones: map[string]zoneDone{}, zoneOf: map[zoneIn]string{},
	}
}

// live notes whether a CLB is worth an answer of the DNS; where nobody probes
// what is behind, there is none.
func (a applied) live(balancer string, is bool) {
	if is {
		delete(a.dead, balancer)
	} else {
		a.dead[balancer] = true
	}
}

// addTo adds the keys of what was applied, so that a sweep also finds what is
// stored no longer.
func (a applied) addTo(keys map[key]bool) {
	addAll(keys, vpcs, a.resolvers)
	addAll(keys, acls, a.acls)
	addAll(keys, vswitches, a.vswitches)
	addAll(keys, idcs, a.idcs)
	addAll(keys, groups, a.groups)
	addAll(keys, instances, a.instances)
	addAll(keys, balancers, a.balancers)
	addAll(keys, services, a.services)
	addAll(keys, endpoints, a.endpoints)
	addAll(keys, clusters, a.clusters)
	addAll(keys, zones, a.zones)
}

func addAll[T any](keys map[key]bool, k kind, m map[string]T) {
	for id := range m {
		keys[key{k, id}] = true
	}
}

// apply brings the dirty keys, and what stands on them, up to date.
func (l *Lab) apply(ctx context.Context, keys map[key]bool) error {
	if len(keys) == 0 {
		return nil
	}
	return l.bring(ctx, func(tx *cloud.Tx) (*cloud.Tx, map[key]bool, error) {
		err := widen(tx, keys)
		if len(keys) >= manyKeys {
			tx = readWhole(tx)
		}
		return tx, keys, err
	})
}

// bring takes a step for each key that which answers, with the transaction to read
// it by, and stores what was observed. One key that cannot be applied keeps no
// other from it; it is tried again with the next change and the next sweep.
func (l *Lab) bring(ctx context.Context, which func(*cloud.Tx) (*cloud.Tx, map[key]bool, error)) error {
	var seen []cloud.Observation
	var failed []error
	err := l.engine.View(ctx, func(tx *cloud.Tx) error {
		tx, keys, err := which(tx)
		if err != nil {
			return err
		}
		order, err := inOrder(tx, keys)
		if err != nil {
			return err
		}
		for _, k := range order {
			step := step{Lab: l, tx: tx, id: k.id}
			if err := step.run(k.kind); err != nil {
				failed = append(failed, err)
			}
			seen = append(seen, step.seen...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return errors.Join(append(failed, l.observed(ctx, seen), l.rememberMoves(ctx))...)
}

// inOrder sorts keys for applying: first what is stored no longer, so that its
// addresses and ports are free for what comes after it, parts before the whole;
// then the rest, what others stand on first.
func inOrder(tx *cloud.Tx, keys map[key]bool) ([]key, error) {
	var dead, alive []key
	for k := range keys {
		stored, err := isStored(tx, k)
		if err != nil {
			return nil, err
		}
		if stored {
			alive = append(alive, k)
		} else {
			dead = append(dead, k)
		}
	}
	byKind := func(a, b key) int { return cmp.Or(cmp.Compare(a.kind, b.kind), strings.Compare(a.id, b.id)) }
	sort.Slice(dead, func(i, j int) bool { return byKind(dead[j], dead[i]) < 0 })
	sort.Slice(alive, func(i, j int) bool { return byKind(alive[i], alive[j]) < 0 })
	return append(dead, alive...), nil
}

func isStored(tx *cloud.Tx, k key) (bool, error) {
	switch k.kind {
	case places:
		return has(tx.Zones, k.id)
	case vpcs:
		return has(tx.VPCs, k.id)
	case acls:
		return has(tx.ACLs, k.id)
	case vswitches:
		return has(tx.VSwitches, k.id)
	case idcs:
		return has(tx.IDCs, k.id)
	case groups:
		return has(tx.SecurityGroups, k.id)
	case instances:
		return has(tx.Instances, k.id)
	case balancers:
		return has(tx.Balancers, k.id)
	case services:
		return has(tx.Services, k.id)
	case clusters:
		return has(tx.Clusters, k.id)
	case zones:
		return has(tx.PrivateZones, k.id)
	}
	return has(tx.Endpoints, k.id)
}

func has[T any](t cloud.Table[T], id string) (bool, error) {
	_, err := t.Get(id)
	missing, err := gone(err)
	return !missing, err
}

var observationSeed = maphash.MakeSeed()

// seenMark is different for what is observed to be different; it is all that has
// to be remembered of what is stored.
func seenMark(o cloud.Observation) uint64 {
	o.Time = time.Time{}
	return maphash.Comparable(observationSeed, o)
}

// observed stores what is not known yet, so that a sweep of a quiet lab writes
// nothing.
func (l *Lab) observed(ctx context.Context, seen []cloud.Observation) error {
	fresh := slices.DeleteFunc(seen, func(o cloud.Observation) bool { return l.done.observable[o.ID] == seenMark(o) })
	if err := l.engine.Observe(ctx, fresh); err != nil {
		return err
	}
	for _, o := range fresh {
		l.done.observable[o.ID] = seenMark(o)
	}
	return nil
}
