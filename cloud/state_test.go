package cloud_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"culvert.internal/cloud"
)

// manySingles puts endpoints of ctyun with random facts into a store.
func manySingles(t *rapid.T, l *listLab) {
	err := l.store.Write(l.t.Context(), func(tx *cloud.Tx) error {
		if err := l.clear(tx); err != nil {
			return err
		}
		for _, s := range []string{"epsrv-there", "epsrv-gone"} {
			if _, err := tx.Services.Get(s); err == nil {
				continue
			}
			if err := tx.Services.Put(cloud.Service{ID: s, Account: l.accounts[0], Region: guangzhou, Name: s}); err != nil {
				return err
			}
		}
		for n := range rapid.IntRange(1, 8).Draw(t, "endpoints") {
			e := cloud.Endpoint{
				ID: fmt.Sprint("e-", n), Account: l.accounts[0], Provider: l.accounts[rapid.IntRange(0, 1).Draw(t, "provider")], Region: guangzhou, VPC: "vpc-0",
				Name: fmt.Sprint("e-", n), Service: rapid.SampledFrom([]string{"epsrv-there", "epsrv-there", "epsrv-gone"}).Draw(t, "service"),
				Decision: rapid.SampledFrom([]cloud.Decision{cloud.Undecided, cloud.Allowed, cloud.Refused}).Draw(t, "decision"),
				Deleting: rapid.IntRange(0, 4).Draw(t, "deleting if 0") == 0,
			}
			if err := tx.Endpoints.Put(e); err != nil {
				return err
			}
			i := cloud.Interface{
				ID: fmt.Sprint("i-", n), Account: e.Account, Provider: e.Provider, Endpoint: e.ID, VPC: e.VPC, VSwitch: "vsw-0",
				IP: netip.AddrFrom4([4]byte{10, 0, 0, byte(1 + n)}), Deleting: e.Deleting && rapid.Bool().Draw(t, "the interface too"),
			}
			if e.Decision == cloud.Allowed {
				i.Resource = "r"
			}
			if err := tx.Interfaces.Put(i); err != nil {
				return err
			}
			if !rapid.Bool().Draw(t, "observed") {
				continue
			}
			o := cloud.Observation{
				ID: i.ID, Parent: e.ID, Bound: rapid.Bool().Draw(t, "bound"), Open: rapid.Bool().Draw(t, "open"),
				Problem: rapid.SampledFrom([]string{"", "", "problem.port"}).Draw(t, "problem"),
			}
			if err := tx.Observations.Put(o); err != nil {
				return err
			}
		}
		return tx.Services.Delete("epsrv-gone")
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestMergedStates: whatever the facts are, an endpoint of ctyun is in one of
// the documented states, and the filter of that state finds it and no other
// filter does, in its list and in its provider's (TYE-13, TYE-14).
func TestMergedStates(t *testing.T) {
	l := newListLab(t)
	c := l.engine.As(cloud.Account{ID: l.accounts[0]})
	ctx := t.Context()
	if err := l.store.Write(ctx, func(tx *cloud.Tx) error {
		s, err := tx.Services.Get("epsrv-there")
		if err != nil {
			return err
		}
		s.Region = guangzhou
		return tx.Services.Put(s)
	}); err != nil {
		t.Fatal(err)
	}
	met := map[cloud.State]bool{}
	rapid.Check(t, func(r *rapid.T) {
		manySingles(r, l)
		all, err := c.FindEndpoints(ctx, guangzhou, cloud.Find{})
		if err != nil {
			r.Fatal(err)
		}
		asked, err := c.FindConnections(ctx, "epsrv-there", cloud.Find{})
		if err != nil {
			r.Fatal(err)
		}
		found := 0
		for _, state := range cloud.MergedStates() {
			f := cloud.Find{Filter: map[string]string{"status": string(state)}}
			for _, list := range []struct {
				all  []cloud.EndpointView
				find func() (cloud.Found[cloud.EndpointView], error)
			}{
				{all.Items, func() (cloud.Found[cloud.EndpointView], error) { return c.FindEndpoints(ctx, guangzhou, f) }},
				{asked.Items, func() (cloud.Found[cloud.EndpointView], error) { return c.FindConnections(ctx, "epsrv-there", f) }},
			} {
				got, err := list.find()
				if err != nil {
					r.Fatal(err)
				}
				want := slices.DeleteFunc(slices.Clone(list.all), func(v cloud.EndpointView) bool { return v.State != state })
				ids := func(in []cloud.EndpointView) (out []string) {
					for _, v := range in {
						out = append(out, v.ID)
					}
					slices.Sort(out)
					return out
				}
				if g, w := ids(got.Items), ids(want); !slices.Equal(g, w) || got.Total != len(w) {
					r.Fatalf("the filter %s finds %v, want %v of %+v", state, g, w, list.all)
				}
				found += got.Total
				met[state] = met[state] || got.Total > 0
			}
		}
		if found != len(all.Items)+len(asked.Items) {
			r.Fatalf("the filters find %d of %d", found, len(all.Items)+len(asked.Items))
		}
	})
	if len(met) != len(cloud.MergedStates()) {
		t.Errorf("met only %v", met)
	}
}

// TestMergedStateMeans: a plain reading of the documented meanings over every
// combination of facts (TYE-13).
func TestMergedStateMeans(t *testing.T) {
	yes := []bool{false, true}
	for _, d := range []cloud.Decision{cloud.Undecided, cloud.Allowed, cloud.Refused} {
		for _, deleting := range yes {
			for _, orphan := range yes {
				for _, bound := range yes {
					for _, open := range yes {
						for _, failed := range yes {
							f := cloud.Facts{Decision: d, Deleting: deleting, NoService: orphan, Zones: []cloud.ZoneFacts{{Allocated: d == cloud.Allowed, Bound: bound, Open: open, Failed: failed}}}
							got := f.MergedState()
							var want cloud.State
							switch {
							case deleting:
								want = cloud.Deleting
							case orphan || failed:
								want = cloud.Failed
							case !bound, d == cloud.Allowed && !open:
								want = cloud.Creating
							default:
								want = map[cloud.Decision]cloud.State{cloud.Undecided: cloud.Pending, cloud.Allowed: cloud.Accepted, cloud.Refused: cloud.Rejected}[d]
							}
							if got != want {
								t.Errorf("%+v is %s, want %s", f, got, want)
							}
							if got == cloud.Accepted && f.ConnectionState() != cloud.Connected {
								t.Errorf("%+v is accepted and %s", f, f.ConnectionState())
							}
						}
					}
				}
			}
		}
	}
	for _, deleting := range yes {
		for _, known := range yes {
			for _, failed := range yes {
				got := cloud.ServiceFacts{Deleting: deleting, Known: known, Failed: failed}.State()
				if !slices.Contains(cloud.ServiceStates(), got) || deleting != (got == cloud.Deleting) || got == cloud.Available && (failed || !known) {
					t.Errorf("deleting %v, known %v, failed %v is %s", deleting, known, failed, got)
				}
			}
		}
	}
}
