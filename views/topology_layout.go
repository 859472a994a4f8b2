package views

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"culvert.internal/views/ui"
)

// drawing is the topology as shapes with their places, in the units of its
// view box: 1200 wide, height high. The page only draws them.
type drawing struct {
	height int
	boxes  []box
	lines  []line
	arches []arch
	nodes  []node
}

// box is a network.
type box struct {
	x, y, w, h        int
	name, range_, who string
}

// node is a thing in a network, or a service.
type node struct {
	x, y, w, h  int
	icon        string
	kind        ui.Kind // "" draws it in ink
	name, note  string
	href, title string
}

// line is a way from one place to another.
type line struct {
	kind ui.Kind
	live bool
	path string
}

// arch is a connection, in the wall.
type arch struct {
	y           int
	kind        ui.Kind
	state, note string
	href        string
}

// The columns of the drawing and the measures of a row.
const (
	drawWidth   = 1200
	drawTop     = 12
	rowHigh     = 84
	nodeHigh    = 52
	rowGap      = rowHigh - nodeHigh
	portApart   = 16 // between the links that end at one service
	boxHead     = 40
	boxFoot     = 14
	boxGap      = 20
	leftX       = 16
	leftW       = 412
	clientX     = 30
	clientW     = 150
	busX        = 200
	eniX        = 222
	eniW        = 192
	wallX       = 460
	wallW       = 124
	archX       = wallX + wallW/2
	serviceX    = 648
	serviceW    = 152
	rightX      = 822
	rightW      = 362
	clbX        = 836
	clbW        = 150
	fanX        = 1004
	backendX    = 1022
	backendW    = 148
	rowClients  = 4  // instances of a VPC, and backends of a CLB, that are drawn one by one
	tagDown     = 17 // the label under an arch, below its middle
	latinWidth  = 7  // of a letter of notes; names are bold and wider
	boldMore    = 1
	hanWidth    = 13
	nodePadding = 44 // what icon and edges take of a node's width
)

// layout places the links that are shown. Consumers stand left of the wall, by
// VPC, services and what is behind them right of it.
func (p Topology) layout(f *Frame) drawing {
	_, left, right := p.place(f, 0, 0)
	// The lower side is put in the middle of the other.
	d, left, right := p.place(f, max(0, right-left)/2, max(0, left-right)/2)
	d.height = max(left, right) + drawTop
	for _, a := range d.arches {
		d.height = max(d.height, a.y+tagDown+a.tag()+drawTop)
	}
	return d
}

// place draws both sides, each so much further down, and answers where they
// end.
func (p Topology) place(f *Frame, downLeft, downRight int) (d drawing, left, right int) {
	at, left := p.drawConsumers(f, &d, drawTop+downLeft)
	right = p.drawServices(f, &d, at, drawTop+downRight)
	return d, left, right
}

// drawConsumers draws the networks of the endpoints from y on and answers the
// row of each endpoint, the middle of its node, and where it ends.
func (p Topology) drawConsumers(f *Frame, d *drawing, y int) (at map[string]int, end int) {
	at = map[string]int{}
	for _, group := range p.byVPC() {
		vpc := group[0].Endpoint
		clients := p.clients(f, vpc.VPC)
		shown := min(len(clients), rowClients)
		rows := max(len(group), shown, 1)
		b := box{x: leftX, y: y, w: leftW, h: boxHead + rows*rowHigh - rowGap + boxFoot, name: vpc.VPCName, range_: vpc.VPCCIDR.String(), who: f.AccountName(vpc.Account)}
		if !group[0].Mine {
			// Its addresses are its owner's business.
			b.name, b.range_ = vpc.VPC, ""
		}
		b.name = fit(b.name, 170, boldMore)
		d.boxes = append(d.boxes, b)
		row := func(i int) int { return y + boxHead + i*rowHigh + nodeHigh/2 }
		for i, n := range clients[:shown] {
			n.x, n.y, n.w = clientX, row(i)-nodeHigh/2, clientW
			if i == rowClients-1 && len(clients) > rowClients {
				n.name, n.note, n.href = f.T("topology.instances", "n", len(clients)-i), "", f.Link("/instances?q="+vpc.VPC)
			}
			d.add(n)
			d.line(ui.OK, false, "M%d %dH%d", clientX+clientW, row(i), busX)
		}
		for i, l := range group {
			at[l.Endpoint.ID] = row(i)
			d.add(node{x: eniX, y: row(i) - nodeHigh/2, w: eniW, icon: "eni", name: l.Endpoint.Name, note: l.eni(f), href: l.href(f)})
			if shown > 0 {
				d.line(ui.OK, false, "M%d %dH%d", busX, row(i), eniX)
			}
			d.arches = append(d.arches, p.arch(f, l, row(i)))
		}
		if shown > 0 && max(shown, len(group)) > 1 {
			d.line(ui.OK, false, "M%d %dV%d", busX, row(0), row(max(shown, len(group))-1))
		}
		y += b.h + boxGap
	}
	return at, max(y-boxGap, 0)
}

