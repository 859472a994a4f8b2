package reconcile

import (
	"culvert.internal/cloud"
	"culvert.internal/dns"
)

// ZoneFiles reads and writes the records of private zones as zone files.
type ZoneFiles struct{}

// Parse reads a zone file of the zone. Skipped counts the entries that Culvert
// makes itself, SOA and NS.
func (ZoneFiles) Parse(zone, text string) (lines []cloud.RecordLine, faults []cloud.LineFault, skipped int) {
	records, wrong := dns.ParseZone(zone, text)
	for _, r := range records {
		lines = append(lines, cloud.RecordLine{Host: r.Host, Type: dns.TypeName(r.Type), TTL: int(r.TTL), Data: r.Value, Weight: r.Weight})
	}
	for _, e := range wrong {
		f := cloud.LineFault{Line: e.Line, Args: map[string]string{"text": e.Text, "type": e.Text, "name": e.Text, "zone": zone}}
		switch {
		case e.Skipped():
			skipped++
			continue
		case e.Reason == dns.LineType:
			f.Key = "error.record.kind"
		case e.Reason == dns.LineOutside:
			f.Key = "error.record.outside"
		default:
			f.Key = "error.record.line"
		}
		faults = append(faults, f)
	}
	return lines, faults, skipped
}

// Format writes the records that are enabled as a zone file.
func (ZoneFiles) Format(zone cloud.PrivateZone, records []cloud.Record) string {
	var on []cloud.Record
	for _, r := range records {
		if !r.Paused {
			on = append(on, r)
		}
	}
	return dns.FormatZone(dns.Zone{Name: zone.Name, Proxy: zone.Proxy, Serial: 1, Records: zoneRecords(on)})
}
