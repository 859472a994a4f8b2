package cloud

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// Account is one identity with resources of its own (COM-03), in every cloud.
// ID is the main account ID: 16 digits. DomainID is what ctyun calls its
// account ID (domain_id): 32 hexadecimal digits (TY-05); a sub-account has none.
type Account struct {
	ID       string
	DomainID string
	// Main is the ID of the main account that a sub-account works for (ZIL-08);
	// empty: this is a main account.
	Main     string
	Login    string
	Name     string
	NameEN   string // shown to English readers; empty: Name
	Admin    bool
	Operator bool   // of a cloud's own services: nobody's account
	Demo     bool   // may be entered without a password while the engine is in demo mode
	Password string `json:"-"` // bcrypt
	// PasswordSet is when the password was last set.
	PasswordSet time.Time
	// Disabled keeps everybody out of the account; what it has goes on.
	Disabled bool
	// Epoch is what a session must carry: a greater one ends it.
	Epoch int `json:"-"`
	// Seen is when somebody last signed in.
	Seen    time.Time `json:"-"`
	Created time.Time
}

// DomainPrefix stands before an account's DomainID where ctyun's whitelists
// name it: iam:domain::1564ec50ef2a47c791ea5536353ed4b9 (TYD-05).
const DomainPrefix = "iam:domain::"

func (a Account) about() about { return about{kind: "account", id: a.ID, account: a.Owner()} }

// DisplayName is the account's name for a reader of the language ("zh", "en").
func (a Account) DisplayName(lang string) string {
	if lang == "en" && a.NameEN != "" {
		return a.NameEN
	}
	return a.Name
}

// AccountInput is the form of a new account.
type AccountInput struct {
	Name, Login, Password, Repeat string
}

