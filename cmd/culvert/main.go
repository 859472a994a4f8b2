// Command culvert runs private links: the console, the data plane that carries
// their traffic and the DNS that names them, in one process.
//
//	culvert serve --demo
//	culvert exec ECS1 -- curl http://10.10.2.2/
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"culvert.internal/instance"
)

const usage = `culvert runs private links on your own machine.

  culvert serve [flags]               run the console and the data plane
  culvert exec INSTANCE -- PROGRAM    run a program as an instance of the lab
  culvert lab COMMAND                 export, import and generate labs as files
  culvert version                     print the version

"culvert serve -h" and "culvert exec -h" list the flags.
`

// version is set when a release is built.
var version = "development"

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

// run answers the exit code of one command: 2 for a wrong command line.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return 2
	}
	var err error
	code := 1
	switch args[0] {
	case "serve":
		err = untilStopped(ctx, func(ctx context.Context) error { return serve(ctx, args[1:], stdout, stderr) })
	case "exec":
		if code, err = execute(ctx, args[1:], stderr); err == nil {
			return code // the program's own
		}
	case "lab":
		code, err = labCommand(ctx, args[1:], stdout, stderr)
	case instance.Inside:
		code, err = instance.RunInside(args[1:])
	case "version":
		fmt.Fprintln(stdout, "culvert", version)
	case "help", "-h", "--help":
		fmt.Fprint(stdout, usage)
	default:
		fmt.Fprintf(stderr, "culvert: there is no command %q\n\n%s", args[0], usage)
		return 2
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errFlags):
		return 2
	case errors.Is(err, errTold):
		return code
	case err != nil:
		fmt.Fprintln(stderr, "culvert:", err)
		return code
	}
	return 0
}

// untilStopped runs fn until Ctrl-C or SIGTERM. exec goes without it: there
// Ctrl-C is for the program that it runs.
func untilStopped(ctx context.Context, fn func(context.Context) error) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	return fn(ctx)
}

// errFlags is a wrong command line that the flag set has already explained.
var errFlags = errors.New("wrong flags")

func parse(fs *flag.FlagSet, args []string) error {
	if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
		return err
	} else if err != nil {
		return errFlags
	}
	return nil
}
