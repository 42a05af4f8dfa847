package socketio

import "github.com/sockethub/sockethub/engineio"

// Join makes broadcasts to a room reach the socket. It may be called from
// OnConnect on; a socket that is gone joins nothing.
func (s *Socket) Join(room string) {
	n := s.namespace
	n.mu.Lock()
	defer n.mu.Unlock()
	if s.removed {
		return
	}
	if s.rooms == nil {
		s.rooms = make(map[string]struct{})
	}
	s.rooms[room] = struct{}{}
	if _, in := n.sockets[s]; in {
		n.enter(s, room)
	}
}

// Leave undoes Join.
func (s *Socket) Leave(room string) {
	s.namespace.mu.Lock()
	defer s.namespace.mu.Unlock()
	delete(s.rooms, room)
	s.namespace.leave(s, room)
}

// add puts a socket into the namespace and the rooms that it joined before; mu
// is held.
func (n *Namespace) add(s *Socket) {
	n.sockets[s] = struct{}{}
	for room := range s.rooms {
		n.enter(s, room)
	}
}

// remove takes a socket out of the namespace for good.
func (n *Namespace) remove(s *Socket) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.sockets, s)
	for room := range s.rooms {
		n.leave(s, room)
	}
	s.rooms, s.removed = nil, true
}

func (n *Namespace) enter(s *Socket, room string) {
	if n.rooms[room] == nil {
		n.rooms[room] = make(map[*Socket]struct{})
	}
	n.rooms[room][s] = struct{}{}
}

func (n *Namespace) leave(s *Socket, room string) {
	members := n.rooms[room]
	delete(members, s)
	if len(members) == 0 {
		delete(n.rooms, room)
	}
}

// Broadcast is a set of sockets to emit to.
type Broadcast struct {
	namespace *Namespace
	rooms     []string
	except    *Socket
}

// To returns the sockets that are in any of the rooms; without rooms, all.
func (n *Namespace) To(rooms ...string) Broadcast { return Broadcast{namespace: n, rooms: rooms} }

// Except returns the set without one socket.
func (b Broadcast) Except(s *Socket) Broadcast {
	b.except = s
	return b
}

// Emit sends an event with arguments of raw JSON to each socket of the set. The
// packet is encoded once, but for sockets that take part in recovery, each of
// which has offsets of its own.
func (b Broadcast) Emit(name string, args ...[]byte) { b.emit(name, nil, args) }

// EmitBinary is Emit for an event with attachments; see [Socket.EmitBinary].
func (b Broadcast) EmitBinary(name string, attachments [][]byte, args ...[]byte) {
	b.emit(name, attachments, args)
}

func (b Broadcast) emit(name string, attachments, args [][]byte) {
	var once []*engineio.Prepared
	for _, s := range b.sockets() {
		if s.kept != nil {
			s.EmitBinary(name, attachments, args...)
			continue
		}
		if once == nil {
			once = append(once, engineio.Prepare(appendEvent(nil, b.namespace.name, name, attachments, args), false))
			for _, a := range attachments {
				once = append(once, engineio.Prepare(a, true))
			}
		}
		s.sendPrepared(once)
	}
}

func (b Broadcast) sockets() []*Socket {
	n := b.namespace
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(b.rooms) == 0 {
		return b.pick(make([]*Socket, 0, len(n.sockets)), n.sockets)
	}
	if len(b.rooms) == 1 {
		members := n.rooms[b.rooms[0]]
		return b.pick(make([]*Socket, 0, len(members)), members)
	}
	union := make(map[*Socket]struct{})
	for _, room := range b.rooms {
		for s := range n.rooms[room] {
			union[s] = struct{}{}
		}
	}
	return b.pick(nil, union)
}

func (b Broadcast) pick(list []*Socket, from map[*Socket]struct{}) []*Socket {
	for s := range from {
		if s != b.except {
			list = append(list, s)
		}
	}
	return list
}
