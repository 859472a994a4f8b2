package cloud

import (
	"slices"
	"strings"
)

// zones finds private zones and their records, which are in no region, in the
// consoles that have them.
func (s *search) zones() error {
	if !slices.ContainsFunc(s.regions, func(id string) bool { return !inCtyun(id) }) {
		return nil
	}
	own := Where{"account": s.c.account.ID}
	zones, err := rows(s, s.tx.PrivateZones, own, nil, "id", "name", "shown", "remark")
	if err != nil {
		return err
	}
	for _, z := range zones {
		s.add(Hit{Ref: Ref{"privatezone", z.ID, z.Shown, z.Account}, Side: OwnSide},
			fieldText{"id", z.ID}, fieldText{"name", z.Shown}, fieldText{"domain", z.Name}, fieldText{"description", z.Remark})
	}
	records, err := rows(s, s.tx.Records, own, s.inZone, "id", "host", "value", "remark")
	if err != nil {
		return err
	}
	if err := learn(s.tx.PrivateZones, each(records, func(r Record) string { return r.Zone })...); err != nil {
		return err
	}
	for _, r := range records {
		z, err := s.tx.PrivateZones.Get(r.Zone)
		if err != nil {
			return err
		}
		name := r.FQDN(z.Name)
		s.add(Hit{Ref: Ref{"record", r.ID, DisplayName(name), r.Account}, Side: OwnSide, Zone: z.ID},
			fieldText{"id", r.ID}, fieldText{"domain", name}, fieldText{"value", r.Value}, fieldText{"description", r.Remark})
	}
	return nil
}

// inZone finds records by their whole name: the host and the zone that are in
// a word.
func (s *search) inZone(word string) []Where {
	var out []Where
	word = strings.ToLower(word)
	for host, rest, ok := strings.Cut(word, "."); ok && len(out) < mostWords; {
		zones, err := s.tx.PrivateZones.List(Where{"account": s.c.account.ID, "name": rest})
		if err == nil && len(zones) > 0 {
			out = append(out, Where{"host": host, "zone": each(zones, func(z PrivateZone) string { return z.ID })})
		}
		var label string
		label, rest, ok = strings.Cut(rest, ".")
		host += "." + label
	}
	return out
}
