package cloud

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Zone is what somebody has decided about a zone of a region; one that nobody
// ever switched has no row and works. A failed zone is dead as a whole:
// instances, endpoint ENIs and the side of CLBs that is there (CLB-04).
type Zone struct {
	ID     string
	Region string
	Failed bool
	By     string // account that switched it last
	Since  time.Time
}

func (z Zone) about() about { return about{kind: "zone", id: z.ID, parent: z.Region} }

// ZoneProblem is the problem of an observation whose zone has failed.
const ZoneProblem = "problem.zone"

// ZoneUse is a zone with what is in it, of all accounts.
type ZoneUse struct {
	Zone
	Instances, Running int
	Interfaces         int // of endpoints
	Primary, Backup    int // CLBs whose primary or backup zone it is
	Alone              int // of Primary, those that have no backup zone
}

// FailedZones answers the failed zones of a region, for anybody: everybody has
// to know why nothing there works.
func (c *Caller) FailedZones(ctx context.Context, region string) ([]Zone, error) {
	var out []Zone
	err := c.read(ctx, func(tx *Tx) (err error) {
		out, err = tx.Zones.List(Where{"region": region, "failed": true})
		return err
	})
	return out, err
}

// ZoneUses answers every zone of a region with what is in it, or of all regions
// when that is empty; for administrators.
func (c *Caller) ZoneUses(ctx context.Context, in string) ([]ZoneUse, error) {
	var out []ZoneUse
	err := c.read(ctx, func(tx *Tx) error {
		if err := c.mustAdmin(tx); err != nil {
			return err
		}
		for _, r := range Regions() {
			if in != "" && r.ID != in {
				continue
			}
			for _, id := range r.Zones {
				u, err := zoneUse(tx, r, id)
				if err != nil {
					return err
				}
				out = append(out, u)
			}
		}
		return nil
	})
	return out, err
}

func zoneUse(tx *Tx, r Region, id string) (ZoneUse, error) {
	u := ZoneUse{Zone: Zone{ID: id, Region: r.ID}}
	z, err := tx.Zones.Get(id)
	if err == nil {
		u.Zone = z
	} else if !errors.Is(err, ErrMissing) {
		return u, err
	}
	switches, err := tx.VSwitches.List(Where{"zone": id})
	if err != nil {
		return u, err
	}
	counts := []struct {
		at    *int
		count func(Where) (int, error)
		w     Where
	}{
		{&u.Instances, tx.Instances.Count, Where{"zone": id}},
		{&u.Running, tx.Instances.Count, Where{"zone": id, "running": true}},
		{&u.Interfaces, tx.Interfaces.Count, Where{"vswitch": each(switches, func(s VSwitch) string { return s.ID })}},
		{&u.Primary, tx.Balancers.Count, Where{"zone": id}},
		{&u.Alone, tx.Balancers.Count, Where{"zone": id, "backup_zone": ""}},
		{&u.Backup, tx.Balancers.Count, Where{"backup_zone": id}},
	}
	for _, one := range counts {
		n, err := one.count(one.w)
		if err != nil {
			return u, err
		}
		*one.at = n
	}
	return u, nil
}

// FailZone makes a zone fail, or work again; for administrators. It is in force
// at once and stays so over a restart.
func (c *Caller) FailZone(ctx context.Context, id string, failed bool) error {
	return c.write(ctx, func(tx *Tx) error {
		if err := c.mustAdmin(tx); err != nil {
			return err
		}
		return failZone(tx, id, failed, c.self.ID)
	})
}

func failZone(tx *Tx, id string, failed bool, by string) error {
	for _, r := range Regions() {
		if !slices.Contains(r.Zones, id) {
			continue
		}
		z, err := tx.Zones.Get(id)
		if err != nil && !errors.Is(err, ErrMissing) {
			return err
		}
		if z.Failed == failed {
			return nil
		}
		return tx.Zones.Put(Zone{ID: id, Region: r.ID, Failed: failed, By: by, Since: now()})
	}
	return notFound("zone", id)
}
