package engineio

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sockethub/sockethub/engineio/websocket"
)

// Options configures a Server. The zero value is what the Engine.IO server for
// Node does by default, but for MaxPayload.
type Options struct {
	PingInterval   time.Duration // between heartbeats; 0 means 25 s
	PingTimeout    time.Duration // for the answer to one; 0 means 20 s
	UpgradeTimeout time.Duration // from the probe's handshake to the upgrade packet; 0 means 10 s
	WriteTimeout   time.Duration // for a write to a client; 0 means 10 s
	MaxPayload     int64         // bytes of one packet or POST body; more closes the session; 0 means 256 KiB
	MaxBuffered    int64         // bytes that may wait for a client; more than one packet of more closes the session; 0 means 4 MiB
	Deflate        bool          // offer permessage-deflate on WebSockets
	NoUpgrade      bool          // refuse to move a polling session to a WebSocket
	Transports     []string      // of "polling" and "websocket"; empty means both
	CORS           CORS          // whose pages may use the server
	Cookie         *http.Cookie  // a copy with the session's id as its value goes with the handshake; nil: none

	// Handshake is asked once for each session, before it exists. What it
	// returns is the session's Value. A *RefuseError decides what the client is
	// told; any other error is answered as Forbidden.
	Handshake func(r *http.Request) (value any, err error)

	// Budget returns what a session with this Value shares with others: all that
	// waits for their clients is counted there. More closes the session that it
	// waits for. nil, also as an answer: nothing is shared.
	Budget func(value any) *websocket.Budget

	// Ended is called once for each session that Handshake let in, when nothing
	// is left of it, with its Value. nil: nobody wants to know.
	Ended func(value any)

	// Open is called once for each session, before its first packet is read.
	// It must not be nil, and must not return nil.
	Open func(s *Session) Receiver

	Log *slog.Logger // nil: silent
}

// Receiver takes what a client sends. Its methods are called one at a time. One
// that panics, or Options.Open that does, costs its own session: it is closed,
// and the panic is logged.
type Receiver interface {
	// Message takes a message. The data is valid during the call only. Until
	// Message returns no other is read; before it waits for anything it calls
	// Session.Flush, so that packets for this client do not wait with it.
	Message(data []byte, binary bool)
	// Closed is called exactly once, after the last Message.
	Closed(reason Reason, err error)
}

// Server serves Engine.IO sessions. It is an http.Handler for any path.
type Server struct {
	opts Options
	open []byte // what follows the session's id in the open packet of a polling session, and of a WebSocket
	only []byte

	cors atomic.Pointer[CORS]

	polling, webSocket traffic

	began  time.Time   // what Session.due counts from
	frozen atomic.Bool // set and reset under mu

	mu       sync.Mutex // guards the fields below
	sessions map[string]*Session
	closing  bool
	empty    chan struct{} // closed when closing and no session is left
	busy     int           // requests, readers of WebSockets and timers that may change sessions
	still    chan struct{} // closed when nobody is busy; nil: nobody asks
	thawed   chan struct{} // closed when frozen is reset
}

// New checks the options and returns a server that has no sessions yet.
func New(opts Options) (*Server, error) {
	if opts.Open == nil {
		return nil, errors.New("engineio: Options.Open is missing")
	}
	for _, t := range opts.Transports {
		if t != polling && t != webSocket {
			return nil, errors.New("engineio: Options.Transports has " + t + ", which is neither polling nor websocket")
		}
	}
	if opts.Cookie != nil {
		cookie := *opts.Cookie
		cookie.Value = ""
		if err := cookie.Valid(); err != nil {
			return nil, fmt.Errorf("engineio: Options.Cookie: %w", err)
		}
	}
	if opts.CORS.Credentials && len(opts.CORS.Origins) == 0 {
		return nil, errors.New("engineio: Options.CORS.Credentials needs Origins: no browser sends credentials to a server that lets any page in")
	}
	opts.PingInterval = cmp.Or(opts.PingInterval, 25*time.Second)
	opts.PingTimeout = cmp.Or(opts.PingTimeout, 20*time.Second)
	opts.UpgradeTimeout = cmp.Or(opts.UpgradeTimeout, 10*time.Second)
	opts.WriteTimeout = cmp.Or(opts.WriteTimeout, 10*time.Second)
	opts.MaxPayload = cmp.Or(opts.MaxPayload, 256<<10)
	opts.MaxBuffered = cmp.Or(opts.MaxBuffered, 4<<20)
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{opts: opts, began: time.Now(), sessions: make(map[string]*Session), empty: make(chan struct{})}
	s.cors.Store(&opts.CORS)
	s.open = s.handshakeTail(true)
	s.only = s.handshakeTail(false)
	return s, nil
}

// SetCORS replaces the rules for callers from other origins.
func (s *Server) SetCORS(c CORS) { s.cors.Store(&c) }

// Len returns the number of open sessions.
func (s *Server) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sessions)
}

