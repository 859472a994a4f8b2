package cloud

import (
	"context"
	"errors"
	"strings"
)

// ImportedAccount is an account as a lab file has it. Empty IDs are made.
type ImportedAccount struct {
	ID, DomainID, Main    string
	Login, Name, NameEN   string
	Admin, Demo, Disabled bool
}

// Account makes an account without a password.
func (im *Importer) Account(in ImportedAccount) (Account, error) {
	var ck check
	ck.name("name", in.Name, 1, 64)
	if in.NameEN != "" {
		ck.name("english", in.NameEN, 1, 64)
	}
	ck.login("login", in.Login)
	if in.Login != strings.ToLower(in.Login) {
		ck.suggest("login", "error.import.lower", strings.ToLower(in.Login), "value", in.Login)
	}
	if in.DomainID != "" && !fits("privatezone", in.DomainID, Region{}) {
		ck.fail("domain-id", "error.import.id", "value", in.DomainID, "like", newDomainID())
	}
	if in.ID != "" {
		err := im.Give("account", in.ID, Region{})
		if e := AsError(err); e != nil {
			ck.fields = append(ck.fields, e.Fields...)
		} else if err != nil {
			return Account{}, err
		}
	}
	if err := ck.err(); err != nil {
		return Account{}, err
	}
	a := Account{
		ID: im.e.mint("account", newAccountID), DomainID: in.DomainID, Main: in.Main, Login: in.Login, Name: in.Name, NameEN: in.NameEN,
		Admin: in.Admin, Demo: in.Demo, Disabled: in.Disabled, Created: now(),
	}
	if a.Main == "" && a.DomainID == "" {
		a.DomainID = newDomainID()
	}
	tx := recorded(im.tx, im.actor, new(bool), nil)
	if err := subFits(tx, a); err != nil {
		return a, err
	}
	if n, err := tx.Accounts.Count(Where{"domain_id": a.DomainID}); err != nil {
		return a, err
	} else if a.DomainID != "" && n > 0 {
		ck.fail("domain-id", "error.import.id.taken", "value", a.DomainID)
		return a, ck.err()
	}
	err := tx.Accounts.Put(a)
	if errors.Is(err, ErrTaken) {
		ck.fail("login", "error.account.taken", "value", a.Login)
		return a, ck.err()
	}
	return a, err
}

// DefaultGroup makes a group the default one of its VPC (ALI-05).
func (im *Importer) DefaultGroup(a Account, id string) error {
	c := im.As(a)
	return c.write(context.Background(), func(tx *Tx) error {
		g, err := c.group(tx, id)
		if err != nil {
			return err
		}
		if n, err := tx.SecurityGroups.Count(Where{"vpc": g.VPC, "default": true}); err != nil {
			return err
		} else if n > 0 {
			var ck check
			ck.fail("default", "error.import.default")
			return ck.err()
		}
		g.Default = true
		return tx.SecurityGroups.Put(g)
	})
}

// Listener adds a listener to a CLB and leaves the server group as it is.
func (im *Importer) Listener(a Account, balancer string, in ListenerInput, running bool) error {
	c := im.As(a)
	return c.write(context.Background(), func(tx *Tx) error {
		b, err := c.balancer(tx, balancer)
		if err != nil {
			return err
		}
		var ck check
		in.Servers = []BackendInput{{}} // it has its group already
		l, err := c.readListener(tx, &ck, b, "", in)
		if err != nil {
			return err
		}
		if err := ck.err(); err != nil {
			return err
		}
		l.Running = running
		return tx.Listeners.Put(l)
	})
}

// Record adds a record to a private zone. n is how many the zone has.
func (im *Importer) Record(a Account, zone string, in RecordInput, paused bool, n int) error {
	c := im.As(a)
	return c.write(context.Background(), func(tx *Tx) error {
		z, err := c.privateZone(tx, zone)
		if err != nil {
			return err
		}
		var ck check
		r := ck.record(z, Record{ID: c.e.mint("record", newRecordID), Account: z.Account, Zone: z.ID, Paused: paused, Created: now()}, in)
		if ck.err() == nil {
			others, err := tx.Records.List(Where{"zone": z.ID, "host": r.Host})
			if err != nil {
				return err
			}
			ck.beside(r, others)
		}
		if err := ck.err(); err != nil {
			return err
		}
		if err := c.roomForRecords(RecordChange{Zone: PrivateZoneView{PrivateZone: z, Records: n}}, 1); err != nil {
			return err
		}
		return tx.Records.Put(r)
	})
}

// Gateway answers the endpoint service of a project's clusters in a region,
// false while there is no cluster.
func (im *Importer) Gateway(project, region string) (Service, bool, error) {
	g, ok, err := findGateway(im.tx, project, region)
	return g.Service, ok, err
}

// Orphan makes an endpoint whose service is gone; s is what the service was.
func (im *Importer) Orphan(a Account, s Service, in EndpointInput) (Endpoint, error) {
	r, err := region(s.Region)
	if err != nil {
		return Endpoint{}, err
	}
	var ck check
	if !fits("epsrv", s.ID, r) {
		ck.fail("deleted-service", "error.import.id", "value", s.ID, "like", like("epsrv", r))
	} else if n, err := im.tx.Services.Count(Where{"id": s.ID}); err != nil {
		return Endpoint{}, err
	} else if n > 0 {
		ck.fail("deleted-service", "error.import.id.taken", "value", s.ID)
	}
	if err := ck.err(); err != nil {
		return Endpoint{}, err
	}
	// The service stands while its endpoint is made, and is gone with the lab.
	if err := im.tx.Services.Put(s); err != nil {
		return Endpoint{}, err
	}
	e, err := im.As(a).CreateEndpoint(context.Background(), s.Region, in)
	if err != nil {
		return e, err
	}
	return e, im.tx.Services.Delete(s.ID)
}

// Resource answers the resource of a service in a zone by the ID or the name of
// its CLB, empty when there is none.
func (im *Importer) Resource(service, zone, balancer string) (string, error) {
	list, err := im.tx.memo.resources(im.tx, service)
	if err != nil {
		return "", err
	}
	for _, r := range list {
		if r.Zone != zone {
			continue
		}
		b, err := im.tx.Balancers.Get(r.Balancer)
		if err != nil {
			return "", err
		}
		if b.ID == balancer || b.Name == balancer {
			return r.ID, nil
		}
	}
	return "", nil
}

// Link registers a private link. An endpoint that is gone leaves its link, which
// then has an endpoint ID and a consumer only.
func (im *Importer) Link(a Account, at LinkPlace, endpoint, consumer string) error {
	_, err := im.As(a).registerLink(context.Background(), at, endpoint, consumer)
	return err
}

// FailZone makes a zone fail (Caller.FailZone).
func (im *Importer) FailZone(id string) error {
	return im.e.write(context.Background(), im.actor, func(tx *Tx) error { return failZone(tx, id, true, im.actor) })
}
