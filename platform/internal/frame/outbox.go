package frame

import (
	"io"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// flushAt is how much is gathered at most before it is written.
	flushAt = 64 << 10

	// maxUnsent is how much may wait for a server that does not read. Whoever
	// has more to say waits too.
	maxUnsent = 2 << 20
)

// Outbox gathers frames and writes them together. Whoever calls flush while
// nobody writes is the writer, and writes all that is added meanwhile.
type Outbox struct {
	Dirty atomic.Bool   // something waits for a flush
	Sent  atomic.Uint64 // counts the writes

	mu      sync.Mutex // guards the fields below; never held across a write, but for block
	room    *sync.Cond // told after each write
	w       io.Writer
	frames  []byte // whole frames
	spare   []byte // to gather in while frames is written
	writing bool
	err     error // of the first write that failed; all later frames are dropped
}

func NewOutbox(w io.Writer) *Outbox {
	o := &Outbox{w: w}
	o.room = sync.NewCond(&o.mu)
	return o
}

// Begin locks the outbox and returns the buffer to append frames to; end must
// follow.
func (o *Outbox) Begin() []byte {
	o.mu.Lock()
	for len(o.frames) > maxUnsent && o.writing {
		o.room.Wait()
	}
	return o.frames
}

// End takes back the buffer of begin. It reports whether so much is gathered
// that it should be flushed at once.
func (o *Outbox) End(frames []byte) (full bool) {
	if o.err != nil {
		frames = frames[:0]
	}
	o.frames = frames
	full = len(frames) >= flushAt
	if len(frames) > 0 && !o.writing {
		o.Dirty.Store(true)
	}
	o.mu.Unlock()
	return full
}

// Flush writes what waits, unless somebody is at it.
func (o *Outbox) Flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.Dirty.Store(false)
	if o.writing {
		return
	}
	o.writing = true
	for len(o.frames) > 0 {
		batch := o.frames
		o.frames, o.spare = o.spare[:0], nil
		o.mu.Unlock()
		_, err := o.w.Write(batch)
		o.Sent.Add(1)
		o.mu.Lock()
		if cap(batch) <= 2*flushAt {
			o.spare = batch
		}
		if err != nil && o.err == nil {
			o.err = err
			o.frames = o.frames[:0]
		}
		o.room.Broadcast()
	}
	o.writing = false
	o.room.Broadcast()
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

// Block lets nobody add a frame for a time.
func (o *Outbox) Block(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	time.Sleep(d)
}
