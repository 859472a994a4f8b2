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
			views.Menu("", ""),
			views.Menu("menu.link", "/endpoints", "/endpoint-services"),
			views.Menu("menu.network", "/vpcs", "/vswitches", "/security-groups", "/private-zones"),
			views.Menu("menu.compute", "/instances", "/load-balancers"),
			views.Menu("menu.see", "/topology", "/why", "/resolve", "/attempts", "/events"),
		},
	}
}
