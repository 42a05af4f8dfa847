package frame

import (
	"errors"
	"io"
	"runtime"
	"sync"
)

const (
	// maxFeed is how much may wait for a worker that does not read.
	maxFeed = 4 << 20

	// keptFeed is the largest buffer that is kept for the next frames.
	keptFeed = 256 << 10
)

var (
	ErrNotReading = errors.New("worker is not reading")
	ErrClosed     = errors.New("the worker's input has ended")
)

// Feed gathers the frames for a worker and writes many of them at a time. Who
// adds one never waits for the worker: a goroutine writes, which exists while
// there is something to write. It runs once its maker is done with what it is
// at, so that all frames of a burst go into one write.
type Feed struct {
	W      io.WriteCloser
	Broken func()         // called, by the writing goroutine, when the worker takes no more
	done   sync.WaitGroup // the writing goroutine

	mu      sync.Mutex // guards the fields below; not held across a write
	frames  []byte     // whole frames, in order
	spare   []byte     // empty, to gather in while frames is written
	writing bool
	held    bool // who holds it starts the writing
	closed  bool
}

// Begin locks the feed and returns the buffer to append whole frames to; end
// must follow. It returns ErrNotReading when there is too much already, and
// ErrClosed when the worker is gone, or on its way.
func (f *Feed) Begin() ([]byte, error) {
	f.mu.Lock()
	switch {
	case f.closed:
		f.mu.Unlock()
		return nil, ErrClosed
	case len(f.frames) > maxFeed:
		f.mu.Unlock()
		return nil, ErrNotReading
	}
	return f.frames, nil
}

// End takes back the buffer of begin.
func (f *Feed) End(frames []byte) {
	f.frames = frames
	f.start()
	f.mu.Unlock()
}

// start starts the writing if it is time. f.mu is held.
func (f *Feed) start() {
	if f.writing || f.held || f.closed || len(f.frames) == 0 {
		return
	}
	f.writing = true
	f.done.Go(f.write)
}

// Hold lets frames gather until release.
func (f *Feed) Hold() {
	f.mu.Lock()
	f.held = true
	f.mu.Unlock()
}

func (f *Feed) Release() {
	f.mu.Lock()
	f.held = false
	f.start()
	f.mu.Unlock()
}

func (f *Feed) write() {
	// Whoever is about to add a frame gets to it first: with many clients that
	// makes a burst of what would be a write, and a wake of the worker, for each.
	runtime.Gosched()
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.frames) > 0 && !f.closed {
		batch := f.frames
		f.frames, f.spare = f.spare[:0], nil
		f.mu.Unlock()
		_, err := f.W.Write(batch)
		f.mu.Lock()
		if cap(batch) <= keptFeed {
			f.spare = batch[:0]
		}
		if err != nil && !f.closed {
			f.closed = true
			f.mu.Unlock()
			f.Broken()
			f.mu.Lock()
		}
	}
	f.writing = false
}

// Close ends the worker's input, and waits for the writing goroutine. Frames
// that are not written yet are dropped.
func (f *Feed) Close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.W.Close() // an unfinished write returns
	f.done.Wait()
}
