package cloud

import (
	"context"
	"errors"
	"time"
)

// Tombstone is what is left of a deleted service of ctyun, whose documented
// states end with 已删除 (TYD-11, X-23).
type Tombstone struct {
	ID      string // the service's
	Account string
	Region  string
	Name    string
	Created time.Time
	Deleted time.Time
}

func (t Tombstone) about() about { return about{kind: "tombstone", id: t.ID, account: t.Account} }

// tombstonesKept is how many tombstones an account keeps in a region.
const tombstonesKept = 100

// Tombstone answers one of the account's deleted services.
func (c *Caller) Tombstone(ctx context.Context, id string) (Tombstone, error) {
	var t Tombstone
	err := c.read(ctx, func(tx *Tx) (err error) {
		if t, err = tx.Tombstones.Get(id); err != nil || t.Account != c.account.ID {
			return orMissing(err, "service", id)
		}
		return nil
	})
	return t, err
}

// FindTombstones answers a page of the account's deleted services in a region,
// searched by name and ID, sorted by "name", "created" or "deleted".
func (c *Caller) FindTombstones(ctx context.Context, region string, f Find) (Found[Tombstone], error) {
	var out Found[Tombstone]
	err := c.read(ctx, func(tx *Tx) (err error) {
		l := lists{
			base:  Where{"account": c.account.ID, "region": region},
			words: []string{"name", "id"},
			sorts: map[string]string{"name": "name", "created": "created", "deleted": "deleted"},
		}
		out, err = find(tx.Tombstones, f, l, plain)
		return err
	})
	return out, err
}

// ServiceGone turns a deleted service of which nothing runs any more into its
// tombstone. Only the data plane's observer calls it.
func (e *Engine) ServiceGone(ctx context.Context, id string) error {
	return e.write(ctx, SystemActor, func(tx *Tx) error {
		s, err := tx.Services.Get(id)
		if errors.Is(err, ErrMissing) || err == nil && !s.Deleting {
			return nil
		}
		if err != nil {
			return err
		}
		if err := bury(tx, s); err != nil {
			return err
		}
		if _, err := tx.Observations.Get(id); err == nil {
			return tx.Observations.Delete(id)
		}
		return nil
	})
}

// bury deletes a service with what is part of it and leaves its tombstone.
func bury(tx *Tx, s Service) error {
	grants, err := tx.Grants.List(Where{"service": s.ID})
	if err != nil {
		return err
	}
	for _, g := range grants {
		if err := tx.Grants.Delete(g.ID); err != nil {
			return err
		}
	}
	resources, err := tx.Resources.List(Where{"service": s.ID})
	if err != nil {
		return err
	}
	for _, r := range resources {
		if err := tx.Resources.Delete(r.ID); err != nil {
			return err
		}
	}
	if err := tx.Services.Delete(s.ID); err != nil {
		return err
	}
	where := Where{"account": s.Account, "region": s.Region}
	old, err := tx.Tombstones.List(where)
	if err != nil {
		return err
	}
	for len(old) >= tombstonesKept {
		if err := tx.Tombstones.Delete(old[0].ID); err != nil {
			return err
		}
		old = old[1:]
	}
	return tx.Tombstones.Put(Tombstone{ID: s.ID, Account: s.Account, Region: s.Region, Name: s.Name, Created: s.Created, Deleted: now()})
}
