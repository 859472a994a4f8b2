//go:build !linux

package instance

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
)

// Inside is a command of systems with namespaces.
const Inside = "inside-namespace"

func sendFile(net.Conn, []byte, *os.File) error { return errors.ErrUnsupported }

func receiveFile(net.Conn) (*os.File, error) { return nil, errors.ErrUnsupported }

func execInside(context.Context, string, resident, []string, io.Reader, io.Writer, io.Writer) (int, error) {
	return exitFailed, errors.ErrUnsupported
}

// RunInside has nothing to enter.
func RunInside([]string) (int, error) { return exitFailed, errors.ErrUnsupported }
