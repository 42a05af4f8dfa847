package gateway

import (
	"context"
	"crypto/rand"
	"sync"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/auth"
	"github.com/sockethub/sockethub/httpactions"
	"github.com/sockethub/sockethub/middleware"
	"github.com/sockethub/sockethub/platform/supervisor"
	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/remote"
	"github.com/sockethub/sockethub/socketio"
)

func (g *Gateway) newActions(opts httpactions.Options) *httpactions.Handler {
	opts.Pipeline = pipeline{g}
	opts.Budget = answers{&g.budgets}
	opts.Replay = g.store.Replay()
	opts.Limiter = g.store.Limiter()
	if g.opts.Auth != nil {
		opts.Authorize = g.authorize
	}
	opts.Log = g.opts.Log.With("namespace", "server:http:actions")
	return httpactions.New(opts)
}

// answers counts those of HTTP actions for their addresses.
type answers struct{ b *budgets }

// Hold counts an answer until Free.
func (a answers) Hold(address string, n int64) bool { return a.b.holdUpTo(address, n, a.b.max) }

// Free undoes Hold.
func (a answers) Free(address string, n int64) { a.b.free(address, n) }

// pipeline does for HTTP actions what sessions do for sockets.
type pipeline struct{ g *Gateway }

// Begin lets in the caller of one request.
func (p pipeline) Begin(who httpactions.Identity) httpactions.Caller {
	c := &httpCaller{gateway: p.g, request: who.Request, address: who.Address, token: who.Token, owner: queue.Owner{ID: who.ID, Address: remote.Subscriber(who.Address)}}
	rand.Read(c.owner.Secret[:])
	return c
}

// httpCaller is who asks by one HTTP request. It hears nothing but its own
// results.
type httpCaller struct {
	gateway *Gateway
	request string // what its results are kept under; "": they are not
	address string
	token   *auth.Token // that it was let in with; nil where none is needed
	owner   queue.Owner

	accounts      // its lock guards the field below too
	ended    bool // nothing is attached any more
}

// Credentials checks and stores what an activity submits.
func (c *httpCaller) Credentials(ctx context.Context, a *activity.Object) (err error) {
	defer c.gateway.contain("credentials of an HTTP action", func(internal error) { err = internal })
	accepted, err := c.check(ctx, "credentials", a)
	if err != nil {
		return err
	}
	return c.gateway.keep(c, accepted)
}

// Message has an activity acted on.
func (c *httpCaller) Message(ctx context.Context, a *activity.Object, done func(ack []byte)) {
	var once sync.Once
	answer := func(ack []byte) { once.Do(func() { done(ack) }) }
	defer c.gateway.contain("message of an HTTP action", func(internal error) {
		answer(errorOnly(middleware.Text(internal), codeInternal))
	})
	accepted, err := c.check(ctx, "message", a)
	if err != nil {
		answer(failure(a, err))
		return
	}
	answered := func(body *activity.Object, _ error) { answer(activity.AppendJSON(nil, body)) }
	if err := c.gateway.submit(c, accepted, int64(len(activity.AppendJSON(nil, a))), socketio.Ack{}, answered); err != nil {
		answer(activity.AppendJSON(nil, refused(accepted, err)))
	}
}

func (c *httpCaller) check(ctx context.Context, event string, a *activity.Object) (*middleware.Accepted, error) {
	call := middleware.Call{Event: event, Session: c.owner.ID, Address: c.address, Request: c.request, Payload: a}
	err := c.gateway.pipeline.Run(ctx, &call)
	if err == nil {
		err = c.gateway.allow(c, call.Accepted.Platform.ID)
	}
	return call.Accepted, err
}

// End releases the instances and drops the credentials. Jobs that were handed
// over go on.
func (c *httpCaller) End() {
	c.mu.Lock()
	c.ended = true
	instances, stored := c.instances, c.scopes != nil
	c.instances = nil
	c.mu.Unlock()
	for _, in := range instances {
		in.Detach(c.owner.ID)
	}
	if stored {
		c.gateway.dropCredentials(c.owner.ID)
	}
}

func (c *httpCaller) identity() queue.Owner { return c.owner }
func (c *httpCaller) from() string          { return c.address }
func (c *httpCaller) with() *auth.Token     { return c.token }
func (c *httpCaller) waits()                {}

// attach keeps the instance alive until the request ends.
func (c *httpCaller) attach(at account, in *supervisor.Instance) {
	c.mu.Lock()
	if c.ended {
		c.mu.Unlock()
		return
	}
	if c.instances == nil {
		c.instances = make(attachments)
	}
	former := c.instances.set(at, in)
	in.Attach(c.owner.ID)
	c.mu.Unlock()
	if former != nil {
		former.Detach(c.owner.ID)
	}
}
