package cloud

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Operator is the account that the cloud services of ctyun belong to (TY-02),
// Zilliz the one that the networks of Zilliz Cloud's clusters belong to. Nobody
// can sign in to them, and no list of accounts shows them.
const (
	Operator = "ctyun"
	Zilliz   = "zilliz" // the third cloud's name too
)

// operators are these accounts. A login with "@" before it is one that nobody
// can have.
func operators() []Account {
	hidden := func(id, name, english string) Account {
		return Account{ID: id, Login: "@" + id, Name: name, NameEN: english, Operator: true, Disabled: true}
	}
	return []Account{hidden(Operator, "天翼云", "Tianyi Cloud"), hidden(Zilliz, "Zilliz Cloud", "")}
}

// Everybody is the whitelist's entry for every account (TYD-06).
const Everybody = "*"

// DNSPort is where the operator's DNS answers.
const DNSPort = 53

// dnsService is the name of the DNS service in a region (TY-03): the documented
// one in the document's region, so that a reader finds it; names are unique, so
// the other regions have their own.
func dnsService(r Region) string {
	if r.ID == "cn-gz4" {
		return "cn.ctyun.cn-gzt.dns"
	}
	return "cn.ctyun." + r.ID + ".dns"
}

// operate makes the operators and those cloud services that are not there yet:
// the DNS of every region of ctyun. What is behind it is the resolver of the
// endpoint's VPC. They belong to the program as its catalogue of regions does:
// making them is no event.
func (e *Engine) operate(ctx context.Context) error {
	return e.store.Write(ctx, func(tx *Tx) error {
		for _, a := range operators() {
			have, err := tx.Accounts.Count(Where{"id": a.ID})
			if err != nil {
				return err
			}
			if a.Created = now(); have == 0 {
				if err := tx.Accounts.Put(a); err != nil {
					return err
				}
			}
		}
		for n, r := range RegionsOf(Ctyun) {
			if have, err := tx.Services.Count(Where{"account": Operator, "region": r.ID}); err != nil || have > 0 {
				if err != nil {
					return err
				}
				continue
			}
			s := Service{
				ID: newID("epsrv", r), Account: Operator, Region: r.ID, Name: dnsService(r), AutoAccept: true,
				Mappings: []Mapping{{TCP, DNSPort, DNSPort}, {UDP, DNSPort, DNSPort}}, Created: now().Add(time.Duration(n) * time.Microsecond),
			}
			if err := tx.Services.Put(s); err != nil {
				return fmt.Errorf("make the cloud service %s: %w", s.Name, err)
			}
			if err := tx.Resources.Put(Resource{ID: s.ID, Account: Operator, Service: s.ID, Created: s.Created}); err != nil {
				return err
			}
			if err := grant(tx, s, Everybody); err != nil {
				return err
			}
		}
		return nil
	})
}

// notOperated selects what belongs to accounts that somebody has.
func notOperated(tx *Tx) (Where, error) {
	accounts, err := tx.Accounts.List(people())
	return Where{"account": each(accounts, func(a Account) string { return a.ID })}, err
}

// zilliz is the engine as the operator of Zilliz Cloud, and tx as its doing: a
// customer's log shows what the customer did.
func (c *Caller) zilliz(tx *Tx) (*Caller, *Tx, error) {
	a, err := tx.Accounts.Get(Zilliz)
	if errors.Is(err, ErrMissing) {
		return nil, nil, fmt.Errorf("the operator's account %s: %w", Zilliz, err)
	}
	return &Caller{e: c.e, account: a, self: a}, acting(tx, Zilliz), err
}

// CloudServices answers the operator's services of a region (云服务, TYE-04).
func (c *Caller) CloudServices(ctx context.Context, region string) ([]ServiceView, error) {
	return c.services(ctx, func(tx *Tx) ([]Service, error) {
		return tx.Services.List(Where{"account": Operator, "region": region})
	}, false)
}
