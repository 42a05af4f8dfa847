package socketio

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"time"

	"github.com/sockethub/sockethub/engineio"
)

// The clients of a server can go on with another one, of this process or the next:
//
//	old: Engine().Freeze ─► Export ─ State ─► new: RestoreClient, RestoreLost ─► Engine().Thaw
//
// Those whose connection goes along notice nothing. Sockets of all others wait for
// their clients, as after any lost connection, where recovery is on.

// State is what a server knows of its clients.
type State struct {
	Clients []ClientState
	Lost    []SocketState // that have lost their client, the longest first
}

// ClientState is an Engine.IO session and the sockets that it has.
type ClientState struct {
	Session     engineio.SessionState `json:"session"`
	Value       json.RawMessage       `json:"value,omitempty"` // of Owner.SaveValue
	Sockets     []SocketState         `json:"sockets,omitempty"`
	Packet      []byte                `json:"packet,omitempty"`      // whose attachments are arriving; empty: none
	Attachments [][]byte              `json:"attachments,omitempty"` // of it, so far
}

// SocketState is a client in a namespace. Who waits in EmitAck waits in the old
// program only.
type SocketState struct {
	Namespace string          `json:"namespace"`
	ID        string          `json:"id"`
	PrivateID string          `json:"privateID,omitempty"` // what only its client knows
	Auth      []byte          `json:"auth,omitempty"`
	Rooms     []string        `json:"rooms,omitempty"`
	Seen      float64         `json:"seen"`                // the last id of an event that wants an answer; -1: none
	NextID    float64         `json:"nextID,omitempty"`    // of an event that wants the client's answer
	KeepsAcks bool            `json:"keepsAcks,omitempty"` // the client, who has come back, still waits for its answers
	Kept      *KeptState      `json:"kept,omitempty"`      // for a client that comes back; nil: it takes no part
	Data      json.RawMessage `json:"data,omitempty"`      // of Owner.SaveData
}

// KeptState is what is kept for a client that comes back.
type KeptState struct {
	Token   string       `json:"token"` // begins its offsets
	Next    uint64       `json:"next"`  // the last event's number
	Events  []KeptEvent  `json:"events,omitempty"`
	Answers []KeptAnswer `json:"answers,omitempty"`
}

// KeptEvent is an event's packet, its offset included.
type KeptEvent struct {
	Text        []byte   `json:"text"`
	Attachments [][]byte `json:"attachments,omitempty"`
}

// KeptAnswer is an answer that the client may not have read.
type KeptAnswer struct {
	Text   []byte `json:"text"`             // the acknowledgement
	Event  []byte `json:"event,omitempty"`  // what it is for a client without its callback
	After  uint64 `json:"after"`            // the last event before it
	Number uint64 `json:"number,omitempty"` // of the message on the session that the socket has now; 0: it was written to none
}

// Owner writes down and reads what is its own on sessions and sockets. An error of
// reading ends the session, or the wait for its client.
type Owner interface {
	// SaveValue and LoadValue are for what Options.Engine.Handshake returns.
	SaveValue(value any) (json.RawMessage, error)
	LoadValue(text json.RawMessage) (value any, err error)
	// SaveData and LoadData are for Socket.Data. The latter sets it; no handler is
	// called for a socket that was restored.
	SaveData(s *Socket) (json.RawMessage, error)
	LoadData(s *Socket, text json.RawMessage) error
}

// Export returns the state of a server whose engine is frozen. It shares memory with
// the sockets and is valid until Thaw. See engineio.Server.Export for pass. Whoever
// cannot be written down is left out, and the error says why.
func (s *Server) Export(owner Owner, pass func(net.Conn) (descriptor int, err error)) (State, error) {
	var state State
	var failed []error
	for _, e := range s.engine.Export(pass) {
		c, err := e.Receiver.(*client).export(e, owner)
		if err != nil {
			failed = append(failed, fmt.Errorf("client %q: %w", e.State.ID, err))
			continue
		}
		state.Clients = append(state.Clients, c)
	}
	for _, socket := range s.allLost() {
		lost, err := socket.export(owner)
		if err != nil {
			failed = append(failed, fmt.Errorf("socket %q: %w", socket.id, err))
			continue
		}
		state.Lost = append(state.Lost, lost)
	}
	return state, errors.Join(failed...)
}

func (s *Server) allLost() (list []*Socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for e := s.lost.Front(); e != nil; e = e.Next() {
		list = append(list, e.Value.(*Socket))
	}
	return list
}

