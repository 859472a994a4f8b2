//go:build race

package dataplane_test

// racing says that the race detector watches.
const racing = true
