package cloud

import (
	"net/netip"
	"slices"
	"strings"
)

// addInterface checks one zone row and makes its ENI. The zone must be one of
// the service's (EPS-09).
func (c *Caller) addInterface(tx *Tx, ck *check, r Region, e Endpoint, in ZoneInput, suffix string, known bool) error {
	zone := ck.oneOf("zone"+suffix, in.Zone, "", r.Zones...)
	if zone != "" {
		if err := c.zoneFree(tx, ck, e, zone, suffix, known); err != nil {
			return err
		}
	}
	s, err := c.zoneVSwitch(tx, ck, r, e, in, suffix)
	if err != nil || s.ID == "" {
		return err
	}
	switch {
	case s.VPC != e.VPC:
		ck.fail("vswitch"+suffix, "error.endpoint.vswitch.vpc", "vswitch", s.Name)
		return nil
	case zone != "" && s.Zone != zone:
		ck.fail("vswitch"+suffix, "error.endpoint.vswitch.zone", "vswitch", s.Name, "is", s.Zone, "want", zone)
		return nil
	}
	used, err := taken(tx, s.ID)
	if err != nil {
		return err
	}
	id := c.e.newID("eni", r)
	resource, err := c.zoneResource(tx, ck, e, in, suffix, known)
	if err != nil {
		return err
	}
	ip := ck.assign("ip"+suffix, strings.TrimSpace(in.IP), s, used, Ref{"endpoint", e.ID, id, e.Account})
	if zone == "" || ip == (netip.Addr{}) {
		return nil
	}
	return tx.Interfaces.Put(Interface{
		ID: id, Account: e.Account, Provider: e.Provider, Endpoint: e.ID,
		Zone: zone, VPC: e.VPC, VSwitch: s.ID, IP: ip, Resource: resource, Refused: in.Refused, Created: now(),
	})
}

// zoneResource is the resource that a zone has from the beginning: of a lab
// file's endpoints that were accepted, the one that it names or the least used.
func (c *Caller) zoneResource(tx *Tx, ck *check, e Endpoint, in ZoneInput, suffix string, known bool) (string, error) {
	if !known || e.Decision != Allowed || ck.bad("zone"+suffix) {
		if in.Resource != "" {
			ck.fail("resource"+suffix, "error.choice", "value", in.Resource)
		}
		return "", nil
	}
	if in.Refused || in.Waits {
		return "", nil
	}
	all, err := tx.memo.resources(tx, e.Service)
	if err != nil {
		return "", err
	}
	id, err := pick(tx, all, in.Zone, in.Resource)
	if id == "" && in.Resource != "" && err == nil {
		ck.fail("resource"+suffix, "error.choice", "value", in.Resource)
	}
	return id, err
}

func (c *Caller) zoneFree(tx *Tx, ck *check, e Endpoint, zone, suffix string, known bool) error {
	have, err := tx.Interfaces.Count(Where{"endpoint": e.ID, "zone": zone})
	if err != nil {
		return err
	}
	if have > 0 {
		ck.fail("zone"+suffix, "error.endpoint.zone.twice", "zone", zone)
		return nil
	}
	resources, err := tx.memo.resources(tx, e.Service)
	if err != nil {
		return err
	}
	if known && e.Decision != Allowed {
		return nil
	}
	if !slices.ContainsFunc(resources, func(r Resource) bool { return r.Zone == zone }) {
		var zones []string
		for _, r := range resources {
			zones = append(zones, r.Zone)
		}
		ck.fail("zone"+suffix, "error.endpoint.zone", "zone", zone, "zones", strings.Join(zones, ", "))
	}
	return nil
}

func (c *Caller) zoneVSwitch(tx *Tx, ck *check, r Region, e Endpoint, in ZoneInput, suffix string) (VSwitch, error) {
	switch in.VSwitch {
	case "":
		ck.fail("vswitch"+suffix, "error.choose")
		return VSwitch{}, nil
	case New:
		made := VSwitchInput{VPC: e.VPC, Zone: in.Zone, Name: in.NewName, CIDR: in.NewCIDR}
		return c.makeVSwitch(tx, ck, r, made, "newvswitch"+suffix+".")
	}
	s, err := c.vswitch(tx, in.VSwitch)
	if AsError(err) != nil {
		ck.fail("vswitch"+suffix, "error.choice", "value", in.VSwitch)
		return VSwitch{}, nil
	}
	return s, err
}
