package cloud

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

// base and twins: where the addresses of this installation's networks live on
// the host (DESIGN "Addresses"). The first /16 of the base is the
// installation's own: its first /24 is the range from which balancers are seen
// to send, its upper half holds one address per resolver and per instance door.

// DefaultBase is where networks live on the host unless somebody says otherwise.
func DefaultBase() netip.Prefix { return netip.MustParsePrefix("127.16.0.0/12") }

// baseSetting remembers the slice that an installation's networks are in.
const baseSetting = "underlay.base"

// place settles the slice of the installation. Networks that are there stay
// where they are, so it may grow or shrink but not begin somewhere else.
func (e *Engine) place(tx *Tx) error {
	s, err := tx.Settings.Get(baseSetting)
	if err != nil && !errors.Is(err, ErrMissing) {
		return err
	}
	before, _ := netip.ParsePrefix(s.Value)
	if !e.opt.Base.IsValid() {
		if e.opt.Base = before; !before.IsValid() {
			e.opt.Base = DefaultBase()
		}
	}
	if err := checkBase(e.opt.Base); err != nil || e.opt.Base == before {
		return err
	}
	if before.IsValid() && ownSlot(before) != ownSlot(e.opt.Base) {
		for _, count := range []func(Where) (int, error){tx.VPCs.Count, tx.IDCs.Count} {
			if n, err := count(nil); err != nil {
				return err
			} else if n > 0 {
				return fmt.Errorf("the networks of this lab have their addresses in %s, not in %s: start it with that --underlay-base, or without the flag", before, e.opt.Base)
			}
		}
	}
	return tx.Settings.Put(Setting{ID: baseSetting, Value: e.opt.Base.String()})
}

func checkBase(base netip.Prefix) error {
	if !base.Addr().Is4() || base.Addr().As4()[0] != 127 || base.Bits() < 8 || base.Bits() > 14 || base != base.Masked() {
		return fmt.Errorf("underlay base %s: want a slice of 127.0.0.0/8 of at least a /14, such as 127.16.0.0/12", base)
	}
	return nil
}

// ownSlot is the /16 of the base that holds the installation's own addresses;
// never 127.0.0.0/16, which the host uses.
func ownSlot(base netip.Prefix) netip.Prefix {
	a := number4(base.Addr())
	if a == 127<<24 {
		a += 1 << 16
	}
	return netip.PrefixFrom(addr4(a), 16)
}

// OwnRange is where the resolvers and the doors of an installation live.
func OwnRange(base netip.Prefix) netip.Prefix {
	return netip.PrefixFrom(addr4(number4(ownSlot(base).Addr())+1<<15), 17)
}

// SenderRange is what the documents call the source of CLB traffic.
func SenderRange() netip.Prefix { return netip.MustParsePrefix("100.64.0.0/10") }

// SenderPool is the slice of the sender range this installation uses, and the
// twin of it on the host.
func (e *Engine) SenderPool() (pool, twin netip.Prefix) {
	return netip.MustParsePrefix("100.64.0.0/24"), netip.PrefixFrom(ownSlot(e.opt.Base).Addr(), 24)
}

func number4(a netip.Addr) uint32 {
	b := a.As4()
	return binary.BigEndian.Uint32(b[:])
}

func addr4(n uint32) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], n)
	return netip.AddrFrom4(b)
}

// size is the number of addresses in a prefix.
func size(p netip.Prefix) uint32 { return 1 << (32 - p.Bits()) }

func last(p netip.Prefix) netip.Addr { return addr4(number4(p.Addr()) + size(p) - 1) }

// twin is an underlay prefix that is in use by a network: a VPC, or an IDC.
type twin struct {
	network string
	prefix  netip.Prefix
}

// twins are all underlay prefixes in use.
func twins(tx *Tx) ([]twin, error) {
	if tx.memo != nil && tx.memo.twins != nil {
		return tx.memo.twins, nil
	}
	switches, err := tx.VSwitches.List(nil)
	if err != nil {
		return nil, err
	}
	idcs, err := tx.IDCs.List(nil)
	if err != nil {
		return nil, err
	}
	out := make([]twin, 0, len(switches)+len(idcs))
	for _, s := range switches {
		out = append(out, twin{s.VPC, s.Twin})
	}
	for _, i := range idcs {
		out = append(out, twin{i.ID, i.Twin})
	}
	if tx.memo != nil {
		tx.memo.twins = out
	}
	return out, nil
}

// freeTwin finds the underlay prefix for a new range of a network: the same
// length, in a /16 of the base that no other network uses if there is one, with
// the same low bits, so that 10.10.2.5 becomes 127.x.2.5 and stays readable.
func freeTwin(base, cidr netip.Prefix, network string, all []twin) (netip.Prefix, bool) {
	overlaps := func(p netip.Prefix) bool {
		for _, t := range all {
			if t.prefix.Overlaps(p) {
				return true
			}
		}
		return false
	}
	foreign := map[netip.Prefix]bool{}
	for _, t := range all {
		if slot, err := t.prefix.Addr().Prefix(16); err == nil && t.network != network {
			foreign[slot] = true
		}
	}
	own := ownSlot(base)
	low := number4(cidr.Addr()) & 0xffff
	first, end := number4(base.Addr()), number4(base.Addr())+size(base)
	for s := first; s < end; s += 1 << 16 {
		slot := netip.PrefixFrom(addr4(s), 16)
		free := netip.PrefixFrom(addr4(s|low), cidr.Bits())
		if s>>16 == 127<<8 || slot == own || foreign[slot] || overlaps(free) {
			continue
		}
		return free, true
	}
	for a := first; a < end; a += size(cidr) {
		free := netip.PrefixFrom(addr4(a), cidr.Bits())
		if a>>16 == 127<<8 || own.Overlaps(free) || overlaps(free) {
			continue
		}
		return free, true
	}
	return netip.Prefix{}, false
}

