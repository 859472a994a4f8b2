package sqlite

import (
	"testing"

	"culvert.internal/cloud"
	"culvert.internal/store/storetest"
)

func TestContract(t *testing.T) {
	storetest.Run(t, func(place string) (cloud.Store, error) { return Open(place) })
}