func (p Topology) arch(f *Frame, l TopologyLink, y int) arch {
	a := arch{y: y, kind: l.kind(f), state: l.state(f), href: l.href(f)}
	if a.kind == ui.OK {
		a.note = f.T("home.links.flows", "n", l.Flows)
	}
	return a
}

// drawServices draws the services in the order of the links, each with what
// the reader may know of what is behind it, joins the links to them, and
// answers where they end.
func (p Topology) drawServices(f *Frame, d *drawing, at map[string]int, y int) int {
	inside := "" // the network whose box is open
	for i, s := range p.Services {
		links := p.linksOf(s.ID)
		ports := max(nodeHigh, (len(links)-1)*portApart+nodeHigh)
		high := max(max(1, s.rows())*rowHigh, ports+rowGap)
		behind := s.State != "" && len(s.Resources) > 0
		top := y
		switch {
		case !behind:
			inside = ""
		case inside == s.VPC:
			top = y - boxGap
		default:
			inside = s.VPC
			top = y + boxHead
			d.boxes = append(d.boxes, box{x: rightX, y: y, w: rightW, name: fit(s.VPC, 200, boldMore), who: f.AccountName(s.Account)})
		}
		if behind {
			b := &d.boxes[len(d.boxes)-1]
			b.h = top + high - rowGap + boxFoot - b.y
		}
		mid := top + (high-rowGap)/2
		n := node{x: serviceX, y: mid - ports/2, w: serviceW, h: ports, icon: "service", name: s.Name(), note: f.T("topology.links", "n", len(links)), title: s.ID}
		if s.State != "" {
			n.href = f.ServicePath(s.ID, "")
		} else {
			n.note = f.AccountName(s.Account)
		}
		d.add(n)
		for k, l := range links {
			d.join(f, l, at[l.Endpoint.ID], mid+(2*k-len(links)+1)*portApart/2, i+k)
		}
		if behind {
			p.drawBehind(f, d, s, top, mid)
		}
		y = top + high + boxGap
	}
	return max(y-boxGap, 0)
}

// join draws a link from its ENI through the wall to its service; what is
// behind the wall is reached only when it is open.
func (d *drawing) join(f *Frame, l TopologyLink, from, to, lane int) {
	kind, live := l.kind(f), l.Flows > 0
	through := ui.Off
	if kind == ui.OK || kind == ui.Bad {
		kind, through = ui.OK, ui.OK
	}
	d.line(kind, live, "M%d %dH%d", eniX+eniW, from, archX-28)
	turn := wallX + wallW + 10 + lane%6*8
	d.line(through, live, "M%d %dH%dV%dH%d", archX+28, from, turn, to, serviceX)
}

// rows is how many rows the CLBs and backends of a service take.
func (s TopologyService) rows() int {
	n := 0
	for _, r := range s.Resources {
		n += max(1, min(len(r.Backends), rowClients))
	}
	return n
}

