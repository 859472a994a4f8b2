package text

import (
	"slices"
	"strings"
	"testing"
)

// A dialect has every text of the catalogue, in both languages, filled with
// the same arguments and in its own words.
func TestDialectOfCtyun(t *testing.T) {
	own, twice := merge([]words{ctyunOwn, ctyunEndpointOwn})
	if len(twice) > 0 {
		t.Errorf("in two files of the dialect: %v", twice)
	}
	names := map[string]bool{"cloud.aliyun": true, "edition.aliyun": true}
	for key, shared := range catalogue() {
		w := Ctyun().texts()[key]
		if w.zh == "" || w.en == "" {
			t.Errorf("%s is empty: %+v", key, w)
		}
		if _, ours := own[key]; !ours && (!slices.Equal(placeholders(t, key, w.zh), placeholders(t, key, shared.zh)) ||
			!slices.Equal(placeholders(t, key, w.en), placeholders(t, key, shared.en))) {
			t.Errorf("%s is filled with something else: %+v, not %+v", key, w, shared)
		}
		if _, zilliz := zillizWords[key]; zilliz || names[key] {
			continue
		}
		for _, said := range []string{"交换机", "专有网络", "地域", "传统型", "阿里云", "私网连接"} {
			if strings.Contains(w.zh, said) {
				t.Errorf("%s says %s: %s", key, said, w.zh)
			}
		}
		for _, said := range []string{"vSwitch", "CLB", "ENI", "PrivateLink", "Alibaba", " an cloud", " an subnet", " a endpoint", "instance"} {
			if strings.Contains(strings.ReplaceAll(w.en, "{instance}", ""), said) {
				t.Errorf("%s says %s: %s", key, said, w.en)
			}
		}
	}
	for key := range own {
		if !Has(key) {
			t.Errorf("%s is in the dialect and not in the catalogue", key)
		}
	}
}

func TestDialectSays(t *testing.T) {
	zh := newSpeech([]term{{"交换机", "子网"}, {"CLB", "负载均衡"}, {"CLB 实例", "负载均衡"}, {"私网连接", "VPC 终端节点"}, {"ECS", "云主机"}}, `(?:`, `)`)
	en := newSpeech([]term{{"vSwitch", "subnet"}, {"ECS", "cloud server"}, {"instance", "cloud server"}, {"ECS instance", "cloud server"}, {"CLB", "load balancer"}}, `\b(?:`, `)(?:e?s)?\b`)
	en.english = true
	for _, c := range []struct {
		s          speech
		text, want string
	}{
		{zh, "创建了 CLB", "创建了负载均衡"},
		{zh, "CLB {balancer} 在{zone@zone}", "负载均衡 {balancer} 在{zone@zone}"},
		{zh, "{n} 个 CLB 实例。", "{n} 个负载均衡。"},
		{zh, "它支持私网连接吗", "它支持 VPC 终端节点吗"},
		{zh, "选 ECS1", "选 ECS1"},
		{en, "vSwitch {vswitch} is full. vSwitches of a VPC", "Subnet {vswitch} is full. Subnets of a VPC"},
		{en, "Create an ECS instance", "Create a cloud server"},
		{en, "Instance ID, two instances, ECS1", "Cloud server ID, two cloud servers, ECS1"},
		{en, "{n} {n:vSwitch|vSwitches} and {kind@kind}", "{n} {n:subnet|subnets} and {kind@kind}"},
		{en, "a CLB, CLBs", "a load balancer, load balancers"},
	} {
		if got := c.s.say(c.text); got != c.want {
			t.Errorf("%q is said as %q, not %q", c.text, got, c.want)
		}
	}
}

// Terms stand in texts and never in what they are filled with.
func TestDialectLeavesNamesAlone(t *testing.T) {
	if got, want := Ctyun().T(EN, "vswitch.saved", "name", "my vSwitch"), "Subnet my vSwitch is saved"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := Ctyun().T2(ZH, "error.notfound", map[string]string{"kind": "vpc", "id": "交换机"}), "没有这个虚拟私有云：交换机"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var none *Dialect
	if got := none.T(EN, "kind.vswitch"); got != "vSwitch" {
		t.Errorf("without a dialect: %q", got)
	}
}
