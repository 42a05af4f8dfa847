package telemetry

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
	"time"
)

// ticks is how many of the clock's ticks /proc counts in a second; Linux has
// the same number on all that Go runs on.
const ticks = 100

// process registers the numbers that every dashboard for Go programs knows, as
// far as the system tells them.
func (r *Registry) process(started time.Time) {
	r.Func("go_goroutines", "Goroutines that exist.", "gauge", nil, func(emit func(float64, ...string)) {
		emit(float64(runtime.NumGoroutine()))
	})
	r.Func("go_memstats_heap_alloc_bytes", "Bytes of heap objects that are in use.", "gauge", nil, func(emit func(float64, ...string)) {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		emit(float64(m.HeapAlloc))
	})
	r.Func("process_start_time_seconds", "Start of the process, in seconds since 1970.", "gauge", nil, func(emit func(float64, ...string)) {
		emit(float64(started.UnixMilli()) / 1000)
	})
	r.Func("process_resident_memory_bytes", "Resident memory of the process.", "gauge", nil, func(emit func(float64, ...string)) {
		// size resident shared …, in pages
		if fields := procFields("/proc/self/statm"); len(fields) > 1 {
			if pages, err := strconv.ParseFloat(fields[1], 64); err == nil {
				emit(pages * float64(os.Getpagesize()))
			}
		}
	})
	r.Func("process_cpu_seconds_total", "Processor time of the process.", "counter", nil, func(emit func(float64, ...string)) {
		// pid (name) state ppid …: utime and stime are the 14th and 15th field
		fields := procFields("/proc/self/stat")
		if len(fields) < 13 {
			return
		}
		user, err := strconv.ParseFloat(fields[11], 64)
		system, err2 := strconv.ParseFloat(fields[12], 64)
		if err == nil && err2 == nil {
			emit((user + system) / ticks)
		}
	})
	r.Func("process_open_fds", "File descriptors that are open.", "gauge", nil, func(emit func(float64, ...string)) {
		if dir, err := os.Open("/proc/self/fd"); err == nil {
			defer dir.Close()
			if names, err := dir.Readdirnames(-1); err == nil {
				emit(float64(len(names) - 1)) // one is dir
			}
		}
	})
}

// procFields splits a file of /proc at its spaces. What is in parentheses, and
// before, is left out: it is the process's name and may hold anything.
func procFields(path string) []string {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	if i := bytes.LastIndexByte(text, ')'); i >= 0 {
		text = text[i+1:]
	}
	var fields []string
	for _, f := range bytes.Fields(text) {
		fields = append(fields, string(f))
	}
	return fields
}
