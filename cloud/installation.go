package cloud

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Installation is what an administrator sets for everybody.
type Installation struct {
	Limits      Limits
	Domain      string        // root of the domain names of endpoints made from now on
	CtyunDomain string        // the same of ctyun
	SNAT        netip.Prefix  // where the backends of ctyun's services see traffic come from (TYS-12)
	SessionLife time.Duration // of a session that is not used
	Attempts    int           // how many connection attempts are kept
}

// Knob is one setting of the installation, under its ID in the store and in
// the form. Text says that it is no number; Cloud that only one cloud has it.
type Knob struct {
	ID                string
	Cloud             string
	Default, Min, Max int
	Text              string // default of one that is no number
}

// The settings of Installation.Domain, .CtyunDomain and .SNAT.
const (
	DomainKnob      = "domain"
	CtyunDomainKnob = "domain.ctyun"
	SNATKnob        = "snat"
)

// Knobs lists the settings in the order of the page.
func Knobs() []Knob {
	return []Knob{
		{ID: "limit.services", Cloud: Aliyun, Default: 200, Min: 1, Max: 10_000},
		{ID: "limit.endpoints", Cloud: Aliyun, Default: 1000, Min: 1, Max: 10_000},
		{ID: "limit.resources", Cloud: Aliyun, Default: 500, Min: 1, Max: 5_000},
		{ID: "limit.zone", Cloud: Aliyun, Default: 100, Min: 1, Max: 1_000},
		{ID: "limit.privatezones", Cloud: Aliyun, Default: 500, Min: 1, Max: 10_000},
		{ID: "limit.zonevpcs", Cloud: Aliyun, Default: 100, Min: 1, Max: 1_000},
		{ID: "limit.records", Cloud: Aliyun, Default: 100_000, Min: 1, Max: 100_000},
		{ID: "limit.listeners", Default: 50, Min: 1, Max: 500},
		{ID: "limit.ctyun.services", Cloud: Ctyun, Default: 20, Min: 1, Max: 10_000},
		{ID: "limit.ctyun.endpoints", Cloud: Ctyun, Default: 50, Min: 1, Max: 10_000},
		{ID: "limit.backend", Cloud: Ctyun, Default: 5, Min: 1, Max: 100},
		{ID: "limit.mappings", Cloud: Ctyun, Default: 200, Min: 1, Max: 1_000},
		{ID: "limit.ctyun.flows", Cloud: Ctyun, Default: 3_000, Min: 1, Max: 1_000_000},
		{ID: DomainKnob, Cloud: Aliyun, Text: "privatelink.aliyuncs.com"},
		{ID: CtyunDomainKnob, Cloud: Ctyun, Text: "vpcep.ctyun.cn"},
		{ID: SNATKnob, Cloud: Ctyun, Text: "198.19.128.0/20"},
		{ID: "session.hours", Default: 12, Min: 1, Max: 720},
		{ID: "attempts.keep", Default: 20_000, Min: 100, Max: 1_000_000},
	}
}

// Standard is what holds while nobody sets it.
func (k Knob) Standard() string {
	if k.Text != "" {
		return k.Text
	}
	return itoa(k.Default)
}

func knob(id string) (Knob, bool) {
	for _, k := range Knobs() {
		if k.ID == id {
			return k, true
		}
	}
	return Knob{}, false
}

// at is where a number of the installation is kept.
func (i *Installation) at(id string) *int {
	return map[string]*int{
		"limit.services": &i.Limits.Services, "limit.endpoints": &i.Limits.EndpointsPerVPC,
		"limit.resources": &i.Limits.ResourcesPerService, "limit.zone": &i.Limits.ResourcesPerZone,
		"limit.listeners": &i.Limits.Listeners, "attempts.keep": &i.Attempts,
		"limit.privatezones": &i.Limits.PrivateZones, "limit.zonevpcs": &i.Limits.ZoneVPCs, "limit.records": &i.Limits.Records,
		"limit.ctyun.services": &i.Limits.ServicesPerRegion, "limit.ctyun.endpoints": &i.Limits.EndpointsPerRegion,
		"limit.backend": &i.Limits.ServicesPerBackend, "limit.mappings": &i.Limits.Mappings,
		"limit.ctyun.flows": &i.Limits.EndpointFlows,
	}[id]
}

// Value is a setting as the form writes it.
func (i Installation) Value(id string) string {
	switch id {
	case DomainKnob:
		return i.Domain
	case CtyunDomainKnob:
		return i.CtyunDomain
	case SNATKnob:
		return i.SNAT.String()
	case "session.hours":
		return itoa(int(i.SessionLife / time.Hour))
	}
	return itoa(*i.at(id))
}

