//go:build !linux

package main

import (
	"context"
	"errors"
	"fmt"
)

// names needs Linux's system calls for many packets and its /proc.
func (b *bench) names(context.Context, string) error {
	section("DNS", "Measured on Linux only.")
	return nil
}

func serveDNS(context.Context, string, string) error {
	return fmt.Errorf("serve DNS: %w", errors.ErrUnsupported)
}
