package gateway

import (
	"net/http"
	"slices"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/auth"
	"github.com/sockethub/sockethub/engineio"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/socketio"
)

// admitted is asked before a client joins the default namespace, the only one
// there is. One without a right token hears
//
//	44{"message":"a valid token is needed","data":{"code":"unauthorized"}}
func (g *Gateway) admitted(socket *socketio.Socket) error {
	engine := socket.Session()
	s := g.newSession(socket, engine.Value().(*handshake))
	// From here on others may ask for the socket: what Data is does not change.
	socket.Data = s
	if g.opts.Auth == nil {
		return nil
	}
	var err error
	if s.token, err = g.opts.Auth.Check(engine.Context(), s.address, shown(engine, socket.Auth())); err == nil {
		return nil
	}
	g.opts.Metrics.Rejected("token")
	refusal := err.(*auth.Refusal)
	engine.Flush()
	g.budgets.slow(engine.Value().(*handshake).address) // it can go on asking until it has joined nothing for too long
	data := activity.NewObject(activity.Member{Name: "code", Value: refusal.Code})
	return &socketio.ConnectRefusal{Message: refusal.Text, Data: activity.AppendJSON(nil, data)}
}

// shown returns the digest of a client's token: that of its auth payload, or else
// that of the handshake's header.
func shown(engine *engineio.Session, payload []byte) auth.Digest {
	if o, err := activity.ParseObject(payload); err == nil {
		if token := o.Text("token"); token != "" {
			return auth.DigestOf(token)
		}
	}
	return engine.Value().(*handshake).token
}

// mayComeBack reports whether a client may have the socket that it had: it must
// show the token that it was let in with.
func (g *Gateway) mayComeBack(socket *socketio.Socket, by *engineio.Session, payload []byte) bool {
	if g.opts.Auth == nil {
		return true
	}
	s, ok := socket.Data.(*session)
	return ok && g.opts.Auth.Same(s.token, shown(by, payload))
}

// authorize is asked for each HTTP action.
func (g *Gateway) authorize(r *http.Request, address string) (*auth.Token, error) {
	t, err := g.opts.Auth.Check(r.Context(), address, auth.Bearer(r))
	if err != nil {
		g.opts.Metrics.Rejected("token")
	}
	return t, err
}

// EndStale ends the sessions whose tokens are not in force any more, those that
// wait for their clients too. A client of theirs that comes back is refused.
func (g *Gateway) EndStale() {
	if g.opts.Auth == nil {
		return
	}
	g.mu.Lock()
	var stale []*session
	for _, s := range g.sessions {
		if !g.opts.Auth.Still(s.token) {
			stale = append(stale, s)
		}
	}
	g.mu.Unlock()
	for _, s := range stale {
		g.opts.Auth.Ended(s.token, s.address)
		s.socket.Disconnect(true)
	}
}

// allow refuses a platform that a caller's token is not for.
func (g *Gateway) allow(c caller, id string) error {
	t := c.with()
	if t.Allows(id) {
		return nil
	}
	g.denied(t, c.from(), "platform "+id)
	return &platform.JobError{Text: "this token is not for the platform " + id, Code: auth.CodeUnauthorized}
}

// denied puts into the audit log that a client asked for what it may not have.
func (g *Gateway) denied(t *auth.Token, address, what string) {
	g.opts.Log.Warn("policy refusal: "+what, "namespace", auth.Namespace, "name", t.TokenName(), "address", address)
}

// registryFor is what a client sees: all platforms, or those that its token is for.
func (g *Gateway) registryFor(t *auth.Token) *activity.Registry {
	if t == nil || t.Platforms == nil {
		return g.registry
	}
	key := strings.Join(t.Platforms, ",")
	g.mu.Lock()
	defer g.mu.Unlock()
	if r := g.registries[key]; r != nil {
		return r
	}
	r := g.registry.Only(func(id string) bool { return slices.Contains(t.Platforms, id) })
	if g.registries == nil || len(g.registries) >= maxRegistries {
		g.registries = make(map[string]*activity.Registry)
	}
	g.registries[key] = r
	return r
}

// maxRegistries bounds the selections of platforms that are kept: an operator with
// more of them has them made anew now and then.
const maxRegistries = 64