func (c *client) export(e engineio.Exported, owner Owner) (state ClientState, err error) {
	state.Session, state.Attachments = e.State, c.attachments
	if state.Value, err = owner.SaveValue(e.Session.Value()); err != nil {
		return state, err
	}
	if c.binary != nil {
		state.Packet = AppendPacket(nil, c.binary)
	}
	for _, s := range c.sockets {
		if !s.of(c) {
			continue // the server has disconnected it
		}
		socket, err := s.export(owner)
		if err != nil {
			return state, err
		}
		state.Sockets = append(state.Sockets, socket)
	}
	return state, nil
}

func (s *Socket) export(owner Owner) (SocketState, error) {
	data, err := owner.SaveData(s)
	if err != nil {
		return SocketState{}, err
	}
	s.namespace.mu.Lock()
	rooms := slices.Sorted(maps.Keys(s.rooms))
	s.namespace.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	state := SocketState{
		Namespace: s.namespace.name,
		ID:        s.id,
		PrivateID: s.pid,
		Auth:      s.auth,
		Rooms:     rooms,
		Seen:      s.seen,
		NextID:    s.nextID,
		KeepsAcks: s.keepsAcks,
		Data:      data,
	}
	if s.kept != nil {
		var now *engineio.Session
		if s.client != nil {
			now = s.client.session
		}
		state.Kept = s.kept.export(now)
	}
	return state, nil
}

// export leaves out the answers that were read. Only what was written to the session
// that the socket has now can still prove to be.
func (k *kept) export(now *engineio.Session) *KeptState {
	state := &KeptState{Token: k.token, Next: k.next}
	for _, p := range k.packets {
		state.Events = append(state.Events, KeptEvent{p.text, p.attachments})
	}
	for _, a := range k.answers {
		if a.read() {
			continue
		}
		answer := KeptAnswer{Text: a.text, Event: a.event, After: a.after}
		if a.session == now && now != nil {
			answer.Number = a.number
		}
		state.Answers = append(state.Answers, answer)
	}
	return state
}

// RestoreClient takes over a client, who stands still until Thaw of the engine. See
// engineio.Server.Restore for take. After an error the client is waited for, with those
// of its sockets that could be read.
func (s *Server) RestoreClient(state *ClientState, owner Owner, take func(descriptor int) (net.Conn, error)) error {
	c := &client{server: s}
	err := c.restore(state)
	if err == nil {
		err = s.restoreSession(c, state, owner, take)
	}
	if err != nil {
		c = nil // its sockets wait for it
	}
	for i := range state.Sockets {
		socket, e := s.restoreSocket(&state.Sockets[i], c, owner)
		if e != nil {
			err = errors.Join(err, fmt.Errorf("socket %.64q: %w", state.Sockets[i].ID, e))
		} else if c != nil {
			c.sockets = append(c.sockets, socket)
		}
	}
	switch {
	case c == nil:
	case err != nil:
		c.session.Close(engineio.TransportError) // the client comes back for the others
	case len(c.sockets) == 0:
		c.timer = time.AfterFunc(s.opts.ConnectTimeout, func() { c.session.Close(engineio.ForcedClose) })
	}
	return err
}

// RestoreLost takes over a socket that has lost its client, and waits for it.
func (s *Server) RestoreLost(state *SocketState, owner Owner) error {
	_, err := s.restoreSocket(state, nil, owner)
	return err
}

// restoreSession makes the session below a client.
func (s *Server) restoreSession(c *client, state *ClientState, owner Owner, take func(int) (net.Conn, error)) error {
	value, err := owner.LoadValue(state.Value)
	if err != nil {
		return err
	}
	return s.engine.Restore(&state.Session, value, take, func(session *engineio.Session) engineio.Receiver {
		s.arrived()
		c.session = session
		return c
	})
}

// restore takes the packet whose attachments are arriving.
func (c *client) restore(state *ClientState) error {
	if len(state.Packet) == 0 {
		return nil
	}
	p, err := Decode(state.Packet)
	if err != nil {
		return fmt.Errorf("packet: %w", err)
	}
	if p.Attachments > c.server.opts.MaxAttachments || p.Attachments <= len(state.Attachments) {
		return fmt.Errorf("packet: %w", errAttachments)
	}
	c.binary, c.attachments = &p, state.Attachments
	return nil
}

// maxPrivateID is how long a private id may be; ours have 24 characters.
const maxPrivateID = 64

