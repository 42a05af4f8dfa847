package engineio

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/sockethub/sockethub/engineio/websocket"
)

// The sessions of a server can go on in another one, of this process or the next:
//
//	old: Freeze ─► Export ─ SessionState, descriptors ─► new: Restore ─► Thaw
//
// A session that polls has no connection of its own, and a WebSocket takes its
// descriptor along; neither client notices. One whose descriptor cannot be passed on,
// as with TLS, whose state nobody can take out, ends as if its connection were lost.

// SessionState is all that a session is. What its Receiver and its Value are is
// their owner's to keep.
type SessionState struct {
	ID        string      `json:"id"`
	WebSocket *Connection `json:"webSocket,omitempty"` // nil: it polls
	Probe     *Connection `json:"probe,omitempty"`     // what a polling session may move to; nil: nothing
	Probed    bool        `json:"probed,omitempty"`    // the client was told that it may move
	JSONP     string      `json:"jsonp,omitempty"`     // goes before each payload, where the client polls by script
	Pending   []Pending   `json:"pending,omitempty"`   // for the client's next poll

	Beat    time.Duration `json:"beat"`              // until the next ping, or until its pong is overdue
	Pinged  bool          `json:"pinged,omitempty"`  // it is the latter
	Hurried bool          `json:"hurried,omitempty"` // see Session.Probe

	// How many messages were sent since the beginning, and how many of these the
	// client has fetched, had got before the last ping, and has read for certain.
	Sent    uint64 `json:"sent"`
	Fetched uint64 `json:"fetched,omitempty"`
	Asked   uint64 `json:"asked,omitempty"`
	Proven  uint64 `json:"proven,omitempty"`
}

// Connection is a WebSocket: the number by which its descriptor is known, and the
// rest of it.
type Connection struct {
	Descriptor int `json:"descriptor"`
	websocket.State
}

// Pending is a packet that waits for a poll.
type Pending struct {
	Kind string `json:"kind"` // its type's character, as in a payload: "b" for a binary message
	Data []byte `json:"data,omitempty"`
}

// Exported is a session as its server knows it, and its state.
type Exported struct {
	Session  *Session
	Receiver Receiver
	State    SessionState
}

var errStays = errors.New("its connection cannot be passed on to the next server")

// Export returns the open sessions of a frozen server. It asks pass for a number for
// the connection of each WebSocket, by which Restore gets it; an error says that it
// cannot be passed on. Such a session is ended first, before Export returns. The
// states share memory with the sessions, and are valid until Thaw.
func (s *Server) Export(pass func(net.Conn) (descriptor int, err error)) []Exported {
	var list []Exported
	for _, session := range s.all() {
		state, err := session.export(pass)
		if err != nil {
			session.end(TransportClose, err)
			continue
		}
		list = append(list, Exported{session, session.receiver, state})
	}
	return list
}

func (s *Session) export(pass func(net.Conn) (int, error)) (SessionState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != sessionOpen || s.delivering || s.receiver == nil || s.ws != nil && !s.parked {
		return SessionState{}, errStays
	}
	state := SessionState{
		ID:      s.id,
		JSONP:   s.jsonp,
		Beat:    s.untilBeat(),
		Pinged:  s.pinged,
		Hurried: s.hurried,
		Sent:    s.sent,
		Fetched: s.fetched,
		Asked:   s.asked,
		Proven:  s.proven,
	}
	for _, p := range s.pending {
		state.Pending = append(state.Pending, Pending{string(rune(p.kind)), p.data})
	}
	var err error
	switch {
	case s.ws != nil:
		state.WebSocket, err = connection(s.ws, pass)
	case s.probing != nil && s.parked:
		state.Probe, err = connection(s.probing, pass)
		state.Probed = s.probed && err == nil
		if !s.probed {
			err = nil // the client was not told to move, and goes on polling
		}
	}
	s.away = err == nil
	return state, err
}

func connection(conn *websocket.Conn, pass func(net.Conn) (int, error)) (*Connection, error) {
	state, ok := conn.State()
	if !ok {
		return nil, errStays
	}
	descriptor, err := pass(conn.NetConn())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errStays, err)
	}
	return &Connection{descriptor, state}, nil
}

