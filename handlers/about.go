package handlers

import (
	"os"
	"runtime"
	"time"

	"culvert.internal/views"
)

// About is what this process was started with, for the administrator's page.
type About struct {
	Version  string
	Data     string // the data folder; empty: none
	Database string // the file of the facts; empty: none
	Listen   string
	DNS      string
	Upstream string
	Started  time.Time
	Flags    []string // that were given, with their values
}

// facts are About with what can be measured now.
func (b *Base) facts() views.InstallationFacts {
	a := b.About
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	return views.InstallationFacts{
		Version: a.Version, Data: a.Data, Listen: a.Listen, DNS: a.DNS, Upstream: a.Upstream, Started: a.Started, Flags: a.Flags,
		Base: b.Engine.Base().String(), Demo: b.Engine.Demo(),
		Go: runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH, Database: size(a.Database) + size(a.Database+"-wal"),
		Goroutines: runtime.NumGoroutine(), Files: openFiles(), Memory: int64(mem.Sys), Heap: int64(mem.HeapAlloc),
	}
}

// size is a file's size, 0 when there is none.
func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// openFiles counts the process's open files and sockets; 0 where the system
// does not tell.
func openFiles() int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(list) - 1 // the folder itself is open while it is read
}
