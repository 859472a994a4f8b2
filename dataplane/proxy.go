package dataplane

import (
	"cmp"
	"net/netip"

	"culvert.internal/proxyproto"
	"culvert.internal/reach"
)

// introduction is what a stream's backend is sent before the client's first
// byte, or nil: the header of PROXY protocol version 2 with the client's
// address and the one it dialled, in their VPC, and the link it came by. Each
// backend that is connected gets a whole one. It is no byte of the client's and
// is not counted. Packets have none.
func (j *joining) introduction() []byte {
	form, flow := proxyproto.Form(j.a.Verdict.Proxy), &j.a.Flow
	if form == "" || flow.Protocol != reach.TCP {
		return nil
	}
	return proxyproto.Header{
		Source:      netip.AddrPortFrom(flow.Source, j.a.SourcePort),
		Destination: netip.AddrPortFrom(flow.Target, flow.Port),
		TLVs: form.TLVs(proxyproto.Link{
			VPC: cmp.Or(flow.Entry, flow.VPC), Endpoint: j.a.Verdict.Endpoint, Service: j.a.Verdict.Service,
		}),
	}.Append(nil)
}
