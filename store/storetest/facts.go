package storetest

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"culvert.internal/cloud"
)

// testEndpointFacts compares the facts that the store keeps of endpoints with
// what follows from the rows they are about, under random changes of these.
func testEndpointFacts(t *testing.T, open Opener) {
	s := newStore(t, open)
	seed(t, s)
	rapid.Check(t, func(t *rapid.T) {
		err := s.Write(t.Context(), func(tx *cloud.Tx) error {
			for range rapid.IntRange(1, 4).Draw(t, "changes") {
				if err := changeFacts(t, tx); err != nil {
					return err
				}
			}
			if rapid.IntRange(0, 4).Draw(t, "roll back if 0") == 0 {
				return errRollback
			}
			return nil
		})
		if err != nil && !errors.Is(err, errRollback) {
			t.Fatal(err)
		}
		if err := s.Read(t.Context(), func(tx *cloud.Tx) error { return compareFacts(t, tx) }); err != nil {
			t.Fatal(err)
		}
	})
}

func changeFacts(t *rapid.T, tx *cloud.Tx) error {
	n := rapid.IntRange(0, 3).Draw(t, "which")
	eni, service := fmt.Sprintf("eni-%d", n), fmt.Sprintf("changing-%d", n%2)
	gone := func(err error) error {
		if errors.Is(err, cloud.ErrMissing) {
			return nil
		}
		return err
	}
	switch rapid.IntRange(0, 7).Draw(t, "what") {
	case 7:
		return tx.Counters.Put(cloud.Counter{ID: eni, In: int64(n), Out: 2, Accepted: 3, Refused: int64(n) * 5})
	case 0:
		return tx.Endpoints.Put(cloud.Endpoint{ID: fmt.Sprintf("endpoint-%d", n), Account: "account-0", Provider: "account-1", VPC: "vpc-0", Service: service})
	case 1:
		return tx.Services.Put(cloud.Service{ID: service, Account: "account-0", Name: service})
	case 2:
		return gone(tx.Services.Delete(service))
	case 3:
		return gone(tx.Interfaces.Delete(eni))
	case 4:
		return tx.Observations.Put(cloud.Observation{ID: eni, Bound: rapid.Bool().Draw(t, "bound"), Open: rapid.Bool().Draw(t, "open"), Problem: rapid.SampledFrom([]string{"", "problem.port", cloud.ZoneProblem}).Draw(t, "problem")})
	case 5:
		return gone(tx.Observations.Delete(eni))
	}
	return tx.Interfaces.Put(cloud.Interface{
		ID: eni, Account: "account-0", Provider: "account-1", Endpoint: fmt.Sprintf("endpoint-%d", rapid.IntRange(0, 1).Draw(t, "of")), VPC: "vpc-0", VSwitch: "vswitch-0",
		IP: host(n), Resource: rapid.SampledFrom([]string{"", "resource-0"}).Draw(t, "resource"), Refused: rapid.Bool().Draw(t, "refused"), Deleting: rapid.Bool().Draw(t, "deleting"),
	})
}

func compareFacts(t *rapid.T, tx *cloud.Tx) error {
	endpoints, err := tx.Endpoints.List(nil)
	if err != nil {
		return err
	}
	for _, e := range endpoints {
		interfaces, err := tx.Interfaces.List(cloud.Where{"endpoint": e.ID, "deleting": false})
		if err != nil {
			return err
		}
		bound, open, all, failed, through, assigned, asks := true, false, true, false, false, false, false
		for _, i := range interfaces {
			o, err := tx.Observations.Get(i.ID)
			if err != nil && !errors.Is(err, cloud.ErrMissing) {
				return err
			}
			bound, open = bound && o.Bound, open || o.Open
			all = all && (o.Open || i.Resource == "" || o.Problem == cloud.ZoneProblem)
			through, assigned, failed = through || o.Open && i.Resource != "", assigned || i.Resource != "", failed || o.Problem != ""
			asks = asks || i.Resource == "" && !i.Refused
		}
		services, err := tx.Services.Count(cloud.Where{"id": e.Service})
		if err != nil {
			return err
		}
		for name, want := range map[string]bool{"served": services > 0, "bound": bound, "open": open, "passes": through && all, "failed": failed, "assigned": assigned, "asks": asks} {
			got, err := tx.Endpoints.Count(cloud.Where{"id": e.ID, name: true})
			if err != nil {
				return err
			}
			if (got == 1) != want {
				t.Fatalf("%s is %s: %v, want %v", e.ID, name, got == 1, want)
			}
		}
	}
	return nil
}
