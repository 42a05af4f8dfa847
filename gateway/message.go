package gateway

import (
	"context"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/auth"
	"github.com/sockethub/sockethub/gateway/telemetry"
	"github.com/sockethub/sockethub/middleware"
	"github.com/sockethub/sockethub/platform/supervisor"
	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/socketio"
)

// storeTimeout bounds each wait for the store on a client's reading goroutine:
// what cannot be stored by then is refused.
const storeTimeout = 5 * time.Second

// message handles the event that asks a platform to do something:
//
//	42N["message",{…}]  →  43N[{…}]              its result,
//	                    or 43N[{…,"error":"…"}]  what was asked and why it failed
//
// A message without an acknowledgement is done all the same. Its sender hears of
// it only when it failed, by an event "message" with the error.
func (s *session) message(e *socketio.EventPacket) {
	v, err := argument(e)
	if err != nil {
		s.answer(e.Ack, failure(nil, err))
		return
	}
	accepted, err := s.check("message", v)
	if err != nil {
		s.fail(e.Ack, failure(v, err))
		return
	}
	if err := s.submit(accepted, e.Ack, int64(len(e.Args[0]))); err != nil {
		s.fail(e.Ack, activity.AppendJSON(nil, refused(accepted, err)))
	}
}

// check takes an event through the middleware.
func (s *session) check(event string, v any) (*middleware.Accepted, error) {
	call := middleware.Call{Event: event, Session: s.owner.ID, Address: s.address, Payload: v, Objects: &s.objects}
	err := s.gateway.pipeline.Run(s.socket.Context(), &call)
	if err == nil {
		err = s.gateway.allow(s, call.Accepted.Platform.ID)
	}
	if err == nil && call.Accepted.Legacy {
		s.older.Store(true)
	}
	return call.Accepted, err
}

// activityObject remembers who an id stands for, as older clients say it. The
// acknowledgement's argument is the error; without one all is well.
func (s *session) activityObject(e *socketio.EventPacket) {
	v, err := argument(e)
	if err == nil {
		err = s.objects.Remember(v)
	}
	if err != nil {
		e.Ack.Send(activity.AppendString(nil, middleware.Text(err)))
		return
	}
	e.Ack.Send()
}

// submit hands an accepted message to its instance. When it returns nil the
// acknowledgement is answered by the result, whatever becomes of the worker.
func (s *session) submit(m *middleware.Accepted, ack socketio.Ack, bytes int64) error {
	g := s.gateway
	if err := s.begin(g.limits.Load().JobsPerSession, bytes); err != nil {
		return err
	}
	accepted := false
	defer func() {
		if !accepted {
			s.end(bytes)
		}
	}()
	err := g.submit(s, m, bytes, ack, s.acknowledge(ack, bytes))
	accepted = err == nil
	return err
}

// acknowledge returns what is done with the result of a message.
func (s *session) acknowledge(ack socketio.Ack, bytes int64) func(body *activity.Object, err error) {
	return func(body *activity.Object, err error) {
		s.end(bytes)
		text := activity.AppendJSON(nil, body)
		switch {
		case ack.Wanted():
			ack.Deliver("message", text)
		case err != nil:
			s.emit(text)
		}
	}
}

// answer sends the acknowledgement of an event if the client wants one. For a
// client that has lost its callback it is nothing to show to anybody.
func (s *session) answer(ack socketio.Ack, body []byte) { ack.Deliver("", body) }

// fail is answer for a body with an error, which a client that wants no
// acknowledgement is told too.
func (s *session) fail(ack socketio.Ack, body []byte) {
	if ack.Wanted() {
		ack.Deliver("message", body)
		return
	}
	s.emit(body)
}

// caller is who asks for messages to be done and credentials to be kept: a
// session, or the caller of an HTTP request.
type caller interface {
	identity() queue.Owner
	from() string                               // the client's address
	with() *auth.Token                          // that it was let in with; nil where none is needed
	scope(account) (secret string, stored bool) // fingerprint of the secret submitted for an account
	setScope(account, string)
	proof() (proof string, held bool)     // see anonymous
	attach(account, *supervisor.Instance) // what the instance hears by itself reaches the caller
	renamed(account) *supervisor.Instance // see attachments.renamed
	isAttached(account) bool              // to an instance at work, by the secret it has now
	others(*supervisor.Instance, account) []account
	waits() // is told before the caller's goroutine waits for the store
}

func (s *session) identity() queue.Owner { return s.owner }
func (s *session) from() string          { return s.address }
func (s *session) with() *auth.Token     { return s.token }

func (s *session) waits() {
	if engine := s.socket.Session(); engine != nil {
		engine.Flush()
	}
}

// job is a message of so many bytes that waits for its result. Then done is
// called, with the body and the error that is in it if it failed.
type job struct {
	gateway *Gateway
	caller  caller
	message *middleware.Accepted
	bytes   int64
	action  *telemetry.Action
	ack     socketio.Ack // that done sends; zero for one who asks over HTTP
	done    func(body *activity.Object, err error)
}

// submit finds or makes the instance that a message is for and gives it the
// job. When it returns nil, done is called, once.
func (g *Gateway) submit(c caller, m *middleware.Accepted, bytes int64, ack socketio.Ack, done func(body *activity.Object, err error)) (err error) {
	if !g.budgets.hold(c.from(), bytes) {
		return errAddressFull
	}
	j := &job{g, c, m, bytes, g.start(m), ack, done}
	defer func() {
		if err != nil {
			g.budgets.free(c.from(), bytes)
			j.action.End(outcome(err))
		}
	}()
	if g.draining.Load() {
		return supervisor.ErrShuttingDown
	}
	at := account{m.Platform.ID, m.ActorID}
	find := g.find
	if g.persistent(at.platform) && m.Type != "connect" && !c.isAttached(at) {
		find = g.guarded
	}
	in, err := find(c, at)
	if err != nil {
		return err
	}
	message := supervisor.Message{
		Asker:    j,
		Owner:    c.identity(),
		Address:  c.from(),
		Token:    c.with().TokenName(),
		Activity: m.Activity,
	}
	ctx := context.Background()
	if g.platforms[m.Platform.ID].Verbs[m.Type].Credentials {
		c.waits()
		within, cancel := context.WithTimeout(ctx, storeTimeout)
		defer cancel()
		if message.Credentials, err = g.storedFor(within, c, at, in); err != nil {
			return err
		}
	}
	if in.Persistent() {
		c.attach(at, in)
	}
	return in.Submit(ctx, message)
}
