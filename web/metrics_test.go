package web_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"culvert.internal/cloud"
	"culvert.internal/web"
)

// scraped are the metrics of one reading.
type scraped struct {
	t        *testing.T
	families map[string]*dto.MetricFamily
}

// scrape reads /metrics as Prometheus does. Beside the parser's own strictness
// every metric must have its help and its type before the first sample, every
// sample its own labels, and what counts must say so by its name, but for the
// names that a vendor gave.
func scrape(t *testing.T, address string) scraped {
	t.Helper()
	res, err := http.Get(address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/plain; version=0.0.4; charset=utf-8" {
		t.Fatalf("the metrics answer %d, %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range families {
		kind := f.GetType()
		if f.GetHelp() == "" || kind != dto.MetricType_COUNTER && kind != dto.MetricType_GAUGE {
			t.Errorf("%s is %s: %q", name, kind, f.GetHelp())
		}
		if total := strings.HasSuffix(name, "_total"); total != (kind == dto.MetricType_COUNTER) && !strings.HasPrefix(name, "vpcep_") {
			t.Errorf("%s is a %s", name, kind)
		}
		seen := map[string]bool{}
		for _, m := range f.Metric {
			key := fmt.Sprint(m.GetLabel())
			if seen[key] {
				t.Errorf("%s twice for %s", name, key)
			}
			seen[key] = true
		}
	}
	return scraped{t, families}
}

// value is the sample of a family whose labels say this; pairs are names and
// values.
func (s scraped) value(name string, pairs ...string) float64 {
	s.t.Helper()
	var found []float64
	for _, m := range s.families[name].GetMetric() {
		have := map[string]string{}
		for _, l := range m.GetLabel() {
			have[l.GetName()] = l.GetValue()
		}
		fits := true
		for i := 0; i < len(pairs); i += 2 {
			fits = fits && have[pairs[i]] == pairs[i+1]
		}
		if fits {
			found = append(found, m.GetGauge().GetValue()+m.GetCounter().GetValue())
		}
	}
	if len(found) != 1 {
		s.t.Fatalf("%d samples of %s for %q", len(found), name, pairs)
	}
	return found[0]
}

// shape is every family with its first labels, to compare what there is.
func (s scraped) of(id string, names ...string) map[string]float64 {
	out := map[string]float64{}
	for _, name := range names {
		out[name] = s.value(name, "id", id)
	}
	return out
}

// counted is a lab with traffic in it that a test knows to the byte.
type counted struct {
	*lab
	t        *testing.T
	tut      cloud.Tutorial
	e        cloud.EndpointView
	backends net.Listener // of ECS2, which is alone behind the CLB
}

// count builds the lab with a backend that the test runs itself.
func count(t *testing.T, base string) *counted {
	l := &counted{lab: running(t, base), t: t}
	ctx, c := t.Context(), l.caller
	l.ok(c.BuildLab(ctx, frankfurt))
	var err error
	l.tut, err = c.Tutorial(ctx, frankfurt)
	l.ok(err)
	ecs2 := l.ecs["ECS2"]
	_, err = c.UpdateInstance(ctx, ecs2.ID, cloud.InstanceInput{Name: "ECS2", Program: cloud.ProgramNone})
	l.ok(err)
	l.backends, err = net.Listen("tcp4", netip.AddrPortFrom(ecs2.Twin, 18080).String())
	l.ok(err)
	t.Cleanup(func() { _ = l.backends.Close() })
	_, err = c.SaveListener(ctx, l.tut.Balancer, l.tut.Listener, cloud.ListenerInput{
		Protocol: cloud.TCP, Port: "80", BackendPort: "18080",
		Servers: []cloud.BackendInput{{Instance: ecs2.ID, Weight: "100"}, {Instance: l.ecs["ECS3"].ID, Weight: "0"}},
	})
	l.ok(err)
	l.e, err = c.Endpoint(ctx, l.tut.Endpoint)
	l.ok(err)
	return l
}

func (l *counted) ok(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// connect goes through the endpoint, or another address, to the test's backend.
func (l *counted) connect(from, to string) (client net.Conn, server *net.TCPConn) {
	l.t.Helper()
	client, err := l.k.runs.Doors().Dial(l.t.Context(), l.ecs[from].ID, "tcp", to, 80)
	l.ok(err)
	// Probes connect too, and say nothing.
	_, err = client.Write([]byte("!"))
	l.ok(err)
	for {
		conn, err := l.backends.Accept()
		l.ok(err)
		server = conn.(*net.TCPConn)
		if n, _ := server.Read(make([]byte, 1)); n == 1 {
			return client, server
		}
		_ = server.Close()
	}
}

// send carries n bytes from one end to the other.
func (l *counted) send(from, to net.Conn, n int64) {
	l.t.Helper()
	go func() { _, _ = from.Write(make([]byte, n)) }()
	_, err := io.CopyN(io.Discard, to, n)
	l.ok(err)
}

const frankfurt = "eu-central-1"

// TestMetrics: what Prometheus reads is what the traffic did, to the byte and
// connection, at the endpoint, its interface, the service and the CLB, under
// our names and the vendors' (REQUIREMENTS B.6); and no sum falls when a part
// of it goes away.
func TestMetrics(t *testing.T) {
	l := count(t, "127.148.0.0/14")
	ctx, c, eni := t.Context(), l.caller, l.e.Zones[0].IP.String()
	l.k.until("connected and healthy", func() bool {
		s := scrape(t, l.k.url)
		return s.value("culvert_endpoint_connected", "id", l.e.ID) == 1 &&
			s.value("culvert_balancer_backends", "id", l.tut.Balancer, "health", "healthy") == 1
	})

	// One that stays, two that end in order, one of each reset.
	client, server := l.connect("ECS1", eni)
	defer server.Close()
	defer client.Close()
	l.send(client, server, 100_000)
	l.send(server, client, 3_000_000)
	for range 2 {
		client, server := l.connect("ECS1", eni)
		_ = client.Close()
		_ = server.Close()
	}
	client2, server2 := l.connect("ECS1", eni)
	l.ok(server2.SetLinger(0))
	l.ok(server2.Close())
	_, err := client2.Read(make([]byte, 1))
	if err == nil {
		t.Fatal("the backend's reset does not arrive")
	}
	_ = client2.Close()
	// Refused at a door by the group of the interface; straight to the CLB.
	if _, err := l.k.runs.Doors().Dial(ctx, l.ecs["ECS1"].ID, "tcp", eni, 81); err == nil {
		t.Fatal("port 81 lets a connection in")
	}
	clb, err := c.Balancer(ctx, l.tut.Balancer)
	l.ok(err)
	direct, behind := l.connect("ECS3", clb.IP.String())
	l.send(direct, behind, 5)
	_ = direct.Close()
	_ = behind.Close()

	var s scraped
	want := map[string]float64{
		"culvert_endpoint_connections": 1, "culvert_endpoint_connections_accepted_total": 4, "culvert_endpoint_connections_refused_total": 1,
		"culvert_endpoint_connections_failed_total": 0, "culvert_endpoint_received_bytes_total": 100_004, "culvert_endpoint_sent_bytes_total": 3_000_000,
		"culvert_endpoint_client_resets_total": 0, "culvert_endpoint_backend_resets_total": 1,
		"aws_privatelinkendpoints_active_connections": 1, "aws_privatelinkendpoints_new_connections_total": 4,
		"aws_privatelinkendpoints_bytes_processed_total": 3_100_004, "aws_privatelinkendpoints_packets_dropped_total": 0,
		"aws_privatelinkendpoints_rst_packets_received_total": 1,
		"vpcep_rx_byte": 100_004, "vpcep_tx_byte": 3_000_000, "vpcep_drop_num": 0, "vpcep_connections": 1, "vpcep_act_connections": 1,
		"vpcep_from_client_rst_num": 0, "vpcep_from_server_rst_num": 1,
	}
	l.k.until("the endpoint's metrics are those of the traffic", func() bool {
		s = scrape(t, l.k.url)
		return cmp.Equal(s.of(l.e.ID, keys(want)...), want) && s.value("culvert_balancer_connections_accepted_total", "id", l.tut.Balancer) == 5
	})
	same(t, s.of(l.tut.Service, "culvert_service_connections", "culvert_service_received_bytes_total", "culvert_service_endpoints", "culvert_service_endpoints_connected",
		"aws_privatelinkservices_bytes_processed_total", "aws_privatelinkservices_endpoints_count", "aws_privatelinkservices_rst_packets_sent_total",
		"aws_privatelinkservices_rst_packets_received_total", "vpcep_eps_tx_byte", "vpcep_eps_connections"), map[string]float64{
		"culvert_service_connections": 1, "culvert_service_received_bytes_total": 100_004, "culvert_service_endpoints": 1, "culvert_service_endpoints_connected": 1,
		"aws_privatelinkservices_bytes_processed_total": 3_100_004, "aws_privatelinkservices_endpoints_count": 1, "aws_privatelinkservices_rst_packets_sent_total": 1,
		"aws_privatelinkservices_rst_packets_received_total": 0, "vpcep_eps_tx_byte": 3_000_000, "vpcep_eps_connections": 1,
	})
	same(t, s.of(l.e.Zones[0].ID, "culvert_interface_open", "culvert_interface_connections", "culvert_interface_connections_refused_total", "culvert_interface_received_bytes_total"), map[string]float64{
		"culvert_interface_open": 1, "culvert_interface_connections": 1, "culvert_interface_connections_refused_total": 0, "culvert_interface_received_bytes_total": 100_004,
	})
	same(t, s.of(l.tut.Balancer, "culvert_balancer_connections_refused_total", "culvert_balancer_received_bytes_total"), map[string]float64{
		"culvert_balancer_connections_refused_total": 0, "culvert_balancer_received_bytes_total": 100_010,
	})
	if n := s.value("culvert_refusals_total", "gate", "eni"); n != 1 {
		t.Errorf("%v refusals by the interface's group", n)
	}
	// What names the endpoint.
	s.value("culvert_endpoint_connections", "id", l.e.ID, "name", l.e.Name, "account", l.e.Account, "edition", "aliyun", "region", frankfurt, "service", l.e.Service, "vpc", l.e.VPC)
	s.value("culvert_interface_open", "endpoint", l.e.ID, "zone", l.e.Zones[0].Zone, "address", eni)
	s.value("culvert_account_info", "account", l.e.Account, "login", "account-a")

	if live, most := s.value("culvert_flows"), s.value("culvert_flows_limit"); live != 1 || most < 100 {
		t.Errorf("%v flows of %v", live, most)
	}
	for _, name := range []string{"go_goroutines", "process_open_fds", "process_max_fds", "process_resident_memory_bytes", "process_cpu_seconds_total", "go_heap_allocated_bytes_total"} {
		if s.value(name) <= 0 {
			t.Errorf("%s is %v", name, s.value(name))
		}
	}
	if s.value("culvert_ports", "protocol", "tcp", "state", "open") < 2 || s.value("culvert_ports", "protocol", "tcp", "state", "failed") != 0 {
		t.Errorf("the ports are %v", s.families["culvert_ports"])
	}

	// The endpoint goes away, and what the service and the CLB did is still so.
	l.ok(c.DeleteEndpoint(ctx, l.e.ID))
	var after scraped
	l.k.until("the endpoint is gone", func() bool {
		after = scrape(t, l.k.url)
		return len(after.families["culvert_endpoint_connections"].GetMetric()) == len(s.families["culvert_endpoint_connections"].GetMetric())-1
	})
	if n := after.value("culvert_service_received_bytes_total", "id", l.tut.Service); n != 100_004 {
		t.Errorf("the service's bytes are %v after its endpoint is gone", n)
	}
	s.falls(after)
}

// falls complains about counters that are lower in a later reading.
func (s scraped) falls(later scraped) {
	s.t.Helper()
	for name, f := range later.families {
		if f.GetType() != dto.MetricType_COUNTER {
			continue
		}
		for _, m := range f.Metric {
			for _, old := range s.families[name].GetMetric() {
				if cmp.Equal(fmt.Sprint(old.GetLabel()), fmt.Sprint(m.GetLabel())) && old.GetCounter().GetValue() > m.GetCounter().GetValue() {
					s.t.Errorf("%s falls from %v to %v: %v", name, old.GetCounter().GetValue(), m.GetCounter().GetValue(), m.GetLabel())
				}
			}
		}
	}
}

func keys(m map[string]float64) (out []string) {
	for k := range m {
		out = append(out, k)
	}
	return out
}

func same(t *testing.T, got, want map[string]float64) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("the metrics (-want +got):\n%s", d)
	}
}

