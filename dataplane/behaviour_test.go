package dataplane_test

import (
	"errors"
	"os"
	"os/exec"
	"testing"

	"culvert.internal/dataplane/behaviour"
	"culvert.internal/underlay"
)

// Every row of the table of behaviours, over every path of the data plane.
func TestBehaviour(t *testing.T) {
	paths := behaviour.Culvert()
	spaced, err := behaviour.Namespaces()
	var rights *underlay.RightsError
	if errors.As(err, &rights) {
		t.Log("not in namespaces:", err)
	} else if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(paths, spaced...) {
		t.Run(path.Name, func(t *testing.T) {
			for _, row := range behaviour.Table {
				t.Run(row.Name, func(t *testing.T) {
					if row.Timed && racing {
						t.Skip("too slow under the race detector: make test has it without")
					}
					t.Parallel()
					switch err := row.On(t.Context(), path); {
					case errors.Is(err, behaviour.ErrNotOffered):
						t.Errorf("the data plane has all that a row asks for: %v", err)
					case err != nil:
						t.Errorf("%v (%s)", err, row.Why)
					}
				})
			}
		})
	}
}

// Every other test that may depend on it, over the path that every system has:
// in a process of its own, so that a test has one name and one lab. It is
// `go test ./dataplane -portable` that runs one of them alone.
func TestPortablePath(t *testing.T) {
	if *portable {
		t.Skip("this is the portable path")
	}
	runAll(t, "-portable", "-test.skip", "TestPortablePath|TestAnnexedPath|TestBehaviour|Probe|Senders|Wheel")
}

// And those about TCP with every port's file in an annex.
func TestAnnexedPath(t *testing.T) {
	if *portable || *annexed || testing.Short() {
		t.Skip("the behaviours are there in short")
	}
	// Who finds no file at such a port does not wait for one.
	runAll(t, "-annexed", "-test.skip", "TestPortablePath|TestAnnexedPath|TestBehaviour|Probe|Senders|Wheel|UDP|Packet|TestNoOpenFileLeft")
}

func runAll(t *testing.T, args ...string) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if testing.Short() {
		args = append(args, "-test.short")
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
