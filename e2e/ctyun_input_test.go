package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"
)

// goodForm fills in the form of a service once with a mouse, and answers what
// is in it.
func goodForm(p *page, server string) url.Values {
	p.t.Helper()
	p.visit(south + "/endpoint-services")
	vpcepServices{p}.fillOffer(offer{
		name: "web-and_Mail-80", vpc: "vpc-52411.1111", approval: false,
		mappings: []mapping{{"TCP", "8080", "80"}, {"UDP", "53", "53"}, {"TCP", "443", "8443"}}, backend: backend{server: server},
	})
	return p.typed()
}

// spoiled opens the form filled in well but for these fields.
func spoiled(form url.Values, pairs ...string) func(p *page) {
	return func(p *page) {
		bad := maps.Clone(form)
		for i := 0; i < len(pairs); i += 2 {
			bad.Set(pairs[i], pairs[i+1])
		}
		p.visit(south + "/endpoint-services/new?" + bad.Encode())
	}
}

var createNow = [2]string{"立即创建", "Create Now"}

// ctyunMistakes are the refusals of the document's forms (TYS-02, TYS-07,
// TYS-11, TYD-05), made in the form as it is filled in well.
func ctyunMistakes(good url.Values) []mistake {
	return []mistake{
		{
			name: "name of 17 characters", fill: spoiled(good, "name", "abcdefghijklmnopq"),
			main: createNow, at: [2]string{"名称", "Name"},
			want: [2]string{"名称最长 16 个字符，现在是 17 个", "A name has at most 16 characters; this one has 17"},
		},
		{
			name: "port 0", fill: spoiled(good, "serviceport.2", "0"),
			main: createNow, at: [2]string{"服务端口", "Service Port"},
			want: [2]string{"要 1 到 65535 之间的整数，不是“0”", "Needs a whole number from 1 to 65535, not “0”"},
		},
		{
			name: "port 65536", fill: spoiled(good, "port.3", "65536"),
			main: createNow, at: [2]string{"终端端口", "Endpoint Port"},
			want: [2]string{"要 1 到 65535 之间的整数，不是“65536”", "Needs a whole number from 1 to 65535, not “65536”"},
		},
		{
			name: "duplicate row", fill: spoiled(good, "port.3", "80"),
			main: createNow, at: [2]string{"终端端口", "Endpoint Port"},
			want: [2]string{"与第 1 条重复：TCP 的终端端口 80 已经用了", "The same as row 1: endpoint port 80 of TCP is in use"},
		},
		{
			// Five others come while this one is being filled in.
			name: "sixth service of a cloud server", fill: func(p *page) {
				form := goodForm(p, p.word("web-1", "web-2"))
				for range 5 {
					p.post(form, 303)
				}
			},
			main: createNow, at: [2]string{"云主机", "Cloud Server"},
			want: [2]string{"同一个后端资源最多用于 5 个终端节点服务", "A backend resource can serve at most 5 endpoint services"},
		},
		{
			name: "entry that is no iam:domain::", fill: func(p *page) {
				p.visit(south + "/endpoint-services")
				s := vpcepServices{p}.open("shop")
				s.tab("权限管理", "Permission Management")
				p.press(p.word("添加白名单记录", "Add Whitelist Record"))
				p.press("+ " + p.word("继续添加", "Add another"))
				p.press("+ " + p.word("继续添加", "Add another"))
				for n, entry := range []string{"iam:domain::" + strings.Repeat("ab", 16), "iam:domain:x", "*"} {
					p.fill(fmt.Sprintf(p.word("第 %d 个授权账号ID", "Authorized account ID %d"), n+1), entry)
				}
			},
			main: [2]string{"确定", "OK"}, at: [2]string{"第 2 个授权账号ID", "Authorized account ID 2"},
			want: [2]string{"要写成 iam:domain::账号ID", "Write it as iam:domain::domain_id"},
		},
	}
}

// TestCtyunWrongInput: what is wrong is said at the field, in the page's
// language, and all other fields and rows stay as they were typed (TYS-02,
// TYS-07, TYS-11, TYD-04, TYD-05).
func TestCtyunWrongInput(t *testing.T) {
	t.Parallel()
	zh := tianyi(t, reader{Lab: newLab(t), Lang: "zh"})
	en := tianyi(t, reader{Lab: zh.Lab, Lang: "en"})
	zh.vpcepServices().create(offer{
		name: "shop", vpc: "vpc-52411.1111", mappings: []mapping{{"TCP", "7", "7"}}, backend: backend{server: "echo-1", nic: "主网卡"},
	})
	for n, p := range []*page{zh, en} {
		for _, m := range ctyunMistakes(goodForm(p, "echo-1")) {
			t.Run(m.name+" in "+p.Lang, func(t *testing.T) {
				was := p.t
				p.t = t
				defer func() { p.t = was }()
				m.all = true
				m.check(p, n)
			})
		}
	}
	fifty(zh)
}

