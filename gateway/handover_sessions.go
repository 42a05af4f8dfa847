package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/auth"
	"github.com/sockethub/sockethub/handover"
	"github.com/sockethub/sockethub/ratelimit"
	"github.com/sockethub/sockethub/socketio"
)

// Records of the state that a program hands to the next: a client with its connection
// and its session, and a session that has lost its client.
const (
	kindClient = "client"
	kindLost   = "lost"
)

// handshakeState is a handshake.
type handshakeState struct {
	Address   string `json:"address"`
	Browser   bool   `json:"browser,omitempty"`
	Token     []byte `json:"token,omitempty"` // the digest of the header's
	Forwarded bool   `json:"forwarded,omitempty"`
}

// sessionState is a session, but for the jobs that it waits for: these bring
// themselves to it.
type sessionState struct {
	Address     string              `json:"address"`
	Joined      bool                `json:"joined"`
	Forwarded   bool                `json:"forwarded,omitempty"`
	Older       bool                `json:"older,omitempty"`
	Secret      []byte              `json:"secret"` // its credentials are sealed with it
	Token       *auth.TokenState    `json:"token,omitempty"`
	Fuse        ratelimit.FuseState `json:"fuse"`
	Objects     []json.RawMessage   `json:"objects,omitempty"`
	Credentials []accountState      `json:"credentials,omitempty"`
	Instances   []accountState      `json:"instances,omitempty"`
	Guesses     []accountState      `json:"guesses,omitempty"`
}

// accountState is an account, and what belongs to it.
type accountState struct {
	Platform string `json:"platform"`
	Actor    string `json:"actor"`
	Scope    string `json:"scope,omitempty"`    // of Credentials: the secret's fingerprint; empty: they hold none
	Instance string `json:"instance,omitempty"` // of Instances: its id
}

func (s accountState) account() account { return account{s.Platform, s.Actor} }

// freezeTime is how long handlers of clients may take to return when all are frozen.
// One that waits for a store that is away takes longer, and costs its client the
// session. All others are quick, but the machine may be busy.
const freezeTime = 2 * time.Second

// freezeSessions stops everything that clients do. What is sent to them is queued.
func (g *Gateway) freezeSessions(ctx context.Context) error {
	within, cancel := context.WithTimeout(ctx, freezeTime)
	defer cancel()
	g.sockets.Engine().Freeze(within)
	return context.Cause(ctx)
}

// thawSessions undoes freezeSessions, also after exportSessions.
func (g *Gateway) thawSessions() { g.sockets.Engine().Thaw() }

// exportSessions writes down all sessions, and lets their connections cross.
func (g *Gateway) exportSessions(w *handover.Writer) (sessions, websockets int, err error) {
	return g.writeSessions(w.Put, func(conn net.Conn) (int, error) {
		plain, ok := conn.(syscall.Conn)
		if !ok {
			return 0, errEncrypted
		}
		return w.Keep(plain)
	})
}

var errEncrypted = errors.New("it is encrypted, and nobody can take its keys along")

func (g *Gateway) writeSessions(put func(kind string, state any) error, pass func(net.Conn) (int, error)) (sessions, websockets int, err error) {
	state, err := g.sockets.Export(owner{g}, pass)
	if err != nil {
		g.opts.Log.Error("sessions stay behind", "namespace", "server:core", "error", err)
	}
	for i := range state.Clients {
		c := &state.Clients[i]
		if err := put(kindClient, c); err != nil {
			return 0, 0, err
		}
		sessions += len(c.Sockets)
		if c.Session.WebSocket != nil {
			websockets++
		}
	}
	for i := range state.Lost {
		if err := put(kindLost, &state.Lost[i]); err != nil {
			return 0, 0, err
		}
		sessions++
	}
	return sessions, websockets, nil
}

// importSession takes over a session. known reports whether the record is one.
func (g *Gateway) importSession(r handover.Record, files *handover.Files) (known bool, err error) {
	return g.readSession(r.Kind, r.Into, files.Conn)
}

func (g *Gateway) readSession(kind string, into func(state any) error, take func(descriptor int) (net.Conn, error)) (known bool, err error) {
	switch kind {
	case kindClient:
		var state socketio.ClientState
		if err := into(&state); err != nil {
			return true, err
		}
		return true, g.sockets.RestoreClient(&state, owner{g}, take)
	case kindLost:
		var state socketio.SocketState
		if err := into(&state); err != nil {
			return true, err
		}
		return true, g.sockets.RestoreLost(&state, owner{g})
	}
	return false, nil
}

// openSessions lets clients go on. Sessions that instances know and that did not come
// over leave them: nobody else would.
func (g *Gateway) openSessions() {
	for _, info := range g.manager.Instances() {
		in := g.manager.InstanceByID(info.ID)
		if in == nil {
			continue
		}
		for _, id := range in.Sessions() {
			if g.session(id) == nil {
				in.Detach(id)
			}
		}
	}
	g.sockets.Engine().Thaw()
}

