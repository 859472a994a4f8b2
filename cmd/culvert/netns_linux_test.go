package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/store"
)

// TestMain lets a test be the program itself: what it runs as a process of its
// own is this one, told so by its environment.
func TestMain(m *testing.M) {
	if os.Getenv("CULVERT_TEST_MAIN") != "" {
		os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

func culvert(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", args...)
	cmd.Env = append(os.Environ(), "CULVERT_TEST_MAIN=1")
	return cmd
}

const guangzhou = "cn-gz4"

// twice is a data folder with the same lab for each of two accounts: in one VPC
// a client, in another one a server behind an endpoint, all at the same
// addresses.
type twice struct {
	t         *testing.T
	data      string
	accounts  []string
	endpoints []cloud.EndpointView
	server    *exec.Cmd
	log       bytes.Buffer
}

func buildTwice(t *testing.T) *twice {
	t.Helper()
	w := &twice{t: t, data: t.TempDir()}
	kept, err := store.Open("sqlite:" + filepath.Join(w.data, databaseFile))
	w.must(err)
	engine, err := cloud.Open(kept, cloud.Options{Base: netip.MustParsePrefix(netnsBase), Demo: true})
	w.must(err)
	w.must(engine.SeedDemo(t.Context()))
	accounts, err := engine.DemoAccounts(t.Context())
	w.must(err)
	for _, a := range accounts[:2] {
		w.accounts = append(w.accounts, a.Login)
		w.endpoints = append(w.endpoints, w.build(engine, engine.As(a)))
	}
	w.must(engine.As(accounts[0]).FailZone(t.Context(), failed, true))
	w.must(kept.Close())
	return w
}

const (
	netnsBase = "127.64.0.0/14"
	failed    = guangzhou + "b"
)

func (w *twice) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *twice) build(engine *cloud.Engine, c *cloud.Caller) cloud.EndpointView {
	ctx := w.t.Context()
	var vpcs []cloud.VPC
	var subnets []cloud.VSwitch
	var hosts []cloud.Instance
	for _, name := range []string{"client", "server"} {
		v, err := c.CreateVPC(ctx, guangzhou, cloud.VPCInput{Name: name, CIDR: "10.0.0.0/16"})
		w.must(err)
		s, err := c.CreateVSwitch(ctx, guangzhou, cloud.VSwitchInput{VPC: v.ID, Zone: guangzhou + "a", Name: name, CIDR: "10.0.0.0/24"})
		w.must(err)
		g, err := c.CreateSecurityGroup(ctx, guangzhou, cloud.GroupInput{VPC: v.ID, Name: name, Template: cloud.TemplateEmpty})
		w.must(err)
		_, err = c.AddRule(ctx, g.ID, cloud.RuleInput{Direction: cloud.Ingress, Protocol: cloud.AnyIP, Peer: engine.SNAT().String()})
		w.must(err)
		i, err := c.CreateInstance(ctx, guangzhou, cloud.InstanceInput{Name: name, VSwitch: s.ID, IP: "10.0.0.5", Groups: []string{g.ID}, Program: cloud.ProgramNone})
		w.must(err)
		vpcs, subnets, hosts = append(vpcs, v), append(subnets, s), append(hosts, i)
	}
	away, err := c.CreateVSwitch(ctx, guangzhou, cloud.VSwitchInput{VPC: vpcs[0].ID, Zone: failed, Name: "away", CIDR: "10.0.1.0/24"})
	w.must(err)
	_, err = c.CreateInstance(ctx, guangzhou, cloud.InstanceInput{Name: "away", VSwitch: away.ID, Groups: hosts[0].Groups, Program: cloud.ProgramNone})
	w.must(err)
	s, err := c.CreateService(ctx, guangzhou, cloud.ServiceInput{
		VPC: vpcs[1].ID, Approval: "no", BackendType: cloud.BackendInstance, Instance: hosts[1].ID, NIC: cloud.PrimaryNIC,
		Mappings: []cloud.MappingInput{{Protocol: cloud.TCP, ServicePort: "80", Port: "80"}, {Protocol: cloud.TCP, ServicePort: "5201", Port: "5201"}},
	})
	w.must(err)
	e, err := c.CreateEndpoint(ctx, guangzhou, cloud.EndpointInput{How: cloud.ByName, ServiceName: s.Name, VPC: vpcs[0].ID, VSwitch: subnets[0].ID, IP: "10.0.0.9", PrivateDomain: true})
	w.must(err)
	v, err := c.Endpoint(ctx, e.ID)
	w.must(err)
	_, err = c.CreateIDC(ctx, guangzhou, cloud.IDCInput{Name: "office", Link: cloud.LinkVPN, CIDR: "172.20.1.0/24", VPC: vpcs[0].ID})
	w.must(err)
	return v
}

// start serves the data folder and waits until its labs are there.
func (w *twice) start() {
	w.t.Helper()
	w.server = culvert(w.t, "serve", "--demo", "--data", w.data, "--listen", "127.0.0.1:0", "--dns", "", "--upstream", "127.0.0.1:9", "--underlay", netns, "--underlay-base", netnsBase)
	w.log.Reset()
	w.server.Stdout, w.server.Stderr = &w.log, &w.log
	w.must(w.server.Start())
	w.until("the endpoints answer", func() bool {
		_, err := w.as(0, "client", "sh", "-c", "dig +short +tries=1 +time=1 "+w.endpoints[0].Domain+" | grep .")
		return err == nil
	})
}

func (w *twice) until(what string, cond func() bool) {
	w.t.Helper()
	for end := time.Now().Add(30 * time.Second); !cond(); <-time.After(20 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("never happened: %s\n%s", what, w.log.String())
		}
	}
}

