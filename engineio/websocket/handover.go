package websocket

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

// A connection can go on in another program, or in another Conn of this one:
//
//	C> 81 85 37 fa 21 3d 7f 9f        the first half of a frame
//	   Freeze: Next returns ErrFrozen, and nothing is written any more
//	   State: In is 81 85 37 fa 21 3d 7f 9f, Out what the client has not got yet
//	   … the descriptor and the state go over; Restore, Thaw …
//	C> 4d 51 58                       the other half: Next returns "Hello"
//
// Nothing is lost in the kernel either: what the client sends meanwhile waits
// there.

// ErrFrozen is what Next returns after Freeze. It may be called again after Thaw.
var ErrFrozen = errors.New("websocket is frozen")

// State is all that a connection is besides its descriptor. It is valid for one
// Restore: after Thaw the Conn that it was taken from has another.
type State struct {
	In      []byte   `json:"in,omitempty"`      // read, and not a whole frame yet or not taken
	Out     []byte   `json:"out,omitempty"`     // not written yet; it may begin in the middle of a frame
	Deflate bool     `json:"deflate,omitempty"` // permessage-deflate is agreed on; no window is kept between messages
	Message *Partial `json:"message,omitempty"` // fragmented or large, and not all there; nil: none
}

// Partial is a message of which a part has arrived, unmasked and still compressed.
type Partial struct {
	Opcode     Opcode `json:"opcode"`
	Compressed bool   `json:"compressed,omitempty"`
	Fragments  int    `json:"fragments"` // frames, that which is arriving included
	Data       []byte `json:"data,omitempty"`
	Missing    int64  `json:"missing,omitempty"` // bytes of the frame that is arriving
	Key        uint32 `json:"key,omitempty"`     // masks these, as a little-endian number
	Final      bool   `json:"final,omitempty"`   // it is the last frame
}

// Freeze stops reading and writing, wherever they are in a frame. It does not wait.
// Next returns ErrFrozen once it would have to read; what is written is queued,
// within the usual bounds.
func (c *Conn) Freeze() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed { // its last deadline stays
		return
	}
	c.frozen = true
	c.conn.SetDeadline(time.Unix(1, 0))
}

// Thaw undoes Freeze. What is queued is written by the next Next or Flush, as after
// Upgrade.
func (c *Conn) Thaw() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.frozen {
		c.thaw()
		c.gathering = true
	}
}

// thaw lets be read and written; mu is held.
func (c *Conn) thaw() {
	c.frozen = false
	c.conn.SetDeadline(time.Time{})
}

// State returns the state of a frozen connection, and false if there is nothing
// to go on with: it is closing or broken. The caller is who calls Next. Slices
// are the Conn's own and valid until Thaw.
func (c *Conn) State() (State, bool) {
	c.release()
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.writing {
		c.awaitWrite()
	}
	if c.closed || !c.frozen {
		return State{}, false
	}
	s := State{In: c.in, Deflate: c.deflate}
	if c.out != nil {
		s.Out = *c.out
	}
	if m := c.message; m != nil {
		s.Message = &Partial{
			Opcode:     m.opcode,
			Compressed: m.compressed,
			Fragments:  m.fragments,
			Data:       *m.data,
			Missing:    m.rest.length,
			Key:        uint32(m.rest.key),
			Final:      m.rest.fin,
		}
	}
	return s, true
}

// Restore makes a Conn of a state and of the connection that it belongs to. It is
// frozen: Thaw comes before the first Next. The state's slices are not kept. After
// an error the connection is the caller's, to be closed.
func Restore(conn net.Conn, s *State, opts *Options) (*Conn, error) {
	c := newConn(conn, opts, s.Deflate)
	if len(s.In) > maxCarried {
		return nil, fmt.Errorf("restore a websocket: In has %d bytes, more than %d", len(s.In), maxCarried)
	}
	if s.Message != nil {
		m, err := s.Message.restore(c)
		if err != nil {
			return nil, fmt.Errorf("restore a websocket: Message%w", err)
		}
		c.message = m
	}
	c.in = append([]byte(nil), s.In...)
	if len(s.Out) > 0 {
		*c.buffer() = append(*c.buffer(), s.Out...)
		c.charge() // it was allowed before
	}
	c.frozen = true
	return c, nil
}

// maxCarried is the most that a Conn has read and not taken: its large buffer. What
// came with the handshake is less.
const maxCarried = largeBuffer

// restore checks what Next would have checked. Errors begin with the field.
func (p *Partial) restore(c *Conn) (*message, error) {
	switch {
	case p.Opcode != Text && p.Opcode != Binary:
		return nil, fmt.Errorf(".Opcode is %d, neither text nor binary", p.Opcode)
	case p.Compressed && !c.deflate:
		return nil, errors.New(".Compressed is set without Deflate")
	case p.Fragments < 1 || p.Fragments > maxFragments:
		return nil, fmt.Errorf(".Fragments is %d, not from 1 to %d", p.Fragments, maxFragments)
	case p.Missing < 0 || int64(len(p.Data)) > c.maxMessage || p.Missing > c.maxMessage-int64(len(p.Data)):
		return nil, fmt.Errorf(" has %d bytes and lacks %d, more than %d together", len(p.Data), p.Missing, c.maxMessage)
	case p.Missing == 0 && p.Final:
		return nil, errors.New(" is complete")
	}
	m := messages.Get().(*message)
	*m = message{opcode: p.Opcode, compressed: p.Compressed, fragments: p.Fragments, data: getBytes()}
	m.rest = header{fin: p.Final, length: p.Missing, key: mask(p.Key)}
	*m.data = append(*m.data, p.Data...)
	if m.opcode == Text && !m.compressed && !m.check(false) {
		return nil, errors.New(".Data is not UTF-8")
	}
	return m, nil
}

// putBack queues again what Freeze has kept from being written; mu is held.
func (c *Conn) putBack(rest []byte) {
	if len(rest) == 0 {
		return
	}
	out := getBytes()
	*out = append(*out, rest...)
	if c.out != nil {
		*out = append(*out, *c.out...)
		putBytes(c.out)
	}
	c.out = out
	c.charge() // it was allowed before
}

// whyStopped tells a read that Freeze has stopped from one that has failed.
func (c *Conn) whyStopped(err error) error {
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed { // it has waited for the peer's close frame long enough
		return err
	}
	return ErrFrozen
}