// Restore makes a session of its state, the Value that Options.Handshake had returned
// and the Receiver that receive returns. It stands still until Thaw. The connection
// of a descriptor comes from take. After an error nothing is left of the session, and
// Options.Ended has been called.
func (s *Server) Restore(state *SessionState, value any, take func(descriptor int) (net.Conn, error), receive func(*Session) Receiver) error {
	session := &Session{
		server:  s,
		id:      state.ID,
		value:   value,
		jsonp:   state.JSONP,
		due:     time.Since(s.began) + min(max(0, state.Beat), s.opts.PingInterval+s.opts.PingTimeout),
		pinged:  state.Pinged,
		hurried: state.Hurried,
		sent:    state.Sent,
		fetched: state.Fetched,
		asked:   state.Asked,
		proven:  state.Proven,
	}
	if s.opts.Budget != nil {
		session.budget = s.opts.Budget(value)
	}
	if err := session.restore(state, take); err != nil {
		session.undo()
		s.ended(session)
		return fmt.Errorf("restore session %q: %w", state.ID, err)
	}
	session.receiver = receive(session)
	s.mu.Lock()
	s.sessions[session.id] = session
	s.mu.Unlock()
	return nil
}

// maxID is how long a session's id may be; ours have 20 characters.
const maxID = 64

// restore checks a state, and takes what has a lock or a connection.
func (s *Session) restore(state *SessionState, take func(int) (net.Conn, error)) error {
	switch {
	case state.ID == "" || len(state.ID) > maxID:
		return fmt.Errorf("the id has %d characters, not 1 to %d", len(state.ID), maxID)
	case s.server.session(state.ID) != nil:
		return errors.New("the id is taken")
	case state.JSONP != "" && state.JSONP != jsonpHead(state.JSONP):
		return errors.New("no function has the name in jsonp")
	case state.WebSocket != nil && (state.Probe != nil || len(state.Pending) > 0):
		return errors.New("a session on a WebSocket does not poll")
	case state.Fetched > state.Sent || state.Asked > state.Sent || state.Proven > state.Sent:
		return errors.New("fewer messages were sent than read")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	if s.ws, err = s.adopt(state.WebSocket, take); err != nil {
		return fmt.Errorf("webSocket: %w", err)
	}
	if s.probing, err = s.adopt(state.Probe, take); err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	s.probed = s.probing != nil && state.Probed
	s.parked = s.ws != nil || s.probing != nil
	if s.ws == nil {
		s.wake = make(chan struct{}, 1)
	}
	return s.queue(state.Pending)
}

// queue takes what waits for a poll; mu is held.
func (s *Session) queue(pending []Pending) error {
	for i, p := range pending {
		if len(p.Kind) != 1 || packetKind(p.Kind[0]) != binaryPacket && (p.Kind[0] < byte(openPacket) || p.Kind[0] > byte(noopPacket)) {
			return fmt.Errorf("pending[%d]: kind is %.10q, no packet's type", i, p.Kind)
		}
		s.waits(int64(len(p.Data)) + packetSize) // it was allowed before
		if i > 0 && s.bytes > s.server.opts.MaxBuffered {
			return fmt.Errorf("pending has more than %d bytes", s.server.opts.MaxBuffered)
		}
		s.pending = append(s.pending, packet{packetKind(p.Kind[0]), append([]byte(nil), p.Data...)})
	}
	return nil
}

// adopt makes a WebSocket of its state.
func (s *Session) adopt(c *Connection, take func(int) (net.Conn, error)) (*websocket.Conn, error) {
	if c == nil {
		return nil, nil
	}
	conn, err := take(c.Descriptor)
	if err != nil {
		return nil, err
	}
	ws, err := websocket.Restore(conn, &c.State, s.server.webSocketOptions(s.budget))
	if err != nil {
		conn.Close()
		return nil, err
	}
	return ws, nil
}

// undo ends a session that could not be restored.
func (s *Session) undo() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waits(-s.bytes)
	for _, conn := range []*websocket.Conn{s.ws, s.probing} {
		if conn != nil {
			conn.Abort()
		}
	}
}
