package cloud_test

import (
	"cmp"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"culvert.internal/cloud"
	"culvert.internal/store"
)

// many puts endpoints with random facts into a store: of two accounts, in two
// VPCs, with and without a service, in every state there is.
func many(t *rapid.T, l *listLab) {
	err := l.store.Write(l.t.Context(), func(tx *cloud.Tx) error {
		if err := l.clear(tx); err != nil {
			return err
		}
		l.n = 0
		for i := range rapid.IntRange(0, 12).Draw(t, "endpoints") {
			who := rapid.IntRange(0, 1).Draw(t, "owner")
			owner, provider := l.accounts[who], l.accounts[rapid.IntRange(0, 1).Draw(t, "provider")]
			n := who*2 + rapid.IntRange(0, 1).Draw(t, "vpc")
			e := cloud.Endpoint{
				ID: fmt.Sprintf("ep-gw8%017d", l.n), Account: owner, Provider: provider, Region: "eu-central-1",
				Name: rapid.SampledFrom([]string{"web", "Web-2", "缓存", "db"}).Draw(t, "name"), Service: rapid.SampledFrom([]string{"epsrv-there", "epsrv-gone"}).Draw(t, "service"),
				VPC: fmt.Sprint("vpc-", n), Decision: rapid.SampledFrom([]cloud.Decision{cloud.Undecided, cloud.Allowed, cloud.Refused}).Draw(t, "decision"),
				Deleting: rapid.IntRange(0, 5).Draw(t, "deleting if 0") == 0,
			}
			if err := tx.Endpoints.Put(e); err != nil {
				return err
			}
			for z := range rapid.IntRange(0, 2).Draw(t, "zones") {
				eni := fmt.Sprintf("eni-gw8%016d%d", l.n, z)
				resource := ""
				if rapid.Bool().Draw(t, "resource") {
					resource = "r"
				}
				if err := tx.Interfaces.Put(cloud.Interface{
					ID: eni, Account: owner, Provider: provider, Endpoint: e.ID, Zone: "eu-central-1b", VPC: e.VPC, VSwitch: fmt.Sprint("vsw-", n),
					IP: netip.AddrFrom4([4]byte{10, byte(n), byte(l.n), byte(1 + i*2 + z)}), Resource: resource,
				}); err != nil {
					return err
				}
				if rapid.Bool().Draw(t, "observed") {
					o := cloud.Observation{ID: eni, Parent: e.ID, Bound: rapid.Bool().Draw(t, "bound"), Open: rapid.Bool().Draw(t, "open"), Problem: rapid.SampledFrom([]string{"", cloud.ZoneProblem}).Draw(t, "problem")}
					if err := tx.Observations.Put(o); err != nil {
						return err
					}
				}
			}
			l.n++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

type listLab struct {
	t        *testing.T
	store    cloud.Store
	engine   *cloud.Engine
	accounts []string
	n        int
}

// clear removes what the last round left.
func (l *listLab) clear(tx *cloud.Tx) error {
	interfaces, err := tx.Interfaces.List(nil)
	if err != nil {
		return err
	}
	for _, i := range interfaces {
		if err := tx.Interfaces.Delete(i.ID); err != nil {
			return err
		}
	}
	endpoints, err := tx.Endpoints.List(nil)
	if err != nil {
		return err
	}
	for _, e := range endpoints {
		if err := tx.Endpoints.Delete(e.ID); err != nil {
			return err
		}
	}
	return nil
}

func newListLab(t *testing.T) *listLab {
	s, err := store.Open("sqlite:" + filepath.Join(t.TempDir(), "culvert.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	e, err := cloud.Open(s, cloud.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l := &listLab{t: t, store: s, engine: e, accounts: []string{"1000000000000001", "1000000000000002"}}
	if err := s.Write(t.Context(), func(tx *cloud.Tx) error {
		for i, id := range l.accounts {
			name := fmt.Sprint(i)
			for _, err := range []error{
				tx.Accounts.Put(cloud.Account{ID: id, Login: id, Name: "账号" + name, NameEN: "Account " + name}),
			} {
				if err != nil {
					return err
				}
			}
		}
		for i := range 4 {
			owner, name := l.accounts[i/2], fmt.Sprint(i)
			for _, err := range []error{
				tx.VPCs.Put(cloud.VPC{ID: "vpc-" + name, Account: owner, Region: "eu-central-1", Name: []string{"zebra", "apple"}[i%2], Resolver: netip.AddrFrom4([4]byte{127, 0, 1, byte(i)})}),
				tx.VSwitches.Put(cloud.VSwitch{ID: "vsw-" + name, Account: owner, Region: "eu-central-1", VPC: "vpc-" + name, CIDR: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i), 0, 0}), 16), Twin: netip.PrefixFrom(netip.AddrFrom4([4]byte{127, 100 + byte(i), 0, 0}), 16)}),
			} {
				if err != nil {
					return err
				}
			}
		}
		if err := tx.Services.Put(cloud.Service{ID: "epsrv-there", Account: l.accounts[0], Region: "eu-central-1", Name: "com.aliyuncs.privatelink.eu-central-1.epsrv-there"}); err != nil {
			return err
		}
		if err := tx.Balancers.Put(cloud.Balancer{ID: "lb", Account: l.accounts[0], Region: "eu-central-1"}); err != nil {
			return err
		}
		return tx.Resources.Put(cloud.Resource{ID: "r", Account: l.accounts[0], Service: "epsrv-there", Balancer: "lb"})
	}); err != nil {
		t.Fatal(err)
	}
	return l
}

// filtered says whether an endpoint's derived states pass a filter.
func filtered(v cloud.EndpointView, name, value string) bool {
	switch {
	case name == "state":
		return string(v.State) == value
	case value == cloud.WaitsForProvider:
		return v.Connection == cloud.Disconnected && v.Decision == cloud.Undecided
	case value == cloud.WasDenied:
		return v.Connection == cloud.Disconnected && v.Decision != cloud.Undecided
	}
	return string(v.Connection) == value
}

// A page of a list is the same as a piece of the whole list, searched, filtered
// and sorted in memory; filters by state agree with the derived states.
func TestEndpointPages(t *testing.T) {
	l := newListLab(t)
	rapid.Check(t, func(t *rapid.T) {
		many(t, l)
		c := l.engine.As(cloud.Account{ID: l.accounts[rapid.IntRange(0, 1).Draw(t, "reader")]})
		all, err := c.FindEndpoints(l.t.Context(), "eu-central-1", cloud.Find{})
		if err != nil {
			t.Fatal(err)
		}
		f := cloud.Find{
			Words: rapid.SampledFrom([]string{"", "WEB", "缓", "web 2", "ap", "ep-gw8", "10.1.", "nothing"}).Draw(t, "words"), Filter: map[string]string{},
			Sort: rapid.SampledFrom([]string{"", "name", "service", "vpc", "created", "colour"}).Draw(t, "sort"), Desc: rapid.Bool().Draw(t, "desc"),
			Page: rapid.IntRange(-1, 5).Draw(t, "page"), Size: rapid.IntRange(1, 4).Draw(t, "size"),
		}
		name := rapid.SampledFrom([]string{"", "state", "connection"}).Draw(t, "filter")
		if name != "" {
			f.Filter[name] = rapid.SampledFrom(map[string][]string{"state": cloud.EndpointFilters(), "connection": cloud.ConnectionFilters()}[name]).Draw(t, "value")
		}
		want := slices.DeleteFunc(slices.Clone(all.Items), func(v cloud.EndpointView) bool {
			if name != "" && !filtered(v, name, f.Filter[name]) {
				return true
			}
			return slices.ContainsFunc(strings.Fields(strings.ToLower(f.Words)), func(w string) bool {
				texts := []string{v.Name, strings.Join([]string{v.ID, v.Service, v.Region}, "."), v.VPC, v.VPCName}
				for _, z := range v.Zones {
					if strings.Contains(w, ".") { // a number alone is no part of an address
						texts = append(texts, z.IP.String())
					}
				}
				return !slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(strings.ToLower(s), w) })
			})
		})
		key := map[string]func(cloud.EndpointView) string{
			"name": func(v cloud.EndpointView) string { return strings.ToLower(v.Name) }, "service": func(v cloud.EndpointView) string { return v.Service },
			"vpc": func(v cloud.EndpointView) string { return v.VPCName }, "created": func(cloud.EndpointView) string { return "" },
		}[f.Sort]
		if key != nil {
			if f.Desc {
				slices.Reverse(want)
			}
			slices.SortStableFunc(want, func(a, b cloud.EndpointView) int {
				if f.Desc {
					a, b = b, a
				}
				return cmp.Compare(key(a), key(b))
			})
		}
		got, err := c.FindEndpoints(l.t.Context(), "eu-central-1", f)
		if err != nil {
			t.Fatal(err)
		}
		if got.Total != len(want) || got.All != len(all.Items) {
			t.Fatalf("%+v finds %d of %d, want %d of %d", f, got.Total, got.All, len(want), len(all.Items))
		}
		last := max(1, (len(want)+f.Size-1)/f.Size)
		page := min(max(1, f.Page), last)
		if got.Find.Page != page {
			t.Fatalf("page %d of %d is shown as %d", f.Page, last, got.Find.Page)
		}
		ids := func(list []cloud.EndpointView) (out []string) {
			for _, v := range list {
				out = append(out, v.ID+" "+string(v.State)+" "+string(v.Connection))
			}
			return out
		}
		from := (page - 1) * f.Size
		if g, w := ids(got.Items), ids(want[from:min(from+f.Size, len(want))]); !slices.Equal(g, w) {
			t.Fatalf("page %d of %+v is\n%v, want\n%v", page, f, g, w)
		}
		if n, err := c.PendingCount(l.t.Context(), "eu-central-1"); err != nil || n != pendingOf(t, l, c) {
			t.Fatalf("%d wait: %v", n, err)
		}
	})
}

