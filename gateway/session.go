package gateway

import (
	"crypto/rand"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/auth"
	"github.com/sockethub/sockethub/middleware"
	"github.com/sockethub/sockethub/platform/supervisor"
	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/ratelimit"
	"github.com/sockethub/sockethub/remote"
	"github.com/sockethub/sockethub/socketio"
)

// session is one client: a socket of the default namespace, from its connect
// until it is gone for good. Its events arrive one after another, on the
// reading goroutine of its Engine.IO session.
type session struct {
	gateway *Gateway
	socket  *socketio.Socket
	address string             // the client's, as Options.ClientAddress found it
	token   *auth.Token        // that it was let in with; nil where none is needed
	tab     string             // the token that its page keeps, if it sent one; see anonymous
	owner   queue.Owner        // whom credentials belong to
	fuse    ratelimit.Fuse     // of the reading goroutine
	objects middleware.Objects // of the reading goroutine
	heard   atomic.Int64       // when the client sent something last, while the server shuts down; Unix time in ns

	joined    bool // it was not one too many; written before others learn of the session
	forwarded bool // the address is that of a proxy, which nobody said to trust

	// older is set when the client names platforms by "context": what is sent to it
	// has that too.
	older atomic.Bool

	accounts           // its lock guards the fields below too
	guesses  []account // of instances, without credentials of this session; the oldest first
	jobs     int       // accepted and not answered yet
	bytes    int64     // of these
	released bool      // gone for good: nothing is attached any more
}

// account is what credentials are kept for.
type account struct{ platform, actor string }

func (g *Gateway) newSession(socket *socketio.Socket, h *handshake) *session {
	s := &session{
		gateway:   g,
		socket:    socket,
		address:   h.address,
		forwarded: h.forwarded,
		owner:     queue.Owner{ID: socket.ID(), Address: remote.Subscriber(h.address)},
	}
	if payload, err := activity.ParseObject(socket.Auth()); err == nil {
		s.tab = payload.Text("tab")
	}
	rand.Read(s.owner.Secret[:])
	return s
}

// event handles one event of the client. An event that nobody knows is counted
// by the fuse, and is not acknowledged.
func (s *session) event(e *socketio.EventPacket) {
	defer s.gateway.contain("event", func(err error) {
		text := middleware.Text(err)
		if e.Ack.Wanted() {
			e.Ack.Send(errorOnly(text, codeInternal))
			return
		}
		s.socket.Emit("error", serverError(text))
	})
	if s.gateway.draining.Load() {
		defer func() { s.heard.Store(time.Now().UnixNano()) }()
	}
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

// admit asks the fuse. The event that trips it brings the client one
// `error` event; each refused event that waits for an answer gets one.
func (s *session) admit(e *socketio.EventPacket) bool {
	rate := s.gateway.limits.Load().Rate
	verdict := s.fuse.Event(rate, time.Now())
	if verdict == ratelimit.Allow {
		return true
	}
	s.gateway.opts.Metrics.Limited("session")
	if verdict == ratelimit.Trip {
		s.log().Warn("rate limit exceeded", "requests", rate.Max, "window", rate.Window, "blocked", rate.Block)
		s.socket.Emit("error", serverError(textRateLimited))
	}
	e.Ack.Send(errorOnly(textRateLimited, auth.CodeRateLimited))
	s.waits()
	s.gateway.budgets.slow(s.address)
	return false
}

// begin counts a job that will be answered, unless the session has its share
// of them already: as many as limit, or as much text as may wait for the client
// the other way.
func (s *session) begin(limit int, bytes int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.released:
		return errGone
	case limit > 0 && s.jobs >= limit, s.jobs > 0 && bytes > s.gateway.opts.Limits.SessionBytes-s.bytes:
		return errTooManyJobs
	}
	s.jobs++
	s.bytes += bytes
	return nil
}

func (s *session) end(bytes int64) {
	s.mu.Lock()
	s.jobs--
	s.bytes -= bytes
	s.mu.Unlock()
}

// attach makes what the instance hears by itself reach this session too. A
// session has one instance for an account: with other credentials for it the
// session leaves the former one.
func (s *session) attach(at account, in *supervisor.Instance) {
	s.mu.Lock()
	if s.released || s.instances[at] == in {
		s.mu.Unlock()
		return
	}
	if s.instances == nil {
		s.instances = make(attachments)
	}
	former := s.instances.set(at, in)
	in.Attach(s.owner.ID)
	dropped := s.guess(at)
	s.mu.Unlock()
	for _, other := range []*supervisor.Instance{former, dropped} {
		if other != nil {
			other.Detach(s.owner.ID)
		}
	}
}

// maxGuesses is how many accounts a session may be attached to without having
// stored credentials for them, as happens after a refresh of its page. A client
// that names more than anybody could have left behind is making them up.
const maxGuesses = 64

// guess notes an account that the session is attached to without credentials,
// and returns the instance that it is to leave since there are too many. The
// caller holds the lock.
func (s *session) guess(at account) (dropped *supervisor.Instance) {
	if _, stored := s.scopes[at]; stored {
		return nil
	}
	s.guesses = append(s.guesses, at)
	if len(s.guesses) <= maxGuesses {
		return nil
	}
	oldest := s.guesses[0]
	s.guesses = slices.Delete(s.guesses, 0, 1)
	if _, stored := s.scopes[oldest]; stored || oldest == at {
		return nil
	}
	return s.instances.remove(oldest)
}

// detach undoes attach.
func (s *session) detach(in *supervisor.Instance) {
	s.mu.Lock()
	for at, attached := range s.instances {
		if attached == in {
			delete(s.instances, at)
		}
	}
	s.mu.Unlock()
	in.Detach(s.owner.ID)
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
		in.Detach(s.owner.ID) // a second time does nothing
	}
	if stored {
		s.gateway.dropCredentials(s.owner.ID)
	}
}

// emit sends an activity that nobody asked for.
func (s *session) emit(body []byte) { s.socket.Emit("message", body) }

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
