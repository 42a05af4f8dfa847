package gateway

import (
	"crypto/rand"
	"log/slog"
	"sync"
	"time"

	"github.com/sockethub/server/activity"
	"github.com/sockethub/server/middleware"
	"github.com/sockethub/server/platform"
	"github.com/sockethub/server/queue"
	"github.com/sockethub/server/socketio"
)

// session is one client: a socket of the default namespace, from its connect
// until it is gone for good. Its events arrive one after another, on the
// reading goroutine of its Engine.IO session.
type session struct {
	gateway *Gateway
	socket  *socketio.Socket
	address string                 // the client's, from where credentialCheck says
	owner   queue.Session          // whom credentials belong to
	limiter middleware.RateLimiter // of the reading goroutine
	objects middleware.Objects     // of the reading goroutine

	mu        sync.Mutex                     // guards the fields below
	scopes    map[account]string             // fingerprint of the secret submitted for an account
	instances map[account]*platform.Instance // attached to
	jobs      int                            // accepted and not answered yet
	released  bool                           // gone for good: nothing is attached any more
}

// account is what credentials are kept for.
type account struct{ platform, actor string }

func (g *Gateway) newSession(socket *socketio.Socket, address string) *session {
	s := &session{
		gateway: g,
		socket:  socket,
		address: address,
		owner:   queue.Session{ID: socket.ID()},
	}
	rand.Read(s.owner.Secret[:])
	return s
}

// event handles one event of the client. An event that nobody knows is counted
// by the limiter, and is not acknowledged.
func (s *session) event(e *socketio.EventPacket) {
	if !s.admit(e) {
		return
	}
	switch e.Name {
	case "schemas":
		s.schemas(e)
	case "credentials":
		s.credentials(e)
	case "message":
		s.message(e)
	case "activity-object":
		s.activityObject(e)
	}
}

// admit asks the rate limiter. The event that trips it brings the client one
// `error` event; each refused event that waits for an answer gets one.
func (s *session) admit(e *socketio.EventPacket) bool {
	rate := s.gateway.limits.Load().Rate
	verdict := s.limiter.Event(rate, time.Now())
	if verdict == middleware.Allow {
		return true
	}
	s.gateway.opts.Metrics.Limited("session")
	if verdict == middleware.Trip {
		s.log().Warn("rate limit exceeded", "requests", rate.Max, "window", rate.Window, "blocked", rate.Block)
		s.socket.Emit("error", serverError(textRateLimited))
	}
	e.Ack.Send(errorOnly(textRateLimited, codeRateLimited))
	return false
}

// begin counts a job that will be answered, unless the session has its share
// of them already.
func (s *session) begin(limit int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.released:
		return errGone
	case limit > 0 && s.jobs >= limit:
		return errTooManyJobs
	}
	s.jobs++
	return nil
}

func (s *session) end() {
	s.mu.Lock()
	s.jobs--
	s.mu.Unlock()
}

// attach makes what the instance hears by itself reach this session too. A
// session has one instance for an account: after other credentials for it, the
// former is left.
func (s *session) attach(at account, in *platform.Instance) {
	s.mu.Lock()
	former := s.instances[at]
	if s.released || former == in {
		s.mu.Unlock()
		return
	}
	if s.instances == nil {
		s.instances = make(map[account]*platform.Instance)
	}
	s.instances[at] = in
	in.Attach(s.owner.ID)
	s.mu.Unlock()
	if former != nil {
		former.Detach(s.owner.ID)
	}
}

// detach undoes attach.
func (s *session) detach(in *platform.Instance) {
	s.mu.Lock()
	for at, attached := range s.instances {
		if attached == in {
			delete(s.instances, at)
		}
	}
	s.mu.Unlock()
	in.Detach(s.owner.ID)
}

// renamed follows an instance whose actor goes by another name.
func (s *session) renamed(in *platform.Instance, old, now account) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.instances[old] == in {
		delete(s.instances, old)
		s.instances[now] = in
	}
	if scope, ok := s.scopes[old]; ok {
		s.scopes[now] = scope
	}
}

// release ends the session for good: it is detached from every instance and
// its credentials are removed.
func (s *session) release() {
	s.mu.Lock()
	s.released = true
	instances := s.instances
	s.instances = nil
	stored := s.scopes != nil
	s.mu.Unlock()
	for _, in := range instances {
		in.Detach(s.owner.ID)
	}
	if stored {
		s.gateway.dropCredentials(s.owner.ID)
	}
}

// emit sends an activity that nobody asked for.
func (s *session) emit(body []byte) { s.socket.Emit("message", body) }

// scope returns the fingerprint of the secret that was submitted for an
// account, or "" when there is none.
func (s *session) scope(a account) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.scopes[a]
}

func (s *session) setScope(a account, fingerprint string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.scopes == nil {
		s.scopes = make(map[account]string)
	}
	s.scopes[a] = fingerprint
}

// log returns a logger that names the session. Few sessions ever log, so none
// is kept.
func (s *session) log() *slog.Logger {
	return s.gateway.opts.Log.With("namespace", "server:core", "session", s.owner.ID)
}

// argument reads an event's first argument. An event without one reads as
// null, which is no object.
func argument(e *socketio.EventPacket) (any, error) {
	if len(e.Args) == 0 {
		return nil, nil
	}
	return activity.Parse(e.Args[0])
}
