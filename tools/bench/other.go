//go:build !linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// names needs Linux's system calls for many packets and its /proc.
func (b *bench) names(context.Context, string) error {
	section("DNS", "Measured on Linux only.")
	return nil
}

// forward needs 127.0.0.0/8 as Linux has it, epoll and /proc.
func (b *bench) forward(context.Context, string) error {
	section("Forwarding", "Measured on Linux only.")
	return nil
}

// behaviour needs the same.
func (b *bench) behaviour(context.Context, string) error {
	section("Behaviour", "Judged on Linux only.")
	return nil
}

// scale needs /proc.
func (b *bench) scale(context.Context, string) error {
	section("Scale", "Measured on Linux only.")
	return nil
}

func serveDNS(context.Context, string, string) error {
	return fmt.Errorf("serve DNS: %w", errors.ErrUnsupported)
}

func work(io.Reader, io.Writer) error {
	return fmt.Errorf("be a load: %w", errors.ErrUnsupported)
}
