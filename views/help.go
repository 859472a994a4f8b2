package views

import "culvert.internal/cloud"

// Help is the page that explains the product and checks the backends of one's
// own services (TY-06, TY-07, TYQ-01, TYQ-02).
type Help struct {
	Services []cloud.Service // of the account, newest first
	// Asked is the ID of the service that is to be checked; Service is what it
	// is, zero when it is not the account's.
	Asked   string
	Service cloud.ServiceView
	Check   Check
	Quotas  []cloud.Quota
}
