// Package reach is the judge: one ordered walk through the gates that a flow
// must pass decides whether it may, and the same walk explains why not.
//
// A World holds what the gates need to know; it is fed with single facts, so
// that a change costs the same whether the lab has ten endpoints or ten
// thousand:
//
//	w := reach.NewWorld()
//	w.PutVPC(reach.VPC{ID: "vpc-1", Name: "VPC1"})
//	w.PutHost(reach.Host{ID: "i-1", Name: "ECS1", VPC: "vpc-1", Addr: addr, Groups: []string{"sg-1"}, Running: true})
//	…
//	v := w.Judge(reach.Flow{Protocol: reach.TCP, VPC: "vpc-1", Source: addr, Target: eni, Port: 80})
//	if !v.Allowed {
//		log.Print(v.Gate, v.Reason.Key) // "connection reach.connection.waiting"
//	}
//
// The data plane asks Judge for every new flow; the page "why can't I connect"
// asks Explain, which is the same walk with every step written down.
package reach

import (
	"maps"
	"net/netip"
	"slices"
	"sort"
	"sync"
)

type at struct {
	vpc  string
	addr netip.Addr
}

type holder struct {
	kind string // "interface", "balancer" or "instance"
	id   string
}

// World holds the facts of the gates. It may be read and changed from any
// goroutine.
type World struct {
	mu         sync.RWMutex
	vpcs       map[string]VPC
	hosts      map[string]Host
	idcs       map[string]IDC
	groups     map[string]Group
	interfaces map[string]Interface
	endpoints  map[string]Endpoint
	services   map[string]Service
	balancers  map[string]Balancer
	listeners  map[string]map[string]Listener // by balancer, by ID
	members    map[string]map[string]Member   // by balancer, by ID
	health     map[string]map[string]Health   // by balancer, by listener + backend
	addresses  map[at]holder
	domains    map[string]string // domain name: endpoint ID
	acls       map[string]ACL
	subnets    map[string]map[string]Subnet // by network, by ID
	subnetVPC  map[string]string            // the network a subnet is in
	failed     map[string]bool              // availability zones
	room       func(Gate, string) (Reason, bool)
}

// NewWorld makes an empty world, in which no flow passes.
func NewWorld() *World {
	return &World{
		vpcs: map[string]VPC{}, hosts: map[string]Host{}, idcs: map[string]IDC{}, groups: map[string]Group{},
		interfaces: map[string]Interface{}, endpoints: map[string]Endpoint{}, services: map[string]Service{},
		balancers: map[string]Balancer{}, listeners: map[string]map[string]Listener{},
		members: map[string]map[string]Member{}, health: map[string]map[string]Health{},
		addresses: map[at]holder{}, domains: map[string]string{},
		acls: map[string]ACL{}, subnets: map[string]map[string]Subnet{}, subnetVPC: map[string]string{}, failed: map[string]bool{},
	}
}

// SetRoom sets who knows whether an endpoint or a CLB takes one more flow now,
// asked with its gate and ID. Only Explain asks: for a flow itself that is decided
// when it is counted.
func (w *World) SetRoom(room func(Gate, string) (Reason, bool)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.room = room
}

// full stops a flow that is being explained where there is no room for it.
func (k *walk) full(g Gate, id string, fix Ref) bool {
	if !k.explain || k.room == nil {
		return false
	}
	why, ok := k.room(g, id)
	return !ok && !k.refuse(g, fix, why)
}

// PutVPC adds or replaces a network.
func (w *World) PutVPC(v VPC) { put(w, w.vpcs, v.ID, v) }

// DropVPC forgets a network.
func (w *World) DropVPC(id string) { drop(w, w.vpcs, id) }

// PutGroup adds or replaces a security group.
func (w *World) PutGroup(g Group) {
	g.Rules = slices.Clone(g.Rules)
	sort.SliceStable(g.Rules, func(i, j int) bool {
		a, b := g.Rules[i], g.Rules[j]
		if a.Priority != b.Priority {
			return a.Priority < b.Priority
		}
		return !a.Accept && b.Accept
	})
	put(w, w.groups, g.ID, g)
}

// DropGroup forgets a security group.
func (w *World) DropGroup(id string) { drop(w, w.groups, id) }

// PutEndpoint adds or replaces an endpoint.
func (w *World) PutEndpoint(e Endpoint) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dropEndpoint(e.ID)
	w.endpoints[e.ID] = e
	for _, d := range e.Domains {
		w.domains[d] = e.ID
	}
}

// DropEndpoint forgets an endpoint and its names.
func (w *World) DropEndpoint(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dropEndpoint(id)
}

// A change is one step for those who judge meanwhile: the old fact goes and the
// new one comes under one lock.
func (w *World) dropEndpoint(id string) {
	for _, d := range w.endpoints[id].Domains {
		delete(w.domains, d)
	}
	delete(w.endpoints, id)
}

