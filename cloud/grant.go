package cloud

import (
	"context"
	"errors"
	"regexp"
	"strings"
)

var (
	accountID = regexp.MustCompile(`^[0-9]{16}$`)
	// iamDomain is an entry of ctyun's whitelist (TYD-05, X-25; B.4).
	iamDomain = regexp.MustCompile(`^iam:domain::([A-Za-z0-9]{1,64}|\*)$`)
)

// GrantsAtOnce is how many accounts one operation may put on a whitelist of
// ctyun (TYD-04).
const GrantsAtOnce = 50

// grant puts an account on a service's whitelist.
func grant(tx *Tx, s Service, grantee string) error {
	return tx.Grants.Put(Grant{ID: s.ID + "/" + grantee, Account: s.Account, Service: s.ID, Grantee: grantee, Created: now()})
}

// granted says whether a service's whitelist holds the account.
func (c *Caller) granted(tx *Tx, service string) (bool, error) {
	n, err := tx.Grants.Count(Where{"service": service, "grantee": []string{c.account.ID, Everybody}})
	return n > 0, err
}

// AddGrants puts accounts on the whitelist of a service of ctyun; entries are
// written iam:domain::DOMAIN_ID, or "*" for everybody (TYD-04 to TYD-06). The
// fields are "account.N", N from 1; rows left empty are none. An account of
// this installation is kept by its ID, any other by its domain ID.
func (c *Caller) AddGrants(ctx context.Context, service string, entries []string) error {
	return c.write(ctx, func(tx *Tx) error {
		s, err := c.service(tx, service)
		if err != nil || !mapped(s) {
			return orMissing(err, "service", service)
		}
		var ck check
		n := 0
		for i, entry := range entries {
			field := "account." + itoa(i+1)
			if entry = strings.TrimSpace(entry); entry == "" {
				continue
			}
			if n++; n > GrantsAtOnce {
				ck.fail(field, "error.grant.many", "max", itoa(GrantsAtOnce))
				break
			}
			if err := addDomain(tx, &ck, s, field, entry); err != nil {
				return err
			}
		}
		if n == 0 {
			ck.fail("account.1", "error.required")
		}
		return ck.err()
	})
}

func addDomain(tx *Tx, ck *check, s Service, field, entry string) error {
	domain := entry
	if entry != Everybody {
		m := iamDomain.FindStringSubmatch(entry)
		if m == nil {
			ck.fail(field, "error.grant.domain", "value", entry)
			return nil
		}
		domain = m[1]
	}
	grantee := domain
	if domain != Everybody {
		known, err := tx.Accounts.List(Where{"domain_id": domain})
		if err != nil {
			return err
		}
		if len(known) > 0 {
			grantee = known[0].ID
		} else if _, err := tx.Accounts.Get(domain); !errors.Is(err, ErrMissing) {
			// An account's ID in another cloud would let that account in unmeant.
			ck.fail(field, "error.grant.domain", "value", entry)
			return err
		}
	}
	switch _, err := tx.Grants.Get(s.ID + "/" + grantee); {
	case err == nil && grantee == s.Account:
		ck.fail(field, "error.grant.own", "value", entry)
		return nil
	case err == nil:
		ck.fail(field, "error.grant.twice", "value", entry)
		return nil
	case !errors.Is(err, ErrMissing):
		return err
	}
	return grant(tx, s, grantee)
}

// AddGrant puts an account on the whitelist of a service of aliyun; the field is
// "account".
func (c *Caller) AddGrant(ctx context.Context, service, grantee string) error {
	grantee = strings.TrimSpace(grantee)
	return c.write(ctx, func(tx *Tx) error {
		s, err := c.service(tx, service)
		if err != nil || mapped(s) {
			return orMissing(err, "service", service)
		}
		var ck check
		main, standing, err := findMainAccount(tx, grantee)
		switch {
		case err != nil:
			return err
		case grantee == "":
			ck.fail("account", "error.required")
		case !accountID.MatchString(grantee):
			ck.fail("account", "error.grant.format", "value", grantee)
		case standing == UnknownAccount:
			ck.fail("account", "error.grant.unknown", "value", grantee)
		case standing == SubAccount:
			ck.suggest("account", "error.grant.sub", main.ID, "value", grantee)
		}
		if err := ck.err(); err != nil {
			return err
		}
		id := s.ID + "/" + grantee
		if _, err := tx.Grants.Get(id); err == nil {
			ck.fail("account", "error.grant.twice", "value", grantee)
			return ck.err()
		} else if !errors.Is(err, ErrMissing) {
			return err
		}
		return grant(tx, s, grantee)
	})
}

// RemoveGrant takes an account off the whitelist. Endpoints it has already
// made stay as they are; it can make no new ones.
func (c *Caller) RemoveGrant(ctx context.Context, service, grantee string) error {
	return c.write(ctx, func(tx *Tx) error {
		s, err := c.service(tx, service)
		if err != nil {
			return err
		}
		if mapped(s) && grantee == s.Account {
			return conflict("error.grant.keep", nil) // TYD-07
		}
		id := s.ID + "/" + grantee
		if _, err := tx.Grants.Get(id); err != nil {
			return orMissing(err, "grant", grantee)
		}
		return tx.Grants.Delete(id)
	})
}

// Uninvited answers the accepted endpoints of a service whose account its
// whitelist does not hold any more, at most a hundred: they go on until they
// are cut (Evict).
func (c *Caller) Uninvited(ctx context.Context, service string) ([]EndpointView, error) {
	var out []EndpointView
	err := c.read(ctx, func(tx *Tx) error {
		s, err := c.service(tx, service)
		if err != nil {
			return err
		}
		rows, err := uninvited(tx, s, "")
		if err != nil {
			return err
		}
		out, err = c.e.endpointViews(tx, rows)
		return err
	})
	return out, err
}

// whitelist is the accounts on a service's whitelist.
type whitelist map[string]bool

func whitelistOf(tx *Tx, s Service) (whitelist, error) {
	grants, err := tx.Grants.List(Where{"service": s.ID})
	out := whitelist{}
	for _, g := range grants {
		out[g.Grantee] = true
	}
	return out, err
}

func (l whitelist) holds(account string) bool { return l[account] || l[Everybody] }

func uninvited(tx *Tx, s Service, account string) ([]Endpoint, error) {
	list, err := whitelistOf(tx, s)
	if err != nil {
		return nil, err
	}
	users, err := tx.Endpoints.Tally("account", Where{"service": s.ID, "decision": string(Allowed), "deleting": false})
	if err != nil {
		return nil, err
	}
	var ids []string
	for id := range users {
		if !list.holds(id) && (account == "" || id == account) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return tx.Endpoints.Page(Query{
		Where: Where{"service": s.ID, "decision": string(Allowed), "deleting": false, "account": ids}, Limit: mostHolders,
	})
}

// Evict refuses every accepted endpoint of an account that the whitelist does
// not hold any more; live flows are cut.
func (c *Caller) Evict(ctx context.Context, service, account string) error {
	return c.write(ctx, func(tx *Tx) error {
		s, err := c.service(tx, service)
		if err != nil {
			return err
		}
		for {
			rows, err := uninvited(tx, s, account)
			if err != nil || len(rows) == 0 {
				return err
			}
			for _, e := range rows {
				if err := c.deny(tx, e); err != nil {
					return err
				}
			}
		}
	})
}
