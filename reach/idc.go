package reach

// IDC is a network on premises that is attached to a VPC, or to none. Its
// clients come from the network with its ID (Flow.VPC) and enter the VPC they
// dialled (Flow.Entry).
type IDC struct {
	ID, Name, Account string
	VPC               string // attached to; empty: to none
}

// PutIDC adds or replaces a network on premises.
func (w *World) PutIDC(i IDC) { put(w, w.idcs, i.ID, i) }

// DropIDC forgets a network on premises.
func (w *World) DropIDC(id string) { drop(w, w.idcs, id) }

// idc judges a client on premises: it is one of the VPC exactly where its
// network is attached to. Another account's network is a stranger.
func (k *walk) idc(i IDC) bool {
	entry := k.vpcs[k.f.Entry]
	fix, args := Ref{"idc", i.ID, i.Name}, []string{"client", i.Name, "address", k.f.Source.String(), "vpc", entry.Name, "is", k.vpcs[i.VPC].Name}
	switch {
	case i.VPC == k.f.Entry:
		return k.pass(GateSource, fix, "reach.source.idc", args...)
	case i.Account != entry.Account:
		return k.stop(GateSource, Ref{"vpc", k.f.Entry, entry.Name}, "reach.source.foreign", "address", k.f.Source.String(), "from", i.Name, "vpc", entry.Name)
	case i.VPC == "":
		return k.stop(GateSource, fix, "reach.source.idc.detached", args...)
	}
	return k.stop(GateSource, fix, "reach.source.idc.elsewhere", args...)
}

// account is whose the network is that the flow's client stands in.
func (w *World) account(f Flow) string {
	if i, ok := w.idcs[f.VPC]; ok {
		return i.Account
	}
	return w.vpcs[f.VPC].Account
}
