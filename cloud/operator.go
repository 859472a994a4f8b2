package cloud

import (
	"context"
	"fmt"
	"time"
)

// Operator is the account that the cloud services of ctyun belong to (TY-02).
// Nobody can sign in to it, and no list of accounts shows it.
const Operator = "ctyun"

// operatorLogin is a login that nobody can have.
const operatorLogin = "@" + Operator

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

// operate makes the cloud services that are not there yet: the DNS of every
// region of ctyun. What is behind it is the resolver of the endpoint's VPC.
// They belong to the program as its catalogue of regions does: making them is
// no event.
func (e *Engine) operate(ctx context.Context) error {
	return e.store.Write(ctx, func(tx *Tx) error {
		have, err := tx.Accounts.Count(Where{"id": Operator})
		if err != nil {
			return err
		}
		if have == 0 {
			a := Account{ID: Operator, Login: operatorLogin, Name: "天翼云", NameEN: "Tianyi Cloud", Operator: true, Disabled: true, Created: now()}
			if err := tx.Accounts.Put(a); err != nil {
				return err
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

// CloudServices answers the operator's services of a region (云服务, TYE-04).
func (c *Caller) CloudServices(ctx context.Context, region string) ([]ServiceView, error) {
	return c.services(ctx, func(tx *Tx) ([]Service, error) {
		return tx.Services.List(Where{"account": Operator, "region": region})
	}, false)
}
