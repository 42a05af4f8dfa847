package engineio

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/sockethub/sockethub/engineio/websocket"
)

// Reason says why a session ended, in the words that clients of the protocol
// know.
type Reason string

const (
	TransportClose Reason = "transport close"
	TransportError Reason = "transport error"
	PingTimeout    Reason = "ping timeout"
	ParseError     Reason = "parse error"
	ForcedClose    Reason = "forced close"
	ServerShutdown Reason = "server shutting down"
)

// ErrClosed reports a message for a session that has ended.
var ErrClosed = errors.New("engine.io session is closed")

// Session is one client. Its methods may be called from any goroutine.
type Session struct {
	server   *Server
	id       string
	value    any
	budget   *websocket.Budget // see Options.Budget
	receiver Receiver          // set by open, while delivering
	jsonp    string            // what goes before a payload of a session that polls by script; else empty
	wake     chan struct{}     // tells the waiting GET to look again; nil: the session began with a WebSocket

	receiving sync.Mutex // held while packets are taken, the Receiver's methods included; outermost

	mu         sync.Mutex // guards the fields below; never held across I/O or callbacks
	state      sessionState
	delivering bool // the Receiver is being called, and is told of an end when it returns
	reading    bool // a goroutine reads ws or probing, and counts as busy
	parked     bool // it has ended, since the server is frozen
	away       bool // exported: whatever comes now does not end the session, which goes on elsewhere
	reason     Reason
	err        error
	ctx        context.Context // that ends with the session; nil: nobody has asked for it
	cancel     context.CancelCauseFunc
	ws         *websocket.Conn // nil while the transport is polling
	probing    *websocket.Conn // what may become ws
	probed     bool            // the client waits for its last GET to end, to go over to probing
	pending    []packet        // for a polling client to fetch
	bytes      int64           // in pending
	waiting    bool            // a GET waits
	polled     chan struct{}   // closed when the next GET comes; nil: nobody asks
	posting    bool            // a POST is being read or taken
	gathering  bool            // the packets of a POST are being taken: what they cause goes into one payload
	farewell   packetKind      // what a GET that waits at the end is told
	timer      *time.Timer     // of the heartbeat, and of a closing session
	due        time.Duration   // when that of the heartbeat fires, since Server.began
	pinged     bool            // a pong is due
	hurried    bool            // the next ping comes within probeDelay: see Probe
	sent       uint64          // messages, since the beginning
	fetched    uint64          // of these, as many as the last payload and those before it held
	asked      uint64          // of these, as many as were sent before the last ping
	proven     uint64          // of these, as many as the client has read for certain
}

type sessionState byte

const (
	sessionOpen    sessionState = iota
	sessionClosing              // over, but a polling client has not been told
	sessionClosed
)

// ID returns the session's id, which whoever knows it can speak for.
func (s *Session) ID() string { return s.id }

// Value returns what Options.Handshake returned.
func (s *Session) Value() any { return s.value }

// Context returns a context that ends with the session; its cause is a Reason's
// text.
func (s *Session) Context() context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx == nil {
		s.ctx, s.cancel = context.WithCancelCause(context.Background())
		if s.state != sessionOpen {
			s.cancel(cause(s.reason))
		}
	}
	return s.ctx
}

func cause(reason Reason) error { return fmt.Errorf("session ended: %s", reason) }

// Transport returns "polling" or "websocket".
func (s *Session) Transport() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ws != nil {
		return webSocket
	}
	return polling
}

// Packet is one message of several that belong together.
type Packet struct {
	Data   []byte
	Binary bool
}

// Send sends a message. It copies the data and does not wait for the client.
func (s *Session) Send(data []byte, binary bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != sessionOpen {
		return ErrClosed
	}
	return s.send(message(data, binary))
}

// SendAll sends messages that no other message may come between.
func (s *Session) SendAll(packets ...Packet) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range packets {
		if s.state != sessionOpen {
			return ErrClosed
		}
		if err := s.send(message(p.Data, p.Binary)); err != nil {
			return err
		}
	}
	return nil
}

// Prepared is a message that was encoded once for many sessions.
type Prepared struct {
	packet packet
	frame  websocket.Prepared
}

// Prepare encodes a message. It keeps the data, which must not change.
func Prepare(data []byte, binary bool) *Prepared {
	p := message(data, binary)
	return &Prepared{p, websocket.Prepare(frame(p))}
}

