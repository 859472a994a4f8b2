package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/instance"
	"culvert.internal/lab"
	"culvert.internal/reach"
)

// outcome is what became of a connection: with an answer, stopped at a gate, or
// without an answer although no gate stopped it.
type outcome struct {
	result string
	why    reach.Reason
	err    error
}

// answerPatience is how long an answer may take; a UDP question is asked again
// in between.
const answerPatience = 5 * time.Second

// try makes one connection as its client, sends something and waits for an
// answer.
func (c *checker) try(ctx context.Context, x lab.Expectation) outcome {
	ctx, cancel := context.WithTimeout(ctx, 2*answerPatience)
	defer cancel()
	host := c.host(x)
	if i, ok := c.facts.idcs[x.Client]; ok {
		return c.tryIDC(ctx, i, x, host)
	}
	i := c.facts.instances[x.Client]
	flow := reach.Flow{Protocol: reach.Protocol(x.Protocol), VPC: i.VPC, Source: i.IP, Port: x.Port}
	conn, err := c.lab.Doors().Dial(ctx, i.ID, x.Protocol, host, x.Port)
	return c.judge(ctx, x, flow, host, conn, err)
}

// tryIDC is try for a client on premises: there is no door to it, so it is a
// socket with one of its addresses.
func (c *checker) tryIDC(ctx context.Context, i cloud.IDC, x lab.Expectation, host string) outcome {
	flow := reach.Flow{Protocol: reach.Protocol(x.Protocol), VPC: i.ID, Entry: i.VPC, Source: i.Client(), Port: x.Port}
	target, err := netip.ParseAddr(host)
	if err != nil {
		for _, l := range c.lab.Resolve(ctx, i.VPC, netip.Addr{}, host, "A").Answer {
			if a, failed := netip.ParseAddr(l.Value); failed == nil {
				target, err = a, nil
				break
			}
		}
	}
	if err != nil {
		return c.judge(ctx, x, flow, host, nil, err)
	}
	conn, err := c.net.Dial(ctx, x.Protocol, i.VPC, i.Client(), netip.AddrPortFrom(target, x.Port))
	return c.judge(ctx, x, flow, host, conn, err)
}

// judge says what became of a connection. What was not answered is explained by
// the judge: a front only closes what it may not carry.
func (c *checker) judge(ctx context.Context, x lab.Expectation, flow reach.Flow, host string, conn net.Conn, err error) outcome {
	if conn != nil {
		defer conn.Close()
		if err = answered(conn, x); err == nil {
			return outcome{result: lab.Reached}
		}
	}
	if a, failed := netip.ParseAddr(host); failed == nil {
		flow.Target = a
	} else {
		flow.Name = host
	}
	v := c.lab.Explain(ctx, flow)
	var refused *instance.Refused
	if errors.As(err, &refused) {
		err = nil
		if v.Allowed {
			v = refused.Verdict
		}
	}
	if !v.Allowed {
		return outcome{result: string(v.Gate), why: v.Reason}
	}
	return outcome{result: lab.Unanswered, err: err}
}

// question is what is sent: something that the built-in programs answer, or a
// question of the DNS.
func question(x lab.Expectation) []byte {
	if x.Port != cloud.DNSPort {
		return []byte("GET / HTTP/1.0\r\n\r\n")
	}
	q := []byte("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07culvert\x07invalid\x00\x00\x01\x00\x01")
	if x.Protocol == cloud.TCP {
		return append([]byte{0, byte(len(q))}, q...)
	}
	return q
}

func answered(conn net.Conn, x lab.Expectation) error {
	until := time.Now().Add(answerPatience)
	buf := make([]byte, 512)
	for {
		if _, err := conn.Write(question(x)); err != nil {
			return err
		}
		next := until
		if x.Protocol == cloud.UDP {
			next = time.Now().Add(answerPatience / 10)
		}
		if err := conn.SetReadDeadline(next); err != nil {
			return err
		}
		n, err := conn.Read(buf)
		if n > 0 {
			return nil
		}
		if err == nil || x.Protocol == cloud.UDP && errors.Is(err, os.ErrDeadlineExceeded) && time.Now().Before(until) {
			continue
		}
		return err
	}
}

// The slices of 127.0.0.0/8 that labs are checked in: /13s of the upper half,
// where no installation is unless somebody puts it there.
const (
	firstSlice = 127<<24 | 128<<16
	sliceSize  = 8 << 16
	sliceCount = 16
)

// freeSlice finds a slice in which no program of this host has an address and
// that no other check has taken, and takes it: by a name of Linux's own, which
// is on no disk.
func freeSlice() (netip.Prefix, func() error, error) {
	used := hostAddresses()
	for n := sliceCount - 1; n >= 0; n-- {
		a := uint32(firstSlice + n*sliceSize)
		base := netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a)}), 13)
		if slices.ContainsFunc(used, base.Contains) {
			continue
		}
		if lock, err := net.Listen("unix", fmt.Sprintf("@culvert-check-%d", n)); err == nil {
			return base, lock.Close, nil
		}
	}
	return netip.Prefix{}, nil, errors.New("no slice of 127.128.0.0/9 is free: too many labs are being checked at once")
}

// timeWait is the state of an ended connection that no program has any more.
const timeWait = "06"

// hostAddresses are the IPv4 addresses that sockets of this host are bound to,
// as far as the system tells.
func hostAddresses() (out []netip.Addr) {
	for _, name := range []string{"tcp", "udp"} {
		data, err := os.ReadFile("/proc/net/" + name)
		if err != nil {
			continue
		}
		for _, line := range strings.Split(string(data), "\n") {
			f := strings.Fields(line)
			if len(f) < 4 || len(f[1]) < 8 || f[3] == timeWait {
				continue
			}
			n, err := strconv.ParseUint(f[1][:8], 16, 32)
			if err == nil { // the kernel's own order: the first byte is the last one
				out = append(out, netip.AddrFrom4([4]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)}))
			}
		}
	}
	return out
}