// PutService adds or replaces an endpoint service.
func (w *World) PutService(s Service) { put(w, w.services, s.ID, s) }

// DropService forgets an endpoint service.
func (w *World) DropService(id string) { drop(w, w.services, id) }

// PutHost adds or replaces an instance.
func (w *World) PutHost(h Host) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dropHost(h.ID)
	w.hosts[h.ID] = h
	w.addresses[at{h.VPC, h.Addr}] = holder{"instance", h.ID}
}

// DropHost forgets an instance.
func (w *World) DropHost(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dropHost(id)
}

func (w *World) dropHost(id string) {
	if h, ok := w.hosts[id]; ok {
		w.release(at{h.VPC, h.Addr}, id)
		delete(w.hosts, id)
	}
}

// PutInterface adds or replaces an endpoint interface.
func (w *World) PutInterface(i Interface) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dropInterface(i.ID)
	w.interfaces[i.ID] = i
	w.addresses[at{i.VPC, i.Addr}] = holder{"interface", i.ID}
}

// DropInterface forgets an endpoint interface.
func (w *World) DropInterface(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dropInterface(id)
}

func (w *World) dropInterface(id string) {
	if i, ok := w.interfaces[id]; ok {
		w.release(at{i.VPC, i.Addr}, id)
		delete(w.interfaces, id)
	}
}

// PutBalancer adds or replaces a CLB with all its listeners and members.
func (w *World) PutBalancer(b Balancer, listeners []Listener, members []Member) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if old, ok := w.balancers[b.ID]; ok {
		w.release(at{old.VPC, old.Addr}, b.ID)
	}
	w.balancers[b.ID] = b
	if b.Addr.IsValid() {
		w.addresses[at{b.VPC, b.Addr}] = holder{"balancer", b.ID}
	}
	w.listeners[b.ID], w.members[b.ID] = map[string]Listener{}, map[string]Member{}
	for _, l := range listeners {
		w.listeners[b.ID][l.ID] = l
	}
	for _, m := range members {
		w.members[b.ID][m.ID] = m
	}
	maps.DeleteFunc(w.health[b.ID], func(_ string, h Health) bool {
		_, listens := w.listeners[b.ID][h.Listener]
		_, member := w.members[b.ID][h.Backend]
		return !listens || !member
	})
}

// DropBalancer forgets a CLB and what was found out about its backends.
func (w *World) DropBalancer(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if b, ok := w.balancers[id]; ok {
		w.release(at{b.VPC, b.Addr}, id)
	}
	delete(w.balancers, id)
	delete(w.listeners, id)
	delete(w.members, id)
	delete(w.health, id)
}

// release frees an address unless something else has taken it since.
func (w *World) release(a at, id string) {
	if w.addresses[a].id == id {
		delete(w.addresses, a)
	}
}

// SetHealth stores what a probe found out.
func (w *World) SetHealth(h Health) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.listeners[h.Balancer][h.Listener]; !ok {
		return
	}
	if _, ok := w.members[h.Balancer][h.Backend]; !ok {
		return
	}
	if w.health[h.Balancer] == nil {
		w.health[h.Balancer] = map[string]Health{}
	}
	w.health[h.Balancer][h.Listener+" "+h.Backend] = h
}

// Health answers what the probes of a CLB found, for every listener and
// backend; Known is false where none has decided yet.
func (w *World) Health(balancer string) []Health {
	w.mu.RLock()
	defer w.mu.RUnlock()
	var out []Health
	_, works := w.side(w.balancers[balancer])
	for _, l := range slices.Sorted(maps.Keys(w.listeners[balancer])) {
		for _, m := range slices.Sorted(maps.Keys(w.members[balancer])) {
			h, ok := w.health[balancer][l+" "+m]
			if !ok {
				h = Health{Balancer: balancer, Listener: l, Backend: m}
			}
			if w.failed[w.hosts[w.members[balancer][m].Instance].Zone] || !works {
				h.Known, h.Healthy, h.Why = true, false, "zone"
			}
			out = append(out, h)
		}
	}
	return out
}

// Zone answers the zone of the instance at an address, empty when there is
// none.
func (w *World) Zone(vpc string, addr netip.Addr) string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.hosts[w.addresses[at{vpc, addr}].id].Zone
}

// Name answers the name of the instance or the network on premises that an
// address belongs to, empty when there is none.
func (w *World) Name(vpc string, addr netip.Addr) string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if i, ok := w.idcs[vpc]; ok {
		return i.Name
	}
	return w.owner(w.hosts[w.addresses[at{vpc, addr}].id])
}

// Attached says whether this host is a client in the network.
func (w *World) Attached(vpc string) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.vpcs[vpc].Host
}

func put[T any](w *World, m map[string]T, id string, v T) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m[id] = v
}

func drop[T any](w *World, m map[string]T, id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(m, id)
}