// Metrics tell of every account, so the console shows them to programs of its
// own machine alone, whoever is signed in; their own address shows them to all
// who reach it, and nothing else.
func TestWhoReadsMetrics(t *testing.T) {
	k := demo(t)
	metrics, err := k.server.Metrics()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		server *web.Server
		path   string
		from   string
		change func(*http.Request)
		want   int
	}{
		{"this machine", k.server, "/metrics", "127.0.0.1:4000", nil, 200},
		{"this machine, IPv6", k.server, "/metrics", "[::1]:4000", func(r *http.Request) { r.Host = "[::1]:8080" }, 200},
		{"localhost", k.server, "/metrics", "127.0.0.1:4000", func(r *http.Request) { r.Host = "localhost:8080" }, 200},
		{"another machine", k.server, "/metrics", "192.0.2.1:4000", nil, 403},
		{"through a proxy", k.server, "/metrics", "127.0.0.1:4000", func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.1") }, 403},
		{"through another proxy", k.server, "/metrics", "127.0.0.1:4000", func(r *http.Request) { r.Header.Set("Forwarded", "for=192.0.2.1") }, 403},
		{"a page whose name points here", k.server, "/metrics", "127.0.0.1:4000", func(r *http.Request) { r.Host = "evil.example" }, 403},
		{"another machine, own address", metrics, "/metrics", "192.0.2.1:4000", func(r *http.Request) { r.Host = "culvert.example:9464" }, 200},
		{"the console at the metrics' address", metrics, "/login", "127.0.0.1:4000", nil, 404},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, c.path, nil)
		r.Host, r.RemoteAddr = "127.0.0.1:8080", c.from
		if c.change != nil {
			c.change(r)
		}
		w := httptest.NewRecorder()
		c.server.ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%s: answers %d, want %d", c.name, w.Code, c.want)
		}
		if shown := strings.Contains(w.Body.String(), "culvert_"); shown != (c.want == 200) {
			t.Errorf("%s: metrics are shown: %v", c.name, shown)
		}
		if c.want == 403 && !strings.Contains(w.Body.String(), "--metrics") {
			t.Errorf("%s: the refusal does not say what to do: %s", c.name, w.Body)
		}
	}
}

// Names are what users make them.
func TestMetricsWithAnyName(t *testing.T) {
	k := demo(t)
	const name = "O\"Brien \\ Söhne\nand {a=\"b\"} 涵洞"
	if err := k.store.Write(t.Context(), func(tx *cloud.Tx) error {
		return tx.Accounts.Put(cloud.Account{ID: "1000000000000001", Login: "any", Name: name, Created: time.Now()})
	}); err != nil {
		t.Fatal(err)
	}
	scrape(t, k.url).value("culvert_account_info", "account", "1000000000000001", "name", name)
}
