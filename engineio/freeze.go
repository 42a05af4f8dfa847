package engineio

import (
	"context"
	"net/http"
	"net/url"

	"github.com/sockethub/sockethub/engineio/websocket"
)

// A frozen server takes nothing from its clients, so that what it knows of them
// stands still and can be written down:
//
//	a WebSocket      is not read any more, not even to the end of a frame
//	a GET that waits is answered with a noop; the client's next one finds whoever
//	                 serves then
//	a POST           whose packets are being taken is answered; another one waits
//	a heartbeat      waits
//
// What is sent to clients is queued, as for those who are slow.

// Freeze stops the server from taking packets, and returns when no Receiver is being
// called any more, or ctx has ended: sessions that are still at it then do not go
// over. See Export, and Thaw, which undoes it.
func (s *Server) Freeze(ctx context.Context) {
	s.mu.Lock()
	if s.frozen.Load() {
		s.mu.Unlock()
		return
	}
	s.frozen.Store(true)
	s.thawed = make(chan struct{})
	still := make(chan struct{})
	if s.busy == 0 {
		close(still)
	} else {
		s.still = still
	}
	s.mu.Unlock()
	for _, session := range s.all() {
		session.freeze()
	}
	select {
	case <-still:
	case <-ctx.Done():
	}
}

// Thaw lets all sessions go on: those that Freeze has stopped, and those that
// Restore has made.
func (s *Server) Thaw() {
	s.mu.Lock()
	if s.frozen.Load() {
		s.frozen.Store(false)
		close(s.thawed)
		s.thawed, s.still = nil, nil
	}
	s.mu.Unlock()
	for _, session := range s.all() {
		session.thaw()
	}
}

// begin counts one more who is busy, and reports false if the server is frozen.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.frozen.Load() {
		return false
	}
	s.busy++
	return true
}

// finish undoes begin.
func (s *Server) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy--
	if s.busy == 0 && s.still != nil {
		close(s.still)
		s.still = nil
	}
}

// join counts one more who is busy on behalf of one who is.
func (s *Server) join() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy++
}

// aside runs f, which waits for a client and is not busy meanwhile. It reports false
// if the server is still frozen when the client has gone; the caller is busy anyway.
func (s *Server) aside(ctx context.Context, f func()) bool {
	s.finish()
	f()
	thawed := s.awaitThaw(ctx)
	if !thawed {
		s.join()
	}
	return thawed
}

// awaitThaw is begin that waits.
func (s *Server) awaitThaw(ctx context.Context) bool {
	for !s.begin() {
		s.mu.Lock()
		thawed := s.thawed
		s.mu.Unlock()
		if thawed == nil {
			continue
		}
		select {
		case <-thawed:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// outlasts takes a request that comes while the server is frozen. A poll is answered
// so that the client polls again; anything else waits. It reports whether the request
// goes on.
func (s *Server) outlasts(w http.ResponseWriter, r *http.Request, query url.Values, upgrade bool) bool {
	if r.Method == http.MethodGet && !upgrade {
		if session := s.session(query.Get("sid")); session != nil && session.Transport() == polling {
			session.respond(w, r, appendPayload(nil, packet{kind: noopPacket}))
			return false
		}
	}
	return s.awaitThaw(r.Context())
}

// freeze stops a session's reading goroutine and answers its poll.
func (s *Session) freeze() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, conn := range []*websocket.Conn{s.ws, s.probing} {
		if conn != nil {
			conn.Freeze()
		}
	}
	s.wakeUp()
}

// thaw lets a session go on.
func (s *Session) thaw() {
	s.server.join()
	s.mu.Lock()
	ws, probing := s.ws, s.probing
	for _, conn := range []*websocket.Conn{ws, probing} {
		if conn != nil {
			conn.Thaw()
		}
	}
	if s.state == sessionOpen && s.due > 0 {
		s.beatAfter(s.untilBeat())
	}
	s.reading = s.parked && (ws != nil || probing != nil)
	reading := s.reading
	s.parked, s.away = false, false
	s.mu.Unlock()
	switch {
	case !reading:
		s.server.finish()
	case ws != nil:
		go s.read(ws, true)
	default:
		go s.tryUpgrade(probing)
	}
}

// startReading notes that a goroutine is about to read. The caller is busy.
func (s *Session) startReading() {
	s.mu.Lock()
	s.reading = true
	s.mu.Unlock()
	s.server.join()
}

// settle notes that the session's reading goroutine changes nothing any more: it
// ends, or the session has ended. Only the first call has an effect.
func (s *Session) settle() {
	s.mu.Lock()
	was := s.reading
	s.reading = false
	s.mu.Unlock()
	if was {
		s.server.finish()
	}
}

// park reports whether the goroutine that reads conn is to end, since the server is
// frozen and Thaw begins another.
func (s *Session) park(conn *websocket.Conn) bool {
	if !s.server.frozen.Load() {
		return false
	}
	s.mu.Lock()
	parks := s.server.frozen.Load() && s.state == sessionOpen && (conn == s.ws || conn == s.probing)
	if parks {
		conn.Freeze()
		s.parked = true
	}
	s.mu.Unlock()
	if parks {
		s.settle()
	}
	return parks
}
