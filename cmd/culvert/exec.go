package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"culvert.internal/instance"
)

// execute runs a program as an instance and answers the program's exit code.
func execute(ctx context.Context, args []string, stderr io.Writer) (int, error) {
	fs := flag.NewFlagSet("culvert exec", flag.ContinueOnError)
	fs.SetOutput(stderr)
	data := fs.String("data", "culvert-data", "data `folder` of the running culvert")
	fs.Usage = func() {
		fmt.Fprintf(stderr, "usage: culvert exec [--data FOLDER] INSTANCE -- PROGRAM [ARGUMENTS]\n\nINSTANCE is an ID, a name, or ACCOUNT/NAME. With \"culvert serve --underlay netns\"\nPROGRAM runs in its network namespace, which needs root; otherwise it gets the\ninstance's SOCKS5 address as its proxy.\n\n")
		fs.PrintDefaults()
	}
	if err := parse(fs, args); err != nil {
		return 2, err
	}
	rest := fs.Args()
	if len(rest) >= 2 && rest[1] == "--" {
		rest = append(rest[:1:1], rest[2:]...)
	}
	if len(rest) < 2 {
		fs.Usage()
		return 2, errFlags
	}
	return instance.Exec(ctx, filepath.Join(*data, instance.SocketName), rest[0], rest[1:], os.Stdin, os.Stdout, os.Stderr)
}
