package engineio

import (
	"net/http"
	"time"

	"github.com/sockethub/sockethub/engineio/websocket"
)

// A polling session moves to a WebSocket when the client says so (protocol page,
// "Upgrade"):
//
//	C> GET /?EIO=4&transport=websocket&sid=…   101
//	C> 2probe
//	S> 3probe
//	S> 6            the GET that waits, and each that follows, is released
//	C> 5            all GETs have ended: what waits comes by the WebSocket now

// probe takes a WebSocket that a polling session may move to.
func (s *Server) probe(w http.ResponseWriter, r *http.Request, session *Session) {
	conn, ok := s.accept(w, r, session)
	if !ok {
		return
	}
	session.mu.Lock()
	refused := session.state != sessionOpen || session.ws != nil || session.probing != nil || s.opts.NoUpgrade
	if !refused {
		session.probing = conn
	}
	session.mu.Unlock()
	if refused {
		go dismiss(conn)
		return
	}
	session.startReading()
	go session.tryUpgrade(conn)
}

// tryUpgrade serves a WebSocket from its probe to its end.
func (s *Session) tryUpgrade(conn *websocket.Conn) {
	timer := time.AfterFunc(s.server.opts.UpgradeTimeout, func() { s.giveUp(conn) })
	upgraded := s.upgrade(conn)
	timer.Stop()
	switch {
	case upgraded:
		s.read(conn, false)
	case !s.park(conn):
		s.giveUp(conn)
		s.settle()
		dismiss(conn)
	}
}

// giveUp closes a WebSocket unless the session has moved to it; another may be
// tried then.
func (s *Session) giveUp(conn *websocket.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.probing == conn {
		s.probing, s.probed = nil, false
		conn.Close(websocket.NoStatus, "") // does not wait
	}
}

// upgrade answers the probe and moves the session when the client says so.
func (s *Session) upgrade(conn *websocket.Conn) bool {
	for !s.server.frozen.Load() {
		opcode, data, err := conn.Next()
		if err == websocket.ErrFrozen {
			continue
		}
		if err != nil || opcode != websocket.Text {
			return false
		}
		switch string(data) {
		case "2probe":
			conn.Write(websocket.Frame{Opcode: websocket.Text, Data: []byte("3probe")})
			s.mu.Lock()
			s.probed = true
			s.wakeUp()
			s.mu.Unlock()
		case "5":
			return s.moveTo(conn)
		default:
			return false
		}
	}
	return false
}

// moveTo makes a WebSocket the transport of the session.
func (s *Session) moveTo(conn *websocket.Conn) bool {
	conn.Flush()       // what else is written meanwhile does not wait as well
	s.receiving.Lock() // a POST that is being taken comes first
	defer s.receiving.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != sessionOpen || s.probing != conn {
		return false
	}
	s.probing, s.probed = nil, false
	s.ws = conn
	s.waits(-s.bytes) // conn counts them now
	for _, p := range s.pending {
		s.server.webSocket.out.Add(p.size())
		conn.Write(frame(p))
	}
	s.pending = nil
	s.wakeUp()
	return true
}
