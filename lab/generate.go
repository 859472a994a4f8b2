package lab

import (
	"fmt"
	"strconv"
	"strings"
)

// Size is how large a made-up lab is.
type Size struct {
	Endpoints int
	Ports     int // of each endpoint
	VPCs      int // that the endpoints are in; 0: as many as the documented limit needs
	Services  int // that they lead to
}

// The bounds of a Size: what the addresses and the documented limits have room
// for.
const (
	mostEndpoints = 40_000
	mostPorts     = 50
	mostVPCs      = 200
	mostServices  = 200
	perVPC        = 1000
)

// Check says what is wrong with a size, as a command line says it.
func (s *Size) Check() error {
	if s.VPCs == 0 {
		s.VPCs = max(1, (s.Endpoints+perVPC-1)/perVPC)
	}
	for _, b := range []struct {
		name         string
		is, min, max int
	}{
		{"--endpoints", s.Endpoints, 0, mostEndpoints},
		{"--ports", s.Ports, 1, mostPorts},
		{"--vpcs", s.VPCs, 1, mostVPCs},
		{"--services", s.Services, 1, mostServices},
	} {
		if b.is < b.min || b.is > b.max {
			return fmt.Errorf("%s %d: want a number between %d and %d", b.name, b.is, b.min, b.max)
		}
	}
	if s.each() > 4000 {
		return fmt.Errorf("%d endpoints in %d VPCs are more than 4,000 in one: use more with --vpcs", s.Endpoints, s.VPCs)
	}
	return nil
}

// each is how many endpoints a VPC has at most.
func (s Size) each() int { return (s.Endpoints + s.VPCs - 1) / s.VPCs }

// region is where a made-up lab is.
const (
	genRegion = "eu-central-1"
	genZone   = "eu-central-1b"
	genCode   = "gw8"
	genPort   = 8001 // the first port of a service; the servers answer at 8007
)

// id is the n-th ID of a noun.
func genID(noun string, n int) string {
	digits := strconv.FormatInt(int64(n), 36)
	return noun + "-" + genCode + strings.Repeat("0", 17-len(digits)) + digits
}

// Generate is a lab of a size: one account with services on one echo server each
// and endpoints that lead to them in turn. It is the same for the same size, IDs
// and addresses too.
func Generate(s Size) []byte {
	n := mapping().num("lab", 1)
	settings := mapping()
	if s.each() > perVPC {
		settings.num("limit.endpoints", s.each())
	}
	if len(settings.Keys) > 0 {
		n.put("settings", settings)
	}
	region := mapping()
	vpcs := &Node{Kind: List}
	vpcs.Items = append(vpcs.Items, s.servers())
	for v := range s.VPCs {
		vpcs.Items = append(vpcs.Items, s.clients(v))
	}
	region.put("vpcs", vpcs)
	index := make([]int, s.Services)
	for i := range index {
		index[i] = i
	}
	rowsAt(region, "balancers", index, s.balancer)
	rowsAt(region, "services", index, s.service)
	index = make([]int, s.Endpoints)
	for i := range index {
		index[i] = i
	}
	rowsAt(region, "endpoints", index, s.endpoint)
	a := mapping().opt("login", "lab").opt("name", "lab").opt("id", "1000000000000001").yes("administrator", true).yes("demo", true)
	a.put("regions", mapping().put(genRegion, region))
	n.put("accounts", &Node{Kind: List, Items: []*Node{a}})
	return []byte(Write(n))
}

func genGroup(n int, name string) *Node {
	g := mapping().opt("name", name).opt("id", genID("sg", n))
	return rowsAt(g, "rules", []string{"egress", "ingress"}, func(direction string) *Node {
		return row().opt("direction", direction).opt("protocol", "all").opt("peer", "0.0.0.0/0")
	})
}

func genVPC(n int, name, cidr, subnet string) *Node {
	v := mapping().opt("name", name).opt("id", genID("vpc", n)).opt("cidr", cidr)
	return rowsAt(v, "vswitches", []string{subnet}, func(cidr string) *Node {
		return row().opt("name", name+"-b").opt("id", genID("vsw", n)).opt("zone", genZone).opt("cidr", cidr)
	})
}

func genAddress(a, b, n int) string { return fmt.Sprintf("%d.%d.%d.%d", a, b, n>>8, n&255) }

func (s Size) servers() *Node {
	v := genVPC(0, "servers", "172.16.0.0/16", "172.16.0.0/22")
	v.put("groups", &Node{Kind: List, Items: []*Node{genGroup(0, "servers")}})
	list := &Node{Kind: List}
	for i := range s.Services {
		list.Items = append(list.Items, mapping().opt("name", fmt.Sprintf("server-%03d", i+1)).opt("id", genID("i", i)).
			opt("vswitch", "servers-b").opt("ip", genAddress(172, 16, i+1)).words("groups", []string{"servers"}).opt("program", "echo").num("port", 8007))
	}
	return v.put("instances", list)
}

func (s Size) clients(v int) *Node {
	name := fmt.Sprintf("clients-%03d", v+1)
	out := genVPC(v+1, name, fmt.Sprintf("10.%d.0.0/16", v+1), fmt.Sprintf("10.%d.0.0/20", v+1))
	out.put("groups", &Node{Kind: List, Items: []*Node{genGroup(v+1, name)}})
	return out.put("instances", &Node{Kind: List, Items: []*Node{
		mapping().opt("name", fmt.Sprintf("client-%03d", v+1)).opt("id", genID("i", mostServices+v)).
			opt("vswitch", name+"-b").opt("ip", genAddress(10, v+1, 1)).words("groups", []string{name}),
	}})
}

func (s Size) balancer(i int) *Node {
	n := mapping().opt("name", fmt.Sprintf("clb-%03d", i+1)).opt("id", genID("lb", i)).opt("zone", genZone)
	n.opt("spec", "slb.s3.large").opt("vpc", "servers").opt("vswitch", "servers-b").opt("ip", genAddress(172, 16, mostServices+1+i))
	list := &Node{Kind: List}
	for p := range s.Ports {
		list.Items = append(list.Items, row().opt("id", genID("lsn", i*mostPorts+p)).opt("protocol", "tcp").num("port", genPort+p).num("backend-port", 8007))
	}
	n.put("listeners", list)
	return rowsAt(n, "backends", []int{i}, func(i int) *Node {
		return row().opt("instance", fmt.Sprintf("server-%03d", i+1)).num("weight", 100)
	})
}

func (s Size) service(i int) *Node {
	n := mapping().opt("id", genID("epsrv", i)).yes("auto-accept", true).yes("zone-affinity", true)
	return rowsAt(n, "resources", []int{i}, func(i int) *Node {
		return row().opt("zone", genZone).opt("balancer", fmt.Sprintf("clb-%03d", i+1))
	})
}

func (s Size) endpoint(i int) *Node {
	v, k := i%s.VPCs, i/s.VPCs
	vpc := fmt.Sprintf("clients-%03d", v+1)
	n := mapping().opt("name", fmt.Sprintf("ep-%05d", i+1)).opt("id", genID("ep", i)).opt("service", genID("epsrv", i%s.Services)).opt("vpc", vpc)
	n.words("groups", []string{vpc})
	rowsAt(n, "zones", []int{i}, func(i int) *Node {
		return row().opt("zone", genZone).opt("vswitch", vpc+"-b").opt("ip", genAddress(10, v+1, k+2)).opt("id", genID("eni", i))
	})
	return n.opt("decision", allowed)
}
