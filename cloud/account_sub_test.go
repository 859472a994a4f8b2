package cloud_test

import (
	"path/filepath"
	"testing"

	"culvert.internal/cloud"
	"culvert.internal/store"
)

// TestSubAccountWorksForItsMain: ZIL-08: a sub-account signs in for itself, and
// works on the resources of its main account; the trail tells them apart.
func TestSubAccountWorksForItsMain(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx, main, sub := t.Context(), b.a.Self(), b.dev.Self()
	if sub.Main != main.ID || sub.Owner() != main.ID || main.Owner() != main.ID || b.dev.Account().ID != main.ID {
		t.Fatalf("the demo's sub-account is %+v", sub)
	}
	in, err := b.engine.SignIn(ctx, cloud.DemoSubLogin, cloud.DemoPassword, "127.0.0.1")
	if err != nil || in.ID != sub.ID {
		t.Fatalf("signing in answers %+v, %v", in, err)
	}
	made, err := b.dev.CreateVPC(ctx, frankfurt, cloud.VPCInput{Name: "by-dev", CIDR: "10.77.0.0/16"})
	b.ok(err)
	if made.Account != main.ID {
		t.Errorf("what a sub-account makes belongs to %s", made.Account)
	}
	if _, err := b.a.VPC(ctx, made.ID); err != nil {
		t.Errorf("the main account does not see it: %v", err)
	}
	_, err = b.b.VPC(ctx, made.ID)
	b.refused(err, cloud.NotFound)
	for who, c := range map[string]*cloud.Caller{"main": b.a, "sub": b.dev} {
		events, err := c.Events(ctx, made.ID, 0, 1)
		if err != nil || len(events) != 1 || events[0].Actor != sub.ID || events[0].Account != main.ID {
			t.Errorf("%s reads in the trail: %+v, %v", who, events, err)
		}
	}
	mine, err := b.a.Quotas(ctx, frankfurt)
	b.ok(err)
	theirs, err := b.dev.Quotas(ctx, frankfurt)
	b.ok(err)
	for i := range mine {
		if mine[i] != theirs[i] {
			t.Errorf("quota %v of the main account, %v of its sub-account", mine[i], theirs[i])
		}
	}
	_, err = b.dev.AllAccounts(ctx)
	b.refused(err, cloud.Denied)
}

// TestSubAccountsAreNotGranted: ZIL-06, ZIL-08: a sub-account's ID is refused
// on a whitelist, with the ID to enter instead.
func TestSubAccountsAreNotGranted(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	s := b.service(cloud.ServiceInput{})
	sub, main := b.dev.Self(), b.a.Account()
	e := b.refused(b.a.AddGrant(ctx, s.ID, sub.ID), cloud.Invalid, "account")
	if e.Fields[0].Key != "error.grant.sub" || e.Fields[0].Suggest != main.ID {
		t.Errorf("the refusal says %+v", e.Fields[0])
	}
	b.ok(b.dev.AddGrant(ctx, s.ID, " "+b.b.Account().ID+" "))
	own := b.mapped()
	b.refused(b.a.AddGrants(ctx, own.ID, []string{cloud.DomainPrefix + sub.ID}), cloud.Invalid, "account.1")

	for id, want := range map[string]cloud.Standing{
		main.ID: cloud.MainAccount, " " + main.ID + " ": cloud.MainAccount, sub.ID: cloud.SubAccount,
		"1000000000000000": cloud.UnknownAccount, "": cloud.UnknownAccount, cloud.Operator: cloud.UnknownAccount,
	} {
		got, standing, err := b.engine.FindMainAccount(ctx, id)
		if err != nil || standing != want || (want != cloud.UnknownAccount && got.ID != main.ID) {
			t.Errorf("%q is %s %s, %v", id, standing, got.ID, err)
		}
	}
}

