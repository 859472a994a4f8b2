package cloud_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"culvert.internal/cloud"
	"culvert.internal/store"
)

// TestOperator: TY-02, TY-03, TYE-04: the cloud's own services are there in
// every region of ctyun and belong to an account that is nobody's: it is in no
// list, cannot be entered or administered, and counts nowhere.
func TestOperator(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	names := map[string]bool{}
	for _, r := range cloud.Regions() {
		for _, c := range []*cloud.Caller{b.a, b.b} {
			list, err := c.CloudServices(ctx, r.ID)
			b.ok(err)
			if want := map[bool]int{true: 1}[r.Cloud == cloud.Ctyun]; len(list) != want {
				t.Fatalf("%d cloud services in %s, want %d", len(list), r.ID, want)
			}
			for _, s := range list {
				names[s.Name] = true
				if s.Account != cloud.Operator || !s.AutoAccept || len(s.Mappings) != 2 || len(s.Grants) != 0 || s.Connections != 0 {
					t.Errorf("%+v", s)
				}
				b.shut(c, s.ID)
			}
		}
	}
	if len(names) != len(cloud.RegionsOf(cloud.Ctyun)) || !names["cn.ctyun.cn-gzt.dns"] {
		t.Errorf("they are %v", names)
	}

	accounts, err := b.engine.Accounts(ctx)
	b.ok(err)
	demo, err := b.engine.DemoAccounts(ctx)
	b.ok(err)
	all, err := b.a.AllAccounts(ctx)
	b.ok(err)
	if len(accounts) != 3 || len(demo) != 3 || len(all) != 3 {
		t.Errorf("the lists have %d, %d and %d accounts", len(accounts), len(demo), len(all))
	}
	_, err = b.a.AnyAccount(ctx, cloud.Operator)
	b.refused(err, cloud.NotFound)
	_, err = b.a.DisableAccount(ctx, cloud.Operator, false)
	b.refused(err, cloud.NotFound)
	_, err = b.a.AppointAccount(ctx, cloud.Operator, true)
	b.refused(err, cloud.NotFound)
	_, _, err = b.a.ResetPassword(ctx, cloud.Operator)
	b.refused(err, cloud.NotFound)
	for n, login := range []string{cloud.Operator, "@" + cloud.Operator} {
		for _, password := range []string{"x", cloud.DemoPassword} {
			_, err := b.engine.SignIn(ctx, login, password, fmt.Sprint("127.0.0.", n))
			b.refused(err, cloud.Invalid, "password", "error.signin")
		}
	}
	_, err = b.engine.SignInDemo(ctx, cloud.Operator)
	b.refused(err, cloud.Denied)
	// Its login is nobody's, so everybody may have the word.
	_, _, err = b.a.MakeAccount(ctx, cloud.NewAccount{Login: cloud.Operator, Name: "somebody"})
	b.ok(err)

	full, err := b.a.Fullest(ctx)
	b.ok(err)
	for _, q := range full {
		if q.On.Account == cloud.Operator || q.Knob == "limit.ctyun.services" && q.Used != 0 || q.Knob == "limit.mappings" && q.Used != 0 {
			t.Errorf("the operator counts: %+v", q)
		}
	}
	// Services of accounts are no cloud services, whoever may use them.
	s := b.mapped()
	b.ok(b.a.AddGrants(ctx, s.ID, []string{"*"}))
	for _, c := range []*cloud.Caller{b.a, b.b} {
		list, err := c.CloudServices(ctx, guangzhou)
		b.ok(err)
		if len(list) != 1 || list[0].ID == s.ID {
			t.Errorf("cloud services: %+v", list)
		}
	}
	for _, c := range []*cloud.Caller{b.a, b.b} {
		found, err := c.FindServices(ctx, guangzhou, cloud.Find{})
		b.ok(err)
		if slices.ContainsFunc(found.Items, func(v cloud.ServiceView) bool { return v.Account == cloud.Operator }) {
			t.Error("the operator's service is in the list of private ones")
		}
	}
}

// shut tries everything that the owner of a service may do with it.
func (b *bench) shut(c *cloud.Caller, service string) {
	b.Helper()
	ctx := b.Context()
	_, read := c.Service(ctx, service)
	_, changed := c.UpdateService(ctx, service, cloud.ServiceInput{Approval: "yes"})
	_, uninvited := c.Uninvited(ctx, service)
	_, connections := c.FindConnections(ctx, service, cloud.Find{})
	_, grants := c.FindGrants(ctx, service, cloud.Find{})
	_, tombstone := c.Tombstone(ctx, service)
	for _, err := range []error{
		read, changed, uninvited, connections, grants, tombstone, c.DeleteService(ctx, service), c.AddGrants(ctx, service, []string{"*"}),
		c.RemoveGrant(ctx, service, cloud.Everybody), c.Evict(ctx, service, c.Account().ID), c.AddGrant(ctx, service, c.Account().ID),
	} {
		b.refused(err, cloud.NotFound)
	}
}

// TestOperatorComesLater: an installation that has an account of the word for
// the operator gets the cloud services all the same, once, and a new one can
// have such an account as its first.
func TestOperatorComesLater(t *testing.T) {
	kept, err := store.Open("sqlite:" + filepath.Join(t.TempDir(), "culvert.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kept.Close() })
	b := &bench{T: t}
	ctx := t.Context()
	b.ok(kept.Write(ctx, func(tx *cloud.Tx) error {
		return tx.Accounts.Put(cloud.Account{ID: "1000000000000001", DomainID: strings.Repeat("0", 32), Login: cloud.Operator, Name: "somebody", Admin: true})
	}))
	for range 2 {
		e, err := cloud.Open(kept, cloud.Options{})
		b.ok(err)
		a, err := e.Account(ctx, "1000000000000001")
		b.ok(err)
		list, err := e.As(a).CloudServices(ctx, guangzhou)
		b.ok(err)
		if len(list) != 1 {
			t.Errorf("%d cloud services", len(list))
		}
	}
	fresh, err := store.Open("sqlite:" + filepath.Join(t.TempDir(), "culvert.db"))
	b.ok(err)
	t.Cleanup(func() { _ = fresh.Close() })
	e, err := cloud.Open(fresh, cloud.Options{})
	b.ok(err)
	if has, err := e.HasAccounts(ctx); err != nil || has {
		t.Errorf("a new installation has accounts: %v %v", has, err)
	}
	_, err = e.CreateFirstAccount(ctx, cloud.AccountInput{Name: "n", Login: cloud.Operator, Password: "12345678", Repeat: "12345678"})
	b.ok(err)
}
