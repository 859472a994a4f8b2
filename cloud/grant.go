package cloud

import (
	"context"
	"regexp"
	"strings"
)

var accountID = regexp.MustCompile(`^[0-9]{16}$`)

// AddGrant puts an account on a service's whitelist; the field is "account".
func (c *Caller) AddGrant(ctx context.Context, service, grantee string) error {
	grantee = strings.TrimSpace(grantee)
	return c.write(ctx, func(tx *Tx) error {
		s, err := c.service(tx, service)
		if err != nil {
			return err
		}
		var ck check
		switch _, err := tx.Accounts.Get(grantee); {
		case grantee == "":
			ck.fail("account", "error.required")
		case !accountID.MatchString(grantee):
			ck.fail("account", "error.grant.format", "value", grantee)
		case err != nil && AsError(missing(err, "account", grantee)) == nil:
			return err
		case err != nil:
			ck.fail("account", "error.grant.unknown", "value", grantee)
		}
		if err := ck.err(); err != nil {
			return err
		}
		id := s.ID + "/" + grantee
		if _, err := tx.Grants.Get(id); err == nil {
			ck.fail("account", "error.grant.twice", "value", grantee)
			return ck.err()
		}
		return tx.Grants.Put(Grant{ID: id, Account: s.Account, Service: s.ID, Grantee: grantee, Created: now()})
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
		id := s.ID + "/" + grantee
		if _, err := tx.Grants.Get(id); err != nil {
			return orMissing(err, "grant", grantee)
		}
		return tx.Grants.Delete(id)
	})
}
