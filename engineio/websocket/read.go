package websocket

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
	"unicode/utf8"
)

// maxFragments is how many frames a message may have. Autobahn's longest has
// 65,536; without a limit a message of empty fragments would never end.
const maxFragments = 1 << 17

// message is what a fragmented or large message is put together in.
type message struct {
	opcode     Opcode // of its first frame
	compressed bool
	complete   bool // the caller reads it
	fragments  int
	rest       header // of the frame that is arriving: what is missing of its payload
	data       *[]byte
	valid      int // how much of data is known to be UTF-8
}

// Next returns the next message. The data is valid until the following call.
// Pings are answered on the way. The error is a *CloseError when the peer
// closed or broke the protocol, io.ErrUnexpectedEOF when it left without a close frame;
// after any error the connection is closed.
//
// Frames that the caller writes after Next returned are gathered, and written
// by the following Next once it would have to wait, or by Flush.
//
// ErrFrozen is an error that changes nothing: see Freeze.
func (c *Conn) Next() (Opcode, []byte, error) {
	c.release()
	for {
		opcode, data, err := c.frame()
		if err != nil {
			return 0, nil, c.end(err)
		}
		if opcode == 0 {
			continue
		}
		if err := c.control(opcode, data); err != nil {
			return 0, nil, c.end(err)
		}
		if !opcode.control() {
			c.gather()
			return opcode, data, nil
		}
	}
}

// frame takes one frame. It returns a message when the frame completes one, a
// control frame as it is, and opcode 0 for a fragment.
func (c *Conn) frame() (Opcode, []byte, error) {
	m := c.message
	if m != nil && m.rest.length > 0 {
		return c.assemble() // goes on where Freeze has stopped it
	}
	h, n, err := c.header()
	if err != nil {
		return 0, nil, err
	}
	if h.opcode.control() {
		if err := c.fill(n + int(h.length)); err != nil {
			return 0, nil, err
		}
		data := c.take(n, int(h.length))
		h.key.apply(data)
		return h.opcode, data, nil
	}
	switch {
	case h.opcode == continuation && m == nil:
		return 0, nil, &CloseError{ProtocolError, "a continuation of nothing"}
	case h.opcode != continuation && m != nil:
		return 0, nil, &CloseError{ProtocolError, "a message inside a fragmented one"}
	case h.length > c.maxMessage-m.length():
		return 0, nil, &CloseError{MessageTooBig, fmt.Sprintf("a message is longer than %d bytes", c.maxMessage)}
	}
	if h.fin && m == nil && !h.compressed && h.length <= int64(len(c.in)-n) {
		return c.whole(h, n)
	}
	if m == nil {
		m = messages.Get().(*message)
		*m = message{opcode: h.opcode, compressed: h.compressed, data: getBytes()}
		c.message = m
	}
	if m.fragments++; m.fragments > maxFragments {
		return 0, nil, &CloseError{PolicyViolation, "a message has too many fragments"}
	}
	c.in = c.in[n:]
	m.rest = h
	return c.assemble()
}

// whole is the common case: a message of one frame that is all there is not
// copied.
func (c *Conn) whole(h header, n int) (Opcode, []byte, error) {
	data := c.take(n, int(h.length))
	h.key.apply(data)
	if h.opcode == Text && !utf8.Valid(data) {
		return 0, nil, errNotUTF8
	}
	return h.opcode, data, nil
}

var errNotUTF8 = &CloseError{InvalidPayload, "a text message is not UTF-8"}

// assemble adds a frame's payload to the message, as it arrives: never more is
// allocated than twice what has come. It returns the message when the frame
// completes one.
func (c *Conn) assemble() (Opcode, []byte, error) {
	m := c.message
	for m.rest.length > 0 {
		if len(c.in) == 0 {
			if err := c.fill(1); err != nil {
				return 0, nil, err
			}
		}
		part := c.in[:min(int64(len(c.in)), m.rest.length)]
		c.in = c.in[len(part):]
		m.rest.length -= int64(len(part))
		m.rest.key = m.rest.key.apply(part)
		*m.data = append(*m.data, part...)
		if m.opcode == Text && !m.compressed && !m.check(false) {
			return 0, nil, errNotUTF8
		}
	}
	if !m.rest.fin {
		return 0, nil, nil
	}
	return c.complete()
}

// messages that are put together; most connections never have one.
var messages = sync.Pool{New: func() any { return new(message) }}

func (m *message) length() int64 {
	if m == nil {
		return 0
	}
	return int64(len(*m.data))
}

