package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"sort"
	"strings"

	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/instance"
	"culvert.internal/reach"
	"culvert.internal/views"
)

// instanceAttempts is how many attempts of its instance the page lists.
const instanceAttempts = 10

func (h *Instance) show(c echo.Context) error {
	i, err := h.read(c)
	if err != nil {
		return err
	}
	p, err := h.detail(c, i)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if p.Browser.Error != "" {
		status = http.StatusUnprocessableEntity
	}
	return h.Render(c, status, views.InstancePage(h.Frame(c), p))
}

// terminal runs one command line on the instance and shows the page with
// what it said. What was said before comes with the form, so that nothing
// is kept here; Doors bounds the time and the output.
func (h *Instance) terminal(c echo.Context) error {
	i, err := h.read(c)
	if err != nil {
		return err
	}
	form, ran := h.Form(c), false
	var out instance.Output
	line := strings.TrimSpace(form.Value("cmd"))
	if line != "" && i.Running {
		out, ran = h.Doors.Terminal(c.Request().Context(), i.ID, line), true
	}
	p, err := h.detail(c, i)
	if err != nil {
		return err
	}
	p.Terminal.Runs = views.PastRuns(form.Value("past"))
	if ran {
		if err := h.say(c, &p, line, out); err != nil {
			return err
		}
	}
	return h.Render(c, http.StatusOK, views.InstancePage(h.Frame(c), p))
}

// say puts a command's output into the terminal in the reader's language.
func (h *Instance) say(c echo.Context, p *views.InstanceDetail, line string, out instance.Output) error {
	f, run := h.Frame(c), views.Run{Command: line, Output: out.Text, OK: out.OK}
	v, provider := out.Verdict, ""
	if v != nil {
		provider = providerOf(p.Endpoints, v)
	}
	target := ""
	for _, n := range out.Notes {
		said := f.Reason(n.Key, n.Args)
		switch {
		case v != nil && n.Key == v.Reason.Key:
			said = f.RefusalReason(*v, provider)
		case n.Key == "terminal.refused":
			target = n.Args["target"]
		}
		run.Notes = append(run.Notes, said)
	}
	p.Terminal.Runs = append(p.Terminal.Runs, run)
	if v == nil {
		return nil
	}
	r := &views.Refusal{Gate: string(v.Gate), Reason: f.RefusalReason(*v, provider), Target: target, Protocol: protocolOf(line)}
	p.Terminal.Refused = r
	return h.fix(c, v.Fix, provider, r)
}

// providerOf is the account behind the endpoint a verdict is about, empty
// when it is about none of these.
func providerOf(endpoints []cloud.EndpointView, v *reach.Verdict) string {
	_, fixed, _ := strings.Cut(v.Fix.ID, "/")
	for _, e := range endpoints {
		if e.ID == v.Endpoint || v.Fix.Kind == "connection" && e.ID == fixed {
			return e.Provider
		}
	}
	return ""
}

// fix says where the reader can change what stopped the command, or who has
// to. Only the account's own things are linked.
func (h *Instance) fix(c echo.Context, ref reach.Ref, provider string, r *views.Refusal) error {
	ctx, caller := c.Request().Context(), h.Caller(c)
	var err error
	switch ref.Kind {
	case "connection":
		if provider != caller.Account().ID {
			r.Waits = provider
			return nil
		}
		service, _, _ := strings.Cut(ref.ID, "/")
		r.Kind, r.Fix = ref.Kind, "/endpoint-services/"+service+"?tab=connections"
	case "group":
		_, err = caller.SecurityGroup(ctx, ref.ID)
		r.Kind, r.Fix = ref.Kind, "/security-groups/"+ref.ID
	case "acl":
		_, err = caller.ACL(ctx, ref.ID)
		r.Kind, r.Fix = ref.Kind, "/network-acls/"+ref.ID
	case "balancer":
		_, err = caller.Balancer(ctx, ref.ID)
		r.Kind, r.Fix = ref.Kind, "/load-balancers/"+ref.ID
	case "endpoint":
		_, err = caller.Endpoint(ctx, ref.ID)
		r.Kind, r.Fix = ref.Kind, "/endpoints/"+ref.ID
	}
	if cloud.AsError(err) != nil {
		// It is the other account's: theirs to change.
		r.Fix, r.Waits, err = "", provider, nil
	}
	return err
}