func (w *twice) cmd(n int, who string, argv ...string) *exec.Cmd {
	return culvert(w.t, append([]string{"exec", "--data", w.data, w.accounts[n] + "/" + who, "--"}, argv...)...)
}

// as runs a program as one of the instances of account n.
func (w *twice) as(n int, who string, argv ...string) (string, error) {
	w.t.Helper()
	out, err := w.cmd(n, who, argv...).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func (w *twice) nginx(n int, more string) []string {
	dir := w.t.TempDir()
	conf := filepath.Join(dir, "nginx.conf")
	w.must(os.WriteFile(conf, fmt.Appendf(nil, `
pid %[1]s/pid; error_log %[1]s/error.log; %[3]s
events {}
http { access_log off; client_body_temp_path %[1]s; proxy_temp_path %[1]s; fastcgi_temp_path %[1]s; uwsgi_temp_path %[1]s; scgi_temp_path %[1]s;
server { listen 80; location / { return 200 "server of %[2]d sees $remote_addr\n"; } } }`, dir, n, more), 0o644))
	return []string{"nginx", "-c", conf}
}

func needPrograms(t *testing.T) {
	t.Helper()
	needNamespaces(t)
	for _, p := range []string{"nginx", "iperf3", "curl", "dig"} {
		if _, err := exec.LookPath(p); err != nil {
			t.Skip(err)
		}
	}
}

// COM-09, TST-01: two accounts' VPCs have the same ranges and the same
// addresses; programs that know nothing of Culvert work in both at once, and
// nothing of it is left when it has stopped or was killed.
func TestProgramsInNamespaces(t *testing.T) {
	needPrograms(t)
	before := look(t)
	foreign := startForeign(t)
	w := buildTwice(t)
	w.start()
	held := namespaces(w.server.Process.Pid)
	if len(held) < 8 {
		t.Fatalf("the server holds %d namespaces", len(held))
	}
	for n := range 2 {
		server := w.cmd(n, "server", w.nginx(n, "daemon off;")...)
		w.must(server.Start())
		iperf := w.cmd(n, "server", "iperf3", "-s", "-1")
		w.must(iperf.Start())
		t.Cleanup(func() { _, _ = server.Process.Kill(), server.Wait() })
	}
	for n := range 2 {
		w.carries(n)
	}
	w.measures()
	daemon := w.cmd(0, "client", w.nginx(0, "")...)
	w.must(daemon.Run()) // it goes on by itself

	t.Log("stop")
	w.must(w.server.Process.Signal(syscall.SIGTERM))
	w.must(w.server.Wait())
	w.nothingLeft(held, before)

	w.start()
	held = namespaces(w.server.Process.Pid)
	w.must(w.cmd(1, "client", w.nginx(1, "")...).Run())
	sleeper := w.cmd(1, "server", "sh", "-c", "sleep 1000 & sleep 1000")
	w.must(sleeper.Start())
	w.until("a program sleeps", func() bool {
		return slices.ContainsFunc(inside(held), func(p string) bool { return strings.HasSuffix(p, " sleep") })
	})
	t.Log("kill")
	w.must(w.server.Process.Kill())
	_ = w.server.Wait()
	if err := sleeper.Wait(); err == nil {
		t.Error("the program ended by itself")
	}
	w.start()
	// The new server's namespaces may have the numbers of those that are gone.
	left := slices.DeleteFunc(inside(held), func(p string) bool { return strings.HasPrefix(p, fmt.Sprint(w.server.Process.Pid, " ")) })
	if len(left) > 0 {
		t.Errorf("after a kill and a new start these are left: %v", left)
	}
	w.must(w.server.Process.Signal(syscall.SIGTERM))
	w.must(w.server.Wait())
	w.nothingLeft(held, before)
	foreign.unchanged(t)
}

// carries looks at one account's lab.
func (w *twice) carries(n int) {
	w.t.Helper()
	name := w.endpoints[n].Domain
	ip := "10.0.0.9"
	if out, err := w.as(n, "client", "dig", "+short", name); err != nil || out != ip {
		w.t.Errorf("dig: %q, %v", out, err)
	}
	sees := regexp.MustCompile(fmt.Sprintf(`^server of %d sees 198\.19\.1(2[89]|3\d|4[0-3])\.\d+$`, n))
	for _, url := range []string{"http://" + name + "/", "http://" + ip + "/"} {
		w.until("nginx answers", func() bool {
			out, err := w.as(n, "client", "curl", "-sS", "-m", "5", url)
			return err == nil && sees.MatchString(out)
		})
	}
	// The server sees itself at the address that the client has in its VPC.
	if out, err := w.as(n, "server", "curl", "-sS", "-m", "5", "http://10.0.0.5/"); err != nil || out != fmt.Sprintf("server of %d sees 10.0.0.5", n) {
		w.t.Errorf("itself: %q, %v", out, err)
	}
	if out, err := w.as(n, "client", "curl", "-sS", "-m", "5", "http://10.0.0.5/"); err == nil {
		w.t.Errorf("the client's own address answers: %q", out)
	}
	if out, err := w.as(n, "office", "curl", "-sS", "-m", "5", "http://"+name+"/"); err != nil || !sees.MatchString(out) {
		w.t.Errorf("from on premises: %q, %v", out, err)
	}
	if out, err := w.as(n, "away", "curl", "-sS", "-m", "5", "http://"+ip+"/"); w.code(err) != 7 || !strings.Contains(out, "failed: the program has no network until the zone works again") {
		w.t.Errorf("from a zone that has failed: %q, %v", out, err)
	}
	if out, err := w.as(n, "client", "sh", "-c", "exit 7"); err == nil || w.code(err) != 7 {
		w.t.Errorf("exit code: %q, %v", out, err)
	}
}

func (w *twice) code(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return -1
}

// measures sends through both labs at once.
func (w *twice) measures() {
	w.t.Helper()
	var cmds []*exec.Cmd
	var outs [2]bytes.Buffer
	for n := range 2 {
		c := w.cmd(n, "client", "iperf3", "-c", w.endpoints[n].Domain, "-t", "1", "-J")
		c.Stdout = &outs[n]
		w.must(c.Start())
		cmds = append(cmds, c)
	}
	for n, c := range cmds {
		if err := c.Wait(); err != nil {
			w.t.Fatalf("iperf3: %v\n%s", err, outs[n].String())
		}
		var report struct {
			End struct {
				Received struct {
					Bits float64 `json:"bits_per_second"`
				} `json:"sum_received"`
			} `json:"end"`
		}
		w.must(json.Unmarshal(outs[n].Bytes(), &report))
		w.t.Logf("lab %d: %.2f Gbit/s", n, report.End.Received.Bits/1e9)
		if report.End.Received.Bits < 1e8 {
			w.t.Errorf("lab %d carried %v bits a second", n, report.End.Received.Bits)
		}
	}
}

// nothingLeft says whether what the server held is gone, and this host as it
// was.
func (w *twice) nothingLeft(held map[string]bool, before sight) {
	w.t.Helper()
	w.until("no program is in the namespaces", func() bool { return len(inside(held)) == 0 })
	after := look(w.t)
	if !slices.Equal(after.interfaces, before.interfaces) || !slices.Equal(after.named, before.named) || after.mounts != before.mounts {
		w.t.Errorf("this host changed:\n%+v\n%+v", before, after)
	}
	if _, err := os.Stat(filepath.Join(w.data, "culvert.sock")); err == nil && w.server.ProcessState.Success() {
		w.t.Error("the socket is left")
	}
}
