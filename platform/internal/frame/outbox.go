package frame

import (
	"bytes"
	"errors"
	"io"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// flushAt is how much is gathered at most before it is written.
	flushAt = 64 << 10

	// maxUnsent is how much may wait for a side that does not read.
	maxUnsent = 4 << 20

	// keptBuffer is the largest buffer that is kept for the next frames.
	keptBuffer = 256 << 10
)

var (
	ErrNotReading = errors.New("worker is not reading")
	ErrClosed     = errors.New("the worker's input has ended")
)

// Outbox gathers frames and writes many of them at a time: all that is added
// while a write is under way goes into the next one.
//
//	a worker's      Begin waits while too much waits already; whoever calls Flush
//	                while nobody writes is the writer
//	the server's    TryBegin never waits, and a goroutine writes, which exists
//	                while there is something to write
type Outbox struct {
	Dirty atomic.Bool   // something waits for a flush
	Sent  atomic.Uint64 // counts the writes

	w      io.Writer
	broken func()         // of the server's: called, by the writing goroutine, when a write fails
	writer sync.WaitGroup // that goroutine

	mu      sync.Mutex // guards the fields below; never held across a write, but for Block
	room    *sync.Cond // told after each write
	frames  []byte     // whole frames, in order
	spare   []byte     // empty, to gather in while frames is written
	writing bool
	held    bool  // whoever holds it starts the goroutine
	halted  bool  // see Halt
	err     error // of the first write that failed, or ErrClosed; all later frames are dropped
}

// NewOutbox returns a worker's outbox.
func NewOutbox(w io.Writer) *Outbox {
	o := &Outbox{w: w}
	o.room = sync.NewCond(&o.mu)
	return o
}

// NewServerOutbox returns the server's for one worker. broken is called when
// that takes no more.
func NewServerOutbox(w io.Writer, broken func()) *Outbox {
	o := NewOutbox(w)
	o.broken = broken
	return o
}

// Begin locks the outbox and returns the buffer to append whole frames to; End
// must follow.
func (o *Outbox) Begin() []byte {
	o.mu.Lock()
	for len(o.frames) > maxUnsent && o.writing {
		o.room.Wait()
	}
	return o.frames
}

// TryBegin is Begin for who must not wait. It returns ErrNotReading when there is
// too much already, and ErrClosed when the worker is gone, or on its way; then no
// End follows.
func (o *Outbox) TryBegin() ([]byte, error) {
	o.mu.Lock()
	switch {
	case o.err != nil:
		o.mu.Unlock()
		return nil, ErrClosed
	case len(o.frames) > maxUnsent:
		o.mu.Unlock()
		return nil, ErrNotReading
	}
	return o.frames, nil
}

// End takes back the buffer of Begin. It reports whether so much is gathered
// that it should be flushed at once.
func (o *Outbox) End(frames []byte) (full bool) {
	if o.err != nil {
		frames = frames[:0]
	}
	o.frames = frames
	full = len(frames) >= flushAt
	switch {
	case o.broken != nil:
		o.start()
	case len(frames) > 0 && !o.writing:
		o.Dirty.Store(true)
	}
	o.mu.Unlock()
	return full
}

// Hold lets frames gather in the server's outbox until Release, so that all
// frames of a burst go into one write.
func (o *Outbox) Hold() {
	o.mu.Lock()
	o.held = true
	o.mu.Unlock()
}

func (o *Outbox) Release() {
	o.mu.Lock()
	o.held = false
	o.start()
	o.mu.Unlock()
}

// start starts the writing goroutine if it is time. o.mu is held.
func (o *Outbox) start() {
	if o.writing || o.held || o.halted || o.err != nil || len(o.frames) == 0 {
		return
	}
	o.writing = true
	o.writer.Go(func() {
		// Whoever is about to add a frame gets to it first: with many clients that
		// makes a burst of what would be a write, and a wake of the worker, for each.
		runtime.Gosched()
		o.mu.Lock()
		failed := o.write()
		o.mu.Unlock()
		if failed {
			o.broken()
		}
	})
}

// Flush writes what waits, unless somebody is at it.
func (o *Outbox) Flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.Dirty.Store(false)
	if !o.writing {
		o.writing = true
		o.write()
	}
}

// write writes until nothing waits. It reports whether a write failed before the
// outbox was closed. o.mu is held, and given up meanwhile.
func (o *Outbox) write() (failed bool) {
	for len(o.frames) > 0 && o.err == nil && !o.halted {
		batch := o.frames
		o.frames, o.spare = o.spare[:0], nil
		o.mu.Unlock()
		n, err := o.w.Write(batch)
		o.Sent.Add(1)
		o.mu.Lock()
		if o.halted && errors.Is(err, os.ErrDeadlineExceeded) {
			o.frames = append(slices.Clip(batch[n:]), o.frames...)
			break
		}
		if cap(batch) <= keptBuffer {
			o.spare = batch
		}
		if err != nil && o.err == nil {
			o.err, failed = err, true
		}
		o.room.Broadcast()
	}
	o.writing = false
	o.room.Broadcast()
	return failed
}

// Halt ends the server's writing to a worker, in the middle of a frame if need be,
// and returns what is not written. More may be added, and is written after Resume.
func (o *Outbox) Halt(input *os.File) (unsent []byte) {
	o.mu.Lock()
	o.halted = true
	o.mu.Unlock()
	input.SetWriteDeadline(time.Unix(1, 0)) // an unfinished write returns
	o.writer.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	return bytes.Clone(o.frames)
}

// Resume undoes Halt.
func (o *Outbox) Resume(input *os.File) {
	input.SetWriteDeadline(time.Time{})
	o.mu.Lock()
	o.halted = false
	o.start()
	o.mu.Unlock()
}

// Drained returns a channel that is closed once all that was added is written.
func (o *Outbox) Drained() <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		o.Flush()
		o.mu.Lock()
		defer o.mu.Unlock()
		for o.writing {
			o.room.Wait()
		}
	}()
	return done
}

// Close ends the worker's input, and waits for the writing goroutine. Frames
// that are not written yet are dropped.
func (o *Outbox) Close(input io.Closer) {
	o.mu.Lock()
	if o.err == nil {
		o.err = ErrClosed
	}
	o.mu.Unlock()
	input.Close() // an unfinished write returns
	o.writer.Wait()
}

// Block lets nobody add a frame for a time.
func (o *Outbox) Block(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	time.Sleep(d)
}
