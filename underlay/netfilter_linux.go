package underlay

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// What is said to netfilter, by nfnetlink. Its numbers are in the network's
// order. Constants without a name in x/sys are those of linux/netfilter.h,
// linux/netfilter/nfnetlink_queue.h, nf_tables.h and nf_tables_compat.h.

const (
	verdictAccept = 1 // NF_ACCEPT

	queuePacket, queueVerdict, queueConfig = 0, 1, 2 // NFQNL_MSG_…

	configCommand, configParams, configLength = 1, 2, 3 // NFQA_CFG_…

	packetHead, packetVerdict, packetMark, packetPayload = 1, 2, 3, 10 // NFQA_…

	targetName, targetRevision, targetInfo = 1, 2, 3 // NFTA_TARGET_…
	queueNumber                            = 1       // NFTA_QUEUE_NUM
)

// netfilterHead is a struct nfgenmsg.
func netfilterHead(family byte, resource uint16) []byte {
	return binary.BigEndian.AppendUint16([]byte{family, unix.NFNETLINK_V0}, resource)
}

func (a attributes) be32(kind uint16, v uint32) attributes {
	return a.add(kind, binary.BigEndian.AppendUint32(nil, v))
}

func (a attributes) text(kind uint16, s string) attributes { return a.add(kind, append([]byte(s), 0)) }

// The queues of a namespace.
const connectionsQueue, datagramsQueue = 0, 1

// openQueue opens a queue of packets of the namespace it is called in.
func openQueue(number uint16) (*os.File, error) {
	n, err := openNetlink(unix.NETLINK_NETFILTER)
	if err != nil {
		return nil, err
	}
	const bind, copyPacket, enough, long = 1, 2, 64, 4096 // headers are enough
	a := attributes(nil).add(configCommand, []byte{bind, 0, 0, 0}).
		add(configParams, append(binary.BigEndian.AppendUint32(nil, enough), copyPacket)).be32(configLength, long)
	if err := n.do(unix.NFNL_SUBSYS_QUEUE<<8|queueConfig, 0, netfilterHead(unix.AF_UNSPEC, number), a); err != nil {
		n.close()
		return nil, fmt.Errorf("netfilter's queue of packets: %w", err)
	}
	return n.file, nil
}

// queued reads a message of a queue.
func queued(m []byte) (id uint32, packet []byte, ok bool) {
	const head = unix.SizeofNlMsghdr + 4
	if len(m) < head || binary.NativeEndian.Uint16(m[4:]) != unix.NFNL_SUBSYS_QUEUE<<8|queuePacket {
		return 0, nil, false
	}
	for a := m[head:]; len(a) >= unix.SizeofRtAttr; {
		size := int(binary.NativeEndian.Uint16(a))
		if size < unix.SizeofRtAttr || size > len(a) {
			break
		}
		switch value := a[unix.SizeofRtAttr:size]; binary.NativeEndian.Uint16(a[2:]) {
		case packetHead:
			if len(value) >= 4 {
				id, ok = binary.BigEndian.Uint32(value), true
			}
		case packetPayload:
			packet = value
		}
		a = a[min(len(a), (size+unix.RTA_ALIGNTO-1)&^(unix.RTA_ALIGNTO-1)):]
	}
	return id, packet, ok
}

// refusedMark is on packets that the router answers with a refusal.
const refusedMark = 1

// verdict is the answer for a packet of a queue.
func verdict(number uint16, id uint32, may bool) []byte {
	head := binary.BigEndian.AppendUint32(nil, verdictAccept)
	a := attributes(nil).add(packetVerdict, binary.BigEndian.AppendUint32(head, id))
	if !may {
		a = a.be32(packetMark, refusedMark)
	}
	return message(unix.NFNL_SUBSYS_QUEUE<<8|queueVerdict, 0, netfilterHead(unix.AF_UNSPEC, number), a)
}

// waysIntoQueue are expressions that put a packet into a queue. Kernels know one
// of them, or both; knownWay is the one that this kernel knew last.
var (
	waysIntoQueue = []func(number uint16) attributes{
		func(number uint16) attributes {
			info := append(binary.NativeEndian.AppendUint16(nil, number), 0, 0, 0, 0, 0, 0)
			return expression("target", attributes(nil).text(targetName, "NFQUEUE").be32(targetRevision, 0).add(targetInfo, info))
		},
		func(number uint16) attributes {
			return expression("queue", attributes(nil).add(queueNumber, binary.BigEndian.AppendUint16(nil, number)))
		},
	}
	knownWay atomic.Int32
)

// holdBack makes the rules of the namespace it is called in: what is passed on
// goes to a queue, but for what belongs to a connection that was let through;
// and what comes out of it marked is refused.
func holdBack() error {
	var failed []error
	for range waysIntoQueue {
		way := knownWay.Load()
		err := holdBackBy(waysIntoQueue[way])
		if err == nil {
			return nil
		}
		failed = append(failed, err)
		knownWay.CompareAndSwap(way, (way+1)%int32(len(waysIntoQueue)))
	}
	return fmt.Errorf("netfilter's rules: %w", errors.Join(failed...))
}

