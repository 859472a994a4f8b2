package views

import (
	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// Filter makes a list's filter; values are the choices and label says what
// each is called.
func (f *Frame) Filter(name, title string, label func(string) string, values ...string) ui.Filter {
	d := ui.Filter{Name: name, Label: title, All: f.T("list.any", "what", title)}
	for _, v := range values {
		d.Options = append(d.Options, ui.Option{Value: v, Label: label(v)})
	}
	return d
}

// YesNoFilter is a filter with the choices yes and no.
func (f *Frame) YesNoFilter(name, title string) ui.Filter {
	return f.Filter(name, title, func(v string) string { return f.T("word." + v) }, "yes", "no")
}

// VPCFilter is a filter by VPC.
func (f *Frame) VPCFilter(vpcs []cloud.VPC) ui.Filter {
	d := f.Filter("vpc", f.T("kind.vpc"), nil)
	for _, v := range vpcs {
		d.Options = append(d.Options, ui.Option{Value: v.ID, Label: v.Name})
	}
	return d
}

// ZoneFilter is a filter by zone.
func (f *Frame) ZoneFilter(zones []string) ui.Filter {
	return f.Filter("zone", f.T("word.zone"), f.ZoneShort, zones...)
}

// ServiceFilters are those of the list of services; services that map ports have
// states, and one that leads to those that are gone.
func (f *Frame) ServiceFilters() []ui.Filter {
	waiting := f.Filter("waiting", f.T("service.tab.connections"), func(string) string { return f.T("list.waiting") }, "yes")
	if !f.ctyun() {
		return []ui.Filter{waiting, f.YesNoFilter("accept", f.T("service.autoaccept.short")), f.YesNoFilter("affinity", f.T("service.affinity.short"))}
	}
	return []ui.Filter{f.stateFilter("service", append(cloud.ServiceStates(), cloud.Buried)), waiting}
}

// ConnectionFilters are those of a service's connections: by their state, or by
// the one state that an endpoint and its connection have together.
func (f *Frame) ConnectionFilters() []ui.Filter {
	if !f.ctyun() {
		return []ui.Filter{f.ConnectionFilter()}
	}
	return []ui.Filter{f.mergedFilter()}
}

// mergedFilter is a filter by the one state of an endpoint of ctyun.
func (f *Frame) mergedFilter() ui.Filter { return f.stateFilter("endpoint", cloud.MergedStates()) }

// stateFilter is a filter by the documented states of a kind.
func (f *Frame) stateFilter(kind string, states []cloud.State) ui.Filter {
	values := make([]string, len(states))
	for i, s := range states {
		values[i] = string(s)
	}
	return f.Filter("status", f.T("word.state"), func(v string) string { return f.State(kind, cloud.State(v)) }, values...)
}

// ConnectionFilter is a filter by the state of a connection; one that is
// disconnected waits or was denied.
func (f *Frame) ConnectionFilter() ui.Filter {
	return f.Filter("connection", f.T("endpoint.connection"), func(v string) string {
		switch v {
		case cloud.WaitsForProvider, cloud.WasDenied:
			return f.T("list.connection." + v)
		}
		return f.State("connection", cloud.State(v))
	}, cloud.ConnectionFilters()...)
}

// EndpointFilters are those of the list of endpoints. ctyun's are searched by
// one of two conditions and have one state (TYE-13, TYE-14).
func (f *Frame) EndpointFilters(vpcs []cloud.VPC) []ui.Filter {
	if !f.ctyun() {
		return []ui.Filter{f.EndpointStateFilter(), f.ConnectionFilter(), f.VPCFilter(vpcs)}
	}
	by := f.Filter("by", f.T("vpcep.by"), func(v string) string { return f.T("vpcep.by." + v) }, cloud.ByServiceName, cloud.ByID)
	by.All, by.First = f.T("vpcep.by.any"), true
	return []ui.Filter{by, f.mergedFilter(), f.VPCFilter(vpcs)}
}

// EndpointStateFilter is a filter by the endpoint's own state.
func (f *Frame) EndpointStateFilter() ui.Filter {
	return f.Filter("state", f.T("endpoint.state"), func(v string) string { return f.State("endpoint", cloud.State(v)) }, cloud.EndpointFilters()...)
}
