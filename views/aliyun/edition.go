// Package aliyun is the console of Alibaba Cloud PrivateLink: its menu, its
// words and the pages that only it has.
package aliyun

import (
	"culvert.internal/cloud"
	"culvert.internal/views"
)

// Edition is the console as a value.
func Edition() *views.Edition {
	return &views.Edition{
		ID:    "aliyun",
		Cloud: cloud.Aliyun,
		Name:  "edition.aliyun",
		Menu: []views.MenuGroup{
			{Items: []views.MenuItem{
				{Icon: "home", Path: "", Label: "menu.home"},
			}},
			{Title: "menu.link", Items: []views.MenuItem{
				{Icon: "endpoint", Path: "/endpoints", Label: "menu.endpoints", Role: "role.consumer.short"},
				{Icon: "service", Path: "/endpoint-services", Label: "menu.services", Role: "role.provider.short"},
			}},
			{Title: "menu.network", Items: []views.MenuItem{
				{Icon: "vpc", Path: "/vpcs", Label: "menu.vpcs"},
				{Icon: "vswitch", Path: "/vswitches", Label: "menu.vswitches"},
				{Icon: "shield", Path: "/security-groups", Label: "menu.groups"},
			}},
			{Title: "menu.compute", Items: []views.MenuItem{
				{Icon: "instance", Path: "/instances", Label: "menu.instances"},
				{Icon: "clb", Path: "/load-balancers", Label: "menu.balancers"},
			}},
			{Title: "menu.see", Items: []views.MenuItem{
				{Icon: "topology", Path: "/topology", Label: "menu.topology"},
				{Icon: "route", Path: "/why", Label: "menu.why"},
				{Icon: "list", Path: "/attempts", Label: "menu.attempts"},
				{Icon: "book", Path: "/events", Label: "menu.events"},
			}},
		},
	}
}
