package underlay

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// grace is how long a program may take to end by itself.
const grace = 5 * time.Second

// EndPrograms ends the programs in a network namespace and returns when there
// are none: SIGTERM, and SIGKILL for those that are still there after 5 s.
func EndPrograms(space *os.File) error {
	own, err := space.Stat()
	if err != nil {
		return err
	}
	endPrograms(func(proc string) bool { return sameFile(filepath.Join(proc, "ns/net"), own) })
	return nil
}

// endLeft ends every program that runs, or was left to run, in a namespace of
// this installation: those of earlier runs too, which were killed before they
// could. What they see as /etc/resolv.conf tells them from all others.
func (n *Netns) endLeft() {
	mark, err := os.Stat(n.opt.ResolvConf)
	home, failed := n.home.Stat()
	if err != nil || failed != nil {
		return
	}
	endPrograms(func(proc string) bool {
		return sameFile(filepath.Join(proc, "root/etc/resolv.conf"), mark) && !sameFile(filepath.Join(proc, "ns/net"), home)
	})
}

// endPrograms ends the programs that match, by their folder in /proc.
func endPrograms(match func(proc string) bool) {
	signalled := map[int]bool{}
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	sig := syscall.SIGTERM
	for pause := time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		left := programs(match)
		if len(left) == 0 {
			return
		}
		for _, pid := range left {
			if sig == syscall.SIGKILL || !signalled[pid] {
				_ = syscall.Kill(pid, sig)
				signalled[pid] = true
			}
		}
		select {
		case <-ctx.Done():
			if sig == syscall.SIGKILL {
				return // the kernel holds it; it ends with what it waits for
			}
			sig = syscall.SIGKILL
			ctx, cancel = context.WithTimeout(context.Background(), grace)
			defer cancel()
		case <-time.After(pause):
		}
	}
}

func programs(match func(proc string) bool) (pids []int) {
	all, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	for _, e := range all {
		pid, err := strconv.Atoi(e.Name())
		if err == nil && pid != os.Getpid() && match(filepath.Join("/proc", e.Name())) {
			pids = append(pids, pid)
		}
	}
	return pids
}

func sameFile(path string, as os.FileInfo) bool {
	info, err := os.Stat(path)
	return err == nil && os.SameFile(info, as)
}
