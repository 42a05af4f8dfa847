package socketio

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strconv"
	"sync"

	"github.com/sockethub/sockethub/engineio"
)

// ErrGone reports that a socket has no client at the moment, none any more, or
// none yet.
var ErrGone = errors.New("socket.io client is gone")

// Socket is a client in a namespace. Its methods may be called from any
// goroutine.
type Socket struct {
	Data any // the owner's own; set it in OnConnect

	namespace *Namespace
	id        string
	auth      []byte
	pid       string // what only its client knows; empty: no recovery
	kept      *kept  // for a client that comes back; nil: it takes no part

	lastEvent string  // of the reading goroutine, as is seen
	seen      float64 // the last id of an event that wants an answer; -1: none

	rooms   map[string]struct{} // guarded by the namespace's lock, as is removed
	removed bool

	mu        sync.Mutex // guards the fields below; held while packets are queued, so that they keep their order
	state     state
	client    *client         // nil when lost or gone
	keepsAcks bool            // the client, who has come back, still waits for its answers
	ctx       context.Context // made when somebody asks for it; handed out, never waited on here
	cancel    context.CancelCauseFunc
	waiting   map[float64]chan Reply // for acknowledgements of the client
	nextID    float64
}

type state byte

const (
	stateConnecting state = iota // OnConnect is asked
	stateConnected
	stateLost // without a client, who may come back
	stateGone
)

// serverDisconnect is a reason for OnDisconnect, in the protocol's words.
const serverDisconnect = "server namespace disconnect"

var errDisconnected = errors.New("disconnected")

func newSocket(c *client, n *Namespace, auth []byte) *Socket {
	s := &Socket{namespace: n, id: randomText(15), auth: auth, client: c, seen: -1}
	if n.server.opts.Recovery.Max > 0 {
		s.pid = randomText(18)
		if s.wantsRecovery() {
			s.kept = newKept()
		}
	}
	n.server.use(n)
	return s
}

func randomText(bytes int) string {
	b := make([]byte, bytes)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// ID returns the socket's id: 20 characters that other clients may know.
func (s *Socket) ID() string { return s.id }

// Auth returns the JSON object that the client connected with, not to be
// changed; empty: none. A client that comes back keeps its first one.
func (s *Socket) Auth() []byte { return s.auth }

// Namespace returns where the socket is.
func (s *Socket) Namespace() *Namespace { return s.namespace }

// Session returns the Engine.IO session below, nil while there is none.
func (s *Socket) Session() *engineio.Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client == nil {
		return nil
	}
	return s.client.session
}

// Context returns a context that ends when the client is gone: its session has
// ended, or it has left the namespace. A client that comes back begins another.
func (s *Socket) Context() context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client == nil {
		ctx, cancel := context.WithCancelCause(context.Background())
		cancel(ErrGone)
		return ctx
	}
	if s.ctx == nil {
		s.ctx, s.cancel = context.WithCancelCause(s.client.session.Context())
	}
	return s.ctx
}

// Connected reports whether the client is there now.
func (s *Socket) Connected() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state == stateConnected
}

// Recoverable reports whether the client has lost its transport and may still
// come back.
func (s *Socket) Recoverable() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state == stateLost
}

// Disconnect tells the client that it is out of the namespace; with all, its
// whole session is closed. OnDisconnect and OnRelease are called before it
// returns, maybe while another handler of the socket runs. In OnConnect it
// refuses the client.
func (s *Socket) Disconnect(all bool) {
	s.mu.Lock()
	c := s.client
	s.mu.Unlock()
	s.leave(serverDisconnect, false)
	if all && c != nil {
		c.kicked.Store(true)
		c.session.Close(engineio.ForcedClose)
	}
}

// of reports whether a session's client is this socket's.
func (s *Socket) of(c *client) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.client == c
}

func (s *Socket) isConnecting() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state == stateConnecting
}

