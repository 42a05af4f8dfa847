package daemon

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// Most of what lives in a server belongs to its clients. With few of them Go's
// collector would run for every few megabytes of garbage, a hundred times a second
// under load; and after a burst of new clients garbage as large as all that
// lives would stay until somebody needs its place. So a small heap may hold more
// garbage while there is work, and none is kept when there is none. Measured in
// turns with a server without this, the first saves a sixth of the CPU of an echo
// for 15 MiB, the second a sixth of what an idle connection takes.
const (
	garbageAllowed = 32 << 20               // beside a small heap, while there is work
	memoryInterval = 500 * time.Millisecond // from one look to the next
	quietBytes     = 1 << 20                // no more than that allocated in between: there is no work
	worthTrimming  = 8 << 20                // garbage that it pays to give back
)

// memoryState is what the runtime tells of the heap.
type memoryState struct {
	allocated uint64 // since the start
	live      uint64 // what the last collection left
	objects   uint64 // what lives and what is garbage
	free      uint64 // empty, and not given back
}

// garbage is what the system would get back.
func (s memoryState) garbage() uint64 { return s.objects - min(s.live, s.objects) + s.free }

// memoryTuner looks at the heap now and then.
type memoryTuner struct {
	fixed   bool // the operator has set GOGC
	percent int  // that was set last, as GOGC; 0: none
	last    uint64
}

// keepMemory sees to it that the heap is as large as the work needs, until ctx
// ends.
func keepMemory(ctx context.Context, interval time.Duration) {
	k := memoryTuner{fixed: os.Getenv("GOGC") != ""}
	tick := time.NewTicker(interval)
	defer tick.Stop()
	samples := []metrics.Sample{
		{Name: "/gc/heap/allocs:bytes"},
		{Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
	}
	for {
		metrics.Read(samples)
		percent, trim := k.look(memoryState{
			samples[0].Value.Uint64(), samples[1].Value.Uint64(), samples[2].Value.Uint64(), samples[3].Value.Uint64(),
		})
		if percent != 0 {
			debug.SetGCPercent(percent)
		}
		if trim {
			debug.FreeOSMemory()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look decides what to do: percent is the new GOGC, 0 for what it is.
func (k *memoryTuner) look(s memoryState) (percent int, trim bool) {
	quiet := s.allocated-k.last <= quietBytes
	k.last = s.allocated
	if fits := gcPercent(s.live); !k.fixed && fits != k.percent {
		k.percent, percent = fits, fits
	}
	return percent, quiet && s.garbage() >= worthTrimming
}

// gcPercent is how much garbage a heap may hold, in percent of what lives in it:
// Go's 100, or for a small one up to 400.
func gcPercent(live uint64) int {
	return 100 * int(min(max(garbageAllowed/max(live, 1), 1), 4))
}
