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

// ZoneUses answers the zones of these regions with what is in them; for
// administrators.
func (c *Caller) ZoneUses(ctx context.Context, regions ...Region) ([]ZoneUse, error) {
	var zones []Zone
	for _, r := range regions {
		for _, id := range r.Zones {
			zones = append(zones, Zone{ID: id, Region: r.ID})
		}
	}
	return c.zoneUses(ctx, zones)
}

// ZoneUse answers one zone with what is in it; for administrators.
func (c *Caller) ZoneUse(ctx context.Context, id string) (ZoneUse, error) {
	for _, r := range Regions() {
		if r.HasZone(id) {
			all, err := c.zoneUses(ctx, []Zone{{ID: id, Region: r.ID}})
			return first(all), err
		}
	}
	return ZoneUse{}, notFound("zone", id)
}

func (c *Caller) zoneUses(ctx context.Context, zones []Zone) ([]ZoneUse, error) {
	out := make([]ZoneUse, len(zones))
	err := c.read(ctx, func(tx *Tx) error {
		if err := c.mustAdmin(tx); err != nil {
			return err
		}
		ids := each(zones, func(z Zone) string { return z.ID })
		switched, err := tx.Zones.List(Where{"id": ids})
		if err != nil {
			return err
		}
		switches, err := tx.VSwitches.List(Where{"zone": ids})
		if err != nil {
			return err
		}
		tally := func(rows func(string, Where) (map[string]int, error), column string, w Where) (n map[string]int) {
			if err == nil {
				n, err = rows(column, w)
			}
			return n
		}
		enis := tally(tx.Interfaces.Tally, "vswitch", Where{"vswitch": each(switches, func(s VSwitch) string { return s.ID })})
		instances := tally(tx.Instances.Tally, "zone", Where{"zone": ids})
		running := tally(tx.Instances.Tally, "zone", Where{"zone": ids, "running": true})
		primary := tally(tx.Balancers.Tally, "zone", Where{"zone": ids})
		alone := tally(tx.Balancers.Tally, "zone", Where{"zone": ids, "backup_zone": ""})
		backup := tally(tx.Balancers.Tally, "backup_zone", Where{"backup_zone": ids})
		for n, z := range zones {
			if k := slices.IndexFunc(switched, func(s Zone) bool { return s.ID == z.ID }); k >= 0 {
				z = switched[k]
			}
			out[n] = ZoneUse{z, instances[z.ID], running[z.ID], 0, primary[z.ID], backup[z.ID], alone[z.ID]}
			for _, s := range switches {
				if s.Zone == z.ID {
					out[n].Interfaces += enis[s.ID]
				}
			}
		}
		return err
	})
	return out, err
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
		if !r.HasZone(id) {
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
