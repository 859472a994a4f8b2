package reconcile_test

import (
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"culvert.internal/cloud"
)

const (
	zoneA = frankfurt + "a"
	zoneB = frankfurt + "b"
)

// zoneLab is a service of one account in two zones, with an endpoint of another
// one in both, and servers and clients in both.
type zoneLab struct {
	*lab
	back, front        cloud.VPC
	backIn, frontIn    map[string]cloud.VSwitch // by zone
	echo, client       map[string]cloud.Instance
	clb                cloud.Balancer // primary in zone A, backup in zone B
	service            cloud.Service
	endpoint           cloud.Endpoint
	group, clientGroup cloud.SecurityGroup
	carrying           sync.WaitGroup
	seed               uint64
}

const zonePort = 5000

func startZones(t *testing.T, db, base string) *zoneLab {
	z := &zoneLab{
		lab: start(t, db, base), backIn: map[string]cloud.VSwitch{}, frontIn: map[string]cloud.VSwitch{},
		echo: map[string]cloud.Instance{}, client: map[string]cloud.Instance{},
	}
	t.Cleanup(z.carrying.Wait)
	ctx := t.Context()
	z.back, z.group = z.twoZones(z.a, "back", z.backIn)
	z.front, z.clientGroup = z.twoZones(z.b, "front", z.frontIn)
	for _, zone := range []string{zoneA, zoneB} {
		var err error
		z.echo[zone], err = z.a.CreateInstance(ctx, frankfurt, cloud.InstanceInput{
			Name: "echo-" + zone, VSwitch: z.backIn[zone].ID, Groups: []string{z.group.ID}, Program: cloud.ProgramEcho, Port: fmt.Sprint(zonePort),
		})
		z.ok(err)
		z.client[zone], err = z.b.CreateInstance(ctx, frankfurt, cloud.InstanceInput{
			Name: "client-" + zone, VSwitch: z.frontIn[zone].ID, Groups: []string{z.clientGroup.ID}, Program: cloud.ProgramNone,
		})
		z.ok(err)
	}
	z.clb = z.balancer(zoneA, zoneB, z.echo[zoneA], z.echo[zoneB])
	var err error
	z.service, err = z.a.CreateService(ctx, frankfurt, cloud.ServiceInput{
		AutoAccept: "yes", Affinity: "no", Resources: []cloud.ResourceInput{{Zone: zoneA, Balancer: z.clb.ID}, {Zone: zoneB, Balancer: z.clb.ID}},
	})
	z.ok(err)
	z.ok(z.a.AddGrant(ctx, z.service.ID, z.b.Account().ID))
	z.endpoint, err = z.b.CreateEndpoint(ctx, frankfurt, cloud.EndpointInput{
		Name: "both-zones", How: cloud.BySelect, Service: z.service.ID, VPC: z.front.ID, Groups: []string{z.clientGroup.ID},
		Zones: []cloud.ZoneInput{{Zone: zoneA, VSwitch: z.frontIn[zoneA].ID}, {Zone: zoneB, VSwitch: z.frontIn[zoneB].ID}},
	})
	z.ok(err)
	z.until("both zones are connected", func() bool { return z.states(cloud.Connected, cloud.Connected) })
	z.until("both servers are healthy", func() bool { return z.healthy(z.clb, 2) })
	return z
}

// twoZones makes a network with a subnet in each zone and a group that lets
// everything in.
func (z *zoneLab) twoZones(c *cloud.Caller, name string, in map[string]cloud.VSwitch) (cloud.VPC, cloud.SecurityGroup) {
	z.t.Helper()
	ctx := z.t.Context()
	v, err := c.CreateVPC(ctx, frankfurt, cloud.VPCInput{Name: name, CIDR: "10.0.0.0/16"})
	z.ok(err)
	for n, zone := range []string{zoneA, zoneB} {
		in[zone], err = c.CreateVSwitch(ctx, frankfurt, cloud.VSwitchInput{VPC: v.ID, Zone: zone, Name: name + zone, CIDR: fmt.Sprintf("10.0.%d.0/24", n)})
		z.ok(err)
	}
	g, err := c.CreateSecurityGroup(ctx, frankfurt, cloud.GroupInput{VPC: v.ID, Name: name + "-group", Template: cloud.TemplateEmpty})
	z.ok(err)
	_, err = c.AddRule(ctx, g.ID, cloud.RuleInput{Direction: cloud.Ingress, Policy: cloud.Accept, Priority: "1", Protocol: cloud.TCP, Ports: fmt.Sprint(zonePort), Peer: "0.0.0.0/0"})
	z.ok(err)
	return v, g
}

