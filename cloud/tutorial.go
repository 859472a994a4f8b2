package cloud

import (
	"context"
	"maps"
	"net/netip"
	"slices"
)

// Tutorial is how far the account has come with the document "share a service
// behind a CLB with another VPC" (steps 1 to 6), read off the real state. Each
// ID is that of the thing the step made, empty while it is not done.
type Tutorial struct {
	VPC1, VPC2  string // networks of the prerequisites
	Client      string // ECS1: an instance in VPC1
	Servers     []string
	Balancer    string   // step 1: a CLB that supports PrivateLink
	Listener    string   // step 2: it has a listener and backends
	Service     string   // step 3
	Endpoint    string   // step 4
	Allowed     bool     // step 5
	Skipped     bool     // step 5 needs nobody: the service accepts by itself (ACC-05)
	Seen        []string // step 6: backends that have answered through the endpoint
	Expected    int      // backends that should answer
	ServiceName string
	Domain      string
	Ready       bool // the prerequisites are there
}

// Done says which of the six steps are done.
func (t Tutorial) Done() [6]bool {
	return [6]bool{
		t.Balancer != "", t.Listener != "", t.Service != "", t.Endpoint != "", t.Allowed,
		t.Expected > 0 && len(t.Seen) >= t.Expected,
	}
}

// Next is the first step that is not done, 1 to 6, or 0 when all are.
func (t Tutorial) Next() int {
	for i, d := range t.Done() {
		if !d {
			return i + 1
		}
	}
	return 0
}

// Tutorial reads the progress of the account's tutorial in a region: it
// follows the newest endpoint back to its service and CLB, or else the newest
// service, or else the newest CLB.
func (c *Caller) Tutorial(ctx context.Context, region string) (Tutorial, error) {
	var t Tutorial
	err := c.read(ctx, func(tx *Tx) error {
		if err := c.tutorialNetworks(tx, region, &t); err != nil {
			return err
		}
		balancer, err := c.tutorialChain(tx, region, &t)
		if err != nil || balancer == "" {
			return err
		}
		return c.tutorialBalancer(tx, balancer, &t)
	})
	return t, err
}

func (c *Caller) tutorialNetworks(tx *Tx, region string, t *Tutorial) error {
	vpcs, err := tx.VPCs.List(Where{"account": c.account.ID, "region": region})
	if err != nil {
		return err
	}
	n, err := tx.Instances.Tally("vpc", Where{"account": c.account.ID, "region": region})
	if err != nil {
		return err
	}
	for _, v := range vpcs {
		first := t.VPC1 == ""
		if n[v.ID] == 0 || !first && (n[v.ID] < 2 || t.VPC2 != "") {
			continue
		}
		instances, err := tx.Instances.List(Where{"vpc": v.ID})
		if err != nil {
			return err
		}
		if first {
			t.VPC1, t.Client = v.ID, instances[0].ID
			continue
		}
		t.VPC2, t.Servers = v.ID, each(instances, func(i Instance) string { return i.ID })
	}
	t.Ready = t.VPC1 != "" && t.VPC2 != ""
	return nil
}

// tutorialChain finds the endpoint, the service and the CLB the account is
// working on.
func (c *Caller) tutorialChain(tx *Tx, region string, t *Tutorial) (string, error) {
	mine := Where{"account": c.account.ID, "region": region}
	last := func(more Where) Query {
		w := maps.Clone(mine)
		maps.Copy(w, more)
		return Query{Where: w, Desc: true, Limit: 1}
	}
	endpoints, err := tx.Endpoints.Page(last(Where{"provider": c.account.ID, "deleting": false, "served": true}))
	if err != nil {
		return "", err
	}
	services, err := tx.Services.Page(last(nil))
	if err != nil {
		return "", err
	}
	service := first(services)
	for _, e := range endpoints {
		if service, err = tx.Services.Get(e.Service); err != nil {
			return "", err
		}
		t.Endpoint, t.Allowed, t.Domain = e.ID, e.Decision == Allowed, c.e.EndpointDomain(e)
		t.Skipped = t.Allowed && e.DecidedBy == ""
	}
	if service.ID != "" {
		t.Service, t.ServiceName = service.ID, service.Name
		resources, err := tx.Resources.List(Where{"service": service.ID})
		if err != nil || len(resources) > 0 {
			return first(resources).Balancer, err
		}
	}
	balancers, err := tx.Balancers.Page(last(forPrivateLink()))
	return first(balancers).ID, err
}

func (c *Caller) tutorialBalancer(tx *Tx, balancer string, t *Tutorial) error {
	t.Balancer = balancer
	listeners, err := tx.Listeners.List(Where{"balancer": balancer})
	if err != nil {
		return err
	}
	backends, err := backendViews(tx, balancer)
	if err != nil {
		return err
	}
	if len(listeners) > 0 && len(backends) > 0 {
		t.Listener = listeners[0].ID
	}
	for _, b := range backends {
		if b.Weight > 0 {
			t.Expected++
		}
	}
	if t.Endpoint == "" {
		return nil
	}
	// Step 6 is done when every backend was seen through this endpoint.
	attempts, err := tx.Attempts.Recent(AttemptQuery{Account: c.account.ID, Endpoint: t.Endpoint, Limit: 500})
	if err != nil {
		return err
	}
	for _, a := range attempts {
		for _, b := range backends {
			at := netip.AddrPortFrom(b.IP, first(listeners).BackendPort)
			if a.Allowed && a.Backend == b.Name+" "+at.String() && !slices.Contains(t.Seen, b.Name) {
				t.Seen = append(t.Seen, b.Name)
			}
		}
	}
	slices.Sort(t.Seen)
	return nil
}
