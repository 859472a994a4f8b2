// Package ctyun is the console of China Telecom's cloud (天翼云) with its
// product VPC 终端节点: its menu, its words and the pages that only it has.
package ctyun

import (
	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/text"
)

// Edition is the console as a value.
func Edition() *views.Edition {
	return &views.Edition{
		ID:         "ctyun",
		Cloud:      cloud.Ctyun,
		Name:       "edition.ctyun",
		Words:      text.Ctyun(),
		RegionLast: true,
		DomainIDs:  true,
		Pages: views.Pages{
			Guide: guide, Help: help, BalancerNew: balancerNew,
			EndpointList: endpointList, EndpointNew: endpointNew, EndpointDetail: endpointDetail, EndpointDelete: endpointDelete,
			ServiceList: serviceList, ServiceNew: serviceNew, ServiceDetail: serviceDetail, ServiceEdit: serviceEdit,
			ServiceDelete: serviceDelete, Allow: allow, GrantAdd: grantAdd,
		},
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
				{Icon: "list", Path: "/network-acls", Label: "menu.acls"},
				{Icon: "idc", Path: "/idcs", Label: "menu.idcs"},
				{Icon: "clb", Path: "/load-balancers", Label: "menu.balancers"},
			}},
			{Title: "menu.compute", Items: []views.MenuItem{
				{Icon: "instance", Path: "/instances", Label: "menu.instances"},
			}},
			{Title: "menu.see", Items: []views.MenuItem{
				{Icon: "topology", Path: "/topology", Label: "menu.topology"},
				{Icon: "route", Path: "/why", Label: "menu.why"},
				{Icon: "list", Path: "/attempts", Label: "menu.attempts"},
				{Icon: "book", Path: "/events", Label: "menu.events"},
				{Icon: "info", Path: "/help", Label: "menu.help"},
			}},
		},
		// chapter 3 of the document calls it buying.
		Places: []views.Place{
			{Path: "/endpoints/new", Label: "endpoint.create", Also: []string{"help.term.create.also"}},
			{Path: "/help#check", Label: "help.check"},
			{Path: "/help#peering", Label: "help.peering"},
			{Path: "/help#quota", Label: "help.quota"},
		},
		// TY-01: 服务列表 > 网络 > VPC 终端节点 opens the endpoints.
		Services: []views.MenuGroup{
			{Title: "menu.compute", Items: []views.MenuItem{
				{Icon: "instance", Path: "/instances", Label: "menu.instances"},
			}},
			{Title: "menu.network", Items: []views.MenuItem{
				{Icon: "vpc", Path: "/vpcs", Label: "menu.vpcs"},
				{Icon: "clb", Path: "/load-balancers", Label: "menu.balancers"},
				{Icon: "endpoint", Path: "/endpoints", Label: "menu.link"},
			}},
		},
	}
}
