package views

import (
	"testing"

	"culvert.internal/cloud"
	"culvert.internal/views/text"
	"culvert.internal/views/ui"
)

// Keys of networks, groups and instances that are put together at run time.
func TestNetworkKeys(t *testing.T) {
	var keys []string
	add := func(prefix string, parts ...string) {
		for _, p := range parts {
			keys = append(keys, prefix+p)
		}
	}
	add("rule.", cloud.Ingress, cloud.Egress, cloud.Accept, cloud.Drop)
	add("rule.none.", cloud.Ingress, cloud.Egress)
	add("rule.protocol.", cloud.TCP, cloud.UDP, cloud.ICMP, cloud.AnyIP)
	add("rule.preset.", "all")
	for _, d := range []string{cloud.Ingress, cloud.Egress} {
		add(peerLabel(d), "", ".hint")
	}
	for _, tpl := range []cloud.Template{cloud.TemplateWeb, cloud.TemplateOpen, cloud.TemplateEmpty} {
		add("group.template."+string(tpl), "", ".n")
	}
	add("acl.rule.", cloud.Allow, cloud.Deny, cloud.Ingress, cloud.Egress)
	add("acl.rule.none.", cloud.Ingress, cloud.Egress)
	add("acl.way.", cloud.Ingress, cloud.Egress)
	add("group.", "http", "https")
	for _, p := range []string{cloud.ProgramWeb, cloud.ProgramEcho, cloud.ProgramNone} {
		add("program."+p, "", ".note")
	}
	add("instance.terminal.do.", "connection", "group", "acl", "balancer", "endpoint")
	add("kind.", "group", "rule", "acl", "aclrule", "vswitch", "vpc", "instance", "balancer", "endpoint")
	add("move.", "permission", "held", "held.by", "held.unknown", "unknown")
	for _, k := range keys {
		if !text.Has(k) {
			t.Errorf("%q is not in the catalogue", k)
		}
	}
}

// ALI-02, EP-11: a proposal gives way to another one, never what was typed.
func TestPropose(t *testing.T) {
	form := ui.NewForm("/", nil)
	Propose(form, cloud.VSwitchInput{Name: "a", CIDR: "10.0.0.0/24"})
	Propose(form, cloud.VSwitchInput{Name: "b", CIDR: "10.0.1.0/24"})
	if form.Value("name") != "b" || form.Value("cidr") != "10.0.1.0/24" {
		t.Errorf("the second proposal: %v", form.Values)
	}
	form.Set("cidr", "10.0.9.0/24")
	Propose(form, cloud.VSwitchInput{Name: "c", CIDR: "10.0.2.0/24"})
	if form.Value("name") != "c" || form.Value("cidr") != "10.0.9.0/24" {
		t.Errorf("over a typed block: %v", form.Values)
	}
}

// What the terminal's form carries along is bounded, and reads back as it was.
func TestTranscriptIsBounded(t *testing.T) {
	var long Terminal
	for range 20 {
		long.Runs = append(long.Runs, Run{Command: "curl", Output: string(make([]byte, 1<<16)), OK: true, Notes: []string{"n"}})
	}
	past := PastRuns(long.Past())
	if len(past) != keptRuns {
		t.Fatalf("%d commands are carried along", len(past))
	}
	if n := len(past[0].Output); n > keptOutput+8 {
		t.Errorf("%d bytes of one output are carried along", n)
	}
	small := Terminal{Runs: []Run{{Command: "dig <x> \"y\"", Output: "a\nb\n", OK: false, Notes: []string{"说明"}}}}
	if got := PastRuns(small.Past()); len(got) != 1 || got[0].Command != small.Runs[0].Command || got[0].Output != small.Runs[0].Output || got[0].Notes[0] != "说明" {
		t.Errorf("read back: %+v", got)
	}
}
