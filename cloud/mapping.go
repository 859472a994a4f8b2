package cloud

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
)

// Mapping is one row of 端口映射 (TYS-07): clients use Port (终端端口) of the
// endpoint, what is behind the service answers on ServicePort (服务端口).
// Protocol is TCP or UDP. Mappings are given once, with the service (TYD-09).
type Mapping struct {
	Protocol    string
	ServicePort uint16
	Port        uint16
}

// MappingInput is one row of the form. Its fields are "protocol.N",
// "serviceport.N" and "port.N", N from 1.
type MappingInput struct {
	Protocol, ServicePort, Port string
}

// MappingsAtOnce is how many mappings one operation may add (TYS-07, X-21).
const MappingsAtOnce = 50

// The values of 后端资源类型 (TYS-08).
const (
	BackendBalancer = "balancer" // 增强型负载均衡
	BackendInstance = "instance" // 云主机
)

// PrimaryNIC is the value of the choice of a NIC for the primary one (主网卡).
const PrimaryNIC = "primary"

var givenName = regexp.MustCompile(`^[A-Za-z0-9_-]*$`)

// longestGiven is the length of a name of TYS-02.
const longestGiven = 16

// mapped says whether a service maps ports, as ctyun's do; what has no
// mappings is as its CLBs are.
func mapped(s Service) bool { return inCtyun(s.Region) }

// createMapped checks and stores a service of ctyun (TYS-01 to TYS-13).
func (c *Caller) createMapped(tx *Tx, r Region, s *Service, in ServiceInput) error {
	var ck check
	s.Given = strings.TrimSpace(in.Name)
	s.Description = ""
	ck.given("name", s.Given)
	s.Name = strings.Join(slices.DeleteFunc([]string{r.ID, s.Given, s.ID}, func(part string) bool { return part == "" }), ".")
	s.AutoAccept = ck.oneOf("approval", in.Approval, "", "yes", "no") == "no"
	s.Proxy = ck.proxy(in.Proxy)
	s.Mappings = ck.mappings(in.Mappings, c.e.Limits().Mappings)
	if in.VPC == "" {
		ck.fail("vpc", "error.choose")
	} else {
		vpc, err := c.vpc(tx, in.VPC)
		if err != nil || vpc.Region != r.ID {
			return orMissing(err, "vpc", in.VPC)
		}
		s.VPC = vpc.ID
	}
	res := Resource{ID: s.ID, Account: s.Account, Service: s.ID, Created: s.Created}
	if err := c.backend(tx, &ck, *s, &res, in); err != nil {
		return err
	}
	if err := ck.err(); err != nil {
		return err
	}
	if err := tx.Services.Put(*s); err != nil {
		return err
	}
	if err := tx.Resources.Put(res); err != nil {
		return err
	}
	return grant(tx, *s, s.Account)
}

func (c *check) given(field, v string) {
	switch n := len([]rune(v)); {
	case !givenName.MatchString(v):
		c.fail(field, "error.service.name", "value", v)
	case n > longestGiven:
		c.fail(field, "error.service.name.long", "max", itoa(longestGiven), "n", itoa(n))
	}
}

// mappings reads the rows of the form; each is judged by itself, then against
// those before it.
func (c *check) mappings(in []MappingInput, limit int) []Mapping {
	if len(in) == 0 {
		c.fail("port.1", "error.mapping.none")
		return nil
	}
	limit = min(limit, MappingsAtOnce)
	out := make([]Mapping, 0, len(in))
	for i, row := range in {
		n := itoa(i + 1)
		if i == limit {
			c.fail("port."+n, "error.mapping.many", "max", itoa(limit), "n", itoa(len(in)))
			break
		}
		m := Mapping{
			Protocol:    c.oneOf("protocol."+n, row.Protocol, "", TCP, UDP),
			ServicePort: c.port("serviceport."+n, row.ServicePort),
			Port:        c.port("port."+n, row.Port),
		}
		if c.bad("protocol."+n) || c.bad("serviceport."+n) || c.bad("port."+n) {
			out = append(out, Mapping{})
			continue
		}
		twice := func(have Mapping) bool { return have.Protocol == m.Protocol && have.Port == m.Port }
		if k := slices.IndexFunc(out, twice); k >= 0 {
			c.fail("port."+n, "error.mapping.twice", "row", itoa(k+1), "protocol", strings.ToUpper(m.Protocol), "port", itoa(int(m.Port)))
		}
		out = append(out, m)
	}
	return out
}

