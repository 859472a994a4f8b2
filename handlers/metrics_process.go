package handlers

import (
	"os"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
)

// process writes what the program itself takes, under the names that all
// programs use. What the system does not tell is left out.
func (h *Metrics) process(x exposition) {
	x.family("culvert_build_info", gauge, "This program: always 1.")
	x.sample("culvert_build_info", labels("", "version", h.About.Version, "build", h.Build, "goversion", runtime.Version()), 1)
	if start := h.About.Started; !start.IsZero() {
		one(x, "process_start_time_seconds", gauge, "When the program started, in seconds since 1970.", float64(start.UnixMilli())/1000)
	}
	if n := openFiles(); n > 0 {
		one(x, "process_open_fds", gauge, "Open files and sockets.", float64(n))
	}
	if most, ok := fileLimit(); ok {
		one(x, "process_max_fds", gauge, "Files and sockets that may be open.", float64(most))
	}
	if virtual, resident, ok := memoryPages(); ok {
		page := float64(os.Getpagesize())
		one(x, "process_virtual_memory_bytes", gauge, "Virtual memory.", virtual*page)
		one(x, "process_resident_memory_bytes", gauge, "Resident memory.", resident*page)
	}
	if seconds, ok := processorTime(); ok {
		one(x, "process_cpu_seconds_total", counter, "Processor time of user and system.", seconds)
	}
	one(x, "go_goroutines", gauge, "Goroutines.", float64(runtime.NumGoroutine()))
	one(x, "go_gomaxprocs", gauge, "Processors that Go uses.", float64(runtime.GOMAXPROCS(0)))
	for _, m := range []struct{ name, kind, help, from string }{
		{"go_memory_mapped_bytes", gauge, "Memory that Go has taken from the system, but for what it gave back.", "/memory/classes/total:bytes"},
		{"go_heap_objects_bytes", gauge, "Objects on the heap, also those that are free and not collected yet.", "/memory/classes/heap/objects:bytes"},
		{"go_heap_allocated_bytes_total", counter, "Bytes allocated on the heap.", "/gc/heap/allocs:bytes"},
		{"go_heap_allocated_objects_total", counter, "Objects allocated on the heap.", "/gc/heap/allocs:objects"},
		{"go_gc_cycles_total", counter, "Garbage collections.", "/gc/cycles/total:gc-cycles"},
	} {
		read := []metrics.Sample{{Name: m.from}}
		metrics.Read(read)
		if read[0].Value.Kind() == metrics.KindUint64 {
			x.family(m.name, m.kind, m.help)
			x.sample(m.name, "", read[0].Value.Uint64())
		}
	}
}

func one(x exposition, name, kind, help string, v float64) {
	x.family(name, kind, help)
	x.real(name, "", v)
}

// fileLimit is the soft limit of open files.
func fileLimit() (uint64, bool) {
	b, err := os.ReadFile("/proc/self/limits")
	if err != nil {
		return 0, false
	}
	_, rest, _ := strings.Cut(string(b), "Max open files")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0, false
	}
	n, err := strconv.ParseUint(fields[0], 10, 64)
	return n, err == nil
}

// memoryPages are the pages of memory the program has mapped, and those of
// them that are in memory.
func memoryPages() (virtual, resident float64, ok bool) {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, 0, false
	}
	fields := strings.Fields(string(b))
	if len(fields) < 2 {
		return 0, 0, false
	}
	virtual, err = strconv.ParseFloat(fields[0], 64)
	if err == nil {
		resident, err = strconv.ParseFloat(fields[1], 64)
	}
	return virtual, resident, err == nil
}

// clockTicks is how Linux counts processor time for programs, on every
// architecture that Go runs on: a hundred times a second.
const clockTicks = 100

// processorTime is in seconds.
func processorTime() (float64, bool) {
	b, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0, false
	}
	// The second field, the program's name in brackets, may hold anything.
	fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	if len(fields) < 13 {
		return 0, false
	}
	user, err := strconv.ParseFloat(fields[11], 64)
	system, err2 := strconv.ParseFloat(fields[12], 64)
	return (user + system) / clockTicks, err == nil && err2 == nil
}
