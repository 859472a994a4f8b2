package zilliz

import (
	"net/netip"
	"strconv"
	"strings"

	"culvert.internal/cloud"
	"culvert.internal/reach"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// ClusterNew is the form 创建集群.
type ClusterNew struct{ Form ui.Form }

// ClusterName is the page that changes a cluster's name.
type ClusterName struct {
	Form    ui.Form
	Cluster cloud.ClusterView
}

// ClusterDetail is 集群详情 with its areas 集群信息 and 连接信息 (ZIL-03, ZIL-05).
type ClusterDetail struct {
	Cluster cloud.ClusterView
	// Health is what the probes of its port found.
	Health []reach.Health
	// Over is a dialog that is open over the page; nil: none.
	Over *views.Over
}

func providers(f *views.Frame) []ui.Option {
	return []ui.Option{{Value: cloud.Aliyun, Label: f.T("cloud." + cloud.Aliyun)}}
}

func regions(f *views.Frame) []ui.Option {
	var out []ui.Option
	for _, id := range cloud.ClusterRegions() {
		out = append(out, ui.Option{Value: id, Label: f.RegionName(id), Note: id})
	}
	return out
}

func plans(f *views.Frame) []ui.Option {
	var out []ui.Option
	for _, p := range cloud.Plans() {
		out = append(out, ui.Option{Value: p, Label: f.T("cluster.plan." + p), Note: f.T("cluster.plan." + p + ".note")})
	}
	return out
}

// kindOf is how a state of a cluster or of a private link stands.
func kindOf(s cloud.State) ui.Kind {
	switch s {
	case cloud.Running, cloud.LinkCreated:
		return ui.OK
	case cloud.Pending, cloud.Creating, cloud.Deleting:
		return ui.Run
	case cloud.Failed, cloud.LinkGone:
		return ui.Bad
	}
	return ui.Off
}

// answers says what the probes found: whether the cluster answers.
func (p ClusterDetail) answers(f *views.Frame) (ui.Kind, string) {
	known, healthy := 0, 0
	why := ""
	for _, h := range p.Health {
		if h.Known {
			known++
		}
		if h.Known && h.Healthy {
			healthy++
		}
		if h.Why != "" {
			why = h.Why
		}
	}
	switch {
	case known == 0:
		return ui.Run, f.T("cluster.answers.unknown")
	case healthy > 0:
		return ui.OK, f.T("cluster.answers.yes")
	case why != "":
		return ui.Bad, f.T("cluster.answers.why", "why", f.HealthWhy(why, p.Cluster.Backend))
	}
	return ui.Bad, f.T("cluster.answers.no")
}

// zones are the names of zones, as a list.
func zones(f *views.Frame, ids []string) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = f.ZoneName(id)
	}
	if f.Lang == "zh" {
		return strings.Join(names, "、")
	}
	return strings.Join(names, ", ")
}

func hostPort(host string, port uint16) string { return host + ":" + strconv.Itoa(int(port)) }

// uri is how a Milvus client is told where the cluster is.
func uri(at string) string { return "http://" + at }

// curl asks the cluster who it is; a Milvus answers any address of its own.
func curl(at string) string { return "curl " + uri(at) + "/" }

// milvus starts a Milvus of one's own in the cluster's place.
func milvus(at netip.AddrPort) string {
	return "docker run --rm -p " + at.String() + ":19530 -e ETCD_USE_EMBED=true -e ETCD_DATA_DIR=/var/lib/milvus/etcd " +
		"-e COMMON_STORAGETYPE=local -e DEPLOY_MODE=STANDALONE milvusdb/milvus:latest milvus run standalone"
}

// clusterPage is the address of a cluster's page, or of one below it.
func clusterPage(f *views.Frame, id, below string) string {
	return f.InProject("/clusters/" + id + below)
}