// owner writes down and reads what the gateway has hung on sockets.
type owner struct{ g *Gateway }

// SaveValue implements socketio.Owner.
func (o owner) SaveValue(value any) (json.RawMessage, error) {
	h := value.(*handshake)
	return json.Marshal(handshakeState{h.address, h.browser, h.token[:], h.forwarded})
}

// LoadValue implements socketio.Owner. The client counts for its address again;
// handshakeEnded undoes that.
func (o owner) LoadValue(text json.RawMessage) (any, error) {
	var state handshakeState
	if err := json.Unmarshal(text, &state); err != nil {
		return nil, fmt.Errorf("handshake: %w", err)
	}
	h := &handshake{address: state.Address, browser: state.Browser, token: auth.DigestFrom(state.Token), forwarded: state.Forwarded}
	o.g.opened.add(h.address, 0)
	h.budget = o.g.budgets.take(h.address)
	return h, nil
}

// SaveData implements socketio.Owner.
func (o owner) SaveData(socket *socketio.Socket) (json.RawMessage, error) {
	s, ok := socket.Data.(*session)
	if !ok {
		return nil, errors.New("it has no session")
	}
	return json.Marshal(s.state())
}

func (s *session) state() *sessionState {
	state := &sessionState{
		Address:   s.address,
		Joined:    s.joined,
		Forwarded: s.forwarded,
		Older:     s.older.Load(),
		Secret:    s.owner.Secret[:],
		Token:     s.token.State(),
		Fuse:      s.fuse.State(),
	}
	for _, object := range s.objects.All() {
		state.Objects = append(state.Objects, activity.AppendJSON(nil, object))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for at, scope := range s.scopes {
		state.Credentials = append(state.Credentials, accountState{Platform: at.platform, Actor: at.actor, Scope: scope})
	}
	for at, in := range s.instances {
		state.Instances = append(state.Instances, accountState{Platform: at.platform, Actor: at.actor, Instance: in.ID()})
	}
	for _, at := range s.guesses {
		state.Guesses = append(state.Guesses, accountState{Platform: at.platform, Actor: at.actor})
	}
	return state
}

// LoadData implements socketio.Owner.
func (o owner) LoadData(socket *socketio.Socket, text json.RawMessage) error {
	var state sessionState
	if err := json.Unmarshal(text, &state); err != nil {
		return fmt.Errorf("session: %w", err)
	}
	s, err := o.g.restoreSession(socket, &state)
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	socket.Data = s
	if !s.joined {
		return nil
	}
	if socket.Session() != nil { // else it has lost its client, who counts when it comes back
		o.g.addresses.add(s.address, 0)
		o.g.addresses.addToken(s.token, 0)
	}
	o.g.mu.Lock()
	o.g.sessions[s.owner.ID] = s
	o.g.mu.Unlock()
	return nil
}

// restoreSession makes a session of its state. Instances that did not come over are
// left out: the next message starts another.
func (g *Gateway) restoreSession(socket *socketio.Socket, state *sessionState) (*session, error) {
	s := g.newSession(socket, &handshake{address: state.Address, forwarded: state.Forwarded})
	if len(state.Secret) != len(s.owner.Secret) {
		return nil, fmt.Errorf("secret has %d bytes, not %d", len(state.Secret), len(s.owner.Secret))
	}
	copy(s.owner.Secret[:], state.Secret)
	if g.opts.Auth != nil {
		var err error
		if s.token, err = g.opts.Auth.Restore(state.Token); err != nil {
			return nil, err
		}
	}
	if len(state.Guesses) > maxGuesses {
		return nil, fmt.Errorf("guesses are %d, more than %d", len(state.Guesses), maxGuesses)
	}
	for i, text := range state.Objects {
		object, err := activity.ParseObject(text)
		if err == nil {
			err = s.objects.Remember(object)
		}
		if err != nil {
			return nil, fmt.Errorf("objects[%d]: %w", i, err)
		}
	}
	s.joined = state.Joined
	s.older.Store(state.Older)
	s.fuse.Restore(state.Fuse)
	for _, c := range state.Credentials {
		s.setScope(c.account(), c.Scope)
	}
	for _, c := range state.Guesses {
		s.guesses = append(s.guesses, c.account())
	}
	for _, at := range state.Instances {
		in := g.manager.InstanceByID(at.Instance)
		if in == nil || in.Key().Platform != at.Platform {
			continue
		}
		if s.instances == nil {
			s.instances = make(attachments)
		}
		s.instances[at.account()] = in
		in.Attach(s.owner.ID)
	}
	return s, nil
}
