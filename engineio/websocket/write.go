package websocket

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// ErrSlow reports a peer that does not read: more than Options.MaxBuffered
// bytes wait for it, or one write took longer than Options.WriteTimeout.
var ErrSlow = errors.New("websocket peer does not read")

// Frame is one message to be sent. Its payload is the two parts, one after the
// other, so that a caller can put a prefix before data it does not own.
type Frame struct {
	Opcode Opcode
	Prefix []byte
	Data   []byte
}

// Write queues messages; nothing comes between them. It copies their data and
// returns at once. An error says that the connection has ended: it was closed,
// the peer is gone, or, as ErrSlow, does not read.
func (c *Conn) Write(frames ...Frame) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.whyClosed()
	}
	waiting := c.waiting()
	for i := range frames {
		f := &frames[i]
		if c.deflate && len(f.Data) >= deflateThreshold {
			c.appendDeflated(f)
			continue
		}
		c.append(f)
	}
	return c.queued(waiting)
}

// Prepared is a message's frame, encoded once for many connections.
type Prepared struct{ frame []byte }

// Prepare encodes a message.
func Prepare(f Frame) Prepared { return Prepared{appendFrame(nil, &f)} }

// WritePrepared queues a message that was encoded before.
func (c *Conn) WritePrepared(p Prepared) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.whyClosed()
	}
	waiting := c.waiting()
	out := c.buffer()
	*out = append(*out, p.frame...)
	return c.queued(waiting)
}

// Flush writes what waits, on the calling goroutine. The reading goroutine calls
// it before it waits for something else than the next message, so that what
// others send does not wait as long.
func (c *Conn) Flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gathering = false
	if c.writing || c.frozen || c.out == nil {
		return
	}
	c.writing = true
	c.writeOnce()
	if c.out != nil && !c.frozen { // came meanwhile; the caller has more to do than to write
		go c.write()
		return
	}
	c.stopWriting()
}

// Drain is Flush that returns when what waited has been written, by whomever: what
// is queued next leaves in a write of its own.
func (c *Conn) Drain() {
	c.Flush()
	c.mu.Lock()
	defer c.mu.Unlock()
	writes := 1 // at hand
	if c.out != nil {
		writes++
	}
	for ; writes > 0 && c.writing; writes-- {
		c.awaitWrite()
	}
}

func appendFrame(dst []byte, f *Frame) []byte {
	dst = appendHeader(dst, f.Opcode, false, len(f.Prefix)+len(f.Data))
	dst = append(dst, f.Prefix...)
	return append(dst, f.Data...)
}

// append queues a frame as it is; mu is held.
func (c *Conn) append(f *Frame) {
	out := c.buffer()
	*out = appendFrame(*out, f)
}

// buffer returns what the next frame is appended to; mu is held.
func (c *Conn) buffer() *[]byte {
	if c.out == nil {
		c.out = getBytes()
	}
	return c.out
}

// waiting reports whether something waits for the peer; mu is held.
func (c *Conn) waiting() bool { return c.out != nil && len(*c.out) > 0 }

// queued checks the bound and makes sure that somebody writes; mu is held. What
// nothing waits before may be of any size: it says nothing of how the peer reads.
func (c *Conn) queued(waited bool) error {
	if waited {
		if err := c.bounded(); err != nil {
			return err
		}
	}
	if !c.charge() {
		c.fail(fmt.Errorf("%w, and others of its address do not: %d bytes wait for it", ErrSlow, len(*c.out)))
		return c.writeErr
	}
	c.startWriter()
	return nil
}

// bounded ends a connection for which too much waits; mu is held.
func (c *Conn) bounded() error {
	if waits := len(*c.out); int64(waits) > c.maxBuffered {
		c.fail(fmt.Errorf("%w: %d bytes wait", ErrSlow, waits))
		return c.writeErr
	}
	return nil
}

// charge counts what has come since; mu is held.
func (c *Conn) charge() bool {
	n := int64(len(*c.out)) - c.charged
	c.charged += n
	return c.budget.Add(n)
}

// startWriter begins a goroutine that writes until nothing waits; mu is held.
func (c *Conn) startWriter() {
	if !c.writing && !c.gathering && !c.frozen {
		c.writing = true
		go c.write()
	}
}

// gather lets frames wait until the reading goroutine flushes.
func (c *Conn) gather() {
	c.mu.Lock()
	c.gathering = true
	c.mu.Unlock()
}

// write writes until nothing waits. It is called once by whoever set writing.
func (c *Conn) write() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.out != nil && !c.frozen {
		c.writeOnce()
	}
	c.stopWriting()
}

// writeOnce writes what waits now; mu is held before and after it.
func (c *Conn) writeOnce() {
	b := c.out
	charged := c.charged
	c.out, c.charged = nil, 0
	c.conn.SetWriteDeadline(time.Now().Add(c.writeTimeout)) // before Freeze sets one that has passed
	c.mu.Unlock()
	n, err := c.conn.Write(*b)
	c.budget.Add(-charged)
	c.mu.Lock()
	if err != nil && c.frozen && !c.closed {
		c.putBack((*b)[n:])
		err = nil
	}
	putBytes(b)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.fail(fmt.Errorf("%w: a write took %v", ErrSlow, c.writeTimeout))
	case err != nil:
		c.fail(fmt.Errorf("write to the websocket: %w", err))
	}
	c.hasWritten()
}

// stopWriting ends what began when writing was set; mu is held.
func (c *Conn) stopWriting() {
	c.writing = false
	c.hasWritten()
}

// hasWritten tells whoever waits for a write; mu is held.
func (c *Conn) hasWritten() {
	if c.written != nil {
		close(c.written)
		c.written = nil
	}
}

// lastWrite waits until nothing is written any more, which is no longer than
// two write time-outs: nothing is queued after a close frame.
func (c *Conn) lastWrite() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.writing {
		c.awaitWrite()
	}
}

// awaitWrite waits for the end of the write at hand; mu is held before and after
// it.
func (c *Conn) awaitWrite() {
	if c.written == nil {
		c.written = make(chan struct{})
	}
	written := c.written
	c.mu.Unlock()
	<-written
	c.mu.Lock()
}

func (c *Conn) whyClosed() error {
	if c.writeErr != nil {
		return c.writeErr
	}
	return ErrClosed
}