// balancer makes a CLB in front of servers; backup may be empty.
func (z *zoneLab) balancer(zone, backup string, servers ...cloud.Instance) cloud.Balancer {
	z.t.Helper()
	ctx := z.t.Context()
	in := cloud.BalancerInput{
		Billing: cloud.PayAsYouGo, Zone: zone, ZoneType: cloud.SingleZone, Name: "clb-" + zone, Spec: cloud.Specs()[0].ID, Address: cloud.Intranet,
		Network: cloud.NetworkVPC, VPC: z.back.ID, VSwitch: z.backIn[zone].ID,
	}
	if backup != "" {
		in.ZoneType, in.BackupZone = cloud.MultiZone, backup
	}
	made, err := z.a.CreateBalancers(ctx, frankfurt, in)
	z.ok(err)
	l := cloud.ListenerInput{Protocol: cloud.TCP, Port: fmt.Sprint(zonePort), BackendPort: fmt.Sprint(zonePort), Scheduler: cloud.RR}
	for _, i := range servers {
		l.Servers = append(l.Servers, cloud.BackendInput{Instance: i.ID})
	}
	_, err = z.a.SaveListener(ctx, made[0].ID, "", l)
	z.ok(err)
	return made[0]
}

func (z *zoneLab) healthy(b cloud.Balancer, n int) bool {
	up := 0
	for _, h := range z.Health(b.ID) {
		if h.Known && h.Healthy {
			up++
		}
	}
	return up == n
}

func (z *zoneLab) view() cloud.EndpointView {
	z.t.Helper()
	v, err := z.b.Endpoint(z.t.Context(), z.endpoint.ID)
	z.ok(err)
	return v
}

// in is the endpoint's interface in a zone.
func (z *zoneLab) in(zone string) cloud.ZoneView {
	z.t.Helper()
	for _, v := range z.view().Zones {
		if v.Zone == zone {
			return v
		}
	}
	z.t.Fatalf("no interface in %s", zone)
	return cloud.ZoneView{}
}

// states says whether the endpoint's zones A and B are in these states.
func (z *zoneLab) states(a, b cloud.State) bool {
	return z.in(zoneA).State == a && z.in(zoneB).State == b
}

// open makes a connection from the client of a zone to an interface; nil if it
// carries nothing. It is not yet carrying.
func (z *zoneLab) open(from string, to netip.Addr) net.Conn {
	ip := z.client[from].IP
	conn, err := z.lab.from("tcp", z.front.ID, ip, z.frontIn[from].TwinOf(ip), netip.AddrPortFrom(to, zonePort), time.Second)
	if err != nil {
		return nil
	}
	_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
	var b [5]byte
	if _, err := conn.Write([]byte("hello")); err == nil {
		if n, err := conn.Read(b[:]); err == nil && string(b[:n]) == "hello" {
			_ = conn.SetDeadline(time.Time{})
			return conn
		}
	}
	_ = conn.Close()
	return nil
}

// zoned is a connection and the zones that it touches: of its client, its
// interface and its server.
type zoned struct {
	*carried
	client, eni, server string
	key                 string // of the front
}

func (c zoned) touches(zone string) bool {
	return slices.Contains([]string{c.client, c.eni, c.server}, zone)
}

// carry opens a connection and lets it carry until it ends.
func (z *zoneLab) carry(from, eni string) zoned {
	z.t.Helper()
	i := z.in(eni)
	var conn net.Conn
	z.until("a connection through "+eni, func() bool {
		conn = z.open(from, i.IP)
		return conn != nil
	})
	c := zoned{carried: &carried{conn: conn, endpoint: z.endpoint.ID, end: make(chan error, 1)}, client: from, eni: eni, key: i.ID}
	port := conn.LocalAddr().(*net.TCPAddr).AddrPort().Port()
	for _, one := range z.Connections(i.ID) {
		if one.Client.Port() == port {
			for zone, echo := range z.echo {
				if echo.ID == one.Backend.Instance {
					c.server = zone
				}
			}
		}
	}
	z.t.Cleanup(func() { _ = conn.Close() })
	z.seed++
	seed := z.seed
	z.carrying.Go(func() { c.carried.carry(seed) })
	return c
}

// crowd carries n connections of every client through every interface.
func (z *zoneLab) crowd(n int) []zoned {
	var out []zoned
	for range n {
		for _, from := range []string{zoneA, zoneB} {
			for _, eni := range []string{zoneA, zoneB} {
				out = append(out, z.carry(from, eni))
			}
		}
		// One more, so that the servers' turn does not fall in with these.
		out = append(out, z.carry(zoneB, zoneB))
	}
	return out
}

// goOn waits until each connection has carried twice more.
func (z *zoneLab) goOn(what string, list []zoned) {
	z.t.Helper()
	before := make([]int64, len(list))
	for k, c := range list {
		before[k] = c.rounds.Load()
	}
	for k, c := range list {
		z.until(what, func() bool {
			select {
			case err := <-c.end:
				z.t.Fatalf("%s: client in %s, interface in %s, server in %s: it ended by %v", what, c.client, c.eni, c.server, err)
			default:
			}
			return c.rounds.Load() > before[k]+1
		})
	}
}

func zoneDB(t *testing.T) string { return filepath.Join(t.TempDir(), "lab.db") }

// reachAt is where an interface listens.
func reachAt(v cloud.ZoneView) netip.AddrPort { return netip.AddrPortFrom(v.IP, zonePort) }
