package socketio

import (
	"container/list"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sockethub/sockethub/engineio"
)

// Connection state recovery, as clients from version 4.6 on speak it:
//
//	S> 40{"sid":"CtNY…","pid":"mWjC…"}            a private id, next to the public one
//	S> 42["news",{"n":1},"Xk3f2a.1"]              an offset ends each event
//	C> 40{"pid":"mWjC…","offset":"Xk3f2a.1"}      after a new handshake
//	S> 40{"sid":"CtNY…","pid":"mWjC…"}            the same socket again
//	S> 42["news",{"n":2},"Xk3f2a.2"]              and what it missed
//
// Whoever knows the private id owns the socket, even while its last connection
// seems alive: the client is the first to notice that its network has changed.

// kept is what a socket keeps for a client that comes back.
type kept struct {
	// Guarded by the socket's lock.
	token   string       // begins this socket's offsets, so that no other's is taken for one
	next    uint64       // the last event's number
	packets []keptPacket // the last events, without a gap, oldest first
	answers []keptAnswer // that the client may not have read, oldest first
	bytes   int          // of both

	// Guarded by Server.mu.
	place   *list.Element // among those who wait
	whose   string        // whom it counts for there
	timer   *time.Timer   // of the wait
	claimed chan struct{} // closed when a client that is back may have the socket
}

type keptPacket struct {
	text        []byte
	attachments [][]byte
}

// keptOverhead is what a kept event costs beside its bytes.
const keptOverhead = 96

func (p keptPacket) size() int {
	n := keptOverhead + len(p.text)
	for _, a := range p.attachments {
		n += keptOverhead + len(a)
	}
	return n
}

func newKept() *kept { return &kept{token: randomText(6)[:6] + "."} }

// wantsRecovery asks the options.
func (s *Socket) wantsRecovery() (yes bool) {
	defer s.namespace.server.contain("recovery", s)
	wants := s.namespace.server.opts.Recovery.Wants
	return wants == nil || wants(s)
}

// add appends an offset to an event, remembers it, and returns it. The oldest
// events go when there are too many bytes.
func (k *kept) add(packet []byte, attachments [][]byte, limit int) []byte {
	k.next++
	packet = k.appendOffset(packet)
	p := keptPacket{text: slices.Clone(packet)}
	for _, a := range attachments {
		p.attachments = append(p.attachments, slices.Clone(a))
	}
	k.packets = append(k.packets, p)
	k.bytes += p.size()
	k.trim(limit)
	return packet
}

// trim makes room: the oldest go.
func (k *kept) trim(limit int) {
	k.dropAnswers(limit)
	for ; k.bytes > limit && len(k.packets) > 0; k.packets = k.packets[1:] {
		k.bytes -= k.packets[0].size()
		k.packets[0] = keptPacket{}
	}
}

// missed returns the events after an offset, the number of the last one before
// them, and false if one of them is not kept any more. No offset, or that of
// another socket, which the client had before, means that nothing arrived.
func (k *kept) missed(offset string) (events []keptPacket, last uint64, whole bool) {
	if number, ours := strings.CutPrefix(offset, k.token); ours {
		var err error
		if last, err = strconv.ParseUint(number, 36, 64); err != nil || last > k.next {
			return nil, 0, false
		}
	}
	before := k.next - uint64(len(k.packets)) // the last that is not kept
	if last < before {
		return nil, 0, false
	}
	return k.packets[last-before:], last, true
}

// hold keeps a socket that has lost its client, for the time that the options
// say. If too many wait, one of whoever has most ends: a crowd of one address
// leaves everybody else's alone.
func (s *Server) hold(socket *Socket) {
	s.mu.Lock()
	k := socket.kept
	if k.claimed != nil {
		close(k.claimed)
		k.claimed = nil
		s.mu.Unlock()
		return
	}
	if s.closing || s.resumable[socket.pid] != socket {
		s.mu.Unlock()
		socket.release()
		return
	}
	var longest *Socket
	k.whose = s.whose(socket)
	if whose, tooMany := s.mostLost(k.whose); tooMany {
		longest = s.longestLost(whose)
		s.take(longest)
	}
	k.place = s.lost.PushBack(socket)
	s.waiting[k.whose]++
	k.timer = time.AfterFunc(s.opts.Recovery.Max, func() { s.expire(socket) })
	s.mu.Unlock()
	if longest != nil {
		longest.release()
	}
}

func (s *Server) whose(socket *Socket) string {
	if s.opts.Recovery.Whose == nil {
		return ""
	}
	return s.opts.Recovery.Whose(socket)
}

// mostLost reports whether one socket has to go before another of whose is held,
// and of whom. s.mu is held.
func (s *Server) mostLost(whose string) (of string, tooMany bool) {
	if max := s.opts.Recovery.MaxWhose; max != nil {
		if n := max(); n > 0 && s.waiting[whose] >= n {
			return whose, true
		}
	}
	if s.lost.Len() < s.opts.Recovery.MaxSockets {
		return "", false
	}
	most := 0
	for name, n := range s.waiting {
		if n > most {
			of, most = name, n
		}
	}
	return of, true
}