// pendingOf counts what waits for an account one by one.
func pendingOf(t *rapid.T, l *listLab, c *cloud.Caller) int {
	n := 0
	if err := l.store.Read(l.t.Context(), func(tx *cloud.Tx) error {
		all, err := tx.Endpoints.List(cloud.Where{"provider": c.Account().ID})
		for _, e := range all {
			if e.Deleting || e.Service != "epsrv-there" || e.Region != "eu-central-1" {
				continue
			}
			zones, err := tx.Interfaces.List(cloud.Where{"endpoint": e.ID})
			if err != nil {
				return err
			}
			asks := slices.ContainsFunc(zones, func(z cloud.Interface) bool { return z.Resource == "" && !z.Refused && !z.Deleting })
			if e.Decision == cloud.Undecided || e.Decision == cloud.Allowed && asks {
				n++
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// COM-03: a search shows what an account may see and nothing else: own
// things, services open to it, and the name of who connects to its services.
func TestSearchShowsNothingElse(t *testing.T) {
	l := newListLab(t)
	a, b := l.engine.As(cloud.Account{ID: l.accounts[0]}), l.engine.As(cloud.Account{ID: l.accounts[1]})
	if err := l.store.Write(t.Context(), func(tx *cloud.Tx) error {
		for _, err := range []error{
			tx.VPCs.Put(cloud.VPC{ID: "vpc-of-b", Account: l.accounts[1], Region: "eu-central-1", Name: "shared-word", CIDR: netip.MustParsePrefix("10.0.0.0/16"), Resolver: netip.MustParseAddr("127.0.1.9")}),
			tx.VSwitches.Put(cloud.VSwitch{ID: "vsw-of-b", Account: l.accounts[1], Region: "eu-central-1", VPC: "vpc-of-b", Name: "shared-word", CIDR: netip.MustParsePrefix("10.0.0.0/16"), Twin: netip.MustParsePrefix("127.120.0.0/16")}),
			tx.Instances.Put(cloud.Instance{ID: "i-of-a", Account: l.accounts[0], Region: "eu-central-1", VPC: "vpc-0", VSwitch: "vsw-0", Name: "shared-word", IP: netip.MustParseAddr("10.0.7.7"), Door: netip.MustParseAddr("127.0.1.20")}),
			tx.Endpoints.Put(cloud.Endpoint{ID: "ep-of-b", Account: l.accounts[1], Provider: l.accounts[0], Region: "eu-central-1", Name: "shared-word", Service: "epsrv-there", VPC: "vpc-of-b", Description: "secret-of-b"}),
			tx.Interfaces.Put(cloud.Interface{ID: "eni-of-b", Account: l.accounts[1], Provider: l.accounts[0], Endpoint: "ep-of-b", VPC: "vpc-of-b", VSwitch: "vsw-of-b", IP: netip.MustParseAddr("10.0.9.9")}),
			tx.Grants.Put(cloud.Grant{ID: "g", Account: l.accounts[0], Service: "epsrv-there", Grantee: l.accounts[1]}),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	region := []string{"eu-central-1", "cn-hangzhou"}
	for _, s := range []struct {
		who   *cloud.Caller
		typed string
		want  []string // kind/ID/side, in order
	}{
		{a, "shared-word", []string{"endpoint/ep-of-b/connection", "instance/i-of-a/own"}},
		{b, "shared-word", []string{"endpoint/ep-of-b/own", "vpc/vpc-of-b/own", "vswitch/vsw-of-b/own"}},
		{a, "secret-of-b", nil},
		{b, "secret-of-b", []string{"endpoint/ep-of-b/own"}},
		{a, "10.0.9.9", []string{"vswitch/vsw-0/own"}}, // B's address: only that A has such a range
		{b, "10.0.9.9", []string{"endpoint/ep-of-b/own", "vswitch/vsw-of-b/own", "vpc/vpc-of-b/own"}},
		{b, "127.120.9.9", []string{"endpoint/ep-of-b/own"}},
		{a, "127.120.9.9", nil},
		{a, "127.100.7.7", []string{"instance/i-of-a/own"}},
		{b, "eni-of-b", []string{"endpoint/ep-of-b/own"}},
		{a, "eni-of-b", nil},
		{b, "epsrv-there", []string{"service/epsrv-there/open", "endpoint/ep-of-b/own"}},
		{a, l.accounts[1], []string{"endpoint/ep-of-b/connection", "grant/g/own"}},
		{a, "Account 1", []string{"endpoint/ep-of-b/connection", "grant/g/own"}},
		{b, "vpc-0", nil},
		{b, "i-of-a", nil},
		{a, "x", nil},
	} {
		hits, _, err := s.who.Search(t.Context(), region, s.typed, 10)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, h := range hits {
			got = append(got, h.Kind+"/"+h.ID+"/"+h.Side)
		}
		if !slices.Equal(got, s.want) {
			t.Errorf("%s searches %q and sees %v, want %v", s.who.Account().ID, s.typed, got, s.want)
		}
	}
}
