package telemetry

import (
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// maxWaiting is how many bytes may wait for a reader of the log. More than a
// second's worth of a busy server need not be kept for one that does not read.
const maxWaiting = 1 << 20

// output writes lines with a goroutine of its own, so that a terminal that is
// held or a pipe that nobody reads does not hold the server.
type output struct {
	dropped atomic.Uint64
	done    chan struct{} // closed when run has returned

	mu      sync.Mutex // guards the fields below; never held while writing
	wake    *sync.Cond
	to      io.Writer // nil: lines go nowhere
	waiting []byte
	retired []retired
	writing bool
	closed  bool
}

// retired is a place that lines went to, with those that still have to go there.
type retired struct {
	to    io.WriteCloser
	lines []byte
}

// newOutput starts the goroutine; close ends it.
func newOutput(to io.Writer) *output {
	o := &output{to: to, done: make(chan struct{})}
	o.wake = sync.NewCond(&o.mu)
	go o.run()
	return o
}

// Write takes one line. It never waits and never fails: a line that does not
// fit is dropped and counted.
func (o *output) Write(line []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.to == nil:
	case o.closed || len(line) > maxWaiting-len(o.waiting):
		o.dropped.Add(1)
	default:
		o.waiting = append(o.waiting, line...)
		o.wake.Signal()
	}
	return len(line), nil
}

// json returns a handler that writes JSON lines.
func (o *output) json() slog.Handler {
	return slog.NewJSONHandler(o, &slog.HandlerOptions{Level: slog.LevelDebug - 4, ReplaceAttr: replace})
}

func (o *output) run() {
	defer close(o.done)
	var lines []byte
	o.mu.Lock()
	defer o.mu.Unlock()
	for {
		for len(o.waiting) == 0 && len(o.retired) == 0 && !o.closed {
			o.wake.Wait()
		}
		if len(o.waiting) == 0 && len(o.retired) == 0 {
			return
		}
		old, to := o.retired, o.to
		o.retired = nil
		lines, o.waiting = o.waiting, lines[:0]
		o.writing = true
		o.mu.Unlock()
		for _, r := range old {
			o.write(r.to, r.lines)
			r.to.Close()
		}
		o.write(to, lines)
		o.mu.Lock()
		o.writing = false
		if cap(lines) > maxWaiting/4 {
			lines = nil
		}
	}
}

func (o *output) write(to io.Writer, lines []byte) {
	if len(lines) == 0 {
		return
	}
	if _, err := to.Write(lines); err != nil {
		// Nobody is left to tell; the metric does.
		o.dropped.Add(1)
	}
}

// replace writes to another place from now on, nil for none. What waits goes
// where it was meant to go, which is closed then.
func (o *output) replace(to io.WriteCloser) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if before, ok := o.to.(io.WriteCloser); ok {
		o.retired = append(o.retired, retired{before, o.waiting})
		o.waiting = nil
	}
	o.to = nil
	if to != nil {
		o.to = to
	}
	o.wake.Signal()
}

// flush waits until all is written, for at most the given time.
func (o *output) flush(wait time.Duration) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for until := time.Now().Add(wait); o.busy() && time.Now().Before(until); {
		<-tick.C
	}
}

func (o *output) busy() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.writing || len(o.waiting) > 0 || len(o.retired) > 0
}

// close writes what waits, for at most the given time.
func (o *output) close(wait time.Duration) {
	o.mu.Lock()
	o.closed = true
	o.wake.Signal()
	o.mu.Unlock()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-o.done:
	case <-timer.C:
	}
}
