package views

import (
	"strconv"

	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// Bandwidth is a connection's limit in words; 0 is none.
func (f *Frame) Bandwidth(mbits int) string {
	if mbits == 0 {
		return f.T("bandwidth.none")
	}
	return f.T("bandwidth.unit", "n", mbits)
}

// MayLimit says whether the connection's bandwidth may be changed now.
func MayLimit(e cloud.EndpointView) bool { return cloud.May(e.Connection, cloud.ActLimit) }

// BandwidthPath is the dialog that changes a connection's bandwidth.
func (f *Frame) BandwidthPath(e cloud.EndpointView) string {
	return f.Link("/endpoint-services/" + e.Service + "/connections/" + e.ID + "/bandwidth")
}

func bandwidthHint(f *Frame) string {
	return f.T("bandwidth.hint", "min", cloud.LeastBandwidth, "max", cloud.MostBandwidth)
}

func bandwidthField(f *Frame) ui.Field {
	return ui.Field{
		Name: "bandwidth", Label: f.T("bandwidth.field"), Hint: bandwidthHint(f), Autofocus: true,
		Min: strconv.Itoa(cloud.LeastBandwidth), Max: strconv.Itoa(cloud.MostBandwidth),
	}
}

// Proxy is a form of PROXY protocol in words.
func (f *Frame) Proxy(form string) string {
	if form == "" {
		form = cloud.ProxyOff
	}
	return f.T("proxy." + form)
}

func (f *Frame) proxyOptions() []ui.Option {
	out := []ui.Option{{Value: cloud.ProxyOff, Label: f.Proxy("")}}
	for _, form := range cloud.ProxyForms() {
		out = append(out, ui.Option{Value: form, Label: f.Proxy(form)})
	}
	return out
}

// proxyField says what the real products do.
func (f *Frame) proxyField() ui.Field {
	return ui.Field{Name: "proxyprotocol", Label: f.T("proxy.title"), Hint: f.T("proxy.hint") + f.Gap() + f.T("proxy.hint.own")}
}

// dropped says why packets were dropped, as far as that is a limit's doing.
func (f *Frame) dropped(c cloud.Counter) string {
	said := f.T("endpoint.dropped.crowded", "n", c.Crowded)
	if c.OverRate > 0 {
		said = f.list([]string{said, f.T("endpoint.dropped.rate", "n", c.OverRate)})
	}
	return said
}