func holdBackBy(queue func(uint16) attributes) error {
	n, err := openNetlink(unix.NETLINK_NETFILTER)
	if err != nil {
		return err
	}
	defer n.close()
	const (
		flags, notAlone, syn = 13, 0x17, 0x02 // of TCP: where they are; FIN, SYN, RST, ACK; SYN
		filtered             = 13             // of ICMP
		passed, decided      = "passed", "decided"
	)
	tcp := []attributes{meta(unix.NFT_META_L4PROTO), equal(unix.IPPROTO_TCP)}
	return n.batch(
		newTable(),
		newChain(passed, 0),
		newRule(passed, append(tcp, transport(flags), mask(notAlone), other(syn), accept())...),
		newRule(passed, append(tcp, queue(connectionsQueue))...),
		newRule(passed, queue(datagramsQueue)),
		newChain(decided, 1),
		newRule(decided, meta(unix.NFT_META_MARK), equal(binary.NativeEndian.AppendUint32(nil, refusedMark)...), refuse(filtered)),
	)
}

// batch sends messages of nf_tables of which either all are done or none.
func (n netlink) batch(messages ...[]byte) error {
	edge := func(kind uint16) []byte {
		return message(kind, 0, netfilterHead(unix.AF_UNSPEC, unix.NFNL_SUBSYS_NFTABLES), nil)
	}
	all := slices.Concat(edge(unix.NFNL_MSG_BATCH_BEGIN), slices.Concat(messages...), edge(unix.NFNL_MSG_BATCH_END))
	if _, err := n.file.Write(all); err != nil {
		return err
	}
	for range messages {
		if err := n.acknowledged(); err != nil {
			return err
		}
	}
	return nil
}

// guardTable is the one table of a router.
const guardTable = "culvert"

func tables(kind uint16, a attributes) []byte {
	return message(unix.NFNL_SUBSYS_NFTABLES<<8|kind, unix.NLM_F_CREATE|unix.NLM_F_APPEND|unix.NLM_F_ACK, netfilterHead(unix.NFPROTO_IPV4, 0), a)
}

func newTable() []byte {
	return tables(unix.NFT_MSG_NEWTABLE, attributes(nil).text(unix.NFTA_TABLE_NAME, guardTable))
}

// newChain is a chain for what is passed on.
func newChain(name string, priority uint32) []byte {
	hook := attributes(nil).be32(unix.NFTA_HOOK_HOOKNUM, unix.NF_INET_FORWARD).be32(unix.NFTA_HOOK_PRIORITY, priority)
	return tables(unix.NFT_MSG_NEWCHAIN, attributes(nil).text(unix.NFTA_CHAIN_TABLE, guardTable).text(unix.NFTA_CHAIN_NAME, name).
		add(unix.NFTA_CHAIN_HOOK, hook).text(unix.NFTA_CHAIN_TYPE, "filter"))
}

func newRule(chain string, expressions ...attributes) []byte {
	var all attributes
	for _, e := range expressions {
		all = all.add(unix.NFTA_LIST_ELEM, e)
	}
	return tables(unix.NFT_MSG_NEWRULE, attributes(nil).text(unix.NFTA_RULE_TABLE, guardTable).text(unix.NFTA_RULE_CHAIN, chain).
		add(unix.NFTA_RULE_EXPRESSIONS, all))
}

// The expressions of a rule, which all work on one register.

func expression(name string, data attributes) attributes {
	return attributes(nil).text(unix.NFTA_EXPR_NAME, name).add(unix.NFTA_EXPR_DATA, data)
}

// meta reads a fact about the packet.
func meta(key uint32) attributes {
	return expression("meta", attributes(nil).be32(unix.NFTA_META_DREG, unix.NFT_REG_1).be32(unix.NFTA_META_KEY, key))
}

// transport reads a byte of what follows the IP header.
func transport(offset uint32) attributes {
	return expression("payload", attributes(nil).be32(unix.NFTA_PAYLOAD_DREG, unix.NFT_REG_1).
		be32(unix.NFTA_PAYLOAD_BASE, unix.NFT_PAYLOAD_TRANSPORT_HEADER).be32(unix.NFTA_PAYLOAD_OFFSET, offset).be32(unix.NFTA_PAYLOAD_LEN, 1))
}

func value(b ...byte) attributes { return attributes(nil).add(unix.NFTA_DATA_VALUE, b) }

// mask keeps some bits of a byte.
func mask(bits byte) attributes {
	return expression("bitwise", attributes(nil).be32(unix.NFTA_BITWISE_SREG, unix.NFT_REG_1).be32(unix.NFTA_BITWISE_DREG, unix.NFT_REG_1).
		be32(unix.NFTA_BITWISE_LEN, 1).add(unix.NFTA_BITWISE_MASK, value(bits)).add(unix.NFTA_BITWISE_XOR, value(0)))
}

// equal and other go on with the rule if these bytes were read, or were not.
func equal(b ...byte) attributes { return compare(unix.NFT_CMP_EQ, b) }
func other(b ...byte) attributes { return compare(unix.NFT_CMP_NEQ, b) }

func compare(how uint32, with []byte) attributes {
	return expression("cmp", attributes(nil).be32(unix.NFTA_CMP_SREG, unix.NFT_REG_1).be32(unix.NFTA_CMP_OP, how).add(unix.NFTA_CMP_DATA, value(with...)))
}

func accept() attributes {
	verdict := attributes(nil).be32(unix.NFTA_VERDICT_CODE, verdictAccept)
	return expression("immediate", attributes(nil).be32(unix.NFTA_IMMEDIATE_DREG, unix.NFT_REG_VERDICT).
		add(unix.NFTA_IMMEDIATE_DATA, attributes(nil).add(unix.NFTA_DATA_VERDICT, verdict)))
}

// refuse answers with an ICMP message that the destination is unreachable.
func refuse(code byte) attributes {
	return expression("reject", attributes(nil).be32(unix.NFTA_REJECT_TYPE, unix.NFT_REJECT_ICMP_UNREACH).add(unix.NFTA_REJECT_ICMP_CODE, []byte{code}))
}
