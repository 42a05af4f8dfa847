package socketio

import (
	"slices"
	"sync"
	"sync/atomic"
)

// Ack answers an event. It may be kept, copied and used from any goroutine. The
// zero Ack belongs to an event that wants no answer.
type Ack struct{ pending *pendingAck }

type pendingAck struct {
	socket *Socket
	client *client // who asked: one that comes back may count its ids anew
	id     float64
	done   atomic.Bool
}

// Wanted reports whether the client waits for an answer.
func (a Ack) Wanted() bool { return a.pending != nil }

// Send answers with arguments of raw JSON; an empty one reads as null. Only the
// first answer is sent. [ErrGone]: the connection that the event came on has
// ended, and with it the client's wait, also where the client has come back.
func (a Ack) Send(args ...[]byte) error { return a.SendBinary(nil, args...) }

// SendBinary answers with attachments; the arguments say where each belongs, as
// {"_placeholder":true,"num":0}.
func (a Ack) SendBinary(attachments [][]byte, args ...[]byte) error {
	ask := a.pending
	if ask == nil || !ask.done.CompareAndSwap(false, true) {
		return nil
	}
	buf := getBuffer()
	defer putBuffer(buf)
	*buf = ask.append(*buf, attachments, args)
	s := ask.socket
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client != ask.client {
		return ErrGone
	}
	return s.send(*buf, attachments)
}

// Deliver answers like Send, and sees to it that the answer arrives: until the
// client has read it for certain it is kept with the events for a client that has
// lost its transport (see [Recovery]). One that comes back gets it again, as the
// acknowledgement if it says that it still waits for it, else as an event of the
// given name; with the name "" not at all.
func (a Ack) Deliver(event string, args ...[]byte) error {
	ask := a.pending
	if ask == nil {
		return nil
	}
	s := ask.socket
	if s.kept == nil {
		return a.Send(args...)
	}
	if !ask.done.CompareAndSwap(false, true) {
		return nil
	}
	buf := getBuffer()
	defer putBuffer(buf)
	*buf = ask.append(*buf, nil, args)
	answer := keptAnswer{text: slices.Clone(*buf)}
	if event != "" {
		answer.event = appendEvent(nil, s.namespace.name, event, nil, args)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.deliver(answer, s.client == ask.client)
}

// append puts the packet of an answer together.
func (ask *pendingAck) append(dst []byte, attachments, args [][]byte) []byte {
	s := ask.socket
	p := Packet{Type: AckPacket, Namespace: s.namespace.name, HasID: true, ID: ask.id}
	if len(attachments) > 0 {
		p.Type, p.Attachments = BinaryAck, len(attachments)
	}
	b := append(AppendPacket(dst, &p), '[')
	for i, arg := range args {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendArgument(b, arg)
	}
	return append(b, ']')
}

// Packets are put together in pooled buffers, since what is below copies them.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 1024); return &b }}

const maxPooled = 64 << 10

func getBuffer() *[]byte { return buffers.Get().(*[]byte) }

func putBuffer(b *[]byte) {
	if cap(*b) <= maxPooled {
		*b = (*b)[:0]
		buffers.Put(b)
	}
}
