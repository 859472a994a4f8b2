package views

import "slices"

// MenuGroup is a titled part of the left navigation; Title is a key, empty
// for the first part.
type MenuGroup struct {
	Title string
	Items []MenuItem
}

// MenuItem is one link of the left navigation. Label and Role are keys.
type MenuItem struct {
	Icon  string
	Path  string // below edition and region: "/endpoints"
	Label string
	Role  string
}

// menuItems are the links of all editions; words say each edition's cloud's
// names for them.
var menuItems = []MenuItem{
	{Icon: "home", Path: "", Label: "menu.home"},
	{Icon: "endpoint", Path: "/endpoints", Label: "menu.endpoints", Role: "role.consumer.short"},
	{Icon: "service", Path: "/endpoint-services", Label: "menu.services", Role: "role.provider.short"},
	{Icon: "dns", Path: "/private-zones", Label: "menu.privatezones"},
	{Icon: "vpc", Path: "/vpcs", Label: "menu.vpcs"},
	{Icon: "vswitch", Path: "/vswitches", Label: "menu.vswitches"},
	{Icon: "shield", Path: "/security-groups", Label: "menu.groups"},
	{Icon: "list", Path: "/network-acls", Label: "menu.acls"},
	{Icon: "idc", Path: "/idcs", Label: "menu.idcs"},
	{Icon: "instance", Path: "/instances", Label: "menu.instances"},
	{Icon: "clb", Path: "/load-balancers", Label: "menu.balancers"},
	{Icon: "topology", Path: "/topology", Label: "menu.topology"},
	{Icon: "route", Path: "/why", Label: "menu.why"},
	{Icon: "search", Path: "/resolve", Label: "menu.resolve"},
	{Icon: "list", Path: "/attempts", Label: "menu.attempts"},
	{Icon: "book", Path: "/events", Label: "menu.events"},
	{Icon: "info", Path: "/help", Label: "menu.help"},
}

// Menu is a part of an edition's navigation with the links to these paths. It
// panics when there is no such link.
func Menu(title string, paths ...string) MenuGroup {
	g := MenuGroup{Title: title}
	for _, path := range paths {
		n := slices.IndexFunc(menuItems, func(i MenuItem) bool { return i.Path == path })
		g.Items = append(g.Items, menuItems[n])
	}
	return g
}
