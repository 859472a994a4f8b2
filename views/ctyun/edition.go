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
			views.Menu("", ""),
			views.Menu("menu.link", "/endpoints", "/endpoint-services"),
			views.Menu("menu.network", "/vpcs", "/vswitches", "/security-groups", "/network-acls", "/idcs", "/load-balancers"),
			views.Menu("menu.compute", "/instances"),
			views.Menu("menu.see", "/topology", "/why", "/resolve", "/attempts", "/events", "/help"),
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
			views.Menu("menu.compute", "/instances"),
			{Title: "menu.network", Items: append(
				views.Menu("", "/vpcs", "/load-balancers").Items,
				views.MenuItem{Icon: "endpoint", Path: "/endpoints", Label: "menu.link"},
			)},
		},
	}
}
