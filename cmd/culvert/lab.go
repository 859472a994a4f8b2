package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"

	"culvert.internal/cloud"
	"culvert.internal/lab"
	"culvert.internal/store"
	"culvert.internal/views/text"
)

const labUsage = `culvert lab works with labs as files.

  culvert lab export [--data FOLDER] [FILE]    write the lab of a data folder to a file
  culvert lab import [--data FOLDER] FILE      make what a file says in a data folder, all of it or nothing
  culvert lab check FILE                       start the lab of a file for a while and compare who reaches what with what it expects
  culvert lab generate [flags] [FILE]          write a large made-up lab

FILE may be "-" for the standard input or output, which is also what holds
without it. "culvert lab COMMAND -h" lists the flags.
`

// errTold is a failure that has been told already.
var errTold = errors.New("told")

// labCommand runs one of the commands for lab files and answers its exit code.
func labCommand(ctx context.Context, args []string, stdout, stderr io.Writer) (int, error) {
	if len(args) == 0 {
		fmt.Fprint(stderr, labUsage)
		return 2, errFlags
	}
	rest := args[1:]
	switch args[0] {
	case "export":
		return 1, labExport(ctx, rest, stdout, stderr)
	case "import":
		return 1, labImport(ctx, rest, stdout, stderr)
	case "check":
		return labCheck(ctx, rest, stdout, stderr)
	case "generate":
		return 1, labGenerate(rest, stdout, stderr)
	case "help", "-h", "--help":
		fmt.Fprint(stdout, labUsage)
		return 0, nil
	}
	fmt.Fprintf(stderr, "culvert: there is no command %q\n\n%s", "lab "+args[0], labUsage)
	return 2, errFlags
}

// labFlags are the flags of a command for lab files and its one argument.
func labFlags(name, argument string, stderr io.Writer) *flag.FlagSet {
	fs := flag.NewFlagSet("culvert lab "+name, flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() {
		fmt.Fprintf(stderr, "usage: culvert lab %s [flags] %s\n\n", name, argument)
		fs.PrintDefaults()
	}
	return fs
}

// oneFile is the file that a command names, "-" without one.
func oneFile(fs *flag.FlagSet) (string, error) {
	switch fs.NArg() {
	case 0:
		return "-", nil
	case 1:
		return fs.Arg(0), nil
	}
	fs.Usage()
	return "", errFlags
}

// openEngine opens the engine of a data folder that no other culvert works on.
func openEngine(data string, opt cloud.Options) (*cloud.Engine, func() error, error) {
	unlock, err := openData(data)
	if err != nil {
		return nil, nil, err
	}
	kept, err := store.Open("sqlite:" + filepath.Join(data, databaseFile))
	if err != nil {
		unlock()
		return nil, nil, err
	}
	closeAll := func() error {
		defer unlock()
		return kept.Close()
	}
	e, err := cloud.Open(kept, opt)
	if err != nil {
		return nil, nil, errors.Join(err, closeAll())
	}
	return e, closeAll, nil
}

func labExport(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	fs := labFlags("export", "[FILE]", stderr)
	data := fs.String("data", "culvert-data", "data `folder`")
	if err := parse(fs, args); err != nil {
		return err
	}
	file, err := oneFile(fs)
	if err != nil {
		return err
	}
	if out, ok, err := exportOver(ctx, *data); ok {
		if err != nil {
			return err
		}
		return writeFile(file, out, stdout)
	}
	if _, err := os.Stat(filepath.Join(*data, databaseFile)); err != nil {
		return fmt.Errorf("there is no lab in %s: %w", *data, err)
	}
	e, done, err := openEngine(*data, cloud.Options{})
	if err != nil {
		return err
	}
	out, err := lab.Export(ctx, e)
	if err := errors.Join(err, done()); err != nil {
		return err
	}
	return writeFile(file, out, stdout)
}

func writeFile(file string, data []byte, stdout io.Writer) error {
	if file == "-" {
		_, err := stdout.Write(data)
		return err
	}
	return os.WriteFile(file, data, 0o644)
}

func readFile(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(file)
}

func labImport(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	fs := labFlags("import", "FILE", stderr)
	data := fs.String("data", "culvert-data", "data `folder`; made if there is none")
	var base netip.Prefix
	baseFlag(fs, &base)
	dry := fs.Bool("dry-run", false, "only say what would be made")
	if err := parse(fs, args); err != nil {
		return err
	}
	file, err := oneFile(fs)
	if err != nil {
		return err
	}
	input, err := readFile(file)
	if err != nil {
		return err
	}
	var made []lab.Made
	var faults []lab.Fault
	l := languageOf("")
	if err := untilStopped(ctx, func(ctx context.Context) (err error) {
		made, faults, err = importInto(ctx, *data, base, input, *dry)
		return err
	}); err != nil {
		return err
	}
	if len(faults) > 0 {
		tellFaults(stderr, l, file, faults)
		fmt.Fprintln(stderr, l.T("lab.wrong", "n", len(faults)))
		return errTold
	}
	for _, m := range made {
		fmt.Fprintf(stdout, "%6d %s\n", m.N, l.T("kind."+m.Noun))
	}
	after := "lab.made.after"
	if *dry {
		after = "lab.made.dry"
	}
	fmt.Fprintln(stdout, l.T(after))
	return nil
}

// importInto imports into a data folder, by the culvert that runs on it if one
// does.
func importInto(ctx context.Context, data string, base netip.Prefix, input []byte, dry bool) ([]lab.Made, []lab.Fault, error) {
	made, faults, running, err := importOver(ctx, data, input, dry)
	if running {
		return made, faults, err
	}
	if _, missing := os.Stat(filepath.Join(data, databaseFile)); dry && missing != nil {
		// Trying makes no folder.
		if data, err = os.MkdirTemp("", "culvert-try-"); err != nil {
			return nil, nil, err
		}
		defer os.RemoveAll(data)
	}
	e, done, err := openEngine(data, cloud.Options{Base: base})
	if err != nil {
		return nil, nil, err
	}
	made, faults, err = lab.Import(ctx, e, cloud.SystemActor, input, dry)
	return made, faults, errors.Join(err, done())
}

// tellFaults tells what is wrong with a file, a line each.
func tellFaults(w io.Writer, l text.Lang, file string, faults []lab.Fault) {
	for _, f := range faults {
		fmt.Fprintf(w, "%s:%d:%d: %s", file, f.Line, f.Col, l.T2(f.Text, f.Args))
		if f.Suggest != "" {
			fmt.Fprintf(w, " %s", l.T("lab.suggest", "value", f.Suggest))
		}
		fmt.Fprintln(w)
	}
}

func labGenerate(args []string, stdout, stderr io.Writer) error {
	fs := labFlags("generate", "[FILE]", stderr)
	var s lab.Size
	fs.IntVar(&s.Endpoints, "endpoints", 1000, "how many endpoints")
	fs.IntVar(&s.Ports, "ports", 2, "how many ports each of them has")
	fs.IntVar(&s.VPCs, "vpcs", 0, "how many VPCs they are in; 0: one for each 1,000")
	fs.IntVar(&s.Services, "services", 1, "how many services they lead to")
	if err := parse(fs, args); err != nil {
		return err
	}
	file, err := oneFile(fs)
	if err != nil {
		return err
	}
	if err := s.Check(); err != nil {
		return err
	}
	return writeFile(file, lab.Generate(s), stdout)
}