// fifty: a form with 50 mappings works, and each of them carries traffic as it
// says; one more is refused and loses nothing (TYS-07, TYD-09, X-21).
func fifty(p *page) {
	p.t.Helper()
	p.visit(south + "/endpoint-services")
	s := vpcepServices{p}
	s.fillOffer(offer{name: "fifty", vpc: "vpc-52411.1111", mappings: []mapping{{"TCP", "7", "1001"}}, backend: backend{server: "echo-1", nic: "主网卡"}})
	form := p.typed()
	for n := 2; n <= 49; n++ {
		form.Set("protocol."+strconv.Itoa(n), []string{"tcp", "udp"}[n%2])
		form.Set("serviceport."+strconv.Itoa(n), "7")
		form.Set("port."+strconv.Itoa(n), strconv.Itoa(1000+n))
	}
	p.visit(south + "/endpoint-services/new?" + form.Encode())
	p.sees("您本次还可以添加1条端口映射")
	p.press("添加端口映射")
	p.sees("您本次还可以添加0条端口映射")
	if n, err := p.called(p.Locator("main"), "添加端口映射").Count(); err != nil || n != 0 {
		p.t.Errorf("with 50 rows %d buttons add another (%v)", n, err)
	}
	s.mapping(50, mapping{"UDP", "7", "1050"})

	more := p.typed()
	more.Set("protocol.51", "tcp")
	more.Set("serviceport.51", "7")
	more.Set("port.51", "1051")
	if body := p.post(more, 422); !strings.Contains(body, "一次最多添加 50 条端口映射，现在有 51 条") || !strings.Contains(body, `value="1050"`) || !strings.Contains(body, `value="1051"`) {
		p.t.Error("the 51st mapping is not refused with all rows kept")
	}

	p.press("立即创建")
	p.comes(p.row("fifty").GetByText("可连接", exactly()))
	name := s.generated("fifty")
	service := s.open("fifty")
	service.tab("端口映射", "Port Mapping")
	if n, err := p.GetByRole("main").GetByRole("rowheader").Count(); err != nil || n != 50 {
		p.t.Errorf("the page shows %d mappings (%v)", n, err)
	}
	p.premises().attachHost("vpcep-client-180815")
	e := p.vpceps().open(p.vpceps().create(purchase{service: name, vpc: "vpcep-client-180815", subnet: "subnet-7ff8"}, "已接受", "Accepted"))
	for n := 1; n <= 50; n++ {
		network := []string{"tcp", "udp"}[n%2]
		if n == 1 {
			network = "tcp"
		} else if n == 50 {
			network = "udp"
		}
		echoed(p.t, network, e.here(strings.ToUpper(network), strconv.Itoa(1000+n)))
	}
}

// echoed sends a line and reads it back.
func echoed(t *testing.T, network, at string) {
	t.Helper()
	conn, err := net.Dial(network, at)
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	buf := make([]byte, 4)
	if _, err := conn.Write([]byte("echo")); err != nil {
		t.Error(err)
	}
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Error(err)
	}
	if _, err := io.ReadFull(conn, buf); err != nil || string(buf) != "echo" {
		t.Errorf("%s %s: %q, %v", network, at, buf, err)
	}
}

// typed is what stands in the form of the page.
func (p *page) typed() url.Values {
	p.t.Helper()
	out, err := p.Evaluate(`() => {
		const form = [...document.querySelectorAll("dialog form, main form")].find(f => f.querySelector("[name]:not([type=hidden]):not([type=search])"));
		return JSON.stringify([...new FormData(form)]);
	}`)
	if err != nil {
		p.t.Fatal(err)
	}
	var pairs [][2]string
	if err := json.Unmarshal([]byte(fmt.Sprint(out)), &pairs); err != nil {
		p.t.Fatal(err)
	}
	typed := url.Values{}
	for _, pair := range pairs {
		if !slices.Contains([]string{"once", "since"}, pair[0]) {
			typed.Add(pair[0], pair[1])
		}
	}
	return typed
}

// post sends a form of this page by itself and answers what comes back.
func (p *page) post(form url.Values, status int) string {
	p.t.Helper()
	at, _, _ := strings.Cut(p.URL(), "?")
	res, err := p.Context().Request().Post(at, playwright.APIRequestContextPostOptions{
		Data: form.Encode(), Headers: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, MaxRedirects: playwright.Int(0),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	body, err := res.Text()
	if err != nil || res.Status() != status {
		p.t.Fatalf("%s answers %d, want %d (%v):\n%s", at, res.Status(), status, err, body)
	}
	return body
}
