package underlay

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// netlink is a socket that configures the network namespace it was made in.
// The few messages that are needed are put together here: a library that knows
// all of them weighs more than the rest of the namespaces.
type netlink struct{ file *os.File }

func openNetlink(family int) (netlink, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, family)
	if err != nil {
		return netlink{}, os.NewSyscallError("socket (netlink)", err)
	}
	// A burst of packets has to wait somewhere; a lower limit does for the rest.
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 4<<20)
	return netlink{os.NewFile(uintptr(fd), "netlink")}, nil
}

func (n netlink) close() { _ = n.file.Close() }

// attributes are what follows the head of a message.
type attributes []byte

func (a attributes) add(kind uint16, value []byte) attributes {
	a = binary.NativeEndian.AppendUint16(a, uint16(unix.SizeofRtAttr+len(value)))
	a = binary.NativeEndian.AppendUint16(a, kind)
	a = append(a, value...)
	for len(a)%unix.RTA_ALIGNTO != 0 {
		a = append(a, 0)
	}
	return a
}

func (a attributes) u32(kind uint16, v int) attributes {
	return a.add(kind, binary.NativeEndian.AppendUint32(nil, uint32(v)))
}

// addr adds an address, unless it is invalid.
func (a attributes) addr(kind uint16, v netip.Addr) attributes {
	if !v.IsValid() {
		return a
	}
	return a.add(kind, v.AsSlice())
}

// message is one message.
func message(kind, flags uint16, head []byte, a attributes) []byte {
	m := binary.NativeEndian.AppendUint32(nil, uint32(unix.SizeofNlMsghdr+len(head)+len(a)))
	m = binary.NativeEndian.AppendUint16(m, kind)
	m = binary.NativeEndian.AppendUint16(m, flags|unix.NLM_F_REQUEST)
	m = append(m, make([]byte, 8)...) // number and sender: there is only one request at a time
	return slices.Concat(m, head, a)
}

// do sends one request and waits for its answer. The kernel works a request
// off before the call that sends it returns.
func (n netlink) do(kind, flags uint16, head []byte, a attributes) error {
	if _, err := n.file.Write(message(kind, flags|unix.NLM_F_ACK, head, a)); err != nil {
		return err
	}
	return n.acknowledged()
}

func (n netlink) acknowledged() error {
	answer, size := make([]byte, 4096), 0
	for {
		var err error
		if size, err = n.file.Read(answer); err != nil {
			return err
		}
		if binary.NativeEndian.Uint16(answer[4:]) != unix.RTM_NEWLINK {
			break
		}
	}
	if size < unix.SizeofNlMsghdr+4 || binary.NativeEndian.Uint16(answer[4:]) != unix.NLMSG_ERROR {
		return fmt.Errorf("netlink answered %d bytes that are no acknowledgement", size)
	}
	if code := int32(binary.NativeEndian.Uint32(answer[unix.SizeofNlMsghdr:])); code != 0 {
		return unix.Errno(-code)
	}
	return nil
}

// Where everything new must not be there yet.
const create = unix.NLM_F_CREATE | unix.NLM_F_EXCL

// interfaceHead is a struct ifinfomsg that changes these flags to on.
func interfaceHead(index int, on uint32) []byte {
	b := make([]byte, 4, unix.SizeofIfInfomsg)
	b = binary.NativeEndian.AppendUint32(b, uint32(index))
	b = binary.NativeEndian.AppendUint32(b, on)
	return binary.NativeEndian.AppendUint32(b, on)
}

// pair makes two interfaces that are joined with each other: one here, whose
// name is the kernel's choice, and one in another namespace. Neither is up.
func (n netlink) pair(index, space, peer int, name string) error {
	const infoData, vethPeer = 2, 1
	other := attributes(interfaceHead(peer, 0)).add(unix.IFLA_IFNAME, append([]byte(name), 0)).u32(unix.IFLA_NET_NS_FD, space)
	data := attributes(nil).add(vethPeer, other)
	info := attributes(nil).add(unix.IFLA_INFO_KIND, []byte("veth")).add(infoData, data)
	return n.do(unix.RTM_NEWLINK, create, interfaceHead(index, 0), attributes(nil).add(unix.IFLA_LINKINFO, info))
}

// up brings an interface up that is there.
func (n netlink) up(index int) error {
	return n.do(unix.RTM_NEWLINK, 0, interfaceHead(index, unix.IFF_UP), nil)
}

// ready returns when an interface sends, which is a moment after its peer came
// up: what it would send before is lost, and asked for again a second later.
// Kernels before 6.8 do not wait.
func (n netlink) ready(index int) error {
	return n.do(unix.RTM_GETLINK, 0, interfaceHead(index, 0), nil)
}

// unlink removes an interface, with its peer and all that goes through it.
func (n netlink) unlink(index int) error {
	return n.do(unix.RTM_DELLINK, 0, interfaceHead(index, 0), nil)
}

// address gives an interface an address; what its range is reached by is left
// to routes.
func (n netlink) address(index int, p netip.Prefix) error {
	head := binary.NativeEndian.AppendUint32([]byte{unix.AF_INET, byte(p.Bits()), 0, unix.RT_SCOPE_UNIVERSE}, uint32(index))
	a := attributes(nil).addr(unix.IFA_LOCAL, p.Addr()).addr(unix.IFA_ADDRESS, p.Addr()).u32(unix.IFA_FLAGS, unix.IFA_F_NOPREFIXROUTE)
	return n.do(unix.RTM_NEWADDR, create, head, a)
}

// route is one line of a routing table.
type route struct {
	table uint8
	kind  uint8 // unix.RTN_…
	to    netip.Prefix
	via   netip.Addr // invalid: what it leads to is at the other end of index
	index int
	from  netip.Addr // the source of what does not choose one; invalid: any
}

func (r route) head() []byte {
	scope := uint8(unix.RT_SCOPE_UNIVERSE)
	switch {
	case r.kind == unix.RTN_LOCAL:
		scope = unix.RT_SCOPE_HOST
	case !r.via.IsValid():
		scope = unix.RT_SCOPE_LINK
	}
	return []byte{unix.AF_INET, byte(r.to.Bits()), 0, 0, r.table, unix.RTPROT_STATIC, scope, r.kind, 0, 0, 0, 0}
}

func (r route) attributes() attributes {
	a := attributes(nil)
	if r.to.Bits() > 0 {
		a = a.addr(unix.RTA_DST, r.to.Addr())
	}
	return a.addr(unix.RTA_GATEWAY, r.via).addr(unix.RTA_PREFSRC, r.from).u32(unix.RTA_OIF, r.index)
}

func (n netlink) route(r route) error {
	return n.do(unix.RTM_NEWROUTE, create, r.head(), r.attributes())
}

func (n netlink) unroute(r route) error { return n.do(unix.RTM_DELROUTE, 0, r.head(), r.attributes()) }

// rule makes what comes from an address use a routing table, or no longer: kind
// is unix.RTM_NEWRULE or unix.RTM_DELRULE.
func (n netlink) rule(kind uint16, from netip.Addr, table uint8) error {
	const ruleSource = 2
	head := []byte{unix.AF_INET, 0, 32, 0, table, 0, 0, unix.FR_ACT_TO_TBL, 0, 0, 0, 0}
	return n.do(kind, create, head, attributes(nil).addr(ruleSource, from))
}
