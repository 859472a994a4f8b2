package reconcile

import (
	"errors"
	"fmt"
	"hash/fnv"
	"slices"

	"culvert.internal/cloud"
	"culvert.internal/dns"
)

// zoneDone is what stands for one private zone. Mark tells what it says from
// what it said before; Serial is that of the last change of it.
type zoneDone struct {
	name   string
	vpcs   []string
	mark   uint64
	serial uint32
}

// zoneIn is a zone's place in the view of one VPC: two zones of the same name
// may take each other's place there.
type zoneIn struct{ vpc, name string }

// privateZone makes a zone part of the views of the VPCs it is bound to and of
// no others (PVZ-10).
func (s *step) privateZone() error {
	was := s.done.zones[s.id]
	z, err := s.tx.PrivateZones.Get(s.id)
	missing, err := gone(err)
	if err != nil {
		return err
	}
	for _, vpc := range was.vpcs {
		at := zoneIn{vpc, was.name}
		if s.done.zoneOf[at] == s.id && (missing || !slices.Contains(z.VPCs, vpc)) {
			s.names.RemoveZone(vpc, was.name)
			delete(s.done.zoneOf, at)
		}
	}
	if missing || len(z.VPCs) == 0 {
		delete(s.done.zones, s.id)
		return nil
	}
	records, err := s.tx.Records.List(cloud.Where{"zone": z.ID, "paused": false})
	if err != nil {
		return err
	}
	next := zoneDone{name: z.Name, vpcs: z.VPCs, mark: mark(z, records), serial: was.serial}
	if next.mark != was.mark {
		seq, err := s.tx.Events.Last()
		if err != nil {
			return err
		}
		next.serial = max(uint32(seq), was.serial+1)
	}
	zone := dns.Zone{Name: z.Name, Proxy: z.Proxy, Serial: next.serial, Records: zoneRecords(records)}
	var failed []error
	for _, vpc := range z.VPCs {
		at := zoneIn{vpc, z.Name}
		if next.mark == was.mark && s.done.zoneOf[at] == z.ID {
			continue // a sweep of a quiet lab
		}
		if err := s.names.SetZone(vpc, zone); err != nil {
			// What it could read is in force all the same.
			failed = append(failed, fmt.Errorf("serve %s in %s: %w", z.Name, vpc, err))
		}
		s.done.zoneOf[at] = z.ID
	}
	s.done.zones[z.ID] = next
	return errors.Join(failed...)
}

// mark is different for what is answered differently.
func mark(z cloud.PrivateZone, records []cloud.Record) uint64 {
	h := fnv.New64a()
	_, _ = fmt.Fprintln(h, z.Name, z.Proxy, len(records))
	for _, r := range records {
		_, _ = fmt.Fprintf(h, "%q %s %d %d %q\n", r.Host, r.Type, r.TTL, r.Weight, r.Data())
	}
	return h.Sum64()
}

func zoneRecords(records []cloud.Record) []dns.ZoneRecord {
	out := make([]dns.ZoneRecord, len(records))
	for i, r := range records {
		out[i] = dns.ZoneRecord{Host: r.Host, Type: recordTypes[r.Type], TTL: uint32(r.TTL), Value: r.Data(), Weight: r.Weight}
	}
	return out
}

// recordTypes are the numbers of the types that private zones have.
var recordTypes = map[string]uint16{
	cloud.A: 1, cloud.CNAME: 5, cloud.PTR: 12, cloud.MX: 15, cloud.TXT: 16, cloud.AAAA: 28, cloud.SRV: 33,
}
