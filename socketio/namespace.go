package socketio

import (
	"sync"
	"sync/atomic"
)

// Namespace is a set of sockets with handlers of its own. Handlers are set
// before clients connect. One that panics ends its client's session, not the
// process.
type Namespace struct {
	server  *Server
	name    string
	handler atomic.Pointer[handlers] // replaced under mu, never changed

	users   int  // sockets, and clients about to connect; guarded by Server.mu
	dynamic bool // made by a rule; guarded by Server.mu

	mu      sync.Mutex // guards the fields below
	sockets map[*Socket]struct{}
	rooms   map[string]map[*Socket]struct{}
}

type handlers struct {
	connect    func(*Socket) error
	connected  func(*Socket)
	recover    func(*Socket)
	event      func(*Socket, *EventPacket)
	disconnect func(*Socket, string)
	release    func(*Socket)
}

func newNamespace(s *Server, name string) *Namespace {
	n := &Namespace{
		server:  s,
		name:    name,
		sockets: make(map[*Socket]struct{}),
		rooms:   make(map[string]map[*Socket]struct{}),
	}
	n.handler.Store(&handlers{
		connect:    func(*Socket) error { return nil },
		connected:  func(*Socket) {},
		recover:    func(*Socket) {},
		event:      func(*Socket, *EventPacket) {},
		disconnect: func(*Socket, string) {},
		release:    func(*Socket) {},
	})
	return n
}

// Name returns the namespace's name, as "/chat".
func (n *Namespace) Name() string { return n.name }

// Len returns the number of sockets, including those that wait for their client.
func (n *Namespace) Len() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.sockets)
}

// ConnectRefusal is an error of OnConnect's handler with data for the client:
//
//	44{"message":"not for you","data":{"retry":false}}
type ConnectRefusal struct {
	Message string
	Data    []byte // JSON; empty: none
}

func (e *ConnectRefusal) Error() string { return e.Message }

// OnConnect sets what is asked when a client connects, before the client is told.
// An error refuses it, with the error's text; see also [ConnectRefusal]. Until
// it returns nothing can be emitted to the socket.
func (n *Namespace) OnConnect(f func(s *Socket) error) { n.set(func(h *handlers) { h.connect = f }) }

// OnConnected sets what is called when a client has been told that it is
// connected: from then on it takes events.
func (n *Namespace) OnConnected(f func(s *Socket)) {
	n.set(func(h *handlers) { h.connected = f })
}

// OnRecover sets what is called when a client has come back to a socket that
// had lost its transport; what it missed has been sent.
func (n *Namespace) OnRecover(f func(s *Socket)) { n.set(func(h *handlers) { h.recover = f }) }

// OnEvent sets what takes the events of clients, one at a time for each client.
// The event is valid during the call only; its Ack may be kept.
func (n *Namespace) OnEvent(f func(s *Socket, e *EventPacket)) {
	n.set(func(h *handlers) { h.event = f })
}

// OnDisconnect sets what is called when a socket has lost its client. If
// s.Recoverable() the client may come back: then OnRecover or OnRelease follows.
func (n *Namespace) OnDisconnect(f func(s *Socket, reason string)) {
	n.set(func(h *handlers) { h.disconnect = f })
}

// OnRelease sets what is called when a socket is gone for good: once for each
// that OnConnect let in, after OnDisconnect has been called.
func (n *Namespace) OnRelease(f func(s *Socket)) { n.set(func(h *handlers) { h.release = f }) }

func (n *Namespace) set(f func(*handlers)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	h := *n.handler.Load()
	f(&h)
	n.handler.Store(&h)
}

func (n *Namespace) handlers() *handlers { return n.handler.Load() }
