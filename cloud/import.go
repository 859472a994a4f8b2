package cloud

import (
	"context"
	"errors"
	"net/netip"
	"strings"
)

// Importer makes a whole lab in one transaction, by the use cases that people
// make its things by, with the IDs that the lab gives them.
//
//	err := e.Import(ctx, admin.ID, false, func(im *cloud.Importer) error {
//		a, err := im.Account(cloud.ImportedAccount{Login: "account-a", Name: "A"})
//		im.Give("vpc", "vpc-gw8…")
//		_, err = im.As(a).CreateVPC(ctx, "eu-central-1", in)
//	})
//
// What a use case refuses leaves traces in the transaction, so that fn must
// answer an error once any of them was refused.
type Importer struct {
	e     *Engine
	tx    *Tx
	actor string
}

// given are the IDs that the next things get, by the noun's prefix.
type given struct {
	next map[string][]string
	seen map[string]bool
}

// newID is the next given ID of a noun, or a fresh one.
func (e *Engine) newID(prefix string, r Region) string {
	if id := e.given.take(prefix); id != "" {
		return id
	}
	return newID(prefix, r)
}

// mint is newID for nouns whose IDs name no region.
func (e *Engine) mint(noun string, fresh func() string) string {
	if id := e.given.take(noun); id != "" {
		return id
	}
	return fresh()
}

func (g *given) take(noun string) string {
	if g == nil || len(g.next[noun]) == 0 {
		return ""
	}
	id := g.next[noun][0]
	g.next[noun] = g.next[noun][1:]
	return id
}

// inside is a store within a transaction.
type inside struct{ tx *Tx }

func (s inside) Read(_ context.Context, fn func(*Tx) error) error  { return fn(s.tx) }
func (s inside) Write(_ context.Context, fn func(*Tx) error) error { return fn(s.tx) }
func (s inside) Close() error                                      { return nil }

var errDry = errors.New("only tried")

// Import runs fn in one transaction: what fn answers an error to is undone, and
// so is everything with dry. The actor of the changes is an administrator's ID,
// or SystemActor for who holds the data folder.
func (e *Engine) Import(ctx context.Context, actor string, dry bool, fn func(*Importer) error) error {
	e.installing.Lock()
	defer e.installing.Unlock()
	var next *Installation
	err := e.store.Write(ctx, func(raw *Tx) error {
		tx := *raw
		tx.memo = &memo{used: map[string]map[netip.Addr]Ref{}, have: map[[2]string]int{}, behind: map[string][]Resource{}}
		inner := &Engine{store: inside{&tx}, opt: e.opt, given: &given{map[string][]string{}, map[string]bool{}}}
		// Whether a demo account may be used is a question of the start, not of the lab.
		inner.opt.Demo = true
		inner.installed.Store(e.installed.Load())
		im := &Importer{inner, &tx, actor}
		if actor != SystemActor {
			if err := im.As(Account{ID: actor}).mustAdmin(&tx); err != nil {
				return err
			}
		}
		had, err := tx.Accounts.Count(people())
		if err != nil {
			return err
		}
		if err := fn(im); err != nil {
			return err
		}
		if had == 0 {
			// What is a lab already is no demo lab to be built.
			for _, side := range []string{demoSub, demoCtyun, demoZilliz} {
				if err := tx.Settings.Put(Setting{ID: side}); err != nil {
					return err
				}
			}
		}
		if dry {
			return errDry
		}
		next = inner.installed.Load()
		return nil
	})
	switch {
	case err == nil:
		e.installed.Store(next)
		e.signal()
	case dry && errors.Is(err, errDry):
		return nil
	}
	return err
}

// As is the engine for things of a main account.
func (im *Importer) As(a Account) *Caller {
	return &Caller{e: im.e, account: a, self: Account{ID: im.actor}}
}