// check validates what has come of a text since the last time. Until the end
// a character may still be incomplete, but not if no byte could complete it.
func (m *message) check(end bool) bool {
	rest := (*m.data)[m.valid:]
	if !utf8.Valid(rest) {
		tail := len(rest) - 1
		for tail > 0 && len(rest)-tail < utf8.UTFMax && !utf8.RuneStart(rest[tail]) {
			tail--
		}
		if end || utf8.FullRune(rest[tail:]) || !utf8.Valid(rest[:tail]) {
			return false
		}
		m.valid += tail
		return true
	}
	m.valid = len(*m.data)
	return true
}

// complete returns the message that has been put together.
func (c *Conn) complete() (Opcode, []byte, error) {
	m := c.message
	if m.compressed {
		plain := getBytes()
		var err error
		if *plain, err = inflate(*plain, *m.data, c.maxMessage); err != nil {
			return 0, nil, err
		}
		putBytes(m.data)
		m.data, m.valid = plain, 0
	}
	if m.opcode == Text && !m.check(true) {
		return 0, nil, errNotUTF8
	}
	m.complete = true
	return m.opcode, *m.data, nil
}

// release gives back the buffer of a message that the caller has read.
func (c *Conn) release() {
	if m := c.message; m != nil && m.complete {
		putBytes(m.data)
		m.data = nil
		messages.Put(m)
		c.message = nil
	}
}

// control does what a control frame asks for (section 5.5).
func (c *Conn) control(opcode Opcode, payload []byte) error {
	switch opcode {
	case ping:
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.closed {
			return c.writeErr
		}
		// The reading goroutine writes it before it waits for more. Answers
		// that the peer does not read are bounded as all else is.
		c.append(&Frame{Opcode: pong, Data: payload})
		return c.bounded()
	case closing:
		return parseClose(payload)
	}
	return nil
}

// header reads until a whole frame header is there.
func (c *Conn) header() (header, int, error) {
	for {
		h, n, err := parseHeader(c.in, c.deflate)
		if n > 0 || err != nil {
			return h, n, err
		}
		if err := c.fill(len(c.in) + 1); err != nil {
			return h, 0, err
		}
	}
}

// take takes a frame off the buffer, n bytes of header and length bytes of payload
// that are there, and returns the payload.
func (c *Conn) take(n, length int) []byte {
	data := c.in[n : n+length : n+length]
	c.in = c.in[n+length:]
	return data
}

// fill reads until in holds at least want bytes, which is at most a control frame:
// it fits the small buffer, and one that does not fit the tiny one fills it.
func (c *Conn) fill(want int) error {
	for len(c.in) < want {
		c.Flush()
		c.makeRoom()
		n, err := c.conn.Read(c.buf[len(c.in):])
		c.full = n == len(c.buf)-len(c.in)
		c.in = c.buf[:len(c.in)+n]
		if err != nil {
			return c.whyStopped(err)
		}
	}
	return nil
}

// makeRoom moves what is left to the front of a buffer: a larger one where the
// last read filled it, so that a busy connection needs few reads.
func (c *Conn) makeRoom() {
	left := len(c.in)
	next := c.small
	if next == nil {
		next = c.tiny[:]
	}
	if c.full || left >= len(next) {
		next = getLarge()
		if c.small == nil {
			c.small = make([]byte, smallBuffer) // for the time after
		}
	}
	copy(next, c.in)
	c.dropLarge()
	c.buf, c.in = next, next[:left]
}

// Rest gives up the small buffer until more comes than the answer to a ping. The
// reading goroutine calls it when it expects nothing for a while.
func (c *Conn) Rest() {
	if len(c.in) == 0 {
		c.dropLarge()
		c.in, c.small, c.full = nil, nil, false
	}
}

func (c *Conn) dropLarge() {
	if len(c.buf) == largeBuffer {
		putLarge(c.buf)
	}
	c.buf = nil
}

// end closes the connection after an error, and says to the peer which.
func (c *Conn) end(err error) error {
	if err == ErrFrozen {
		return err
	}
	var verdict *CloseError
	if errors.As(err, &verdict) {
		c.mu.Lock()
		c.sendClose(verdict.Code, "")
		c.mu.Unlock()
		c.Flush()
		c.lastWrite()
		c.linger()
	}
	c.mu.Lock()
	if c.writeErr != nil {
		err = c.writeErr
	}
	c.fail(ErrClosed)
	c.mu.Unlock()
	c.dropLarge()
	c.in, c.small = nil, nil
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// linger waits until the peer has closed: closing with data unread would reset
// the connection, and the peer might never see why it ended.
func (c *Conn) linger() {
	if half, ok := c.conn.(interface{ CloseWrite() error }); ok {
		half.CloseWrite()
	}
	c.conn.SetReadDeadline(time.Now().Add(min(c.writeTimeout, lingerTime)))
	scratch := make([]byte, smallBuffer)
	for total := 0; total < lingerBytes; {
		n, err := c.conn.Read(scratch)
		if err != nil {
			return
		}
		total += n
	}
}

const (
	lingerTime  = time.Second
	lingerBytes = 256 << 10
)
