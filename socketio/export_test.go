package socketio

// Remains counts what a server still holds of its clients.
type Remains struct {
	Clients, Sockets, Rooms, Resumable, Lost, Dynamic, Namespaces int
}

// Remains is for tests: all of it is zero when nobody is there, but for the
// namespaces made with Of.
func (s *Server) Remains() Remains {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := Remains{
		Clients: s.clients, Resumable: len(s.resumable), Lost: s.lost.Len(),
		Dynamic: s.dynamic, Namespaces: len(s.namespaces),
	}
	for _, n := range s.namespaces {
		n.mu.Lock()
		r.Sockets += len(n.sockets)
		r.Rooms += len(n.rooms)
		n.mu.Unlock()
	}
	return r
}

// Fill adds events to what is kept for a socket, without sending them.
func (s *Socket) Fill(n int) (kept, bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.kept.add([]byte(`2["fill"]`), nil, s.namespace.server.opts.Recovery.MaxBytes)
	}
	return len(s.kept.packets), s.kept.bytes
}