// Close refuses new sessions, closes those that are open and waits until the
// last one is gone. When ctx ends first, the others are cut off and its cause is
// returned.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	if !s.closing {
		s.closing = true
		if len(s.sessions) == 0 {
			close(s.empty)
		}
	}
	s.mu.Unlock()
	for _, session := range s.all() {
		session.Close(ServerShutdown)
	}
	select {
	case <-s.empty:
		return nil
	case <-ctx.Done():
		for _, session := range s.all() {
			session.abort()
		}
		return context.Cause(ctx)
	}
}

// all returns the sessions that are not yet gone.
func (s *Server) all() []*Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.sessions))
}

const (
	polling   = "polling"
	webSocket = "websocket"
)

func (s *Server) transport(name string) bool {
	if len(s.opts.Transports) == 0 {
		return name == polling || name == webSocket
	}
	return slices.Contains(s.opts.Transports, name)
}

// ServeHTTP takes a handshake, a poll, a POST of packets, or a WebSocket. A poll
// outlives the time limits of the http.Server around it, which this Server
// replaces by its own; how long headers may take is the http.Server's matter.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength != 0 {
		// Also for a body that nobody will look at: net/http waits for it.
		http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.opts.PingTimeout))
	}
	cors := s.cors.Load()
	cors.setHeaders(w.Header(), r)
	if r.Method == http.MethodOptions {
		cors.preflight(w, r)
		return
	}
	query := r.URL.Query()
	upgrade := websocket.IsUpgrade(r)
	if !s.begin() && !s.outlasts(w, r, query, upgrade) {
		return
	}
	defer s.finish()
	session, refused := s.verify(r, query, upgrade)
	switch {
	case refused != nil && upgrade:
		s.refuseUpgrade(w, r, refused)
	case refused != nil:
		s.refuse(w, r, refused)
	case upgrade && query.Get("transport") == polling:
		s.turnAway(w, r)
	case upgrade && session != nil:
		s.probe(w, r, session)
	case session != nil:
		session.poll(w, r)
	case upgrade:
		s.openWebSocket(w, r)
	default:
		s.openPolling(w, r, query)
	}
}

// verify makes the checks in the order in which a client would see them fail.
func (s *Server) verify(r *http.Request, query url.Values, upgrade bool) (*Session, *RefuseError) {
	names := query["transport"]
	if len(names) > 1 {
		return nil, errBadRequest
	}
	transport := query.Get("transport")
	if !s.transport(transport) {
		return nil, errTransport
	}
	if sids := query["sid"]; len(sids) > 0 && sids[0] != "" {
		if len(sids) > 1 {
			return nil, errSession
		}
		session := s.session(sids[0])
		switch {
		case session == nil:
			return nil, errSession
		case !upgrade && session.Transport() != transport:
			return nil, errBadRequest
		case upgrade && !s.cors.Load().originAllowed(r):
			return nil, errForbidden
		}
		return session, nil
	}
	switch {
	case r.Method != http.MethodGet:
		return nil, errMethod
	case transport == webSocket && !upgrade:
		return nil, errBadRequest
	case !versionFour(query["EIO"]):
		return nil, errVersion
	case upgrade && !s.cors.Load().originAllowed(r):
		return nil, errForbidden
	}
	return nil, nil
}

func versionFour(eio []string) bool {
	for _, v := range eio {
		if v != "4" {
			return false
		}
	}
	return len(eio) > 0
}

func (s *Server) session(id string) *Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions[id]
}

// newSession makes a session that the owner does not know of yet.
func (s *Server) newSession(r *http.Request) (*Session, *RefuseError) {
	var value any
	if s.opts.Handshake != nil {
		var err error
		if value, err = s.opts.Handshake(r); err != nil {
			var refused *RefuseError
			if errors.As(err, &refused) {
				return nil, refused
			}
			s.opts.Log.Debug("handshake refused", "error", err)
			return nil, errForbidden
		}
	}
	var id [15]byte
	rand.Read(id[:])
	session := &Session{
		server: s,
		id:     base64.RawURLEncoding.EncodeToString(id[:]),
		value:  value,
	}
	if s.opts.Budget != nil {
		session.budget = s.opts.Budget(value)
	}
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		s.ended(session)
		return nil, errShuttingDown
	}
	s.sessions[session.id] = session
	s.mu.Unlock()
	return session, nil
}

// forget takes a session that has ended off the list. Only the first call for it
// has an effect.
func (s *Server) forget(session *Session) {
	s.mu.Lock()
	known := s.sessions[session.id] != nil
	delete(s.sessions, session.id)
	last := known && s.closing && len(s.sessions) == 0
	s.mu.Unlock()
	if known {
		session.mu.Lock()
		session.waits(-session.bytes)
		session.mu.Unlock()
		s.ended(session)
	}
	if last {
		close(s.empty)
	}
}

func (s *Server) ended(session *Session) {
	if s.opts.Ended != nil {
		s.opts.Ended(session.value)
	}
}
