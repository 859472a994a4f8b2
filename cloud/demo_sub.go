package cloud

import (
	"context"
	"fmt"
)

// demoSub is the setting that stands once the demo's sub-account has been made.
const demoSub = "demo.sub"

// DemoSubLogin is the login of account A's sub-account; its password is
// DemoPassword.
const DemoSubLogin = "account-a-dev"

// seedSubOnce gives account A of a demo lab a sub-account, once (ZIL-08).
// Somebody else may have its login already; then there is none.
func (e *Engine) seedSubOnce(ctx context.Context, accounts []Account) error {
	if len(accounts) < 2 || !accounts[0].Demo || !accounts[1].Demo {
		return nil
	}
	err := e.write(ctx, SystemActor, func(tx *Tx) error {
		made, err := tx.Settings.Count(Where{"id": demoSub})
		if err != nil || made > 0 {
			return err
		}
		if err := tx.Settings.Put(Setting{ID: demoSub}); err != nil {
			return err
		}
		taken, err := tx.Accounts.Count(Where{"login": DemoSubLogin})
		if err != nil || taken > 0 {
			return err
		}
		return tx.Accounts.Put(Account{
			ID: newAccountID(), Main: accounts[0].ID, Login: DemoSubLogin, Name: "dev-a",
			Demo: true, Password: accounts[0].Password, Created: now(),
		})
	})
	if err != nil {
		return fmt.Errorf("make the demo lab's sub-account: %w", err)
	}
	return nil
}
