package socketio

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/sockethub/sockethub/engineio"
)

// Emit sends an event with arguments of raw JSON, which it does not check; an
// empty one reads as null. It copies them and does not wait for the client. For
// a client that has lost its transport the event is kept.
func (s *Socket) Emit(name string, args ...[]byte) error { return s.EmitBinary(name, nil, args...) }

// EmitBinary is Emit for an event with attachments; the arguments say where
// each belongs, as {"_placeholder":true,"num":0}.
func (s *Socket) EmitBinary(name string, attachments [][]byte, args ...[]byte) error {
	buf := getBuffer()
	defer putBuffer(buf)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == stateConnecting || s.state == stateGone {
		return ErrGone
	}
	*buf = appendEvent(*buf, s.namespace.name, name, attachments, args)
	if s.kept == nil {
		return s.send(*buf, attachments)
	}
	*buf = s.kept.add(*buf, attachments, s.namespace.server.opts.Recovery.MaxBytes)
	s.send(*buf, attachments) // what does not arrive now is sent when the client comes back
	return nil
}

// EmitVolatile is Emit for an event that need not arrive: it is not kept, and
// dropped while the client is gone.
func (s *Socket) EmitVolatile(name string, args ...[]byte) error {
	buf := getBuffer()
	defer putBuffer(buf)
	s.mu.Lock()
	defer s.mu.Unlock()
	*buf = appendEvent(*buf, s.namespace.name, name, nil, args)
	if s.kept != nil {
		// Clients take the last argument for the offset if it is a string.
		*buf = s.kept.appendOffset(*buf)
	}
	return s.send(*buf, nil)
}

// Reply is a client's acknowledgement.
type Reply struct {
	Args        [][]byte // raw JSON
	Attachments [][]byte
}

// EmitAck sends an event and waits for the client's acknowledgement: until ctx
// ends, which gives its cause, or the client is gone ([ErrGone]). It may not be
// called from a handler of the same client, which would wait for itself.
func (s *Socket) EmitAck(ctx context.Context, name string, args ...[]byte) (Reply, error) {
	answer, id, err := s.emitAck(name, args)
	if err != nil {
		return Reply{}, err
	}
	select {
	case r, ok := <-answer:
		if !ok {
			return Reply{}, ErrGone
		}
		return r, nil
	case <-ctx.Done():
		s.mu.Lock()
		delete(s.waiting, id)
		s.mu.Unlock()
		return Reply{}, context.Cause(ctx)
	}
}

func (s *Socket) emitAck(name string, args [][]byte) (<-chan Reply, float64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.nextID
	p := Packet{Type: Event, Namespace: s.namespace.name, HasID: true, ID: id}
	if err := s.send(appendArray(AppendPacket(nil, &p), name, args), nil); err != nil {
		return nil, 0, err
	}
	s.nextID++
	answer := make(chan Reply, 1)
	if s.waiting == nil {
		s.waiting = make(map[float64]chan Reply)
	}
	s.waiting[id] = answer
	return answer, id, nil
}

// acknowledged hands the client's answer to the call that waits for it.
func (s *Socket) acknowledged(id float64, args, attachments [][]byte) {
	s.mu.Lock()
	answer := s.waiting[id]
	delete(s.waiting, id)
	s.mu.Unlock()
	if answer == nil {
		return
	}
	own := make([][]byte, len(args))
	for i, a := range args {
		own[i] = slices.Clone(a)
	}
	answer <- Reply{own, attachments}
}

// send passes a packet to the session; mu is held.
func (s *Socket) send(packet []byte, attachments [][]byte) error {
	if s.state != stateConnected {
		return ErrGone
	}
	var err error
	if len(attachments) == 0 {
		err = s.client.session.Send(packet, false)
	} else {
		err = s.client.session.SendAll(withAttachments(packet, attachments)...)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrGone, err)
	}
	return nil
}

func (s *Socket) sendPrepared(p []*engineio.Prepared) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == stateConnected {
		s.client.session.SendPrepared(p...)
	}
}

func withAttachments(packet []byte, attachments [][]byte) []engineio.Packet {
	all := make([]engineio.Packet, 0, 1+len(attachments))
	all = append(all, engineio.Packet{Data: packet})
	for _, a := range attachments {
		all = append(all, engineio.Packet{Data: a, Binary: true})
	}
	return all
}

// appendEvent appends an event's packet. Without attachments it is a plain one:
// clients refuse a binary event that has none.
func appendEvent(dst []byte, namespace, name string, attachments, args [][]byte) []byte {
	p := Packet{Type: Event, Namespace: namespace}
	if len(attachments) > 0 {
		p.Type, p.Attachments = BinaryEvent, len(attachments)
	}
	return appendArray(AppendPacket(dst, &p), name, args)
}

func appendArray(dst []byte, name string, args [][]byte) []byte {
	dst = appendText(append(dst, '['), name)
	for _, a := range args {
		dst = appendArgument(append(dst, ','), a)
	}
	return append(dst, ']')
}

func appendArgument(dst, arg []byte) []byte {
	if len(arg) == 0 {
		return append(dst, "null"...)
	}
	return append(dst, arg...)
}

// appendOffset puts the last event's offset at the end of a packet.
func (k *kept) appendOffset(packet []byte) []byte {
	packet = append(packet[:len(packet)-1], `,"`...)
	packet = append(packet, k.token...)
	packet = strconv.AppendUint(packet, k.next, 36)
	return append(packet, `"]`...)
}
