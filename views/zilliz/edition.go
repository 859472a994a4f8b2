// Package zilliz is the console of Zilliz Cloud on Alibaba Cloud: its menu, its
// words, and its pages of projects, clusters and private links. It has no
// regions of its own; a dropdown above its navigation chooses the project.
package zilliz

import (
	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/text"
)

// Edition is the console as a value.
func Edition() *views.Edition {
	return &views.Edition{
		ID:    "zilliz",
		Cloud: cloud.Zilliz,
		Place: "global",
		Name:  "edition.zilliz",
		Words: text.Zilliz(),
		Top:   projectMenu,
		Menu: []views.MenuGroup{
			{Items: []views.MenuItem{{Icon: "cluster", Path: "/projects/:project/clusters", Label: "cluster.title"}}},
			// ZIL-02: 安全 > 私网连接.
			{Title: "zilliz.security", Items: []views.MenuItem{{Icon: "link", Path: "/projects/:project/private-links", Label: "plink.title"}}},
			{Title: "zilliz.account", Items: []views.MenuItem{
				{Icon: "project", Path: "/projects", Label: "project.title"},
				{Icon: "user", Path: "/account", Label: "account.title"},
				{Icon: "book", Path: "/events", Label: "menu.events"},
			}},
		},
		Places: []views.Place{
			// The later documents have it under 网络 and call it a private endpoint.
			{Path: "/projects/:project/private-links", Label: "plink.title", Also: []string{"zilliz.also.network", "zilliz.also.endpoint"}},
			{Path: "/projects/:project/private-links/new", Label: "plink.create", Also: []string{"zilliz.also.new"}},
			{Path: "/projects/:project/clusters", Label: "cluster.title"},
			{Path: "/projects/:project/clusters/new", Label: "cluster.create"},
			{Path: "/projects", Label: "project.title"},
		},
	}
}
