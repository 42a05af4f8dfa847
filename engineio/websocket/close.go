package websocket

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// Code says why a connection ends (RFC 6455, section 7.4).
type Code uint16

const (
	NormalClosure   Code = 1000
	GoingAway       Code = 1001
	ProtocolError   Code = 1002
	UnsupportedData Code = 1003
	NoStatus        Code = 1005 // never on the wire: the peer's close frame named none
	InvalidPayload  Code = 1007
	PolicyViolation Code = 1008
	MessageTooBig   Code = 1009
	InternalError   Code = 1011
)

// CloseError ends a connection: sent by the peer, or our own verdict on what
// it sent. Reason is then ours alone, for a log: it is not sent.
type CloseError struct {
	Code   Code
	Reason string
}

func (e *CloseError) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("websocket closed with %d", e.Code)
	}
	return fmt.Sprintf("websocket closed with %d: %q", e.Code, e.Reason)
}

// ErrClosed reports a write to a connection that is closing.
var ErrClosed = errors.New("websocket is closed")

// Close sends a close frame after all that waits and ends the connection once
// the peer has answered, or after Options.WriteTimeout. It returns at once, and
// only its first call has an effect. Until Next fails it still returns what the
// peer had sent before it knew. NoStatus sends no code, and a reason is cut to
// the 123 bytes that fit (RFC 6455, section 5.5.1).
func (c *Conn) Close(code Code, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gathering = false // whoever reads may be busy for long
	if c.frozen {
		c.thaw() // there will be nothing to go on with
	}
	if !c.sendClose(code, reason) {
		return
	}
	// The peer's close frame comes to whoever reads, the deadline if it does not.
	c.conn.SetReadDeadline(time.Now().Add(c.writeTimeout))
}

// Abort ends the connection at once and without a word.
func (c *Conn) Abort() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fail(ErrClosed)
}

// fail ends a connection to which no more can be written; mu is held.
func (c *Conn) fail(err error) {
	c.closed = true
	c.budget.Add(-c.charged)
	c.out, c.charged = nil, 0
	if c.writeErr == nil {
		c.writeErr = err
	}
	c.conn.Close()
}

// sendClose queues a close frame unless one was sent before; mu is held.
func (c *Conn) sendClose(code Code, reason string) bool {
	if c.closed {
		return false
	}
	var payload []byte
	if code != NoStatus {
		payload = binary.BigEndian.AppendUint16(payload, uint16(code))
		payload = append(payload, cut(reason, maxControl-2)...)
	}
	c.append(&Frame{Opcode: closing, Data: payload})
	c.closed = true
	c.startWriter()
	return true
}

// cut shortens s to at most n bytes without dividing a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// parseClose reads the payload of a close frame (section 5.5.1).
func parseClose(payload []byte) *CloseError {
	switch len(payload) {
	case 0:
		return &CloseError{Code: NoStatus}
	case 1:
		return &CloseError{ProtocolError, "a close frame of one byte"}
	}
	code := Code(binary.BigEndian.Uint16(payload))
	switch {
	case !code.valid():
		return &CloseError{ProtocolError, "an invalid close code"}
	case !utf8.Valid(payload[2:]):
		return &CloseError{InvalidPayload, "the reason of a close frame is not UTF-8"}
	}
	return &CloseError{code, string(payload[2:])}
}

// valid reports whether a peer may send code (section 7.4, and the registry
// that it opens).
func (c Code) valid() bool {
	switch {
	case c >= 1000 && c <= 1003, c >= 1007 && c <= 1014, c >= 3000 && c <= 4999:
		return true
	}
	return false
}
