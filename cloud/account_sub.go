package cloud

import (
	"context"
	"strings"
)

// Owner is the ID of the main account that owns what the account works on: its
// own, or that of the main account of a sub-account. Whatever asks whose a
// thing is asks for this one.
func (a Account) Owner() string {
	if a.Main != "" {
		return a.Main
	}
	return a.ID
}

// Standing says what an ID is to somebody who wants to grant an account
// something (ZIL-06).
type Standing string

// Standings.
const (
	MainAccount    Standing = "main"
	SubAccount     Standing = "sub"
	UnknownAccount Standing = "unknown"
)

// FindMainAccount answers what an account ID is, and the main account: of a
// sub-account's ID, the one to be entered instead (ZIL-08). Spaces around the
// ID do not count. An unknown ID is no error.
func (e *Engine) FindMainAccount(ctx context.Context, id string) (main Account, standing Standing, err error) {
	err = e.store.Read(ctx, func(tx *Tx) (err error) {
		main, standing, err = findMainAccount(tx, strings.TrimSpace(id))
		return err
	})
	return main, standing, err
}

// findMainAccount is FindMainAccount within a transaction.
func findMainAccount(tx *Tx, id string) (Account, Standing, error) {
	a, err := somebody(tx, id)
	if err == nil && a.Main == "" {
		return a, MainAccount, nil
	}
	if err == nil {
		if a, err = somebody(tx, a.Main); err == nil {
			return a, SubAccount, nil
		}
	}
	if AsError(err) != nil {
		err = nil
	}
	return Account{}, UnknownAccount, err
}

// main is the account whose resources an account works on.
func (e *Engine) main(a Account) Account {
	if a.Main == "" {
		return a
	}
	// What cannot be read now fails again, and is told, with the first question
	// about the account's resources; they are asked for by ID alone.
	if m, err := e.Account(context.Background(), a.Main); err == nil {
		return m
	}
	return Account{ID: a.Main}
}

// closed is why nobody may sign in to an account, as a key of the catalogue:
// it is disabled, or the main account it works for is. Empty: one may.
func closed(tx *Tx, a Account) (string, error) {
	if a.Disabled {
		return "error.signin.disabled", nil
	}
	if a.Main == "" {
		return "", nil
	}
	m, err := tx.Accounts.Get(a.Main)
	if err != nil || m.Disabled {
		return "error.signin.main", err
	}
	return "", nil
}

// endSubs ends the sessions of an account's sub-accounts.
func endSubs(tx *Tx, main string) error {
	subs, err := tx.Accounts.List(Where{"main": main})
	if err != nil {
		return err
	}
	for _, a := range subs {
		a.Epoch++
		if err := tx.Accounts.Put(a); err != nil {
			return err
		}
	}
	return nil
}

// subFits refuses what a sub-account cannot be: one of an account that is not
// there or is a sub-account itself, and an administrator.
func subFits(tx *Tx, a Account) error {
	if a.Main == "" {
		return nil
	}
	switch _, standing, err := findMainAccount(tx, a.Main); {
	case err != nil:
		return err
	case standing != MainAccount:
		return conflict("error.account.main", args("value", a.Main))
	case a.Admin:
		return conflict("error.account.sub.admin", nil)
	}
	return nil
}

// BelowMain puts every sub-account below its main account.
func BelowMain(list []Account) []Account {
	var out []Account
	for _, a := range list {
		if a.Main != "" {
			continue
		}
		out = append(out, a)
		for _, sub := range list {
			if sub.Main == a.ID {
				out = append(out, sub)
			}
		}
	}
	return out
}

// SubAccounts answers the sub-accounts of the caller's main account, oldest
// first.
func (c *Caller) SubAccounts(ctx context.Context) ([]Account, error) {
	var out []Account
	err := c.read(ctx, func(tx *Tx) (err error) {
		out, err = tx.Accounts.List(Where{"main": c.account.ID})
		return err
	})
	return out, err
}
