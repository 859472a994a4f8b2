package cloud

import (
	"context"
	"errors"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

// NewAccount is the form by which an administrator makes an account. Without
// a password one is made up.
type NewAccount struct {
	Login, Name, NameEN string
	Password, Repeat    string
	Admin               bool
	// Main makes a sub-account of that main account; empty: a main account.
	Main string
}

// AccountView is an account as administrators see it.
type AccountView struct {
	Account
	Resources int // networks, ACLs, groups, instances, NICs, CLBs, services, endpoints, clusters, private links
}

// mustAdmin refuses whoever is not an administrator (any more).
func (c *Caller) mustAdmin(tx *Tx) error {
	a, err := tx.Accounts.Get(c.self.ID)
	if err != nil {
		return missing(err, "account", c.self.ID)
	}
	if !a.Admin || a.Disabled {
		return &Error{Kind: Denied, Key: "error.admin"}
	}
	return nil
}

// AllAccounts answers every account with what belongs to it, oldest first and
// each sub-account below its main account; for administrators.
func (c *Caller) AllAccounts(ctx context.Context) ([]AccountView, error) {
	var out []AccountView
	err := c.read(ctx, func(tx *Tx) error {
		if err := c.mustAdmin(tx); err != nil {
			return err
		}
		list, err := tx.Accounts.List(people())
		if err != nil {
			return err
		}
		for _, a := range BelowMain(list) {
			n, err := resourcesOf(tx, a.ID)
			if err != nil {
				return err
			}
			out = append(out, AccountView{a, n})
		}
		return nil
	})
	return out, err
}

// AnyAccount answers one account, for administrators.
func (c *Caller) AnyAccount(ctx context.Context, id string) (AccountView, error) {
	var v AccountView
	err := c.read(ctx, func(tx *Tx) (err error) {
		if err := c.mustAdmin(tx); err != nil {
			return err
		}
		if v.Account, err = somebody(tx, id); err != nil {
			return err
		}
		v.Resources, err = resourcesOf(tx, id)
		return err
	})
	return v, err
}

// somebody answers an account that a person has.
func somebody(tx *Tx, id string) (Account, error) {
	a, err := tx.Accounts.Get(id)
	if err != nil || a.Operator {
		return Account{}, orMissing(err, "account", id)
	}
	return a, nil
}

func resourcesOf(tx *Tx, account string) (int, error) {
	w, sum := Where{"account": account}, 0
	for _, count := range []func(Where) (int, error){
		tx.VPCs.Count, tx.VSwitches.Count, tx.SecurityGroups.Count, tx.Instances.Count, tx.NICs.Count, tx.ACLs.Count, tx.IDCs.Count,
		tx.Balancers.Count, tx.Services.Count, tx.Endpoints.Count, tx.Clusters.Count, tx.PrivateLinks.Count,
	} {
		n, err := count(w)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// MakeAccount makes an account, for administrators. It answers the password
// that was made up, empty when one was given.
func (c *Caller) MakeAccount(ctx context.Context, in NewAccount) (a Account, password string, err error) {
	in.Login = strings.ToLower(strings.TrimSpace(in.Login))
	var ck check
	ck.name("name", in.Name, 1, 64)
	if in.NameEN != "" {
		ck.name("nameen", in.NameEN, 1, 64)
	}
	ck.login("login", in.Login)
	if in.Password == "" && in.Repeat == "" {
		password = newPassword()
		in.Password, in.Repeat = password, password
	}
	ck.password(in.Password, in.Repeat)
	if err := ck.err(); err != nil {
		return a, "", err
	}
	a = Account{
		ID: newAccountID(), Main: in.Main, Login: in.Login, Name: in.Name, NameEN: in.NameEN, Admin: in.Admin, Created: now(),
	}
	if a.Main == "" {
		a.DomainID = newDomainID()
	}
	if err := a.setPassword(in.Password); err != nil {
		return a, "", err
	}
	err = c.write(ctx, func(tx *Tx) error {
		if err := c.mustAdmin(tx); err != nil {
			return err
		}
		if err := subFits(tx, a); err != nil {
			return err
		}
		err := tx.Accounts.Put(a)
		if errors.Is(err, ErrTaken) {
			ck.fail("login", "error.account.taken", "value", a.Login)
			return ck.err()
		}
		return err
	})
	return a, password, err
}

// DisableAccount closes an account to its owner or opens it again: nobody can
// sign in, its sessions and those of its sub-accounts end, and everything it
// has goes on.
func (c *Caller) DisableAccount(ctx context.Context, id string, disabled bool) (Account, error) {
	return c.changeAccount(ctx, id, func(tx *Tx, a *Account) error {
		if disabled && a.ID == c.self.ID {
			return conflict("error.account.self", nil)
		}
		if disabled && !a.Disabled {
			a.Epoch++
			if err := endSubs(tx, a.ID); err != nil {
				return err
			}
		}
		a.Disabled = disabled
		return nil
	})
}

// AppointAccount makes an account an administrator or takes that from it.
func (c *Caller) AppointAccount(ctx context.Context, id string, admin bool) (Account, error) {
	return c.changeAccount(ctx, id, func(tx *Tx, a *Account) error {
		a.Admin = admin
		if err := subFits(tx, *a); err != nil {
			return err
		}
		return nil
	})
}

// ResetPassword gives an account a new password, which it answers, and ends
// its sessions.
func (c *Caller) ResetPassword(ctx context.Context, id string) (a Account, password string, err error) {
	password = newPassword()
	a, err = c.changeAccount(ctx, id, func(_ *Tx, a *Account) error {
		if a.Demo && a.Password != "" {
			return conflict("error.account.demo", nil)
		}
		a.Demo = false // one that came with a lab file: with a password it is like any other
		a.Epoch++
		return a.setPassword(password)
	})
	return a, password, err
}

// changeAccount changes an account, for administrators; one who can sign in
// and is an administrator always remains.
func (c *Caller) changeAccount(ctx context.Context, id string, change func(*Tx, *Account) error) (Account, error) {
	var a Account
	err := c.write(ctx, func(tx *Tx) (err error) {
		if err := c.mustAdmin(tx); err != nil {
			return err
		}
		if a, err = somebody(tx, id); err != nil {
			return err
		}
		if err := change(tx, &a); err != nil {
			return err
		}
		if err := tx.Accounts.Put(a); err != nil {
			return err
		}
		admins, err := tx.Accounts.List(Where{"admin": true, "disabled": false})
		if err != nil {
			return err
		}
		for _, one := range admins {
			if c.e.enterable(one) {
				return nil
			}
		}
		return conflict("error.account.last", nil)
	})
	return a, err
}

// ChangePassword changes the caller's own password and ends every other
// session of the account: the answered account carries the new epoch.
func (c *Caller) ChangePassword(ctx context.Context, old, password, repeat string) (Account, error) {
	var ck check
	if old == "" {
		ck.fail("old", "error.required")
	}
	ck.password(password, repeat)
	if err := ck.err(); err != nil {
		return Account{}, err
	}
	if wait := c.e.throttle.take("own "+c.self.Login, c.self.ID); wait > 0 {
		return Account{}, tooMany(wait)
	}
	if !c.self.Demo && bcrypt.CompareHashAndPassword([]byte(c.self.Password), []byte(old)) != nil {
		ck.fail("old", "error.account.old")
		return Account{}, ck.err()
	}
	c.e.throttle.hit("own "+c.self.Login, c.self.ID)
	var a Account
	err := c.write(ctx, func(tx *Tx) (err error) {
		if a, err = tx.Accounts.Get(c.self.ID); err != nil {
			return missing(err, "account", c.self.ID)
		}
		if a.Demo {
			return conflict("error.account.demo", nil)
		}
		a.Epoch++
		if err := a.setPassword(password); err != nil {
			return err
		}
		return tx.Accounts.Put(a)
	})
	return a, err
}

// setPassword keeps a password's hash and the moment.
func (a *Account) setPassword(password string) error {
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.DefaultCost)
	a.Password, a.PasswordSet = string(hash), now()
	return err
}

// newPassword makes up 16 letters and digits in groups of four; those that
// look alike are left out.
func newPassword() string {
	const clear = "abcdefghjkmnpqrstuvwxyz23456789"
	parts := make([]string, 4)
	for i := range parts {
		parts[i] = random(clear, 4)
	}
	return strings.Join(parts, "-")
}

func (c *check) login(field, v string) {
	if !login.MatchString(v) {
		c.fail(field, "error.account.login")
	}
}

// password checks a new password and its repetition.
func (c *check) password(v, repeat string) {
	if n := len(v); n < 8 || n > 72 {
		// bcrypt reads 72 bytes and no more.
		c.fail("password", "error.account.password")
	} else if v != repeat {
		c.fail("repeat", "error.account.repeat")
	}
}
