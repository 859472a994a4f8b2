package reconcile_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"culvert.internal/cloud"
)

const hangzhou = "cn-hangzhou"

// hz is the demo's network in Hangzhou with its client, and the project whose
// clusters it wants to reach.
type hz struct {
	*lab
	project string
	client  cloud.InstanceView
}

func (l *lab) hangzhou() hz {
	l.t.Helper()
	projects, err := l.a.Projects(l.t.Context())
	l.ok(err)
	list, err := l.a.Instances(l.t.Context(), hangzhou, "")
	l.ok(err)
	return hz{l, projects[0].ID, list[0]}
}

func (h hz) clusters() []cloud.ClusterView {
	h.t.Helper()
	all, err := h.a.Clusters(h.t.Context(), h.project)
	h.ok(err)
	var out []cloud.ClusterView
	for _, k := range all {
		if k.Region == hangzhou {
			out = append(out, k)
		}
	}
	return out
}

// endpoint makes an endpoint in every zone of the service, with new vSwitches
// where the network has none.
func (h hz) endpoint(service string) cloud.EndpointView {
	h.t.Helper()
	ctx := h.t.Context()
	g, err := h.a.CreateSecurityGroup(ctx, hangzhou, cloud.GroupInput{VPC: h.client.VPC, Name: "sg-zilliz", Template: cloud.TemplateEmpty})
	h.ok(err)
	_, err = h.a.AddRule(ctx, g.ID, cloud.RuleInput{Direction: cloud.Ingress, Protocol: cloud.TCP, Ports: "19530-19540", Peer: "0.0.0.0/0"})
	h.ok(err)
	e, err := h.a.CreateEndpoint(ctx, hangzhou, cloud.EndpointInput{
		Name: "zilliz", How: cloud.BySelect, Service: service, VPC: h.client.VPC, Groups: []string{g.ID}, Zones: []cloud.ZoneInput{
			{Zone: "cn-hangzhou-h", VSwitch: h.client.VSwitch},
			{Zone: "cn-hangzhou-j", VSwitch: cloud.New, NewName: "j", NewCIDR: "10.30.2.0/24"},
			{Zone: "cn-hangzhou-k", VSwitch: cloud.New, NewName: "k", NewCIDR: "10.30.3.0/24"},
		},
	})
	h.ok(err)
	var v cloud.EndpointView
	h.until("the endpoint is available", func() bool {
		v, err = h.a.Endpoint(ctx, e.ID)
		return err == nil && v.State == cloud.Active && v.Connection == cloud.Disconnected
	})
	return v
}

// fetchFrom asks like curl does and answers the body.
func fetchFrom(c net.Conn, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(3 * time.Second))
	if _, err := fmt.Fprint(c, "GET / HTTP/1.0\r\n\r\n"); err != nil {
		return "", err
	}
	all, err := io.ReadAll(c)
	if _, body, ok := strings.Cut(string(all), "\r\n\r\n"); ok {
		return body, err
	}
	return "", err
}

func (h hz) ask(host string, port uint16) (string, error) {
	ctx, cancel := context.WithTimeout(h.t.Context(), 3*time.Second)
	defer cancel()
	return fetchFrom(h.Doors().Dial(ctx, h.client.ID, "tcp", host, port))
}

// answers waits until a cluster answers with its ID.
func (h hz) answers(what, host string, k cloud.ClusterView) {
	h.t.Helper()
	h.until(what, func() bool {
		body, err := h.ask(host, k.Port)
		return err == nil && strings.HasPrefix(body, k.ID+"\n")
	})
}