// packedTwin finds the underlay prefix for a network that nobody looks at: as
// far up in the base as there is room, so that what people make keeps ranges of
// its own.
func packedTwin(base, cidr netip.Prefix, all []twin) (netip.Prefix, bool) {
	own := ownSlot(base)
	for a := number4(last(base)) + 1 - size(cidr); a >= number4(base.Addr()) && a>>16 != 127<<8; a -= size(cidr) {
		free := netip.PrefixFrom(addr4(a), cidr.Bits())
		if !own.Overlaps(free) && !slices.ContainsFunc(all, func(t twin) bool { return t.prefix.Overlaps(free) }) {
			return free, true
		}
	}
	return netip.Prefix{}, false
}

// freeOwn finds a free address of the installation's own slot, for a resolver
// or a door.
func freeOwn(base netip.Prefix, tx *Tx) (netip.Addr, error) {
	m := tx.memo
	if m == nil {
		m = &memo{}
	}
	if m.own != nil {
		return m.nextOwn(base)
	}
	m.own, m.from = map[netip.Addr]bool{}, number4(OwnRange(base).Addr())+1
	vpcs, err := tx.VPCs.List(nil)
	if err != nil {
		return netip.Addr{}, err
	}
	for _, v := range vpcs {
		m.own[v.Resolver] = true
	}
	instances, err := tx.Instances.List(nil)
	if err != nil {
		return netip.Addr{}, err
	}
	for _, i := range instances {
		m.own[i.Door] = true
	}
	return m.nextOwn(base)
}

// nextOwn is the next free address of the installation's own from on.
func (m *memo) nextOwn(base netip.Prefix) (netip.Addr, error) {
	for ; m.from < number4(OwnRange(base).Addr())+1<<15; m.from++ {
		if a := addr4(m.from); !m.own[a] && m.from&0xff != 0 && m.from&0xff != 255 {
			m.own[a] = true
			return a, nil
		}
	}
	return netip.Addr{}, conflict("error.underlay.full", args("base", base.String()))
}

// usable says whether an address of a vSwitch may be given out: Alibaba keeps
// the first and the last three of each.
func usable(cidr netip.Prefix, a netip.Addr) bool {
	n, lo, hi := number4(a), number4(cidr.Addr()), number4(last(cidr))
	return cidr.Contains(a) && n > lo && n <= hi-3
}

// taken answers every address in use in a vSwitch.
func taken(tx *Tx, vswitch string) (map[netip.Addr]Ref, error) {
	if tx.memo != nil && tx.memo.used[vswitch] != nil {
		return tx.memo.used[vswitch], nil
	}
	used := map[netip.Addr]Ref{}
	w := Where{"vswitch": vswitch}
	instances, err := tx.Instances.List(w)
	if err != nil {
		return nil, err
	}
	for _, i := range instances {
		used[i.IP] = Ref{"instance", i.ID, i.Name, i.Account}
	}
	nics, err := tx.NICs.List(w)
	if err != nil {
		return nil, err
	}
	for _, n := range nics {
		i, err := tx.Instances.Get(n.Instance)
		if err != nil {
			return nil, err
		}
		used[n.IP] = Ref{"instance", i.ID, i.Name, i.Account}
	}
	balancers, err := tx.Balancers.List(w)
	if err != nil {
		return nil, err
	}
	for _, b := range balancers {
		if b.IP.IsValid() {
			used[b.IP] = Ref{"balancer", b.ID, b.Name, b.Account}
		}
	}
	interfaces, err := tx.Interfaces.List(w)
	if err != nil {
		return nil, err
	}
	for _, i := range interfaces {
		used[i.IP] = Ref{"endpoint", i.Endpoint, i.ID, i.Account}
	}
	if tx.memo != nil {
		tx.memo.used[vswitch] = used
	}
	return used, nil
}

// assign takes the wanted address of a vSwitch, or the first free one when
// wanted is empty, for what it is noted under. Field errors go to field.
func (c *check) assign(field, wanted string, s VSwitch, used map[netip.Addr]Ref, to Ref) netip.Addr {
	a := c.choose(field, wanted, s, used)
	if a.IsValid() {
		used[a] = to
	}
	return a
}

func (c *check) choose(field, wanted string, s VSwitch, used map[netip.Addr]Ref) netip.Addr {
	if wanted == "" {
		for n := number4(s.CIDR.Addr()) + 1; n < number4(last(s.CIDR)); n++ {
			a := addr4(n)
			if _, busy := used[a]; !busy && usable(s.CIDR, a) {
				return a
			}
		}
		c.fail(field, "error.vswitch.full", "vswitch", s.Name, "cidr", s.CIDR.String())
		return netip.Addr{}
	}
	a, err := netip.ParseAddr(wanted)
	if err != nil || !a.Is4() {
		c.fail(field, "error.address", "value", wanted)
		return netip.Addr{}
	}
	if !s.CIDR.Contains(a) {
		// the English document gives an ECS an address outside its vSwitch.
		c.fail(field, "error.address.outside", "value", wanted, "vswitch", s.Name, "cidr", s.CIDR.String())
		return netip.Addr{}
	}
	if !usable(s.CIDR, a) {
		c.fail(field, "error.address.reserved", "value", wanted, "first", addr4(number4(s.CIDR.Addr())+1).String(), "last", addr4(number4(last(s.CIDR))-3).String())
		return netip.Addr{}
	}
	if who, busy := used[a]; busy {
		c.fail(field, "error.address.taken", "value", wanted, "holder", who.Name, "id", who.ID)
		return netip.Addr{}
	}
	return a
}