var login = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@-]{1,63}$`)

// CreateFirstAccount makes the administrator's account of a new installation.
// Once anybody can sign in it is refused with Denied.
func (e *Engine) CreateFirstAccount(ctx context.Context, in AccountInput) (Account, error) {
	var ck check
	ck.name("name", in.Name, 1, 64)
	ck.login("login", in.Login)
	ck.password(in.Password, in.Repeat)
	if err := ck.err(); err != nil {
		return Account{}, err
	}
	a := Account{ID: newAccountID(), DomainID: newDomainID(), Login: strings.ToLower(in.Login), Name: in.Name, Admin: true, Created: now()}
	if err := a.setPassword(in.Password); err != nil {
		return Account{}, err
	}
	err := e.write(ctx, a.ID, func(tx *Tx) error {
		if has, err := e.entered(tx); err != nil {
			return err
		} else if has {
			return &Error{Kind: Denied, Key: "error.account.first"}
		}
		err := tx.Accounts.Put(a)
		if errors.Is(err, ErrTaken) {
			ck.fail("login", "error.account.taken", "value", a.Login)
			return ck.err()
		}
		return err
	})
	return a, err
}

// entered says whether anybody could sign in. Accounts that came with a lab file
// have no password: while there are no others, the installation is as new.
func (e *Engine) entered(tx *Tx) (bool, error) {
	list, err := tx.Accounts.List(people())
	for _, a := range list {
		if e.enterable(a) {
			return true, nil
		}
	}
	return false, err
}

// free says whether an account is entered without a password: in demo mode, the
// demo accounts and those that have none.
func (e *Engine) free(a Account) bool { return e.opt.Demo && (a.Demo || a.Password == "") }

// enterable says whether somebody could sign in to an account, with a password or
// without.
func (e *Engine) enterable(a Account) bool { return a.Password != "" && e.Usable(a) || e.free(a) }

// people selects the accounts that somebody has.
func people() Where { return Where{"operator": false} }

// HasAccounts says whether the installation has any account yet that somebody
// can sign in to.
func (e *Engine) HasAccounts(ctx context.Context) (bool, error) {
	has := false
	err := e.store.Read(ctx, func(tx *Tx) (err error) {
		has, err = e.entered(tx)
		return err
	})
	return has, err
}

// Account answers one account, NotFound when there is none.
func (e *Engine) Account(ctx context.Context, id string) (Account, error) {
	var a Account
	err := e.store.Read(ctx, func(tx *Tx) (err error) {
		a, err = tx.Accounts.Get(id)
		return missing(err, "account", id)
	})
	return a, err
}

// Accounts answers every account, oldest first: names and IDs are not secret
// between the accounts of one installation.
func (e *Engine) Accounts(ctx context.Context) ([]Account, error) {
	var out []Account
	err := e.store.Read(ctx, func(tx *Tx) (err error) {
		out, err = tx.Accounts.List(people())
		return err
	})
	return out, err
}

// DemoAccounts answers the accounts that may be entered with one click; none
// outside demo mode.
func (e *Engine) DemoAccounts(ctx context.Context) ([]Account, error) {
	if !e.opt.Demo {
		return nil, nil
	}
	var out []Account
	err := e.store.Read(ctx, func(tx *Tx) (err error) {
		list, err := tx.Accounts.Page(Query{
			Where: Where{"operator": false, "disabled": false}, Terms: []Term{{Or: []Where{{"demo": true}, {"password": ""}}}},
		})
		if err == nil {
			err = learn(tx.Accounts, each(list, func(a Account) string { return a.Main })...)
		}
		for _, a := range list {
			if why, cerr := closed(tx, a); cerr != nil {
				return cerr
			} else if why == "" {
				out = append(out, a)
			}
		}
		return err
	})
	return out, err
}

// SignInDemo enters a demo account without a password; Denied when the engine
// is not in demo mode or the account is not a demo account.
func (e *Engine) SignInDemo(ctx context.Context, id string) (Account, error) {
	a, err := e.Account(ctx, id)
	if err != nil {
		return Account{}, err
	}
	if !e.free(a) || a.Operator {
		return Account{}, &Error{Kind: Denied, Key: "error.signin.demo"}
	}
	if a.Disabled {
		return Account{}, &Error{Kind: Denied, Key: "error.signin.disabled"}
	}
	return a, e.see(ctx, &a)
}

// see notes that somebody signs in; that is no change of the account.
func (e *Engine) see(ctx context.Context, a *Account) error {
	checked := a.Password
	return e.store.Write(ctx, func(tx *Tx) (err error) {
		if *a, err = tx.Accounts.Get(a.ID); err != nil {
			return missing(err, "account", a.ID)
		}
		if why, err := closed(tx, *a); err != nil {
			return err
		} else if why != "" {
			return &Error{Kind: Invalid, Key: "error.invalid", Fields: []FieldError{{Field: "login", Key: why}}}
		}
		// Checking takes a while: meanwhile the password may have become another.
		if a.Password != checked {
			return &Error{Kind: Invalid, Key: "error.invalid", Fields: []FieldError{{Field: "password", Key: "error.signin"}}}
		}
		a.Seen = now()
		return tx.Accounts.Put(*a)
	})
}

// Usable says whether the account may be used now: the password of the demo
// accounts is in the documentation, so they exist in demo mode only.
func (e *Engine) Usable(a Account) bool { return !a.Demo || e.opt.Demo }

// SignIn checks a login and a password. A wrong pair is Invalid at "password";
// after five of them for one login or from one remote address within a minute
// further tries are TooMany, with the seconds to wait in "seconds".
func (e *Engine) SignIn(ctx context.Context, login, password, remote string) (Account, error) {
	login = strings.ToLower(strings.TrimSpace(login))
	var ck check
	if login == "" {
		ck.fail("login", "error.required")
	}
	if password == "" {
		ck.fail("password", "error.required")
	}
	if err := ck.err(); err != nil {
		return Account{}, err
	}
	if wait := e.throttle.take(login, remote); wait > 0 {
		return Account{}, tooMany(wait)
	}
	var found []Account
	if err := e.store.Read(ctx, func(tx *Tx) (err error) {
		found, err = tx.Accounts.List(Where{"login": login})
		return err
	}); err != nil {
		return Account{}, err
	}
	// An unknown login costs as much time as a wrong password.
	found = slices.DeleteFunc(found, func(a Account) bool { return !e.Usable(a) })
	hash := []byte("$2a$10$7EqJtq98hPqEX7fNZaFWoOhi5QUSWPvPqa8XYQOqVlpNqVvYqkSxu")
	if len(found) == 1 && found[0].Password != "" {
		hash = []byte(found[0].Password)
	}
	err := bcrypt.CompareHashAndPassword(hash, []byte(password))
	if err != nil || len(found) != 1 || found[0].Password == "" {
		if err != nil && !errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) && !errors.Is(err, bcrypt.ErrPasswordTooLong) {
			return Account{}, err
		}
		return Account{}, &Error{Kind: Invalid, Key: "error.invalid", Fields: []FieldError{{Field: "password", Key: "error.signin"}}}
	}
	e.throttle.hit(login, remote)
	return found[0], e.see(ctx, &found[0])
}

func tooMany(wait time.Duration) error {
	return &Error{Kind: TooMany, Key: "error.signin.wait", Args: args("seconds", itoa(int(wait/time.Second)+1))}
}
