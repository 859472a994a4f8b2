package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"sync"

	"culvert.internal/dataplane/behaviour"
)

// behaviour runs one table of what a forwarder has to do over both paths of
// the data plane and, for the record, over HAProxy and nginx. Only what
// Culvert itself does not keep fails.
func (b *bench) behaviour(ctx context.Context, dir string) error {
	section("Behaviour", "yes: the promise is kept. NO: it is not, and below stands what was seen. –: the forwarder has no such thing.")
	paths := behaviour.Culvert()
	ours := len(paths)
	for i := range paths {
		paths[i].Name = culvert + " " + paths[i].Name
	}
	for _, other := range []struct {
		program string
		path    func(dir, program string) behaviour.Path
	}{{"haproxy", haproxyPath}, {"nginx", nginxPath}} {
		program, err := program(other.program)
		if err != nil {
			fmt.Printf("  %s is not installed; `make bench-deps` does that.\n", other.program)
			continue
		}
		fmt.Println("  " + first(exec.Command(program, "-v")))
		paths = append(paths, other.path(dir, program))
	}
	seen := overAll(ctx, paths)
	fmt.Printf("\n  %-54s", "")
	for _, p := range paths {
		fmt.Printf(" %-17s", p.Name)
	}
	fmt.Println()
	for i, r := range behaviour.Table {
		fmt.Printf("  %-54s", r.Name)
		for j := range paths {
			fmt.Printf(" %-17s", kept(seen[j][i]))
		}
		fmt.Println()
	}
	broken := 0
	for j, p := range paths {
		held, all := 0, 0
		fmt.Printf("\n  What %s does otherwise:\n", p.Name)
		for i, r := range behaviour.Table {
			switch err := seen[j][i]; {
			case err == nil:
				held++
				all++
			case !errors.Is(err, behaviour.ErrNotOffered):
				all++
				fmt.Printf("    %s: %v\n", r.Name, err)
			}
		}
		fmt.Printf("    %d of %d kept\n", held, all)
		if j < ours {
			broken += all - held
		}
	}
	if broken > 0 {
		return fmt.Errorf("%d promises of Culvert's own are not kept", broken)
	}
	return nil
}

// atOnce is how many rows run at the same time: most of them wait.
const atOnce = 6

// overAll answers what came of each row over each path.
func overAll(ctx context.Context, paths []behaviour.Path) [][]error {
	seen := make([][]error, len(paths))
	var group sync.WaitGroup
	room := make(chan struct{}, atOnce)
	for j, p := range paths {
		seen[j] = make([]error, len(behaviour.Table))
		for i, r := range behaviour.Table {
			room <- struct{}{}
			group.Go(func() {
				seen[j][i] = r.On(ctx, p)
				<-room
			})
		}
	}
	group.Wait()
	return seen
}

func kept(err error) string {
	switch {
	case err == nil:
		return "yes"
	case errors.Is(err, behaviour.ErrNotOffered):
		return "–"
	}
	return "NO"
}
