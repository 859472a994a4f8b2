package instance

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"culvert.internal/dns"
	"culvert.internal/reach"
)

// question is a dig command line.
type question struct {
	name, kind, server string
	port               uint16
	short, tcp         bool
}

func dig(sh *shell, args []string) bool {
	q, ok := sh.parseDig(args)
	if !ok {
		return false
	}
	if !sh.spec.Running {
		v := stopped(sh.spec)
		why := "instance is stopped"
		if sh.spec.Out {
			why = "availability zone has failed"
		}
		sh.out.print(";; communications error: ", why, "\n")
		sh.verdict = &v
		return sh.fail(v.Reason.Key, "client", sh.spec.Name, "zone", sh.spec.Zone)
	}
	started := time.Now()
	reply, err := sh.query(q)
	if err != nil {
		sh.out.print(";; communications error to ", q.shown(sh.spec), ": ", digError(err), "\n")
		sh.explain(err, q.shown(sh.spec))
		return false
	}
	if q.short {
		for _, v := range reply.Values {
			sh.out.print(v, "\n")
		}
	} else {
		sh.digReply(q, reply, time.Since(started))
	}
	if reply.Status == "SERVFAIL" {
		sh.note("terminal.upstream", "name", q.name)
	}
	return true
}

func digError(err error) string {
	if isTimeout(err) {
		return "timed out"
	}
	return "connection refused"
}

func (sh *shell) parseDig(args []string) (question, bool) {
	q := question{kind: "A", port: 53}
	for i := 0; i < len(args); i++ {
		w := args[i]
		switch {
		case strings.HasPrefix(w, "@"):
			q.server = w[1:]
		case w == "+short":
			q.short = true
		case w == "+tcp" || w == "+vc":
			q.tcp = true
		case (w == "-p" || w == "-t") && i+1 < len(args):
			i++
			ok := true
			if q.kind = args[i]; w == "-p" {
				q.kind = "A"
				q.port, ok = portNumber(args[i])
			}
			if !ok {
				return q, sh.fail("terminal.option", "command", "dig", "option", "-p "+args[i])
			}
		case strings.HasPrefix(w, "+") || strings.HasPrefix(w, "-"):
			if !slices.Contains([]string{"+noall", "+answer", "+nocmd", "+recurse", "-4"}, w) {
				return q, sh.fail("terminal.option", "command", "dig", "option", w)
			}
		case q.name == "":
			q.name = w
		case dns.Types(w):
			q.kind = w
		default:
			return q, sh.fail("terminal.usage", "usage", "dig [@SERVER] NAME [TYPE] [+short] [+tcp]")
		}
	}
	if q.name == "" {
		return q, sh.fail("terminal.usage", "usage", "dig [@SERVER] NAME [TYPE] [+short] [+tcp]")
	}
	if !dns.Types(q.kind) {
		return q, sh.fail("terminal.dig.type", "type", q.kind)
	}
	q.kind = strings.ToUpper(q.kind)
	return q, true
}

// query asks the VPC's resolver in this process, any other server through the
// dial function, like every other flow.
func (sh *shell) query(q question) (dns.Reply, error) {
	if q.server == "" || q.server == sh.spec.Resolver.String() {
		return sh.doors.resolver.Query(sh.ctx, sh.spec.VPC, q.name, sh.spec.Zone, q.kind)
	}
	network := string(reach.UDP)
	if q.tcp {
		network = string(reach.TCP)
	}
	c, err := sh.dial(sh.ctx, network, q.server, q.port)
	if err != nil {
		return dns.Reply{}, err
	}
	defer c.Close()
	return dns.Ask(sh.ctx, c, q.name, q.kind)
}

func (q question) shown(spec Spec) string {
	server := q.server
	if server == "" {
		server = "resolver"
		if spec.Resolver.IsValid() {
			server = spec.Resolver.String()
		}
	}
	if a, err := netip.ParseAddr(server); err == nil {
		return net.JoinHostPort(a.String(), fmt.Sprint(q.port))
	}
	return server
}

func (sh *shell) digReply(q question, r dns.Reply, took time.Duration) {
	sh.out.print(
		fmt.Sprintf("; <<>> DiG <<>> %s %s\n", q.name, q.kind),
		";; Got answer:\n",
		fmt.Sprintf(";; ->>HEADER<<- opcode: QUERY, status: %s, id: %d\n", r.Status, r.ID),
		fmt.Sprintf(";; flags: %s; QUERY: 1, ANSWER: %d, AUTHORITY: %d, ADDITIONAL: 0\n\n", strings.Join(r.Flags, " "), len(r.Answer), len(r.Authority)),
		";; QUESTION SECTION:\n;", r.Question, "\n\n",
	)
	for _, s := range []struct {
		title string
		lines []string
	}{{"ANSWER", r.Answer}, {"AUTHORITY", r.Authority}} {
		if len(s.lines) > 0 {
			sh.out.print(";; ", s.title, " SECTION:\n", strings.Join(s.lines, "\n"), "\n\n")
		}
	}
	transport := "UDP"
	if q.tcp {
		transport = "TCP"
	}
	sh.out.print(
		fmt.Sprintf(";; Query time: %d msec\n", took.Milliseconds()),
		";; SERVER: ", q.shown(sh.spec), " (", transport, ")\n",
		fmt.Sprintf(";; MSG SIZE  rcvd: %d\n", r.Size),
	)
}
