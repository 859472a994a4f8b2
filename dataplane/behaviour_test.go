package dataplane_test

import (
	"errors"
	"testing"

	"culvert.internal/dataplane/behaviour"
)

// Every row of the table of behaviours, over every path of the data plane.
func TestBehaviour(t *testing.T) {
	for _, path := range behaviour.Culvert() {
		t.Run(path.Name, func(t *testing.T) {
			for _, row := range behaviour.Table {
				t.Run(row.Name, func(t *testing.T) {
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