// Mappings are the rows of a form that are right as they stand.
func Mappings(in []MappingInput) []Mapping {
	var ck check
	return slices.DeleteFunc(ck.mappings(in, MappingsAtOnce), func(m Mapping) bool { return m.Port == 0 })
}

// backend reads 后端资源类型 and what was chosen for it (TYS-08 to TYS-11).
func (c *Caller) backend(tx *Tx, ck *check, s Service, r *Resource, in ServiceInput) error {
	field := "balancer"
	switch ck.oneOf("backendtype", in.BackendType, "", BackendBalancer, BackendInstance) {
	case BackendBalancer:
		if in.Balancer == "" {
			ck.fail(field, "error.choose")
			return nil
		}
		b, err := c.balancer(tx, in.Balancer)
		if AsError(err) != nil || err == nil && (b.Region != s.Region || s.VPC != "" && b.VPC != s.VPC) {
			ck.fail(field, "error.backend.outside", "value", in.Balancer)
			return nil
		}
		if err != nil {
			return err
		}
		if ok, why := b.PrivateLink(); !ok {
			ck.fail(field, why, "name", b.Name)
			return nil
		}
		r.Balancer = b.ID
	case BackendInstance:
		field = "instance"
		if in.Instance == "" {
			ck.fail(field, "error.choose")
			return nil
		}
		i, err := c.instance(tx, in.Instance)
		if AsError(err) != nil || err == nil && (i.Region != s.Region || s.VPC != "" && i.VPC != s.VPC) {
			ck.fail(field, "error.backend.outside", "value", in.Instance)
			return nil
		}
		if err != nil {
			return err
		}
		r.Instance = i.ID
		if in.NIC != "" && in.NIC != PrimaryNIC {
			field = "nic"
			n, err := c.nic(tx, in.NIC)
			if AsError(err) != nil || err == nil && n.Instance != i.ID {
				ck.fail(field, "error.choice", "value", in.NIC)
				return nil
			}
			if err != nil {
				return err
			}
			r.NIC = n.ID
		}
	default:
		return nil
	}
	have, err := tx.Resources.Count(Where{"balancer": r.Balancer, "instance": r.Instance, "nic": r.NIC})
	if err != nil {
		return err
	}
	if limit := c.e.Limits().ServicesPerBackend; have >= limit {
		ck.fail(field, "error.backend.services", "max", itoa(limit))
	}
	return nil
}

// BackendUse counts the account's services in a region by what is behind them:
// the ID of a load balancer or of an instance's secondary NIC, or of the
// instance itself for its primary one (TYS-11).
func (c *Caller) BackendUse(ctx context.Context, region string) (map[string]int, error) {
	out := map[string]int{}
	err := c.read(ctx, func(tx *Tx) error {
		services, err := tx.Services.List(Where{"account": c.account.ID, "region": region})
		if err != nil || len(services) == 0 {
			return err
		}
		list, err := tx.Resources.List(Where{"service": each(services, func(s Service) string { return s.ID })})
		for _, r := range list {
			out[r.Behind()]++
		}
		return err
	})
	return out, err
}

// instance fills in the instance of a resource that is no CLB.
func (v *ResourceView) instance(tx *Tx) error {
	if v.Instance == "" {
		return nil
	}
	i, err := tx.Instances.Get(v.Resource.Instance)
	if err != nil {
		return err
	}
	ip := i.IP
	if v.NIC != "" {
		n, err := tx.NICs.Get(v.NIC)
		if err != nil {
			return err
		}
		ip = n.IP
	}
	v.Name, v.IP, v.VPC = i.Name, ip.String(), i.VPC
	v.Backends = []BackendView{{Name: i.Name, IP: ip, Zone: i.Zone, Running: i.Running}}
	return nil
}

// seen fills in the state that a service of ctyun has by what was observed of
// it (TYD-11), and its VPC.
func (v *ServiceView) seen(tx *Tx) error {
	var err error
	if v.State, err = v.Service.state(tx); err != nil {
		return err
	}
	if v.Service.VPC == "" {
		return nil
	}
	vpc, err := tx.VPCs.Get(v.Service.VPC)
	if err != nil && !errors.Is(err, ErrMissing) {
		return err
	}
	v.VPCName, v.VPCCIDR = vpc.Name, vpc.CIDR
	return nil
}

// state derives the state of a service of ctyun.
func (s Service) state(tx *Tx) (State, error) {
	o, err := observation(tx, s.ID)
	return ServiceFacts{Deleting: s.Deleting, Known: o.Bound, Failed: o.Problem != ""}.State(), err
}
