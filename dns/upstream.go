package dns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// resolvConf is where the host says whom it asks.
const resolvConf = "/etc/resolv.conf"

// tryFor bounds the wait for one upstream server, so that a dead first one
// leaves time for the next.
const tryFor = 1500 * time.Millisecond

// ErrUpstream says that no upstream server answered.
var ErrUpstream = errors.New("no upstream DNS server answered")

// upstream is the servers of the outside world.
type upstream struct {
	file string // read again when it changes; "" when servers is given

	mu      sync.Mutex
	stamp   time.Time
	servers []string
	own     map[netip.AddrPort]int // addresses this process serves itself
}

func newUpstream(servers []string) *upstream {
	u := &upstream{own: map[netip.AddrPort]int{}}
	if servers == nil {
		u.file = resolvConf
	}
	for _, s := range servers {
		if _, _, err := net.SplitHostPort(s); err != nil {
			s = net.JoinHostPort(s, "53")
		}
		u.servers = append(u.servers, s)
	}
	return u
}

// avoid and readmit keep the server from asking itself, when the host's
// resolv.conf points to it.
func (u *upstream) avoid(addrs ...netip.AddrPort) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, a := range addrs {
		u.own[a]++
	}
}

func (u *upstream) readmit(addrs ...netip.AddrPort) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, a := range addrs {
		if u.own[a]--; u.own[a] == 0 {
			delete(u.own, a)
		}
	}
}

func (u *upstream) list() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.file != "" {
		u.reload()
	}
	return slices.DeleteFunc(slices.Clone(u.servers), func(s string) bool {
		a, err := netip.ParseAddrPort(s)
		return err == nil && u.own[unmap(a)] > 0
	})
}

// reload follows the host from one network to the next.
func (u *upstream) reload() {
	info, err := os.Stat(u.file)
	if err != nil || info.ModTime().Equal(u.stamp) {
		return
	}
	conf, err := dns.ClientConfigFromFile(u.file)
	if err != nil {
		return
	}
	u.stamp, u.servers = info.ModTime(), nil
	for _, s := range conf.Servers {
		u.servers = append(u.servers, net.JoinHostPort(s, conf.Port))
	}
}

// exchange asks one server after the other until one answers, and says which; an
// answer that was cut is asked for again over TCP.
func (u *upstream) exchange(ctx context.Context, req *dns.Msg) (reply *dns.Msg, server string, err error) {
	servers := u.list()
	if len(servers) == 0 {
		return nil, "", fmt.Errorf("%w: none is known", ErrUpstream)
	}
	var failed []error
	var last *dns.Msg
	var by string
	for _, server := range servers {
		reply, err := ask(ctx, "udp", server, req)
		if err == nil && reply.IsEdns0() == nil && (reply.Rcode == dns.RcodeFormatError || reply.Rcode == dns.RcodeNotImplemented) {
			// A server that knows no EDNS0 (RFC 6891, 7).
			plain := *req
			plain.Extra = nil
			reply, err = ask(ctx, "udp", server, &plain)
		}
		if err == nil && reply.Truncated {
			if whole, tcpErr := ask(ctx, "tcp", server, req); tcpErr == nil {
				reply = whole
			}
		}
		switch {
		case err != nil:
			failed = append(failed, fmt.Errorf("%s: %w", server, err))
		case reply.Rcode == dns.RcodeServerFailure || reply.Rcode == dns.RcodeRefused:
			last, by = reply, server
		default:
			return reply, server, nil
		}
		if ctx.Err() != nil {
			break
		}
	}
	if last != nil {
		return last, by, nil
	}
	return nil, strings.Join(servers, ", "), fmt.Errorf("%w: %w", ErrUpstream, errors.Join(failed...))
}

func ask(ctx context.Context, network, server string, req *dns.Msg) (*dns.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, tryFor)
	defer cancel()
	c := dns.Client{Net: network, Timeout: tryFor, UDPSize: maxUDP}
	reply, _, err := c.ExchangeContext(ctx, req, server)
	if err != nil {
		return nil, err
	}
	if len(reply.Question) != 1 || reply.Question[0].Qtype != req.Question[0].Qtype ||
		canonical(reply.Question[0].Name) != canonical(req.Question[0].Name) {
		return nil, errors.New("the answer is to another question")
	}
	return reply, nil
}

// forward fetches the upstream's answer to what the view left over and words
// it as ours, behind the aliases that lead there: every failure is SERVFAIL.
func (s *Server) forward(ctx context.Context, req *dns.Msg, res Result) *dns.Msg {
	reply, _, err := s.recurse(ctx, req, res)
	if err != nil {
		s.opt.Log.Debug("DNS upstream", "name", res.Next, "err", err)
		return answerTo(req, dns.RcodeServerFailure)
	}
	return joined(req, res, reply)
}

// joined is the upstream's answer behind the view's.
func joined(req *dns.Msg, res Result, reply *dns.Msg) *dns.Msg {
	m := message(req, res)
	m.Rcode = reply.Rcode
	// Only a client that asks to know is told (RFC 6840, 5.8), and aliases of
	// private zones are not signed.
	opt := req.IsEdns0()
	m.AuthenticatedData = reply.AuthenticatedData && len(res.Records) == 0 && (req.AuthenticatedData || opt != nil && opt.Do())
	m.Truncated = reply.Truncated
	m.Answer, m.Ns = append(m.Answer, reply.Answer...), reply.Ns
	m.Extra = slices.DeleteFunc(reply.Extra, func(rr dns.RR) bool { return rr.Header().Rrtype == dns.TypeOPT })
	return m
}

// recurse asks upstream for the name that a view left over, and says which
// server answered. The name is spelled as the client spelled it when it is the
// client's.
func (s *Server) recurse(ctx context.Context, req *dns.Msg, res Result) (reply *dns.Msg, server string, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.opt.Timeout)
	defer cancel()
	q := req.Question[0]
	if len(res.Records) > 0 {
		q.Name = res.Next
	}
	out := &dns.Msg{
		MsgHdr: dns.MsgHdr{
			Id: dns.Id(), RecursionDesired: true,
			CheckingDisabled: req.CheckingDisabled, AuthenticatedData: req.AuthenticatedData,
		},
		Question: []dns.Question{q},
	}
	opt := req.IsEdns0()
	out.SetEdns0(maxUDP, opt != nil && opt.Do())
	return s.upstream.exchange(ctx, out)
}
