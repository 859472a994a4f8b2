package cloud

import (
	"context"
)

// An endpoint of ctyun stands in one subnet: it has one interface, without a
// zone and without security groups.

// createSingle checks and stores an endpoint of ctyun (TYE-01 to TYE-12).
func (c *Caller) createSingle(tx *Tx, r Region, e *Endpoint, in EndpointInput) error {
	s, i, err := c.draftSingle(tx, r, e, in)
	if err != nil {
		return err
	}
	if err := tx.Endpoints.Put(*e); err != nil {
		return err
	}
	if err := tx.Interfaces.Put(i); err != nil {
		return err
	}
	switch {
	case e.Decision == Allowed:
		return assignResources(tx, *e, s, nil)
	case in.Known == nil && s.AutoAccept:
		return c.allow(tx, e, s, "", nil)
	}
	return nil
}

// draftSingle judges the whole form and fills in what would be made of it.
func (c *Caller) draftSingle(tx *Tx, r Region, e *Endpoint, in EndpointInput) (Service, Interface, error) {
	var ck check
	e.Name, e.Description, e.PrivateDomain = e.ID, "", in.PrivateDomain
	e.Domain = c.e.CtyunDomain()
	in.Known.tell(e)
	s, err := c.chosenService(tx, &ck, r, in)
	if err != nil {
		return s, Interface{}, err
	}
	e.Service, e.Provider = s.ID, s.Account
	n, err := tx.Endpoints.Count(Where{"account": c.account.ID, "region": r.ID})
	if err != nil {
		return s, Interface{}, err
	}
	if limit := c.e.Limits().EndpointsPerRegion; n >= limit {
		return s, Interface{}, &Error{Kind: Exceeded, Key: "error.quota.endpoints.region", Args: args("max", itoa(limit))}
	}
	i := Interface{ID: c.e.newID("eni", r), Account: e.Account, Provider: e.Provider, Endpoint: e.ID, VPC: e.VPC, Created: e.Created}
	if err := c.placeSingle(tx, &ck, r, &i, in); err != nil {
		return s, i, err
	}
	return s, i, ck.err()
}

// placeSingle chooses the VPC, the subnet and the first free address of it.
func (c *Caller) placeSingle(tx *Tx, ck *check, r Region, i *Interface, in EndpointInput) error {
	if in.VPC == "" {
		ck.fail("vpc", "error.choose")
	} else if vpc, err := c.vpc(tx, in.VPC); err != nil || vpc.Region != r.ID {
		return orMissing(err, "vpc", in.VPC)
	}
	if in.VSwitch == "" {
		ck.fail("vswitch", "error.choose")
		return nil
	}
	s, err := c.vswitch(tx, in.VSwitch)
	if AsError(err) != nil || err == nil && s.VPC != in.VPC {
		ck.fail("vswitch", "error.choice", "value", in.VSwitch)
		return nil
	}
	if err != nil {
		return err
	}
	used, err := taken(tx, s.ID)
	if err != nil {
		return err
	}
	field := "vswitch"
	if in.IP != "" {
		field = "ip"
	}
	i.VSwitch, i.IP = s.ID, ck.assign(field, in.IP, s, used, Ref{"endpoint", i.Endpoint, i.ID, i.Account})
	return nil
}

// CheckEndpoint judges the form of an endpoint of ctyun without storing
// anything, for the page 规格确认 (TYE-08).
func (c *Caller) CheckEndpoint(ctx context.Context, regionID string, in EndpointInput) error {
	r, err := region(regionID)
	if err != nil {
		return err
	}
	return c.read(ctx, func(tx *Tx) error {
		e := Endpoint{Account: c.account.ID, Region: r.ID, VPC: in.VPC}
		_, _, err := c.draftSingle(tx, r, &e, in)
		return err
	})
}
