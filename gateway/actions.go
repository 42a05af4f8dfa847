package gateway

import (
	"context"
	"crypto/rand"
	"sync"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/httpactions"
	"github.com/sockethub/sockethub/middleware"
	"github.com/sockethub/sockethub/platform/supervisor"
	"github.com/sockethub/sockethub/queue"
)

func (g *Gateway) newActions(opts httpactions.Options) *httpactions.Handler {
	opts.Pipeline = pipeline{g}
	opts.Replay = g.store.Replay()
	opts.Limiter = g.store.Limiter()
	opts.Log = g.opts.Log.With("namespace", "server:http:actions")
	return httpactions.New(opts)
}

// pipeline does for HTTP actions what sessions do for sockets.
type pipeline struct{ g *Gateway }

// Begin opens a session for one request.
func (p pipeline) Begin(r httpactions.Request) httpactions.Session {
	s := &request{gateway: p.g, id: r.ID, address: r.Address, owner: queue.Owner{ID: r.Session}}
	rand.Read(s.owner.Secret[:])
	return s
}

// request is the session of one HTTP request. It hears nothing but its own
// results.
type request struct {
	gateway *Gateway
	id      string // what its results are kept under; "": they are not
	address string
	owner   queue.Owner

	accounts      // its lock guards the field below too
	ended    bool // nothing is attached any more
}

// Credentials checks and stores what an activity submits.
func (s *request) Credentials(ctx context.Context, a *activity.Object) (err error) {
	defer s.gateway.contain("credentials of an HTTP action", func(internal error) { err = internal })
	accepted, err := s.check(ctx, "credentials", a)
	if err != nil {
		return err
	}
	return s.gateway.keep(s, accepted)
}

// Message has an activity acted on.
func (s *request) Message(ctx context.Context, a *activity.Object, done func(ack []byte)) {
	var once sync.Once
	answer := func(ack []byte) { once.Do(func() { done(ack) }) }
	defer s.gateway.contain("message of an HTTP action", func(internal error) {
		answer(errorOnly(middleware.Text(internal), codeInternal))
	})
	accepted, err := s.check(ctx, "message", a)
	if err != nil {
		answer(failure(a, err))
		return
	}
	if err := s.gateway.submit(s, accepted, line(answer), s.id); err != nil {
		answer(activity.AppendJSON(nil, refused(accepted, err)))
	}
}

func (s *request) check(ctx context.Context, event string, a *activity.Object) (*middleware.Accepted, error) {
	call := middleware.Call{Event: event, Session: s.owner.ID, Address: s.address, Request: s.id, Payload: a}
	err := s.gateway.pipeline.Run(ctx, &call)
	return call.Accepted, err
}

// End releases the instances and drops the credentials. Jobs that were handed
// over go on.
func (s *request) End() {
	s.mu.Lock()
	s.ended = true
	instances, stored := s.instances, s.scopes != nil
	s.instances = nil
	s.mu.Unlock()
	for _, in := range instances {
		in.Detach(s.owner.ID)
	}
	if stored {
		s.gateway.dropCredentials(s.owner.ID)
	}
}

func (s *request) identity() queue.Owner { return s.owner }
func (s *request) from() string          { return s.address }
func (s *request) resumable() bool       { return false }
func (s *request) waits()                {}

// attach keeps the instance alive until the request ends.
func (s *request) attach(at account, in *supervisor.Instance) {
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return
	}
	if s.instances == nil {
		s.instances = make(attachments)
	}
	former := s.instances.set(at, in)
	in.Attach(s.owner.ID)
	s.mu.Unlock()
	if former != nil {
		former.Detach(s.owner.ID)
	}
}

// line takes the result of a message for the response.
type line func(ack []byte)

func (l line) done(body *activity.Object, _ error) { l(activity.AppendJSON(nil, body)) }
