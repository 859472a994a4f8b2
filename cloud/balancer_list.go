package cloud

import "context"

// FindBalancers answers a page of the account's CLBs in a region: searched by
// ID, name, address, VPC and vSwitch, narrowed down by "link" (yes: PrivateLink
// can use it), sorted by "name", "ip", "vpc" or "created".
func (c *Caller) FindBalancers(ctx context.Context, region string, f Find) (Found[BalancerView], error) {
	var out Found[BalancerView]
	err := c.read(ctx, func(tx *Tx) (err error) {
		l := lists{
			base:  Where{"account": c.account.ID, "region": region},
			words: []string{"id", "name", "ip", "vpc", "vpc.name", "vswitch", "vswitch.name"},
			sorts: map[string]string{"name": "name", "ip": "ip", "vpc": "vpc.name", "created": "created"},
			filters: map[string]filter{
				"link": choice(map[string]Where{"yes": forPrivateLink()}),
				"vpc":  same("vpc"),
			},
		}
		out, err = find(tx.Balancers, f, l, func(rows []Balancer) ([]BalancerView, error) { return balancerViews(tx, rows) })
		return err
	})
	return out, err
}

// forPrivateLink is Balancer.PrivateLink as a selection.
func forPrivateLink() Where {
	return Where{
		"address": Intranet, "billing": PayAsYouGo, "network": NetworkVPC, "ip_version": IPv4, "feature": []string{Standard, Enhanced},
	}
}

// FindListeners answers a page of a CLB's listeners: searched by name and
// protocol, narrowed down by "protocol" and "running", sorted by "port",
// "name", "protocol" or "backend".
func (c *Caller) FindListeners(ctx context.Context, balancer string, f Find) (Found[Listener], error) {
	var out Found[Listener]
	err := c.read(ctx, func(tx *Tx) error {
		b, err := c.balancer(tx, balancer)
		if err != nil {
			return err
		}
		l := lists{
			base:    Where{"balancer": b.ID},
			words:   []string{"name", "protocol", "id"},
			also:    portWhere,
			sorts:   map[string]string{"port": "port", "name": "name", "protocol": "protocol", "backend": "backend_port"},
			filters: map[string]filter{"protocol": same("protocol"), "running": yesNo("running")},
		}
		out, err = find(tx.Listeners, f, l, plain)
		return err
	})
	return out, err
}

// portWhere finds listeners by a port.
func portWhere(word string) ([]Where, error) {
	n := 0
	for _, r := range word {
		if r < '0' || r > '9' || n > 65535 {
			return nil, nil
		}
		n = n*10 + int(r-'0')
	}
	return []Where{{"port": n}, {"backend_port": n}}, nil
}

// FindBackends answers a page of a CLB's default server group: searched by ID,
// name and address, sorted by "name" or "weight".
func (c *Caller) FindBackends(ctx context.Context, balancer string, f Find) (Found[BackendView], error) {
	var out Found[BackendView]
	err := c.read(ctx, func(tx *Tx) error {
		b, err := c.balancer(tx, balancer)
		if err != nil {
			return err
		}
		l := lists{
			base:  Where{"balancer": b.ID},
			words: []string{"instance", "instance.name"},
			also: func(word string) ([]Where, error) {
				by, err := found(tx.Instances, Where{"account": c.account.ID, "vpc": b.VPC}, word, mostOthers, "ip")
				return []Where{{"instance": by}}, err
			},
			sorts: map[string]string{"name": "instance.name", "weight": "weight"},
		}
		out, err = find(tx.Backends, f, l, func(rows []Backend) ([]BackendView, error) { return backendsOf(tx, rows) })
		return err
	})
	return out, err
}
