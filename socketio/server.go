package socketio

import (
	"cmp"
	"container/list"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/sockethub/sockethub/engineio"
)

// Options configures a Server. The zero value is what the Socket.IO server for
// Node does by default.
type Options struct {
	Engine         engineio.Options // Open is this package's own
	ConnectTimeout time.Duration    // for a client to connect to a namespace; 0 means 45 s
	MaxAttachments int              // of one packet; 0 means 10
	MaxNamespaces  int              // made by rule (see OfFunc) at one time; 0 means 1000
	Recovery       Recovery         // of clients that lost their transport
	Log            *slog.Logger     // nil: silent; also for Engine, where that has none
}

// Recovery says what is kept for a client that has lost its transport, so that
// a new connection finds its socket as it was: id, rooms, Data, and the events
// that it missed. At most MaxSockets times MaxBytes are kept for those who are
// away.
type Recovery struct {
	// Max is how long a socket waits for its client; 0 turns recovery off.
	Max time.Duration
	// MaxBytes bounds the events kept for one socket; the oldest go first, and
	// a client that missed one of them starts anew. 0 means 64 KiB.
	MaxBytes int
	// MaxSockets bounds the sockets that wait for their clients. One of whoever
	// has most of them goes then: the one that has waited longest. 0 means 10000.
	MaxSockets int
	// Whose names whom a socket counts for, as the address of its client, and
	// MaxWhose bounds what one of these has waiting; 0: MaxSockets alone does. It
	// is asked when the server holds its lock, and must not call it.
	Whose    func(s *Socket) string
	MaxWhose func() int
	// Wants decides who takes part. Offsets are appended to their events: an
	// extra argument, which breaks handlers in languages that count them. It is
	// asked before OnConnect. nil: all.
	Wants func(s *Socket) bool
	// May decides whether a client that names the private id of a socket may have
	// it, with the session and the auth payload that it comes with; one that may
	// not starts anew. nil: whoever knows the id.
	May func(s *Socket, session *engineio.Session, auth []byte) bool
}

// Server serves Socket.IO. It is an http.Handler for any path.
type Server struct {
	opts   Options
	engine *engineio.Server
	log    *slog.Logger

	mu         sync.Mutex            // guards the fields below
	namespaces map[string]*Namespace // by name
	rules      []rule
	dynamic    int                // namespaces made by rule
	resumable  map[string]*Socket // sockets that their clients may come back to, by private id
	lost       *list.List         // those of them that wait, the longest first
	waiting    map[string]int     // how many of these Recovery.Whose names
	clients    int                // sessions whose end has not been handled
	closing    bool
	idle       chan struct{} // closed when closing and no client is left
}

// New checks the options and returns a server without namespaces.
func New(opts Options) (*Server, error) {
	switch {
	case opts.ConnectTimeout < 0:
		return nil, errors.New("socketio: Options.ConnectTimeout is negative")
	case opts.MaxAttachments < 0 || opts.MaxNamespaces < 0:
		return nil, errors.New("socketio: a limit in Options is negative")
	case opts.Recovery.Max < 0 || opts.Recovery.MaxBytes < 0 || opts.Recovery.MaxSockets < 0:
		return nil, errors.New("socketio: a limit in Options.Recovery is negative")
	case opts.Engine.Open != nil:
		return nil, errors.New("socketio: Options.Engine.Open is set")
	}
	opts.ConnectTimeout = cmp.Or(opts.ConnectTimeout, 45*time.Second)
	opts.MaxAttachments = cmp.Or(opts.MaxAttachments, 10)
	opts.MaxNamespaces = cmp.Or(opts.MaxNamespaces, 1000)
	opts.Recovery.MaxBytes = cmp.Or(opts.Recovery.MaxBytes, 64<<10)
	opts.Recovery.MaxSockets = cmp.Or(opts.Recovery.MaxSockets, 10000)
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Engine.Log == nil {
		opts.Engine.Log = opts.Log
	}
	s := &Server{
		opts:       opts,
		log:        opts.Log,
		namespaces: make(map[string]*Namespace),
		resumable:  make(map[string]*Socket),
		lost:       list.New(),
		waiting:    make(map[string]int),
		idle:       make(chan struct{}),
	}
	opts.Engine.Open = s.open
	engine, err := engineio.New(opts.Engine)
	if err != nil {
		return nil, err
	}
	s.engine = engine
	return s, nil
}

// Engine returns the server below, for its figures and its CORS rules.
func (s *Server) Engine() *engineio.Server { return s.engine }

// ServeHTTP serves the requests of both transports.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.engine.ServeHTTP(w, r) }

// Close ends all sessions, releases the sockets that wait for their clients,
// and waits until the last handler has returned, or ctx ends. Nobody can
// connect any more.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	if !s.closing {
		s.closing = true
		if s.clients == 0 {
			close(s.idle)
		}
	}
	var lost []*Socket
	for e := s.lost.Front(); e != nil; e = s.lost.Front() {
		socket := e.Value.(*Socket)
		s.take(socket)
		lost = append(lost, socket)
	}
	s.mu.Unlock()
	for _, socket := range lost {
		socket.release()
	}
	if err := s.engine.Close(ctx); err != nil {
		return err
	}
	select {
	case <-s.idle:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// arrived and departed count the sessions.
func (s *Server) arrived() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clients++
}

func (s *Server) departed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clients--
	if s.closing && s.clients == 0 {
		close(s.idle)
	}
}
