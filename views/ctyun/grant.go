package ctyun

import (
	"slices"
	"sort"
	"strings"

	"culvert.internal/cloud"
	"culvert.internal/views"
)

// open says that the whitelist holds everybody.
func open(p views.ServiceDetail) bool {
	return slices.ContainsFunc(p.Service.Grants, func(g cloud.Grant) bool { return g.Grantee == cloud.Everybody })
}

// ownFirst are the whitelist's rows with the owner's before the others, unless
// they are sorted.
func ownFirst(p views.ServiceDetail) []cloud.Grant {
	if p.List.Find.Sort != "" {
		return p.Grants
	}
	grants := slices.Clone(p.Grants)
	own := func(i int) bool { return grants[i].Grantee == p.Service.Account }
	sort.SliceStable(grants, func(i, j int) bool { return own(i) && !own(j) })
	return grants
}

// remainder is an account that is off the whitelist and still connected.
type remainder struct {
	account          string
	endpoints, flows int
}

func late(p views.ServiceDetail) []remainder {
	var out []remainder
	for _, e := range p.Uninvited {
		i := slices.IndexFunc(out, func(r remainder) bool { return r.account == e.Account })
		if i < 0 {
			i = len(out)
			out = append(out, remainder{account: e.Account})
		}
		out[i].endpoints++
		out[i].flows += p.Live[e.ID]
	}
	return out
}

// domain is the ID under which this cloud knows an account.
func domain(p views.ServiceDetail, account string) string {
	return strings.TrimPrefix(p.Entry(account), cloud.DomainPrefix)
}