// Give sets the ID of the next thing of a noun: "vpc", "vsw", "sg", "sgr",
// "acl", "aclr", "i", "eni", "idc", "lb", "lsn", "epsrv" and "ep", in a region,
// or "project", "cluster", "privatelink", "privatezone" and "record". It is
// Invalid at "id" when it is no such ID or somebody has it.
func (im *Importer) Give(noun, id string, r Region) error {
	im.e.given.next[noun] = append(im.e.given.next[noun], id)
	if id == "" {
		return nil
	}
	var ck check
	switch {
	case !fits(noun, id, r):
		ck.fail("id", "error.import.id", "value", id, "like", like(noun, r))
	case im.e.given.seen[id]:
		ck.fail("id", "error.import.id.twice", "value", id)
	default:
		n, err := im.have(noun, id)
		if err != nil {
			return err
		}
		if n > 0 {
			ck.fail("id", "error.import.id.taken", "value", id)
		}
	}
	im.e.given.seen[id] = true
	return ck.err()
}

// Forget takes back what was given and not used.
func (im *Importer) Forget() { clear(im.e.given.next) }

// like is an ID as the noun's look.
func like(noun string, r Region) string {
	switch noun {
	case "project":
		return newProjectID()
	case "cluster":
		return newClusterID()
	case "privatelink":
		return newLinkID()
	case "privatezone":
		return newDomainID()
	case "record":
		return newRecordID()
	case "account":
		return newAccountID()
	}
	return newID(noun, r)
}

// fits says whether an ID is like those of its noun: the same length and the
// same letters where they are fixed, and only letters and digits where not.
func fits(noun, id string, r Region) bool {
	model := like(noun, r)
	if len(id) != len(model) {
		return false
	}
	prefix, _, dashed := strings.Cut(model, "-")
	switch {
	case r.Cloud == Ctyun:
		in, ok := RegionOf(id)
		return ok && in.ID == r.ID && isUUID(id)
	case r.Cloud == Aliyun:
		prefix += "-" + r.Code
	case dashed:
		prefix += "-"
	default:
		prefix = ""
	}
	if !strings.HasPrefix(id, prefix) {
		return false
	}
	digitsOnly := noun == "record" || noun == "account"
	hexOnly := noun == "project" || noun == "cluster" || noun == "privatezone"
	for _, c := range id[len(prefix):] {
		digit := c >= '0' && c <= '9'
		if !digit && (digitsOnly || c < 'a' || c > 'z' || hexOnly && c > 'f') {
			return false
		}
	}
	return true
}

// have counts the things with an ID.
func (im *Importer) have(noun, id string) (int, error) {
	tx := im.tx
	w := Where{"id": id}
	switch noun {
	case "vpc":
		return tx.VPCs.Count(w)
	case "vsw":
		return tx.VSwitches.Count(w)
	case "sg":
		return tx.SecurityGroups.Count(w)
	case "sgr":
		return tx.SecurityRules.Count(w)
	case "acl":
		return tx.ACLs.Count(w)
	case "aclr":
		return tx.ACLRules.Count(w)
	case "i":
		return tx.Instances.Count(w)
	case "idc":
		return tx.IDCs.Count(w)
	case "lb":
		return tx.Balancers.Count(w)
	case "lsn":
		return tx.Listeners.Count(w)
	case "epsrv":
		return tx.Services.Count(w)
	case "ep":
		return tx.Endpoints.Count(w)
	case "project":
		return tx.Projects.Count(w)
	case "cluster":
		return tx.Clusters.Count(w)
	case "privatelink":
		return tx.PrivateLinks.Count(w)
	case "privatezone":
		return tx.PrivateZones.Count(w)
	case "record":
		return tx.Records.Count(w)
	case "account":
		return tx.Accounts.Count(w)
	}
	n, err := tx.NICs.Count(w)
	if err != nil || n > 0 {
		return n, err
	}
	return tx.Interfaces.Count(w)
}

// Settings sets what an administrator can set (Caller.SetInstallation), for the
// things that follow too.
func (im *Importer) Settings(values map[string]string) error {
	var ck check
	tx := recorded(im.tx, im.actor, new(bool), nil)
	if err := im.e.setKnobs(tx, &ck, values); err != nil {
		return err
	}
	if err := ck.err(); err != nil {
		return err
	}
	next, err := im.e.install(tx)
	if err == nil {
		im.e.installed.Store(next)
	}
	return err
}
