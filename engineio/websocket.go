package engineio

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/sockethub/sockethub/engineio/websocket"
)

// accept turns a request into a WebSocket, or refuses it.
func (s *Server) accept(w http.ResponseWriter, r *http.Request, session *Session) (*websocket.Conn, bool) {
	header := http.Header{}
	for _, name := range []string{"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Vary", "Set-Cookie"} {
		if v := w.Header().Values(name); len(v) > 0 {
			header[name] = v
		}
	}
	var budget *websocket.Budget
	if session != nil {
		budget = session.budget
	}
	opts := s.webSocketOptions(budget)
	opts.Protocol, opts.Header = firstProtocol(r.Header), header
	conn, err := websocket.Upgrade(w, r, opts)
	var wrong *websocket.HandshakeError
	switch {
	case errors.As(err, &wrong):
		// What the handshake lacks is the client's fault whatever it is.
		s.refuseUpgrade(w, r, &RefuseError{http.StatusBadRequest, errBadRequest.Code, wrong.Reason})
	case err != nil:
		var addressed *net.OpError
		if errors.As(err, &addressed) {
			err = addressed.Err // no address of a client in the log
		}
		s.opts.Log.Error("websocket handshake failed", "error", err)
		s.reply(w, http.StatusInternalServerError, nil)
	}
	return conn, err == nil
}

// webSocketOptions are those of each connection that shares a budget.
func (s *Server) webSocketOptions(budget *websocket.Budget) *websocket.Options {
	return &websocket.Options{
		MaxMessage:   s.opts.MaxPayload,
		MaxBuffered:  s.opts.MaxBuffered,
		Budget:       budget,
		WriteTimeout: s.opts.WriteTimeout,
		Deflate:      s.opts.Deflate,
	}
}

// firstProtocol returns the first subprotocol that a client offers, which means
// nothing here and which some clients want to see chosen.
func firstProtocol(h http.Header) string {
	first, _, _ := strings.Cut(h.Get("Sec-Websocket-Protocol"), ",")
	first = strings.TrimSpace(first)
	if validToken(first) {
		return first
	}
	return ""
}

// validToken reports whether s may stand in a header as one of RFC 9110's tokens.
func validToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c >= 0x7F || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return s != "" && len(s) <= 256
}

// openWebSocket opens a session that begins with a WebSocket. The handler
// returns, so that net/http keeps nothing of the request.
func (s *Server) openWebSocket(w http.ResponseWriter, r *http.Request) {
	if websocket.Check(r) != nil {
		s.accept(w, r, nil) // answers what is wrong
		return
	}
	session, refused := s.newSession(r)
	if refused != nil {
		s.refuseUpgrade(w, r, refused)
		return
	}
	s.setCookie(w, session)
	conn, ok := s.accept(w, r, session)
	if !ok {
		session.end(TransportError, errors.New("the handshake failed"))
		return
	}
	session.startReading()
	go session.start(conn)
}

// start serves a session that began with a WebSocket.
func (s *Session) start(conn *websocket.Conn) {
	welcome := packet{openPacket, s.openJSON(false)}
	s.server.webSocket.out.Add(welcome.size())
	conn.Write(frame(welcome))
	conn.Flush() // together with the response to the handshake
	s.mu.Lock()
	s.ws = conn
	open := s.state == sessionOpen
	s.mu.Unlock()
	if !open { // the server was closed meanwhile
		s.abandon()
		s.settle()
		dismiss(conn)
		return
	}
	if s.open() {
		s.startHeartbeat()
	}
	s.read(conn, false)
}

// read takes packets from a WebSocket until it ends, or hands the reading on to a
// new goroutine: with each pong, and after the first packet, where settled is
// false. A stack that has grown to take a packet never becomes as small again as
// one that has only waited, which is what most clients do most of the time.
func (s *Session) read(conn *websocket.Conn, settled bool) {
	for {
		if s.park(conn) {
			return
		}
		opcode, data, err := conn.Next()
		if err == websocket.ErrFrozen {
			continue
		}
		if err != nil {
			s.end(reasonOf(err), err)
			s.settle()
			s.server.forget(s)
			return
		}
		p := packet{binaryPacket, data}
		if opcode == websocket.Text {
			if p, err = parseText(data); err != nil {
				s.end(ParseError, err)
				continue
			}
		}
		s.server.webSocket.in.Add(uint64(len(data)))
		s.receiving.Lock()
		s.take(p)
		s.receiving.Unlock()
		if !settled || p.kind == pongPacket {
			conn.Flush()
			conn.Rest()
			go s.read(conn, true)
			return
		}
	}
}

func reasonOf(err error) Reason {
	var closed *websocket.CloseError
	if errors.As(err, &closed) || errors.Is(err, io.ErrUnexpectedEOF) {
		return TransportClose
	}
	return TransportError
}

// turnAway takes a WebSocket where none belongs, as other servers do, and closes
// it.
func (s *Server) turnAway(w http.ResponseWriter, r *http.Request) {
	if conn, ok := s.accept(w, r, nil); ok {
		go dismiss(conn)
	}
}

// dismiss closes a WebSocket and reads it until its end.
func dismiss(conn *websocket.Conn) {
	conn.Close(websocket.NoStatus, "")
	for {
		if _, _, err := conn.Next(); err != nil {
			return
		}
	}
}