// restoreSocket makes a socket of its state, of a client or, if c is nil, one that
// waits for its client.
func (s *Server) restoreSocket(state *SocketState, c *client, owner Owner) (*Socket, error) {
	switch {
	case state.ID == "" || len(state.ID) > maxPrivateID || len(state.PrivateID) > maxPrivateID:
		return nil, errors.New("an id is missing or too long")
	case len(state.Namespace) == 0 || len(state.Namespace) > maxNamespace || state.Namespace[0] != '/':
		return nil, errors.New("no namespace has such a name")
	case !(state.NextID >= 0 && state.NextID < endOfIDs) || !(state.Seen >= -1 && state.Seen < endOfIDs):
		return nil, errors.New("seen or nextID is out of range")
	}
	n, err := s.acquire(state.Namespace, state.Auth)
	if err != nil {
		return nil, err
	}
	defer s.disuse(n)
	socket := &Socket{
		namespace: n, id: state.ID, pid: state.PrivateID, auth: state.Auth, client: c,
		seen: state.Seen, nextID: state.NextID, keepsAcks: state.KeepsAcks,
	}
	if state.Kept != nil && state.PrivateID != "" && s.opts.Recovery.Max > 0 {
		if socket.kept, err = state.Kept.restore(c, s.opts.Recovery.MaxBytes); err != nil {
			return nil, err
		}
	}
	if c == nil && socket.kept == nil {
		return nil, errors.New("it has lost its client, who cannot come back")
	}
	for _, room := range state.Rooms {
		socket.Join(room)
	}
	s.use(n)
	if err := owner.LoadData(socket, state.Data); err != nil {
		s.disuse(n)
		return nil, err
	}
	if !socket.enroll() {
		if c != nil {
			socket.disconnected(string(engineio.TransportError))
		}
		socket.released()
		s.disuse(n)
		return nil, errors.New("the private id is taken")
	}
	if c == nil {
		s.hold(socket)
	}
	return socket, nil
}

// enroll makes a restored socket known. It reports false if its private id is that of
// another.
func (s *Socket) enroll() bool {
	n, server := s.namespace, s.namespace.server
	server.mu.Lock()
	defer server.mu.Unlock()
	n.mu.Lock()
	defer n.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept != nil {
		if server.resumable[s.pid] != nil {
			return false
		}
		server.resumable[s.pid] = s
	}
	s.state = stateConnected
	if s.client == nil {
		s.state = stateLost
	}
	n.add(s)
	return true
}

// maxToken is how long the beginning of offsets may be; ours have 7 characters.
const maxToken = 64

// restore checks what was kept; the oldest go if fewer bytes are kept now.
func (state *KeptState) restore(c *client, limit int) (*kept, error) {
	switch {
	case len(state.Token) < 2 || len(state.Token) > maxToken:
		return nil, errors.New("kept.token has the wrong length")
	case uint64(len(state.Events)) > state.Next:
		return nil, errors.New("kept.next is less than the number of events")
	}
	k := &kept{token: state.Token, next: state.Next}
	for _, e := range state.Events {
		p := keptPacket{e.Text, e.Attachments}
		k.packets = append(k.packets, p)
		k.bytes += p.size()
	}
	for _, a := range state.Answers {
		answer := keptAnswer{text: a.Text, event: a.Event, after: a.After}
		if c != nil && a.Number > 0 {
			answer.session, answer.number = c.session, a.Number
		}
		k.answers = append(k.answers, answer)
		k.bytes += answer.size()
	}
	k.trim(limit)
	return k, nil
}

// AckState names an answer that a client still waits for, on a socket that is known
// otherwise.
type AckState struct {
	Session string  `json:"session"` // the Engine.IO session that the event came on
	ID      float64 `json:"id"`
}

// State returns what an Ack is, and false for one that was sent, or that nobody waits
// for.
func (a Ack) State() (AckState, bool) {
	if a.pending == nil || a.pending.done.Load() {
		return AckState{}, false
	}
	return AckState{a.pending.client.id(), a.pending.id}, true
}

// RestoreAck returns the Ack that a state was taken from, on the socket as it was
// restored.
func (s *Socket) RestoreAck(state AckState) Ack {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.client
	if asked == nil || asked.id() != state.Session {
		asked = &client{gone: state.Session}
	}
	return Ack{&pendingAck{socket: s, client: asked, id: state.ID}}
}

// id is that of the client's session.
func (c *client) id() string {
	if c.session == nil {
		return c.gone
	}
	return c.session.ID()
}