// TestClusterThroughPrivateLink: ZIL-06, ZIL-09 to ZIL-12, ZIL-16, EP-03: before
// the private link nobody gets through, with it every zone's address leads to
// the clusters of that project and region, each at its port, and to no other
// network; when the link goes, so does the way.
func TestClusterThroughPrivateLink(t *testing.T) {
	h := start(t, filepath.Join(t.TempDir(), "culvert.db"), "127.132.0.0/14").hangzhou()
	ctx := t.Context()
	second, err := h.a.CreateCluster(ctx, h.project, cloud.ClusterInput{Name: "two", Provider: cloud.Aliyun, Region: hangzhou})
	h.ok(err)
	h.until("the clusters run", func() bool {
		all := h.clusters()
		return len(all) == 2 && all[0].State == cloud.Running && all[1].State == cloud.Running
	})
	one, two := h.clusters()[0], h.clusters()[1]
	if two.ID != second.ID || one.Port != 19530 || two.Port != 19531 {
		t.Errorf("the clusters are %+v", h.clusters())
	}
	h.ok(h.a.AddLinkAccount(ctx, cloud.LinkPlace{Project: h.project, Provider: cloud.Aliyun, Region: hangzhou}, h.a.Account().ID))
	e := h.endpoint(one.Service)
	for _, z := range e.Zones {
		if body, err := h.ask(z.IP.String(), one.Port); err == nil {
			t.Errorf("before the link %s answers %q", z.IP, body)
		}
	}
	l, err := h.a.CreatePrivateLink(ctx, cloud.LinkPlace{Project: h.project, Provider: cloud.Aliyun, Region: hangzhou}, e.ID)
	h.ok(err)
	h.linked(l.ID, cloud.LinkCreated)
	for _, z := range e.Zones {
		h.answers("the first cluster in "+z.Zone, z.IP.String(), one)
		h.answers("the second cluster in "+z.Zone, z.IP.String(), two)
	}
	h.answers("the endpoint's domain", e.Domain, one)
	body, err := h.ask(e.Zones[0].IP.String(), one.Port)
	h.ok(err)
	if lines := strings.Split(body, "\n"); lines[1] != one.Name || lines[2] != cloud.DefaultProject || lines[3] != hangzhou || !strings.HasPrefix(lines[4], "100.64.") {
		t.Errorf("the cluster says %q", body)
	}
	// The other demo networks of the same account are not in this VPC.
	ecs1 := h.instance(h.a, "ECS1")
	dial, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	if c, err := h.Doors().Dial(dial, ecs1.ID, "tcp", e.Zones[0].IP.String(), one.Port); err == nil {
		_ = c.Close()
		t.Error("another network gets through")
	}
	h.ok(h.a.DeletePrivateLink(ctx, h.project, l.ID))
	h.until("the endpoint is disconnected", func() bool {
		v, err := h.a.Endpoint(ctx, e.ID)
		return err == nil && v.Connection == cloud.Disconnected
	})
	if body, err := h.ask(e.Zones[0].IP.String(), one.Port); err == nil {
		t.Errorf("without the link it answers %q", body)
	}

	l, err = h.a.CreatePrivateLink(ctx, cloud.LinkPlace{Project: h.project, Provider: cloud.Aliyun, Region: hangzhou}, e.ID)
	h.ok(err)
	h.linked(l.ID, cloud.LinkCreated)
	h.ok(h.a.DeleteEndpoint(ctx, e.ID))
	h.linked(l.ID, cloud.LinkGone)
	h.ok(h.a.DeletePrivateLink(ctx, h.project, l.ID))
	h.ok(h.a.DeleteCluster(ctx, h.project, two.ID))
	h.ok(h.a.DeleteCluster(ctx, h.project, one.ID))
	h.until("nothing listens for the clusters", func() bool {
		for _, at := range []netip.AddrPort{one.Backend, two.Backend, one.PublicAt, two.PublicAt} {
			if c, err := net.Dial("tcp", at.String()); err == nil {
				_ = c.Close()
				return false
			}
		}
		return true
	})
}

func (h hz) linked(link string, want cloud.State) {
	h.t.Helper()
	h.until("the link is "+string(want), func() bool {
		v, err := h.a.PrivateLink(h.t.Context(), h.project, link)
		return err == nil && v.State == want
	})
}

// TestClusterOfOnesOwn: ZIL-16: the public endpoint is a port of this host that
// opens and closes; with the built-in program off, what listens at the shown
// address answers, there and through the endpoint.
func TestClusterOfOnesOwn(t *testing.T) {
	h := start(t, filepath.Join(t.TempDir(), "culvert.db"), "127.144.0.0/14").hangzhou()
	ctx := t.Context()
	h.until("the cluster runs", func() bool { return h.clusters()[0].State == cloud.Running })
	k := h.clusters()[0]
	public := func() (string, error) { return fetchFrom(net.Dial("tcp", k.PublicAt.String())) }
	h.until("the public endpoint answers", func() bool {
		body, err := public()
		return err == nil && strings.HasPrefix(body, k.ID+"\n")
	})
	_, err := h.a.RenameProject(ctx, h.project, "Books")
	h.ok(err)
	h.until("the cluster says its project's new name", func() bool {
		body, err := public()
		return err == nil && strings.Contains(body, "\nBooks\n")
	})
	_, err = h.a.SetClusterBuiltIn(ctx, h.project, k.ID, false)
	h.ok(err)
	var own net.Listener
	h.until("the address is free", func() bool {
		if *inNetns {
			// On the operator's instance itself, which nobody else can be on.
			var i cloud.Instance
			h.ok(h.engine.View(ctx, func(tx *cloud.Tx) (err error) {
				i, err = tx.Instances.Get(k.Instance)
				return err
			}))
			own, err = h.under.Listen(i.VPC, netip.AddrPortFrom(i.IP, k.Port))
			return err == nil
		}
		own, err = net.Listen("tcp", k.Backend.String())
		return err == nil
	})
	defer own.Close()
	go func() {
		for {
			c, err := own.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, "HTTP/1.0 200 OK\r\n\r\nmilvus\n")
			_ = c.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, c)
			_ = c.Close()
		}
	}()
	body, err := public()
	if err != nil || body != "milvus\n" {
		t.Errorf("one's own program answers %q: %v", body, err)
	}
	h.ok(h.a.AddLinkAccount(ctx, cloud.LinkPlace{Project: h.project, Provider: cloud.Aliyun, Region: hangzhou}, h.a.Account().ID))
	e := h.endpoint(k.Service)
	_, err = h.a.CreatePrivateLink(ctx, cloud.LinkPlace{Project: h.project, Provider: cloud.Aliyun, Region: hangzhou}, e.ID)
	h.ok(err)
	h.until("one's own program answers through the link", func() bool {
		body, err := h.ask(e.Zones[0].IP.String(), k.Port)
		return err == nil && body == "milvus\n"
	})
	_, err = h.a.SetClusterPublic(ctx, h.project, k.ID, false)
	h.ok(err)
	h.until("the public endpoint is closed", func() bool {
		_, err := public()
		return err != nil
	})
	_ = own.Close()
	_, err = h.a.SetClusterBuiltIn(ctx, h.project, k.ID, true)
	h.ok(err)
	h.answers("the built-in program again", e.Zones[0].IP.String(), k)
}