// longestLost is the socket of somebody that has waited longest. s.mu is held.
func (s *Server) longestLost(whose string) *Socket {
	for e := s.lost.Front(); ; e = e.Next() {
		if socket := e.Value.(*Socket); socket.kept.whose == whose {
			return socket
		}
	}
}

func (s *Server) expire(socket *Socket) {
	s.mu.Lock()
	waits := socket.kept.place != nil
	if waits {
		s.take(socket)
	}
	s.mu.Unlock()
	if waits {
		socket.release()
	}
}

// take takes a socket from those that can be resumed, and from those that wait
// if it is one; mu is held.
func (s *Server) take(socket *Socket) {
	if s.resumable[socket.pid] == socket {
		delete(s.resumable, socket.pid)
	}
	k := socket.kept
	if k.place != nil {
		s.lost.Remove(k.place)
		if s.waiting[k.whose]--; s.waiting[k.whose] == 0 {
			delete(s.waiting, k.whose)
		}
		k.timer.Stop()
		k.place, k.timer = nil, nil
	}
}

// withdraw ends the recovery of a socket that is gone.
func (s *Server) withdraw(socket *Socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.take(socket)
	if k := socket.kept; k.claimed != nil {
		close(k.claimed)
		k.claimed = nil
	}
}

// comeBack returns the socket that a client asks for in its connect packet,
// after sending what it missed; nil: it starts anew. A socket that cannot be
// continued without a gap is released.
func (c *client) comeBack(n *Namespace, auth []byte) *Socket {
	if c.server.opts.Recovery.Max <= 0 || len(auth) == 0 {
		return nil
	}
	pid := member(auth, "pid")
	if pid == "" {
		return nil
	}
	if !c.may(pid, auth) {
		return nil
	}
	s := c.claim(n, pid)
	if s == nil {
		return nil
	}
	if !s.resume(c, member(auth, "offset"), member(auth, "acks") == "kept") {
		s.release()
		return nil
	}
	return s
}

// may asks the options.
func (c *client) may(pid string, auth []byte) (yes bool) {
	ask := c.server.opts.Recovery.May
	if ask == nil {
		return true
	}
	c.server.mu.Lock()
	s := c.server.resumable[pid]
	c.server.mu.Unlock()
	if s == nil {
		return false
	}
	defer c.server.contain("recovery", s)
	return ask(s, c.session, auth)
}

// takeoverWait is how long a client that comes back waits for the end of a
// handler that its last connection began.
const takeoverWait = 5 * time.Second

// claim takes the socket with a private id away from everybody else. If its
// last connection seems alive, that is ended first.
func (c *client) claim(n *Namespace, pid string) *Socket {
	server := c.server
	server.mu.Lock()
	s := server.resumable[pid]
	if s == nil || s.namespace != n {
		server.mu.Unlock()
		return nil
	}
	waited := s.kept.place != nil
	server.take(s)
	if waited {
		server.mu.Unlock()
		return s
	}
	claimed := make(chan struct{})
	s.kept.claimed = claimed
	server.mu.Unlock()

	if old := s.Session(); old != nil {
		old.Close(engineio.ForcedClose)
	}
	c.session.Flush()
	timeout := time.NewTimer(takeoverWait)
	defer timeout.Stop()
	select {
	case <-claimed:
		return s
	case <-timeout.C:
	case <-c.session.Context().Done():
	}
	server.mu.Lock()
	defer server.mu.Unlock()
	if s.kept.claimed == nil {
		return s // just now
	}
	s.kept.claimed = nil // it is released when its last connection has ended
	return nil
}

// resume connects a socket to its client again and sends what it missed, events
// and answers in their order. False: that is not all there, or the socket is gone.
func (s *Socket) resume(c *client, offset string, keepsAcks bool) bool {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != stateLost {
		return false
	}
	missed, last, whole := s.kept.missed(offset)
	if !whole {
		return false
	}
	s.state, s.client, s.keepsAcks = stateConnected, c, keepsAcks
	c.server.resumable[s.pid] = s
	c.session.Send(s.connectPacket(), false)
	missed = slices.Clone(missed) // answers may become events meanwhile
	answers := s.kept.unread(last)
	for _, p := range missed {
		for len(answers) > 0 && answers[0].after <= last {
			s.repeat(answers[0])
			answers = answers[1:]
		}
		s.send(p.text, p.attachments)
		last++
	}
	for _, a := range answers {
		s.repeat(a)
	}
	return true
}

func (s *Socket) recovered() {
	defer s.namespace.server.contain("recover", s)
	s.namespace.handlers().recover(s)
}