func (i *Installation) set(id, value string) {
	n, err := strconv.Atoi(value)
	switch {
	case id == DomainKnob:
		i.Domain = value
	case id == CtyunDomainKnob:
		i.CtyunDomain = value
	case id == SNATKnob:
		if p, err := netip.ParsePrefix(value); err == nil {
			i.SNAT = p
		}
	case err != nil:
	case id == "session.hours":
		i.SessionLife = time.Duration(n) * time.Hour
	default:
		*i.at(id) = n
	}
}

// install reads the settings; what the program was started with comes first.
func (e *Engine) install(tx *Tx) (*Installation, error) {
	started := Installation{Limits: e.opt.Limits, Domain: e.opt.Domain}
	now := Installation{}
	for _, k := range Knobs() {
		now.set(k.ID, k.Standard())
		if e.Fixed(k.ID) {
			now.set(k.ID, started.Value(k.ID))
			continue
		}
		s, err := tx.Settings.Get(k.ID)
		if err == nil {
			now.set(k.ID, s.Value)
		} else if !errors.Is(err, ErrMissing) {
			return nil, fmt.Errorf("read the setting %s: %w", k.ID, err)
		}
	}
	return &now, nil
}

// Fixed says whether a setting was given when the program was started, so that
// no page can change it.
func (e *Engine) Fixed(id string) bool {
	started := Installation{Limits: e.opt.Limits, Domain: e.opt.Domain}
	if id == DomainKnob {
		return started.Domain != ""
	}
	at := started.at(id)
	return at != nil && *at != 0
}

// Installation is what holds now.
func (e *Engine) Installation() Installation { return *e.installed.Load() }

// Limits are the quotas that hold now.
func (e *Engine) Limits() Limits { return e.installed.Load().Limits }

// CtyunDomain is Domain of ctyun's endpoints.
func (e *Engine) CtyunDomain() string { return e.installed.Load().CtyunDomain }

// Domain is the root of the domain names of endpoints made from now on.
func (e *Engine) Domain() string { return e.installed.Load().Domain }

var domainName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

// longestDomain leaves room for what stands before it in a zone's name.
const longestDomain = 120

func (c *check) knob(k Knob, value string) string {
	value = strings.ToLower(strings.TrimSpace(value))
	if k.Text == "" {
		return itoa(c.number(k.ID, value, k.Default, k.Min, k.Max))
	}
	value = strings.TrimSuffix(value, ".")
	switch {
	case value == "":
		return k.Text
	case k.ID == SNATKnob:
		c.snat(k.ID, value)
	case len(value) > longestDomain || !domainName.MatchString(value):
		c.fail(k.ID, "error.setting.domain", "value", value)
	}
	return value
}

// SetInstallation changes settings, for administrators; values are by the ID
// of their knob, empty ones are the defaults. They hold at once.
func (c *Caller) SetInstallation(ctx context.Context, values map[string]string) error {
	// One at a time, so that what holds is what was stored last.
	c.e.installing.Lock()
	defer c.e.installing.Unlock()
	var next *Installation
	err := c.write(ctx, func(tx *Tx) error {
		if err := c.mustAdmin(tx); err != nil {
			return err
		}
		var ck check
		if err := c.e.setKnobs(tx, &ck, values); err != nil {
			return err
		}
		if err := ck.err(); err != nil {
			return err
		}
		var err error
		next, err = c.e.install(tx)
		return err
	})
	if err == nil {
		c.e.installed.Store(next)
		c.e.signal() // whoever looked at the event before that saw what held till now
	}
	return err
}

func (e *Engine) setKnobs(tx *Tx, ck *check, values map[string]string) error {
	for _, k := range Knobs() {
		value, sent := values[k.ID]
		if !sent || e.Fixed(k.ID) {
			continue
		}
		value = ck.knob(k, value)
		have, err := tx.Settings.Get(k.ID)
		if err != nil && !errors.Is(err, ErrMissing) {
			return err
		}
		if err != nil && value == k.Standard() || err == nil && have.Value == value || ck.bad(k.ID) {
			continue
		}
		if k.ID == SNATKnob {
			if err := e.mayReserve(tx, ck, value); err != nil {
				return err
			}
		}
		if err := tx.Settings.Put(Setting{ID: k.ID, Value: value}); err != nil {
			return err
		}
	}
	return nil
}

// open keeps the installation's own values out of the event log: its secrets
// and its notes to itself.
type openSettings struct {
	logged[Setting]
}

func (s openSettings) Put(v Setting) error {
	if _, ok := knob(v.ID); !ok {
		return s.Table.Put(v)
	}
	return s.logged.Put(v)
}

func (s openSettings) Delete(id string) error {
	if _, ok := knob(id); !ok {
		return s.Table.Delete(id)
	}
	return s.logged.Delete(id)
}

func (s Setting) about() about { return about{kind: "setting", id: s.ID} }