// drawBehind draws the CLBs of a service and their backends.
func (p Topology) drawBehind(f *Frame, d *drawing, s TopologyService, y, mid int) {
	for _, r := range s.Resources {
		shown := min(len(r.Backends), rowClients)
		high := max(1, shown) * rowHigh
		clb := y + (high-rowGap)/2
		kind, word := f.healthState(r, s.Health[r.Balancer])
		note := r.IP
		if kind == ui.Bad || len(r.Backends) == 0 {
			note = word
		}
		d.add(node{x: clbX, y: clb - nodeHigh/2, w: clbW, icon: "clb", name: r.Name, note: note, href: f.Link("/load-balancers/" + r.Balancer)})
		d.line(ui.OK, false, "M%d %dH%dV%dH%d", serviceX+serviceW, mid, serviceX+serviceW+8, clb, clbX)
		for i, b := range r.Backends[:shown] {
			to := y + i*rowHigh + nodeHigh/2
			kind, word := s.health(f, r.Balancer, b)
			n := node{x: backendX, y: to - nodeHigh/2, w: backendW, icon: "instance", name: b.Name, note: word, href: f.Link("/instances/" + b.Instance)}
			if kind == ui.Bad {
				n.kind = kind
			}
			if i == rowClients-1 && len(r.Backends) > rowClients {
				n = node{x: backendX, y: to - nodeHigh/2, w: backendW, icon: "instance", name: f.T("topology.instances", "n", len(r.Backends)-i), href: f.Link("/load-balancers/" + r.Balancer + "?tab=backends")}
				kind = ui.OK
			}
			d.add(n)
			d.line(kind, false, "M%d %dH%dV%dH%d", clbX+clbW, clb, fanX, to, backendX)
		}
		y += high
	}
}

// Name is what the service is called in the drawing: its description, its name
// or its ID.
func (s TopologyService) Name() string { return cmp.Or(s.Description, ServiceCalled(s.Service)) }

func (p Topology) linksOf(service string) []TopologyLink {
	var out []TopologyLink
	for _, l := range p.Links {
		if l.Endpoint.Service == service {
			out = append(out, l)
		}
	}
	return out
}

// byVPC groups the links by the VPC of their endpoint, in order.
func (p Topology) byVPC() [][]TopologyLink {
	var out [][]TopologyLink
	for _, l := range p.Links {
		i := slices.IndexFunc(out, func(g []TopologyLink) bool { return g[0].Endpoint.VPC == l.Endpoint.VPC })
		if i < 0 {
			out = append(out, []TopologyLink{l})
		} else {
			out[i] = append(out[i], l)
		}
	}
	return out
}

// add places a node; its words are cut to its width, whole in its title.
func (d *drawing) add(n node) {
	if n.h == 0 {
		n.h = nodeHigh
	}
	if n.title == "" {
		n.title = n.name
	}
	n.name, n.note = fit(n.name, n.w-nodePadding, boldMore), fit(n.note, n.w-nodePadding, 0)
	d.nodes = append(d.nodes, n)
}

func (d *drawing) line(kind ui.Kind, live bool, path string, numbers ...any) {
	d.lines = append(d.lines, line{kind: kind, live: live && kind == ui.OK, path: fmt.Sprintf(path, numbers...)})
}

// fit cuts a text to a width, each letter by so much wider than usual: SVG
// breaks no lines.
func fit(s string, width, wider int) string {
	used := 0
	for i, r := range s {
		w := latinWidth + wider
		if utf8.RuneLen(r) > 2 {
			w = hanWidth
		}
		if used += w; used > width && i+utf8.RuneLen(r) <= len(s) {
			return s[:i] + "…"
		}
	}
	return s
}

func n(i int) string { return strconv.Itoa(i) }

// middle is the height of a node's middle.
func (at node) middle() int { return at.y + at.h/2 }

// noteClass puts addresses in the mono face and the words of a state in its
// colour.
func (at node) noteClass() string {
	switch {
	case at.kind != "":
		return "t-s c"
	case isAddress(at.note):
		return "t-m"
	}
	return "t-s"
}

// isAddress says whether a note begins with an address; one that begins with
// a number is words.
func isAddress(note string) bool {
	first := strings.TrimRight(strings.FieldsFunc(note+" ", func(r rune) bool { return r == ' ' || r == '，' || r == '…' })[0], ",.")
	_, err := netip.ParseAddr(first)
	return err == nil
}

// tag is how high the label under an arch is.
func (a arch) tag() int {
	if a.note == "" {
		return 20
	}
	return 34
}
