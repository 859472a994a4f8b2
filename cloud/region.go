package cloud

import (
	"slices"
	"sync"
)

// The clouds a region can belong to (DESIGN idea 10).
const (
	Aliyun = "aliyun"
	Ctyun  = "ctyun"
)

// Region is one place of a cloud. Its names are in the catalogue under
// "region.ID"; a zone's under "zone.ID", and under "zone.clb.ID" as the CLB
// purchase page calls it.
type Region struct {
	ID    string
	Cloud string
	Code  string // part of the resource IDs made there (newID)
	Zones []string
}

// Regions is the catalogue (COM-11), in the order of the region menu.
func Regions() []Region {
	zones := func(region string, letters ...string) []string {
		out := make([]string, len(letters))
		for i, l := range letters {
			out[i] = region + l
		}
		return out
	}
	return []Region{
		{"eu-central-1", Aliyun, "gw8", zones("eu-central-1", "a", "b")},
		{"cn-hangzhou", Aliyun, "bp1", zones("cn-hangzhou-", "h", "j", "k")},
		{"cn-beijing", Aliyun, "2ze", zones("cn-beijing-", "g", "h", "i")},
		{"cn-shenzhen", Aliyun, "wz9", zones("cn-shenzhen-", "d", "e", "f")},
		{"cn-gz4", Ctyun, "04", zones("cn-gz4", "a", "b")},
		{"cn-sh4", Ctyun, "14", zones("cn-sh4", "a", "b")},
		{"cn-nm3", Ctyun, "23", zones("cn-nm3", "a")},
	}
}

// RegionsOf answers the regions of one cloud.
func RegionsOf(cloud string) []Region {
	return slices.DeleteFunc(Regions(), func(r Region) bool { return r.Cloud != cloud })
}

// FindRegion answers the region with the ID. Its zones are everybody's.
func FindRegion(id string) (Region, bool) {
	r, ok := byID()[id]
	return r, ok
}

// byID is made once: every endpoint is asked about in every sweep.
var byID = sync.OnceValue(func() map[string]Region {
	out := map[string]Region{}
	for _, r := range Regions() {
		out[r.ID] = r
	}
	return out
})

func inCtyun(region string) bool {
	r, _ := FindRegion(region)
	return r.Cloud == Ctyun
}

// HasZone says whether the zone is one of the region's.
func (r Region) HasZone(zone string) bool { return slices.Contains(r.Zones, zone) }

func region(id string) (Region, error) {
	r, ok := FindRegion(id)
	if !ok {
		return Region{}, notFound("region", id)
	}
	return r, nil
}
