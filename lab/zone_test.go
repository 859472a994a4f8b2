package lab

import (
	"strings"
	"testing"

	"culvert.internal/cloud"
)

// zonesLab is an accepted endpoint whose zones the provider has closed and not
// connected yet, and a resource that is assigned by hand only.
const zonesLab = `lab: 1
accounts:
  - login: one
    name: One
    regions:
      eu-central-1:
        vpcs:
          - name: net
            cidr: 10.0.0.0/16
            vswitches:
              - name: net-a
                zone: eu-central-1a
                cidr: 10.0.0.0/24
              - name: net-b
                zone: eu-central-1b
                cidr: 10.0.1.0/24
            groups:
              - name: all
        balancers:
          - name: clb-1
            zone: eu-central-1b
            backup-zone: eu-central-1a
            vpc: net
            vswitch: net-b
          - name: clb-2
            zone: eu-central-1b
            backup-zone: eu-central-1a
            vpc: net
            vswitch: net-b
        services:
          - key: web
            auto-accept: false
            zone-affinity: false
            resources:
              - zone: eu-central-1a
                balancer: clb-1
              - zone: eu-central-1b
                balancer: clb-1
              - zone: eu-central-1b
                balancer: clb-2
                manual: true
        endpoints:
          - name: to-web
            service: web
            vpc: net
            groups: [all]
            decision: allowed
            decided-by: one
            zones:
              - zone: eu-central-1a
                vswitch: net-a
                ip: 10.0.0.9
                disconnected: true
              - zone: eu-central-1b
                vswitch: net-b
                ip: 10.0.1.9
                waiting: true
`

// TestZonesOfALab: what a provider decided about single zones, and what is
// assigned by hand only, stays over export and import; where it has no sense it
// is refused at its line.
func TestZonesOfALab(t *testing.T) {
	e := engine(t, cloud.Options{})
	made(t, e, []byte(zonesLab))
	first := exported(t, e)
	for _, want := range []string{"disconnected: true", "waiting: true", "manual: true"} {
		if !strings.Contains(string(first), want) {
			t.Errorf("%q is not exported:\n%s", want, first)
		}
	}
	again := engine(t, cloud.Options{})
	made(t, again, first)
	if second := exported(t, again); string(second) != string(first) {
		t.Errorf("exporting, importing and exporting again is another text:\n%s\n%s", first, second)
	}
	for was, key := range map[string]string{
		"decision: allowed\n            decided-by: one": "lab.place",
		"disconnected: true":                             "lab.place.open",
	} {
		bad := strings.Replace(zonesLab, was, map[string]string{
			"lab.place": "decision: waiting", "lab.place.open": "disconnected: true\n                resource: clb-1",
		}[key], 1)
		_, faults, err := Import(t.Context(), engine(t, cloud.Options{}), cloud.SystemActor, []byte(bad), false)
		if err != nil || len(faults) == 0 || faults[0].Text != key || faults[0].Line == 0 {
			t.Errorf("%s: %v %+v", key, err, faults)
		}
	}
}