// TestSubAccountsOfADisabledMain: nobody works for a closed account, whoever
// signed in.
func TestSubAccountsOfADisabledMain(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	made, password, err := b.a.MakeAccount(ctx, cloud.NewAccount{Login: "ops", Name: "Ops"})
	b.ok(err)
	sub, subPassword, err := b.a.MakeAccount(ctx, cloud.NewAccount{Login: "ops-1", Name: "Ops 1", Main: made.ID})
	b.ok(err)
	if sub.Main != made.ID || sub.DomainID != "" {
		t.Fatalf("made %+v", sub)
	}
	_, err = b.engine.SignIn(ctx, "ops-1", subPassword, "127.0.0.1")
	b.ok(err)
	_, err = b.a.DisableAccount(ctx, made.ID, true)
	b.ok(err)
	after, err := b.engine.Account(ctx, sub.ID)
	b.ok(err)
	if after.Epoch == sub.Epoch {
		t.Error("the sub-account's sessions go on")
	}
	for login, pw := range map[string]string{"ops": password, "ops-1": subPassword} {
		_, err = b.engine.SignIn(ctx, login, pw, "127.0.0.2")
		b.refused(err, cloud.Invalid, "login")
	}
	_, err = b.a.DisableAccount(ctx, made.ID, false)
	b.ok(err)
	_, err = b.engine.SignIn(ctx, "ops-1", subPassword, "127.0.0.3")
	b.ok(err)
	// The sub-account alone.
	_, err = b.a.DisableAccount(ctx, sub.ID, true)
	b.ok(err)
	_, err = b.engine.SignIn(ctx, "ops-1", subPassword, "127.0.0.4")
	b.refused(err, cloud.Invalid, "login")
	_, err = b.engine.SignIn(ctx, "ops", password, "127.0.0.5")
	b.ok(err)
	// The one-click entrance of the demo closes with its main account.
	_, _, err = b.a.MakeAccount(ctx, cloud.NewAccount{Login: "root", Name: "Root", Admin: true})
	b.ok(err)
	root, err := b.engine.As(b.a.Self()).AllAccounts(ctx)
	b.ok(err)
	admin := b.engine.As(root[len(root)-1].Account)
	_, err = admin.DisableAccount(ctx, b.a.Account().ID, true)
	b.ok(err)
	_, err = b.engine.SignInDemo(ctx, b.dev.Self().ID)
	b.refused(err, cloud.Invalid, "login")
	left, err := b.engine.DemoAccounts(ctx)
	if err != nil || len(left) != 1 || left[0].ID != b.b.Account().ID {
		t.Errorf("entered with one click: %v, %v", left, err)
	}
}

// TestWhatASubAccountIsNot: no administrator, and no main account of another.
func TestWhatASubAccountIsNot(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx, sub := t.Context(), b.dev.Self()
	_, err := b.a.AppointAccount(ctx, sub.ID, true)
	b.refused(err, cloud.Conflict)
	for _, main := range []string{sub.ID, "1000000000000000", cloud.Operator} {
		_, _, err = b.a.MakeAccount(ctx, cloud.NewAccount{Login: "x-1", Name: "X", Main: main})
		b.refused(err, cloud.Conflict)
	}
	_, _, err = b.a.MakeAccount(ctx, cloud.NewAccount{Login: "x-1", Name: "X", Main: b.a.Account().ID, Admin: true})
	b.refused(err, cloud.Conflict)
	all, err := b.a.AllAccounts(ctx)
	b.ok(err)
	if len(all) != 3 || all[1].ID != sub.ID || all[1].Resources != 0 || all[2].ID != b.b.Account().ID {
		t.Errorf("the list is %v", all)
	}
	subs, err := b.dev.SubAccounts(ctx)
	if err != nil || len(subs) != 1 || subs[0].ID != sub.ID {
		t.Errorf("the sub-accounts are %v, %v", subs, err)
	}
}

// TestDemoGetsItsSubAccountOnce: an older demo lab gets the sub-account with the
// next start, and one that was renamed or whose login is taken stays as it is.
func TestDemoGetsItsSubAccountOnce(t *testing.T) {
	kept, err := store.Open("sqlite:" + filepath.Join(t.TempDir(), "culvert.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kept.Close() })
	ctx := t.Context()
	start := func() *cloud.Engine {
		e, err := cloud.Open(kept, cloud.Options{Demo: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := e.SeedDemo(ctx); err != nil {
			t.Fatal(err)
		}
		return e
	}
	accounts, err := start().DemoAccounts(ctx)
	if err != nil || len(accounts) != 3 {
		t.Fatalf("demo accounts: %v, %v", accounts, err)
	}
	// As the folder was before there were sub-accounts.
	if err := kept.Write(ctx, func(tx *cloud.Tx) error {
		if err := tx.Accounts.Delete(accounts[2].ID); err != nil {
			return err
		}
		return tx.Settings.Delete("demo.sub")
	}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		again, err := start().DemoAccounts(ctx)
		if err != nil || len(again) != 3 || again[2].Main != again[0].ID || again[2].Login != cloud.DemoSubLogin {
			t.Fatalf("started again: %v, %v", again, err)
		}
	}
}

// TestSubAccountsAreNotVerified: ZIL-06, ZIL-08: Zilliz Cloud's dialog tells a
// sub-account's ID from a main account's, and a sub-account adds its main one.
func TestSubAccountsAreNotVerified(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	project, _ := b.fresh(b.dev, "Dev", hangzhou)
	e := b.refused(b.dev.AddLinkAccount(ctx, linkAt(project, hangzhou), b.dev.Self().ID), cloud.Invalid, "account")
	if e.Fields[0].Key != "error.link.account.sub" || e.Fields[0].Suggest != b.a.Account().ID {
		t.Errorf("the refusal says %+v", e.Fields[0])
	}
	b.ok(b.dev.AddLinkAccount(ctx, linkAt(project, hangzhou), e.Fields[0].Suggest))
	open, err := b.dev.AvailableServices(ctx, hangzhou)
	if err != nil || len(open) == 0 {
		t.Errorf("after that the services are %v, %v", open, err)
	}
	if _, err := b.a.Project(ctx, project); err != nil {
		t.Errorf("the main account does not see the project: %v", err)
	}
}
