package cloud

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
)

// Source is one NIC behind a service of ctyun and what of its security groups
// concerns the range that traffic comes from (TYS-12, TYS-14, TYQ-01): this is
// the FAQ's first check, on stored facts. The judge decides flows.
type Source struct {
	Instance Ref
	NIC      string // empty: the primary one
	IP       netip.Addr
	Groups   []Ref
	Range    netip.Prefix
	// Closed are the ports that no rule lets the range into: "tcp/8080"; "all"
	// when no port is known yet.
	Closed []string
}

// door is a port of a backend that clients' traffic arrives at.
type door struct {
	protocol string
	port     uint16
}

func (d door) String() string {
	if d.port == 0 {
		return AnyIP
	}
	return d.protocol + "/" + strconv.Itoa(int(d.port))
}

// Sources checks what is chosen in the form of a service: the groups of the
// instance's NIC, or of the instances behind the load balancer. What is not
// chosen yet, or not the account's, has none.
func (c *Caller) Sources(ctx context.Context, in ServiceInput) ([]Source, error) {
	var ck check
	var maps []Mapping
	for _, m := range ck.mappings(in.Mappings, MappingsAtOnce) {
		if m.Port > 0 {
			maps = append(maps, m)
		}
	}
	r := Resource{Balancer: in.Balancer, Instance: in.Instance, NIC: in.NIC}
	switch in.BackendType {
	case BackendBalancer:
		r.Instance, r.NIC = "", ""
	case BackendInstance:
		r.Balancer = ""
	}
	return c.sources(ctx, r, maps)
}

// ServiceSources is Sources of a service that is there.
func (c *Caller) ServiceSources(ctx context.Context, s ServiceView) ([]Source, error) {
	if len(s.Resources) == 0 {
		return nil, nil
	}
	return c.sources(ctx, s.Resources[0].Resource, s.Mappings)
}

func (c *Caller) sources(ctx context.Context, r Resource, mappings []Mapping) ([]Source, error) {
	var out []Source
	err := c.read(ctx, func(tx *Tx) error {
		out = nil
		if r.Instance != "" {
			var doors []door
			for _, m := range mappings {
				doors = append(doors, door{m.Protocol, m.ServicePort})
			}
			s, ok, err := c.source(tx, r.Instance, r.NIC, doors)
			if ok {
				out = append(out, s)
			}
			return err
		}
		if r.Balancer == "" {
			return nil
		}
		if _, err := c.balancer(tx, r.Balancer); err != nil {
			return ignoreRefusal(err)
		}
		doors, err := doorsBehind(tx, r.Balancer, mappings)
		if err != nil {
			return err
		}
		members, err := tx.Backends.List(Where{"balancer": r.Balancer})
		if err != nil {
			return err
		}
		for _, m := range members {
			s, ok, err := c.source(tx, m.Instance, "", doors)
			if err != nil {
				return err
			}
			if ok {
				out = append(out, s)
			}
		}
		return nil
	})
	return out, err
}

func ignoreRefusal(err error) error {
	if AsError(err) != nil {
		return nil
	}
	return err
}

// doorsBehind are the backend ports of the listeners that mappings lead to.
func doorsBehind(tx *Tx, balancer string, mappings []Mapping) ([]door, error) {
	listeners, err := tx.Listeners.List(Where{"balancer": balancer})
	if err != nil {
		return nil, err
	}
	var out []door
	for _, l := range listeners {
		for _, m := range mappings {
			if d := (door{l.Protocol, l.BackendPort}); m.Protocol == l.Protocol && m.ServicePort == l.Port && !slices.Contains(out, d) {
				out = append(out, d)
			}
		}
	}
	return out, nil
}

// source checks one NIC; ok is false for what is not the account's.
func (c *Caller) source(tx *Tx, instance, nic string, doors []door) (s Source, ok bool, err error) {
	i, err := c.instance(tx, instance)
	if err != nil {
		return s, false, ignoreRefusal(err)
	}
	groups := i.Groups
	s = Source{Instance: Ref{"instance", i.ID, i.Name, i.Account}, IP: i.IP, Range: c.e.SNAT()}
	if nic != "" && nic != PrimaryNIC {
		n, err := c.nic(tx, nic)
		if err != nil || n.Instance != i.ID {
			return s, false, ignoreRefusal(err)
		}
		s.NIC, s.IP, groups = n.ID, n.IP, n.Groups
	}
	if s.Groups, err = groupRefs(tx, groups); err != nil {
		return s, false, err
	}
	rules, err := tx.SecurityRules.List(Where{"group": groups})
	if err != nil {
		return s, false, err
	}
	slices.SortStableFunc(rules, ruleOrder)
	if len(doors) == 0 {
		doors = []door{{}}
	}
	for _, d := range doors {
		if !lets(rules, s.Range, d) {
			s.Closed = append(s.Closed, d.String())
		}
	}
	return s, true, nil
}

// lets says whether rules let the whole of a range into a door: the first one
// that is about it decides, and nothing is let in by itself. A door without a
// port asks whether any is.
func lets(rules []SecurityRule, from netip.Prefix, d door) bool {
	for _, r := range rules {
		if r.Direction != Ingress || r.PeerGroup != "" || r.Protocol == ICMP {
			continue
		}
		if d.port > 0 && (r.Protocol != AnyIP && r.Protocol != d.protocol || r.PortFrom > 0 && (d.port < r.PortFrom || d.port > r.PortTo)) {
			continue
		}
		whole := r.Peer.Bits() <= from.Bits() && r.Peer.Contains(from.Addr())
		switch {
		case r.Policy == Accept && whole:
			return true
		case r.Policy == Drop && r.Peer.Overlaps(from) && d.port > 0:
			return false
		}
	}
	return false
}

// OpenSource lets the range into a security group, on every port: the rule
// that the documents ask for (TYS-12).
func (c *Caller) OpenSource(ctx context.Context, group string) (SecurityRule, error) {
	return c.AddRule(ctx, group, RuleInput{Direction: Ingress, Policy: Accept, Protocol: AnyIP, Peer: c.e.SNAT().String()})
}

// BackendUse counts the account's services in a region by what is behind them:
// the ID of a load balancer or of an instance's secondary NIC, or of the
// instance itself for its primary one (TYS-11).
func (c *Caller) BackendUse(ctx context.Context, region string) (map[string]int, error) {
	out := map[string]int{}
	err := c.read(ctx, func(tx *Tx) error {
		services, err := tx.Services.List(Where{"account": c.account.ID, "region": region})
		if err != nil || len(services) == 0 {
			return err
		}
		list, err := tx.Resources.List(Where{"service": each(services, func(s Service) string { return s.ID })})
		for _, r := range list {
			out[r.Behind()]++
		}
		return err
	})
	return out, err
}

// Behind is what a resource is, by its ID: a load balancer, a secondary NIC, or
// an instance by its primary one.
func (r Resource) Behind() string {
	for _, id := range []string{r.NIC, r.Balancer, r.Instance} {
		if id != "" {
			return id
		}
	}
	return ""
}