// SendPrepared sends messages that were encoded before; no other message comes
// between them.
func (s *Session) SendPrepared(messages ...*Prepared) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range messages {
		if s.state != sessionOpen {
			return ErrClosed
		}
		var err error
		if s.ws != nil {
			s.sent++
			s.server.webSocket.out.Add(m.packet.size())
			err = s.ws.WritePrepared(m.frame)
		} else {
			err = s.send(m.packet)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Flush sends what has been gathered for a client whose message is being taken.
// A Receiver calls it before it waits for something.
func (s *Session) Flush() {
	s.mu.Lock()
	ws := s.ws
	s.gathering = false
	s.wakeUp()
	s.mu.Unlock()
	if ws != nil {
		ws.Flush()
	}
}

// Drain returns when what was sent so far has left by the WebSocket: what is sent
// next does not share a write with it. A polling client fetches both together. A
// Receiver calls it.
func (s *Session) Drain() {
	s.mu.Lock()
	ws := s.ws
	s.mu.Unlock()
	if ws != nil {
		ws.Drain()
	}
}

// Close ends the session: what was sent before still arrives, then the client
// is told. It returns at once; the Receiver's Closed follows.
func (s *Session) Close(reason Reason) { s.end(reason, nil) }

func message(data []byte, binary bool) packet {
	if binary {
		return packet{binaryPacket, data}
	}
	return packet{messagePacket, data}
}

// The prefixes of text frames, by packet type.
var prefixes = [...][]byte{{'0'}, {'1'}, {'2'}, {'3'}, {'4'}, {'5'}, {'6'}}

// frame gives a packet its form on a WebSocket.
func frame(p packet) websocket.Frame {
	if p.kind == binaryPacket {
		return websocket.Frame{Opcode: websocket.Binary, Data: p.data}
	}
	return websocket.Frame{Opcode: websocket.Text, Prefix: prefixes[p.kind-openPacket], Data: p.data}
}

// size is what a packet has on a WebSocket.
func (p packet) size() uint64 {
	if p.kind == binaryPacket {
		return uint64(len(p.data))
	}
	return uint64(len(p.data)) + 1
}

// send passes a packet to the transport; mu is held and the session is open.
func (s *Session) send(p packet) error {
	if p.kind == messagePacket || p.kind == binaryPacket {
		s.sent++
	}
	if s.ws != nil {
		s.server.webSocket.out.Add(p.size())
		return s.ws.Write(frame(p))
	}
	if within := s.waits(int64(len(p.data)) + packetSize); !within || s.bytes > s.server.opts.MaxBuffered && len(s.pending) > 0 {
		err := fmt.Errorf("%w: %d bytes wait", websocket.ErrSlow, s.bytes)
		go s.end(TransportError, err) // mu is held, and the caller may be anywhere
		return err
	}
	p.data = append([]byte(nil), p.data...)
	s.pending = append(s.pending, p)
	if !s.gathering {
		s.wakeUp()
	}
	return nil
}

// waits counts bytes that wait for a poll, or do so no more, and reports whether
// what the session shares with others allows them; mu is held.
func (s *Session) waits(n int64) bool {
	s.bytes += n
	return s.budget.Add(n)
}

// packetSize is what a waiting packet takes besides its data.
const packetSize = 32

// wakeUp lets the GET that waits look again; mu is held.
func (s *Session) wakeUp() {
	select {
	case s.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// take handles one packet of the client and reports whether to go on. The
// caller holds receiving.
func (s *Session) take(p packet) bool {
	switch p.kind {
	case messagePacket, binaryPacket:
		return s.deliver(p)
	case pongPacket:
		s.pong()
	case closePacket:
		s.awaitPoll()
		s.endWith(TransportClose, nil, noopPacket)
		return false
	case noopPacket, upgradePacket, openPacket:
		// Harmless where they make no sense, as every server takes them.
	default:
		s.end(ParseError, fmt.Errorf("%w: type %q from a client", errPacket, byte(p.kind)))
		return false
	}
	return true
}

// open asks the owner for the session's Receiver. It reports whether the session
// is still open then.
func (s *Session) open() bool {
	if !s.enter() {
		return false
	}
	s.openReceiver()
	return s.leave()
}

// deliver hands a message to the Receiver. It reports whether the session is
// still open then.
func (s *Session) deliver(p packet) bool {
	if !s.enter() {
		return false
	}
	s.message(p)
	return s.leave()
}

// enter begins a call of the Receiver, unless the session has ended.
func (s *Session) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.delivering = s.state == sessionOpen
	return s.delivering
}

// leave ends a call of the Receiver, and tells it of an end that came meanwhile.
func (s *Session) leave() bool {
	s.mu.Lock()
	s.delivering = false
	open, reason, err := s.state == sessionOpen, s.reason, s.err
	s.mu.Unlock()
	if !open {
		s.closed(reason, err)
		s.settle()
	}
	return open
}

func (s *Session) openReceiver() {
	defer s.recovered()
	s.receiver = s.server.opts.Open(s)
}

func (s *Session) message(p packet) {
	defer s.recovered()
	s.receiver.Message(p.data, p.kind == binaryPacket)
}

func (s *Session) closed(reason Reason, err error) {
	defer s.recovered()
	if s.receiver != nil {
		s.receiver.Closed(reason, err)
	}
}

// recovered ends a session whose Receiver has panicked: the others are not
// affected.
func (s *Session) recovered() {
	if v := recover(); v != nil {
		s.server.opts.Log.Error("a receiver panicked", "panic", v, "stack", string(debug.Stack()))
		s.end(ForcedClose, fmt.Errorf("receiver panicked: %v", v))
	}
}

// end ends the session, once.
func (s *Session) end(reason Reason, err error) { s.endWith(reason, err, closePacket) }

func (s *Session) endWith(reason Reason, err error, farewell packetKind) {
	s.mu.Lock()
	if s.state != sessionOpen || s.away {
		s.mu.Unlock()
		return
	}
	s.state = sessionClosed
	s.reason, s.err, s.farewell = reason, err, farewell
	if s.timer != nil {
		s.timer.Stop()
	}
	ws, probing, delivering, cancel := s.ws, s.probing, s.delivering, s.cancel
	told := s.waiting && len(s.pending) < maxPollPackets || reason != ForcedClose && reason != ServerShutdown
	if ws == nil && !told {
		// The client fetches what was sent before, and the close, with its
		// next GET; if none comes the session goes by itself.
		s.state = sessionClosing
		s.timer = time.AfterFunc(s.server.opts.PingTimeout, s.abandon)
	}
	s.wakeUp()
	s.mu.Unlock()

	if cancel != nil {
		cancel(cause(reason))
	}
	if probing != nil {
		probing.Close(websocket.NoStatus, "")
	}
	switch {
	case ws != nil:
		ws.Close(closeCode(err), "") // the reading goroutine then forgets the session
	case told:
		s.server.forget(s)
	}
	if !delivering {
		s.closed(reason, err)
		s.settle()
	}
}

// abort cuts off a session that has ended, without waiting for its client.
func (s *Session) abort() {
	s.mu.Lock()
	ws := s.ws
	s.mu.Unlock()
	if ws != nil {
		ws.Abort() // the reading goroutine then forgets the session
		return
	}
	s.abandon()
}

// abandon forgets a closing session that nobody asked about any more.
func (s *Session) abandon() {
	s.mu.Lock()
	gone := s.state == sessionClosing
	s.state = sessionClosed
	s.mu.Unlock()
	if gone {
		s.server.forget(s)
	}
}

// closeCode is what a WebSocket is closed with: nothing, as clients expect,
// unless the error has a code of its own.
func closeCode(err error) websocket.Code {
	var e *websocket.CloseError
	if errors.As(err, &e) {
		return e.Code
	}
	return websocket.NoStatus
}

// openJSON is the data of the open packet.
func (s *Session) openJSON(upgrades bool) []byte {
	tail := s.server.only
	if upgrades {
		tail = s.server.open
	}
	b := append([]byte(`{"sid":"`), s.id...)
	return append(b, tail...)
}

// handshakeTail is what each open packet says after the session's id.
func (s *Server) handshakeTail(pollingSession bool) []byte {
	b := []byte(`","upgrades":[`)
	if pollingSession && !s.opts.NoUpgrade && s.transport(webSocket) {
		b = append(b, `"websocket"`...)
	}
	b = append(b, `],"pingInterval":`...)
	b = strconv.AppendInt(b, s.opts.PingInterval.Milliseconds(), 10)
	b = append(b, `,"pingTimeout":`...)
	b = strconv.AppendInt(b, s.opts.PingTimeout.Milliseconds(), 10)
	b = append(b, `,"maxPayload":`...)
	b = strconv.AppendInt(b, s.opts.MaxPayload, 10)
	return append(b, '}')
}
