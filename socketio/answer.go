package socketio

import (
	"slices"

	"github.com/sockethub/sockethub/engineio"
)

// Answers on a link that dies. What was written to a connection has not arrived
// yet: bytes vanish for a while, and then the connection breaks. So an answer is
// kept until the client has read it for certain:
//
//	C> 427["message",{…}]
//	S> 437[{…}]                                   vanishes
//	C> 40{"pid":"mWjC…","offset":"Xk3f2a.1"}      on a new connection
//	S> 40{"sid":"CtNY…","pid":"mWjC…"}
//	S> 437[{…}]                                   again; its callback may be gone by now,
//	S> 42["message",{…},"Xk3f2a.2"]               so it comes as an event too
//
// A client that keeps its callbacks says "acks":"kept" beside its offset. It gets
// no event, and hears up to which of its ids the server has got its events:
//
//	C> 40{"pid":"mWjC…","offset":"Xk3f2a.1","acks":"kept"}
//	S> 40{"sid":"CtNY…","pid":"mWjC…","seen":7}
//	S> 437[{…}]

// keptAnswer is an answer that the client may not have read.
type keptAnswer struct {
	text  []byte // the acknowledgement
	event []byte // what it is for a client without its callback; empty: nothing
	after uint64 // the last event before it: who has a later one has read the answer

	session *engineio.Session // that it was written to; nil: to none yet
	number  uint64            // of the message there
}

func (a keptAnswer) size() int { return keptOverhead + len(a.text) + len(a.event) }

func (a keptAnswer) read() bool { return a.session != nil && a.session.Read() >= a.number }

// deliver answers the client, on the connection that it asked on or, if that is
// gone, as resume does. mu is held.
func (s *Socket) deliver(a keptAnswer, sameConnection bool) error {
	switch s.state {
	case stateConnecting, stateGone:
		return ErrGone
	case stateConnected:
		if !sameConnection {
			return s.repeat(a)
		}
		s.write(&a)
	}
	s.kept.keepAnswer(a, s.namespace.server.opts.Recovery.MaxBytes)
	return nil
}

// repeat sends an answer to a client that has come back.
func (s *Socket) repeat(a keptAnswer) error {
	s.write(&a)
	if s.keepsAcks {
		s.kept.keepAnswer(a, s.namespace.server.opts.Recovery.MaxBytes)
		return nil
	}
	if len(a.event) == 0 {
		return nil
	}
	return s.send(s.kept.add(a.event, nil, s.namespace.server.opts.Recovery.MaxBytes), nil)
}

// write sends an answer, and asks for a sign that it was read.
func (s *Socket) write(a *keptAnswer) {
	if s.send(a.text, nil) == nil {
		a.session, a.number = s.client.session, s.client.session.Sent()
		a.session.Probe()
	}
}

// keepAnswer remembers an answer, and forgets those that were read. When there are
// too many bytes the oldest go, which the client has most likely read.
func (k *kept) keepAnswer(a keptAnswer, limit int) {
	a.after = k.next
	read := 0
	for read < len(k.answers) && k.answers[read].read() {
		k.bytes -= k.answers[read].size()
		read++
	}
	k.answers = append(slices.Delete(k.answers, 0, read), a)
	k.bytes += a.size()
	k.dropAnswers(limit)
}

// dropAnswers makes room.
func (k *kept) dropAnswers(limit int) {
	n := 0
	for ; k.bytes > limit && n < len(k.answers); n++ {
		k.bytes -= k.answers[n].size()
	}
	k.answers = slices.Delete(k.answers, 0, n)
}

// unread takes out the answers that a client with an offset may not have read.
func (k *kept) unread(offset uint64) []keptAnswer {
	var list []keptAnswer
	for _, a := range k.answers {
		k.bytes -= a.size()
		if a.after >= offset && !a.read() {
			list = append(list, a)
		}
	}
	k.answers = nil
	return list
}
