package cloud

import (
	"context"
	"net/netip"
	"sort"
)

// byTwin finds what has an address by where that is on this host.
func (c *Caller) byTwin(tx *Tx, word string) ([]Where, error) {
	a, err := netip.ParseAddr(word)
	if err != nil || !a.Is4() || !a.IsLoopback() {
		return nil, nil
	}
	switches, err := tx.VSwitches.List(Where{"account": c.account.ID})
	if err != nil {
		return nil, err
	}
	for _, s := range switches {
		if at, ok := s.twinned(a); ok {
			return []Where{{"vswitch": s.ID, "ip": at}}, nil
		}
	}
	return nil, nil
}

// twinned is the address of the vSwitch that is at a on this host.
func (s VSwitch) twinned(a netip.Addr) (netip.Addr, bool) {
	if !s.Twin.IsValid() || !s.Twin.Contains(a) {
		return netip.Addr{}, false
	}
	return addr4(number4(s.CIDR.Addr()) + number4(a) - number4(s.Twin.Addr())), true
}

// UsedAddress is an address of a vSwitch and what has it; a CLB on the
// Internet has a vSwitch but no address in it.
type UsedAddress struct {
	IP netip.Addr
	By Ref
}

// mostUsed bounds how many addresses of each kind a vSwitch's page names.
const mostUsed = 200

// UsedAddresses answers what has addresses of one of the account's vSwitches,
// in order of address: the first two hundred instances, CLBs and endpoints.
func (c *Caller) UsedAddresses(ctx context.Context, vswitch string) ([]UsedAddress, error) {
	var out []UsedAddress
	err := c.read(ctx, func(tx *Tx) error {
		s, err := c.vswitch(tx, vswitch)
		if err != nil {
			return err
		}
		q := Query{Where: Where{"vswitch": s.ID}, Order: "ip", Limit: mostUsed}
		instances, err := tx.Instances.Page(q)
		if err != nil {
			return err
		}
		for _, i := range instances {
			out = append(out, UsedAddress{i.IP, Ref{"instance", i.ID, i.Name, i.Account}})
		}
		nics, err := tx.NICs.Page(q)
		if err != nil {
			return err
		}
		if err := learn(tx.Instances, each(nics, func(n NIC) string { return n.Instance })...); err != nil {
			return err
		}
		for _, n := range nics {
			i, err := tx.Instances.Get(n.Instance)
			if err != nil {
				return err
			}
			out = append(out, UsedAddress{n.IP, Ref{"instance", i.ID, i.Name, i.Account}})
		}
		balancers, err := tx.Balancers.Page(q)
		if err != nil {
			return err
		}
		for _, b := range balancers {
			out = append(out, UsedAddress{b.IP, Ref{"balancer", b.ID, b.Name, b.Account}})
		}
		interfaces, err := tx.Interfaces.Page(q)
		if err != nil {
			return err
		}
		if err := learn(tx.Endpoints, each(interfaces, func(i Interface) string { return i.Endpoint })...); err != nil {
			return err
		}
		for _, i := range interfaces {
			e, err := tx.Endpoints.Get(i.Endpoint)
			if err != nil {
				return err
			}
			out = append(out, UsedAddress{i.IP, Ref{"endpoint", e.ID, e.Name, e.Account}})
		}
		return nil
	})
	sort.SliceStable(out, func(i, j int) bool { return out[i].IP.Compare(out[j].IP) < 0 })
	return out, err
}
