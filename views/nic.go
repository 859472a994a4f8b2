package views

import (
	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// NICNew is the form of a secondary NIC: the subnets and groups are those of
// the instance's VPC.
type NICNew struct {
	Form      ui.Form
	Instance  cloud.InstanceView
	VSwitches []cloud.VSwitchView
	Groups    []cloud.GroupView
}

// NICEdit changes the groups of a secondary NIC.
type NICEdit struct {
	Form   ui.Form
	NIC    cloud.NICView
	Groups []cloud.GroupView
}

// full says that the instance can have no more NICs.
func (p InstanceDetail) full() bool { return len(p.NICs) >= cloud.MostNICs }

// primary is the instance's own NIC beside the secondary ones.
func (p InstanceDetail) primary() cloud.NICView {
	i := p.Instance
	return cloud.NICView{
		NIC:         cloud.NIC{Instance: i.ID, VPC: i.VPC, VSwitch: i.VSwitch, IP: i.IP, Groups: i.Groups},
		VSwitchName: i.VSwitchName, CIDR: p.VSwitch.CIDR, Twin: i.Twin, GroupNames: i.GroupNames,
	}
}