// protocolOf says which protocol a command line was about.
func protocolOf(line string) string {
	words := strings.Fields(line)
	udp := slices.ContainsFunc(words, func(w string) bool {
		return len(w) > 1 && w[0] == '-' && w[1] != '-' && strings.Contains(w, "u")
	})
	switch {
	case words[0] == "ping":
		return cloud.ICMP
	case words[0] == "dig" && !slices.Contains(words, "+tcp"), slices.Contains(words, "nc") && udp:
		return string(reach.UDP)
	}
	return string(reach.TCP)
}

// detail reads what the instance's page shows.
func (h *Instance) detail(c echo.Context, i cloud.InstanceView) (views.InstanceDetail, error) {
	ctx, caller, region := c.Request().Context(), h.Caller(c), h.Region(c)
	p := views.InstanceDetail{
		Instance: i, Unique: true, Resolver: h.Live.Resolver(i.VPC), SOCKS: h.Doors.SOCKS(i.ID),
	}
	if at, ok := h.Doors.Server(i.ID); ok {
		p.Server = at
	}
	p.Move, _ = h.movedProgram(i.Instance)
	var err error
	if p.VSwitch, err = caller.VSwitch(ctx, i.VSwitch); err != nil {
		return p, fmt.Errorf("read vSwitch %s: %w", i.VSwitch, err)
	}
	if p.NICs, err = caller.NICs(ctx, region, i.ID); err != nil {
		return p, fmt.Errorf("list the NICs of %s: %w", i.ID, err)
	}
	if p.Endpoints, _, err = endpointsIn(ctx, caller, region, i.VPC, shownInside); err != nil {
		return p, err
	}
	if p.Others, err = neighbours(ctx, caller, i); err != nil {
		return p, err
	}
	alike, err := caller.InstancesNamed(ctx, region, i.Name)
	if err != nil {
		return p, fmt.Errorf("count instances called %s: %w", i.Name, err)
	}
	p.Unique = alike == 1
	if p.Attempts, err = attemptsOf(ctx, caller, i, p.NICs); err != nil {
		return p, err
	}
	p.Browser, err = h.frame(c, i)
	return p, err
}

// neighbours are some of the account's instances with a web page: the first
// ones of the instance's VPC, then the first ones of all.
func neighbours(ctx context.Context, caller *cloud.Caller, i cloud.InstanceView) ([]cloud.InstanceView, error) {
	var out []cloud.InstanceView
	for _, vpc := range []string{i.VPC, ""} {
		f := cloud.Find{Filter: map[string]string{"program": cloud.ProgramWeb, "vpc": vpc}, Size: 20}
		found, err := caller.FindInstances(ctx, i.Region, f)
		if err != nil {
			return nil, fmt.Errorf("list instances beside %s: %w", i.ID, err)
		}
		out = append(out, found.Items...)
	}
	return out, nil
}

// attemptsOf are the newest attempts that came from the instance, through any
// of its NICs.
func attemptsOf(ctx context.Context, caller *cloud.Caller, i cloud.InstanceView, nics []cloud.NICView) ([]cloud.Attempt, error) {
	sources := []netip.Addr{i.IP}
	for _, n := range nics {
		sources = append(sources, n.IP)
	}
	var out []cloud.Attempt
	for _, a := range sources {
		some, err := caller.Attempts(ctx, cloud.AttemptQuery{VPC: i.VPC, Source: a, Limit: instanceAttempts})
		if err != nil {
			return nil, fmt.Errorf("list attempts: %w", err)
		}
		out = append(out, some...)
	}
	sort.SliceStable(out, func(i, j int) bool { return out[j].Seq < out[i].Seq })
	return out[:min(len(out), instanceAttempts)], nil
}
