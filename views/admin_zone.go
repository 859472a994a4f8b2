package views

import (
	"slices"

	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// AdminZones are the zones of some regions with what is in them.
type AdminZones struct {
	Regions []cloud.Region
	Zones   []cloud.ZoneUse
}

// AdminZone is the page that asks before a zone fails.
type AdminZone struct {
	Form ui.Form
	Zone cloud.ZoneUse
}

func (p AdminZone) asking(f *Frame) ui.Asking {
	z := p.Zone
	a := ui.Asking{
		Title: f.T("admin.zone.fail.title", "zone", z.ID), Lead: z.ID,
		Do: ui.Button{Label: f.T("admin.zone.fail"), Danger: true}, Back: f.Link("/admin/zones"),
	}
	for _, e := range []struct {
		key string
		n   int
	}{{"hosts", z.Instances}, {"enis", z.Interfaces}, {"backup", z.Primary - z.Alone}, {"alone", z.Alone}} {
		if e.n > 0 {
			a.Effects = append(a.Effects, f.T("admin.zone.fail."+e.key, "n", e.n))
		}
	}
	a.Effects = append(a.Effects, f.T("admin.zone.fail.stays"))
	return a
}

// ZoneFailed says whether a zone of this region has failed.
func (f *Frame) ZoneFailed(zone string) bool {
	return slices.ContainsFunc(f.Failed, func(z cloud.Zone) bool { return z.ID == zone })
}

// running is how an instance stands; one that is stopped is so in a failed zone
// too.
func (f *Frame) running(running bool, zone string) (ui.Kind, string) {
	switch {
	case !running:
		return ui.Off, f.T("state.instance.stopped")
	case f.ZoneFailed(zone):
		return ui.Bad, f.T("problem.zone")
	}
	return ui.OK, f.T("state.instance.running")
}
