package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"
)

// TestCtyunClients: programs of this host go through mappings of ctyun's
// endpoints whose ports differ on both sides: curl and nc, TCP and UDP, both on
// one number, to a cloud server's 副网卡 that has a group of its own (TYS-07,
// TYS-08, TYS-10, TYS-12, TYD-09, TYE-11, TYE-12, TYN-03, X-28).
func TestCtyunClients(t *testing.T) {
	t.Parallel()
	p := tianyi(t, reader{Lab: newLab(t), Lang: "zh"})
	p.premises().attachHost("vpcep-client-180815")

	// web-2's primary NIC has a group that lets no endpoint in.
	p.nic("web-2", "192.168.0.42", "sg-endpoint-ok")
	web := p.connect(offer{name: "web", mappings: []mapping{{"TCP", "8080", "80"}}, backend: backend{server: "web-2", nic: "副网卡"}})
	said := command(t, "curl", "-sS", "--max-time", "10", "http://"+web.here("TCP", "80")+"/")
	inSNAT(p, said)
	if !strings.Contains(said, "web-2: a server in") || !strings.Contains(said, "192.168.0.42:8080") {
		t.Errorf("curl says:\n%s", said)
	}
	for _, address := range []string{web.ip(), web.domain()} {
		said := command(t, shared.bin, "exec", "--data", p.Lab.data, "client-a", "--", "curl", "-sS", "--max-time", "10", "http://"+address+"/")
		if !strings.Contains(said, "192.168.0.42:8080") {
			t.Errorf("curl %s as client-a says:\n%s", address, said)
		}
	}

	both := p.connect(offer{
		name: "echo", mappings: []mapping{{"TCP", "7", "2007"}, {"UDP", "7", "2007"}, {"UDP", "7", "3007"}},
		backend: backend{server: "echo-1", nic: "副网卡"},
	})
	tcp, udp := both.here("TCP", "2007"), both.here("UDP", "2007")
	if tcp != udp {
		t.Errorf("port 2007 is at %s for TCP and at %s for UDP", tcp, udp)
	}
	running := []*nc{netcat(t, tcp), netcat(t, udp, "-u"), netcat(t, both.here("UDP", "3007"), "-u")}
	for range 3 {
		for _, c := range running {
			c.echoes()
		}
	}
	streams(t, tcp, 8<<20)
	datagrams(t, udp, 2000)
	both.seesIn(both.GetByRole("main"), "UDP") // the pages tell both protocols
}

// connect makes a service in vpc-52411.1111 that accepts by itself and an
// endpoint for it in vpcep-client-180815, whose page it answers.
func (p *page) connect(o offer) vpcep {
	p.t.Helper()
	o.vpc = "vpc-52411.1111"
	name := p.vpcepServices().create(o)
	state, en := "已接受", "Accepted"
	if o.approval {
		state, en = "待接受", "Pending acceptance"
	}
	id := p.vpceps().create(purchase{service: name, domain: true, vpc: "vpcep-client-180815", subnet: "subnet-7ff8"}, state, en)
	return p.vpceps().open(id)
}

// nic gives a cloud server of vpc-52411.1111 a secondary NIC (TYS-10).
func (p *page) nic(server, ip, group string) {
	p.t.Helper()
	p.instance(server)
	p.press(p.word("添加副网卡", "Add secondary NIC"))
	p.heading("添加副网卡", "Add secondary NIC")
	p.choose(p.word("子网", "Subnet"), "subnet-52411")
	p.fill(p.word("私网 IP", "Private IP"), ip)
	p.tick(group)
	p.press(p.word("添加", "Add"))
	p.heading(server, server)
	nics := p.GetByRole("region", playwright.PageGetByRoleOptions{Name: p.word("网卡", "NICs"), Exact: playwright.Bool(true)})
	p.seesIn(nics.GetByRole("row").Filter(playwright.LocatorFilterOptions{HasText: p.word("副网卡", "Secondary NIC")}), ip)
}

// streams sends so many bytes over TCP and reads them back.
func streams(t *testing.T, at string, size int) {
	t.Helper()
	conn, err := net.Dial("tcp4", at)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	sent := bytes.Repeat([]byte("0123456789abcdef"), size/16)
	wrote := make(chan error, 1)
	go func() {
		_, err := conn.Write(sent)
		wrote <- err
	}()
	got := make([]byte, size)
	if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, sent) {
		t.Errorf("%d bytes through %s came back otherwise (%v)", size, at, err)
	}
	if err := <-wrote; err != nil {
		t.Errorf("write to %s: %v", at, err)
	}
}

// datagrams sends so many datagrams from ten source ports, a few at a time,
// and reads them back: none is lost.
func datagrams(t *testing.T, at string, count int) {
	t.Helper()
	const ports, window = 10, 20
	for port := range ports {
		conn, err := net.Dial("udp4", at)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 64)
		for n := 0; n < count/ports; n += window {
			missing := map[string]bool{}
			for k := range window {
				line := fmt.Sprint(port, ":", n+k)
				missing[line] = true
				if _, err := conn.Write([]byte(line)); err != nil {
					t.Fatal(err)
				}
			}
			for len(missing) > 0 {
				n, err := conn.Read(buf)
				if err != nil {
					t.Fatalf("datagrams through %s: %d of %d are missing (%v)", at, len(missing), window, err)
				}
				delete(missing, string(buf[:n]))
			}
		}
	}
}
