package reconcile_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"path"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/reach"
)

// carried is a connection through an endpoint whose bytes are compared.
type carried struct {
	conn     net.Conn
	endpoint string
	backend  string // instance
	rounds   atomic.Int64
	end      chan error // has the reason once it has ended
}

// carry sends pieces of a stream, each when the one before came back.
func (c *carried) carry(seed uint64) {
	out := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	var sent, got [4096]byte
	for n := 1; ; n = n*7%4093 + 1 {
		_, _ = out.Read(sent[:n])
		_, err := c.conn.Write(sent[:n])
		if err == nil {
			_, err = io.ReadFull(c.conn, got[:n])
		}
		if err == nil && !bytes.Equal(sent[:n], got[:n]) {
			err = errors.New("other bytes came back")
		}
		if err != nil {
			_ = c.conn.Close()
			c.end <- err
			return
		}
		c.rounds.Add(1)
		<-time.After(10 * time.Millisecond)
	}
}

// liveLab is what the program changes: two services behind load balancers, one
// with two servers, and three endpoints of another account on them.
type liveLab struct {
	*lab
	dice            *rand.Rand
	service, client cloud.VPC
	front           cloud.VSwitch
	group           cloud.SecurityGroup
	from            cloud.Instance
	echo            [3]cloud.Instance
	elb             [2]cloud.Balancer
	services        [2]cloud.Service
	endpoints       [3]cloud.Endpoint
	live            []*carried
	made            uint64
	carrying        sync.WaitGroup
}

// serviceOf says which service an endpoint is on.
var serviceOf = [3]int{0, 0, 1}

func startLive(t *testing.T, base string, seed uint64) *liveLab {
	l := &liveLab{lab: start(t, filepath.Join(t.TempDir(), "lab.db"), base), dice: rand.New(rand.NewPCG(seed, 3))}
	var back cloud.VSwitch
	var clients cloud.SecurityGroup
	l.service, back, l.group = l.network(l.a, "service", "10.0.0.0/16", "10.0.0.0/24")
	l.client, l.front, clients = l.network(l.b, "client", "10.0.0.0/16", "10.0.0.0/24")
	for n := range l.echo {
		l.echo[n] = l.host(l.a, back, l.group, fmt.Sprint("echo-", n), cloud.ProgramEcho, "7007")
	}
	l.elb[0] = l.enhanced(l.a, l.service, back, "7007", l.echo[0], l.echo[1])
	l.elb[1] = l.enhanced(l.a, l.service, back, "7007", l.echo[2])
	l.from = l.host(l.b, l.front, clients, "client", cloud.ProgramNone, "")
	l.letIn(l.a, l.group)
	for n := range l.services {
		s, err := l.a.CreateService(t.Context(), guangzhou, cloud.ServiceInput{
			VPC: l.service.ID, Approval: "yes", BackendType: cloud.BackendBalancer, Balancer: l.elb[n].ID,
			Mappings: []cloud.MappingInput{mapping("tcp", 7007, 5000)},
		})
		l.ok(err)
		l.services[n] = s
	}
	for n := range l.endpoints {
		l.ok(l.renew(n))
		l.ok(l.a.Allow(t.Context(), l.services[serviceOf[n]].ID, l.endpoints[n].ID, cloud.AllowInput{Auto: true}))
	}
	t.Cleanup(func() {
		for _, c := range l.live {
			_ = c.conn.Close()
		}
		l.carrying.Wait()
	})
	return l
}

// renew puts another endpoint in the place of one.
func (l *liveLab) renew(n int) error {
	ctx, s := l.t.Context(), l.services[serviceOf[n]]
	if err := l.a.AddGrants(ctx, s.ID, []string{cloud.DomainPrefix + l.b.Account().DomainID}); err != nil && cloud.AsError(err) == nil {
		return err // it is there already
	}
	if old := l.endpoints[n].ID; old != "" {
		if err := l.b.DeleteEndpoint(ctx, old); err != nil {
			return err
		}
	}
	l.endpoints[n] = l.single(l.b, s, l.client, l.front)
	return nil
}

// crowd opens connections through the endpoints that let them through, until
// there are as many as asked for.
func (l *liveLab) crowd(most int) {
	shut := 0
	for n := 0; len(l.live) < most && shut < len(l.endpoints); n++ {
		if l.join(l.endpoints[n%len(l.endpoints)]) {
			shut = 0
		} else {
			shut++
		}
	}
}

func (l *liveLab) join(e cloud.Endpoint) bool {
	v, err := l.b.Endpoint(l.t.Context(), e.ID)
	l.ok(err)
	to := netip.AddrPortFrom(v.Zones[0].IP, 5000)
	if !l.Explain(l.t.Context(), reach.Flow{Protocol: reach.TCP, VPC: l.client.ID, Source: l.from.IP, Target: to.Addr(), Port: to.Port()}).Allowed {
		return false
	}
	conn, err := l.lab.from("tcp", l.client.ID, l.from.IP, l.front.TwinOf(l.from.IP), to, 2*time.Second)
	if err != nil {
		return false
	}
	c := &carried{conn: conn, endpoint: e.ID, end: make(chan error, 1)}
	l.made++
	l.carrying.Go(func() { c.carry(l.made) })
	port := conn.LocalAddr().(*net.TCPAddr).AddrPort().Port()
	l.until("a connection is joined or refused", func() bool { return c.rounds.Load() > 0 || len(c.end) > 0 })
	if len(c.end) > 0 {
		return false
	}
	for _, one := range l.Connections(v.Zones[0].ID) {
		if one.Client.Port() == port {
			c.backend = path.Base(one.Backend.ID) // of the balancer, then of the server
		}
	}
	if c.backend == "" {
		l.t.Fatal("a connection that carries bytes is not listed")
	}
	l.live = append(l.live, c)
	return true
}
