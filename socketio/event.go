package socketio

import (
	"bytes"
	"errors"
	"slices"
	"sync"
)

// EventPacket is an event of a client. It and what it refers to are valid while
// its handler runs, but for Ack.
type EventPacket struct {
	Name string   // a name that is a number, which the protocol allows, in its digits
	Args [][]byte // raw JSON; of a binary event with {"_placeholder":true,"num":N} for Attachments[N]

	Attachments [][]byte
	Ack         Ack
}

// reserved are names that clients' libraries use for events of their own.
var reserved = []string{"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}

var (
	errNoName   = errors.New("an event without a name")
	errName     = errors.New("an event's name is not a string")
	errReserved = errors.New("a reserved event name")
)

// takeEvent checks an event and hands it to the namespace's handler.
func (c *client) takeEvent(s *Socket, p *Packet, attachments [][]byte) error {
	h := handovers.Get().(*handover)
	defer func() {
		*h = handover{}
		handovers.Put(h)
	}()
	args, err := splitArray(h.args[:0], p.Data, len(attachments))
	if err != nil {
		return err
	}
	if len(args) == 0 {
		return errNoName
	}
	e := &h.event
	switch name := args[0]; {
	case name[0] == '"':
		e.Name = s.intern(name)
		if slices.Contains(reserved, e.Name) {
			return errReserved
		}
	case name[0] == '-' || name[0] >= '0' && name[0] <= '9':
		e.Name = string(name)
	default:
		return errName
	}
	e.Args, e.Attachments = args[1:], attachments
	if p.HasID {
		s.seen = p.ID
		e.Ack.pending = &pendingAck{socket: s, client: c, id: p.ID}
	}
	s.handle(e)
	return nil
}

// handover carries an event to its handler. It is pooled: idle clients, which
// most are, have none.
type handover struct {
	event EventPacket
	args  [8][]byte // of event, while there are no more
}

var handovers = sync.Pool{New: func() any { return new(handover) }}

func (s *Socket) handle(e *EventPacket) {
	defer s.namespace.server.contain("event", s)
	s.namespace.handlers().event(s, e)
}

// maxInterned is how long a name may be to be remembered.
const maxInterned = 64

// intern returns the name of an event. The last one is remembered, since a
// client mostly sends the same.
func (s *Socket) intern(quoted []byte) string {
	if len(quoted) > maxInterned || bytes.IndexByte(quoted, '\\') >= 0 {
		return unquote(quoted)
	}
	if string(quoted[1:len(quoted)-1]) != s.lastEvent {
		s.lastEvent = unquote(quoted)
	}
	return s.lastEvent
}
