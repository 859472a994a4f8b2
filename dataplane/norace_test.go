//go:build !race

package dataplane_test

const racing = false
