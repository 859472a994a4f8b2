package lab

import (
	"context"
	"errors"
	"os"
	"testing"

	"culvert.internal/cloud"
	"culvert.internal/store/sqlite"
)

var errStore = errors.New("the store fails")

// failing is a store whose n-th question fails.
type failing struct {
	cloud.Store
	n int
}

func (s *failing) next() error {
	if s.n--; s.n == 0 {
		return errStore
	}
	return nil
}

func (s *failing) Write(ctx context.Context, fn func(*cloud.Tx) error) error {
	return s.Store.Write(ctx, func(tx *cloud.Tx) error {
		w := *tx
		w.Accounts, w.VPCs, w.Balancers = fails[cloud.Account]{w.Accounts, s}, fails[cloud.VPC]{w.VPCs, s}, fails[cloud.Balancer]{w.Balancers, s}
		w.Services, w.Resources = fails[cloud.Service]{w.Services, s}, fails[cloud.Resource]{w.Resources, s}
		w.Endpoints, w.Interfaces = fails[cloud.Endpoint]{w.Endpoints, s}, fails[cloud.Interface]{w.Interfaces, s}
		w.SecurityGroups, w.VSwitches, w.Instances = fails[cloud.SecurityGroup]{w.SecurityGroups, s}, fails[cloud.VSwitch]{w.VSwitches, s}, fails[cloud.Instance]{w.Instances, s}
		w.Projects, w.PrivateLinks, w.Records = fails[cloud.Project]{w.Projects, s}, fails[cloud.PrivateLink]{w.PrivateLinks, s}, fails[cloud.Record]{w.Records, s}
		return fn(&w)
	})
}

type fails[T any] struct {
	cloud.Table[T]
	s *failing
}

func (f fails[T]) Get(id string) (T, error) {
	if err := f.s.next(); err != nil {
		var none T
		return none, err
	}
	return f.Table.Get(id)
}

func (f fails[T]) List(w cloud.Where) ([]T, error) {
	if err := f.s.next(); err != nil {
		return nil, err
	}
	return f.Table.List(w)
}

func (f fails[T]) Count(w cloud.Where) (int, error) {
	if err := f.s.next(); err != nil {
		return 0, err
	}
	return f.Table.Count(w)
}

func (f fails[T]) Put(v T) error {
	if err := f.s.next(); err != nil {
		return err
	}
	return f.Table.Put(v)
}

// A store that fails is told as that, wherever it does, and never as a fault of
// the file.
func TestStoreFails(t *testing.T) {
	data, err := os.ReadFile("testdata/keys.yaml")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.TempDir() + "/culvert.db")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s := &failing{Store: db}
	e, err := cloud.Open(s, cloud.Options{})
	if err != nil {
		t.Fatal(err)
	}
	step := 1
	if testing.Short() {
		step = 7
	}
	for n := 1; ; n += step {
		s.n = n
		_, faults, err := Import(t.Context(), e, cloud.SystemActor, data, true)
		if s.n > 0 && n > 1 {
			t.Logf("%d questions", n-s.n)
			break
		}
		if !errors.Is(err, errStore) || len(faults) > 0 {
			t.Fatalf("question %d: %v %v", n, err, faults)
		}
	}
}
