package zilliz

import (
	"net/url"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// LinkList is the page 私网连接: the links and the dialogs that were left
// unfinished (ZIL-02, ZIL-09).
type LinkList struct {
	Links  []cloud.PrivateLinkView
	Drafts []cloud.LinkDraft
	// Over is a dialog that is open over the page; nil: none.
	Over *views.Over
}

// LinkNew is the dialog 创建私网连接 (ZIL-04). Cluster is where it was opened
// from, empty for the list.
type LinkNew struct {
	Form    ui.Form
	Draft   cloud.LinkDraft
	Cluster string
}

// LinkDetail is one private link (ZIL-10, ZIL-11).
type LinkDetail struct {
	Link cloud.PrivateLinkView
	// Domain is the endpoint's 默认服务域名, empty when it is another account's or
	// gone: its page in the other console has it.
	Domain string
	// Zones are the account's own private zones by their names, as far as a record
	// of the link can go there.
	Zones map[string]string
}

// Unfinished says whether a dialog was left before its link was made: something
// was typed, or an account was added that has no link.
func Unfinished(d cloud.LinkDraft) bool {
	if d.Endpoint != "" || len(d.Waiting) > 0 {
		return true
	}
	for _, a := range d.Accounts {
		if a.Links == 0 {
			return true
		}
	}
	return false
}

// newPath is the address of the dialog of a region.
func newPath(f *views.Frame, region, cluster string) string {
	q := url.Values{"region": {region}}
	if cluster != "" {
		q.Set("cluster", cluster)
	}
	return f.InProject("/private-links/new?" + q.Encode())
}

func (p LinkNew) page(f *views.Frame) string { return newPath(f, p.Draft.Region, p.Cluster) }

// regions are the regions to choose from: where the project has clusters.
func (p LinkNew) regions(f *views.Frame) []ui.Option {
	var out []ui.Option
	for _, id := range cloud.ClusterRegions() {
		o := ui.Option{Value: id, Label: f.RegionName(id), Off: true, Note: f.T("plink.region.none")}
		for _, has := range p.Draft.Regions {
			if has == id {
				o.Off, o.Note = false, id
			}
		}
		out = append(out, o)
	}
	return out
}

// aliyun is the address of a page of Alibaba Cloud's console.
func aliyun(region, path string) string { return "/aliyun/" + region + path }

// endpointNew is Alibaba's form of an endpoint, with the service chosen.
func endpointNew(region, service string) string {
	return aliyun(region, "/endpoints/new?how="+cloud.BySelect+"&service="+url.QueryEscape(service))
}

// endpointPage is the endpoint's page at Alibaba, empty when it is another
// account's.
func endpointPage(f *views.Frame, l cloud.PrivateLink) string {
	return f.Ref(cloud.Ref{Kind: "endpoint", ID: l.Endpoint, Account: l.Consumer})
}

// record is the address of Alibaba's form that writes a name's record: in the
// zone, when the account has it, else the form that makes the zone.
func (p LinkDetail) record(r cloud.RecordForm) string {
	if id := p.Zones[r.Zone]; id != "" {
		q := url.Values{"host": {r.Host}, "type": {"CNAME"}, "value": {p.Domain}}
		return aliyun(p.Link.Region, "/private-zones/"+id+"/records/new?"+q.Encode())
	}
	q := url.Values{"name": {r.Zone}, "proxy": {"yes"}}
	return aliyun(p.Link.Region, "/private-zones/new?"+q.Encode())
}

func (p LinkDetail) recordLabel(f *views.Frame, r cloud.RecordForm) string {
	if p.Zones[r.Zone] != "" {
		return f.T("plink.record.add")
	}
	return f.T("plink.record.zone")
}
