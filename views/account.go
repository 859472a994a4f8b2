package views

import (
	"cmp"

	"culvert.internal/cloud"
)

// AccountInfo is the page of the signed-in account.
type AccountInfo struct {
	Quotas []cloud.Quota
	Subs   []cloud.Account // of a main account
}

// accountLead says what the reader sees here, and whose it is.
func accountLead(f *Frame) string {
	if f.Sub() {
		return f.T("account.sub.lead", "name", f.Name())
	}
	return f.T("account.isolation")
}

// subOf is the name of the main account of a sub-account.
func subOf(f *Frame, a cloud.Account) string { return cmp.Or(f.AccountName(a.Main), a.Main) }