// ask asks OnConnect's handler. One that panics refuses.
func (s *Socket) ask() (err error) {
	err = errInternal
	defer s.namespace.server.contain("connect", s)
	return s.namespace.handlers().connect(s)
}

var errInternal = errors.New("internal error")

// refused ends a socket that was not let in: nobody has heard of it.
func (s *Socket) refused() {
	s.mu.Lock()
	s.detach(stateGone, ErrGone)
	s.mu.Unlock()
	s.namespace.remove(s)
	s.namespace.server.disuse(s.namespace)
}

// welcome tells the client that it is connected, before any other packet can
// reach it. It reports false if OnConnect's handler has disconnected it.
func (s *Socket) welcome() bool {
	if !s.enter() {
		s.refused()
		return false
	}
	return true
}

func (s *Socket) enter() bool {
	n, server := s.namespace, s.namespace.server
	server.mu.Lock()
	defer server.mu.Unlock()
	n.mu.Lock()
	defer n.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != stateConnecting {
		return false
	}
	s.state = stateConnected
	n.add(s)
	if s.kept != nil {
		server.resumable[s.pid] = s // before the client knows its private id
	}
	s.client.session.Send(s.connectPacket(), false)
	return true
}

// connectPacket is what a client is welcomed with, each time.
func (s *Socket) connectPacket() []byte {
	data := appendText([]byte(`{"sid":`), s.id)
	if s.pid != "" {
		data = appendText(append(data, `,"pid":`...), s.pid)
	}
	if s.keepsAcks {
		data = strconv.AppendFloat(append(data, `,"seen":`...), s.seen, 'f', -1, 64)
	}
	p := Packet{Type: Connect, Namespace: s.namespace.name, Data: append(data, '}')}
	return AppendPacket(nil, &p)
}

func (s *Socket) connected() {
	defer s.namespace.server.contain("connected", s)
	s.namespace.handlers().connected(s)
}

// leave ends the socket's connection: for good, or until the client comes back.
// Where the server ends it, it says so.
func (s *Socket) leave(reason string, mayReturn bool) {
	s.mu.Lock()
	switch s.state {
	case stateConnecting: // by OnConnect's handler, after which welcome looks
		s.detach(stateGone, errDisconnected)
		s.mu.Unlock()
		return
	case stateLost:
		s.mu.Unlock()
		if !mayReturn {
			s.release()
		}
		return
	case stateGone:
		s.mu.Unlock()
		return
	}
	if reason == serverDisconnect {
		p := Packet{Type: Disconnect, Namespace: s.namespace.name}
		s.client.session.Send(AppendPacket(nil, &p), false)
	}
	next := stateGone
	if mayReturn && s.kept != nil {
		next = stateLost
	}
	s.detach(next, errors.New(reason))
	s.mu.Unlock()
	s.disconnected(reason)
	if next == stateLost {
		s.namespace.server.hold(s)
	} else {
		s.ended()
	}
}

// detach takes the client away; mu is held.
func (s *Socket) detach(next state, cause error) {
	s.state, s.client = next, nil
	if s.cancel != nil {
		s.cancel(cause)
		s.ctx, s.cancel = nil, nil
	}
	for _, answer := range s.waiting {
		close(answer)
	}
	s.waiting = nil
}

func (s *Socket) disconnected(reason string) {
	defer s.namespace.server.contain("disconnect", s)
	s.namespace.handlers().disconnect(s, reason)
}

// release ends a socket whose client did not come back.
func (s *Socket) release() {
	s.mu.Lock()
	lost := s.state == stateLost
	if lost {
		s.state = stateGone
	}
	s.mu.Unlock()
	if lost {
		s.ended()
	}
}

// ended forgets a socket that is gone. It is called once.
func (s *Socket) ended() {
	n := s.namespace
	if s.kept != nil {
		n.server.withdraw(s)
	}
	n.remove(s)
	s.released()
	n.server.disuse(n)
}

func (s *Socket) released() {
	defer s.namespace.server.contain("release", s)
	s.namespace.handlers().release(s)
}
