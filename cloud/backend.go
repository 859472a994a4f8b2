package cloud

import (
	"context"
	"time"
)

// Backend is a member of a CLB's default server group. Weight is 0 to 100; 0
// gets no traffic (LSN-04).
type Backend struct {
	ID       string
	Account  string
	Balancer string
	Instance string
	Weight   int
	Created  time.Time
}

func (b Backend) about() about {
	return about{kind: "backend", id: b.ID, account: b.Account, parent: b.Balancer}
}

// BackendInput names an instance and its weight; an empty weight is the
// documented default of 100.
type BackendInput struct {
	Instance, Weight string
}

// CandidateBackends answers what the panel My Servers lists: the instances of
// the CLB's VPC, and no others.
func (c *Caller) CandidateBackends(ctx context.Context, balancer string) ([]Instance, error) {
	var out []Instance
	err := c.read(ctx, func(tx *Tx) error {
		b, err := c.balancer(tx, balancer)
		if err != nil {
			return err
		}
		out, err = tx.Instances.List(Where{"vpc": b.VPC, "account": c.account.ID})
		return err
	})
	return out, err
}

// AddBackends puts instances into the default server group; one that is in it
// already takes the new weight. Fields are "weight.INSTANCE".
func (c *Caller) AddBackends(ctx context.Context, balancer string, in []BackendInput) error {
	return c.write(ctx, func(tx *Tx) error {
		b, err := c.balancer(tx, balancer)
		if err != nil {
			return err
		}
		var ck check
		if len(in) == 0 {
			ck.fail("servers", "error.choose")
		}
		if err := c.putBackends(tx, &ck, b, in); err != nil {
			return err
		}
		return ck.err()
	})
}

func (c *Caller) putBackends(tx *Tx, ck *check, b Balancer, in []BackendInput) error {
	have, err := tx.Backends.List(Where{"balancer": b.ID})
	if err != nil {
		return err
	}
	for _, one := range in {
		weight := ck.number("weight."+one.Instance, one.Weight, 100, 0, 100)
		i, err := c.instance(tx, one.Instance)
		if AsError(err) != nil || err == nil && i.VPC != b.VPC {
			ck.fail("servers", "error.backend.vpc", "value", one.Instance)
			continue
		}
		if err != nil {
			return err
		}
		m := Backend{ID: b.ID + "/" + i.ID, Account: b.Account, Balancer: b.ID, Instance: i.ID, Created: now()}
		for _, h := range have {
			if h.Instance == i.ID {
				m = h
			}
		}
		m.Weight = weight
		if err := tx.Backends.Put(m); err != nil {
			return err
		}
	}
	return nil
}

// SetWeight changes a member's weight; live connections stay.
func (c *Caller) SetWeight(ctx context.Context, balancer, instance, weight string) error {
	return c.AddBackends(ctx, balancer, []BackendInput{{Instance: instance, Weight: weight}})
}

// RemoveBackend takes an instance out of the default server group.
func (c *Caller) RemoveBackend(ctx context.Context, balancer, instance string) error {
	return c.write(ctx, func(tx *Tx) error {
		if _, err := c.balancer(tx, balancer); err != nil {
			return err
		}
		list, err := tx.Backends.List(Where{"balancer": balancer, "instance": instance})
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return notFound("backend", instance)
		}
		return tx.Backends.Delete(list[0].ID)
	})
}
