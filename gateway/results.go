package gateway

import (
	"context"
	"log/slog"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/middleware"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/supervisor"
)

// Result answers the caller, and shows the result of a persistent instance to
// the other sessions that share it.
func (j *job) Result(in *supervisor.Instance, out *activity.Object, err error) {
	defer j.gateway.contain("answer", nil)
	j.action.End(outcome(err))
	j.gateway.budgets.free(j.caller.from(), j.bytes)
	j.done(j.body(in, out, err))
}

// body makes the answer of a result, and shows it to everybody else whom it
// concerns.
func (j *job) body(in *supervisor.Instance, out *activity.Object, failed error) (body *activity.Object, err error) {
	g, m := j.gateway, j.message
	if failed != nil && out.Text("code") == platform.CodePolicy {
		g.denied(j.caller.with(), j.caller.from(), "connection of "+m.Platform.ID)
	}
	defer g.contain("result", func(internal error) { body, err = refused(m, internal), internal })
	body = result(m, out, failed)
	if in != nil && in.Persistent() {
		if sessions := g.attached(in, "", j.caller.identity().ID); len(sessions) > 0 {
			// The schema does not allow what only the caller may see, for
			// example that it is connected: nothing is wrong then.
			g.show(in, body.Clone(), sessions, slog.LevelDebug)
		}
	}
	return body, failed
}

// sink takes what the workers say unasked. Its methods and those of a job run on
// the goroutine that reads a worker's pipe, so they may not wait for anything.
type sink struct{ g *Gateway }

// Event shows what a platform heard by itself to the attached sessions: all of
// them, one, or all but one.
func (k sink) Event(in *supervisor.Instance, a *activity.Object, session, except string) {
	defer k.g.contain("platform event", nil)
	k.g.show(in, a, k.g.attached(in, session, except), slog.LevelWarn)
}

// Actor follows an instance to its new key after the actor changed. Sessions
// find out when they name it: see attachments.
func (k sink) Actor(_ *supervisor.Instance, old, now supervisor.Key) {
	defer k.g.contain("change of actor", nil)
	k.g.anonymous.rename(old, now)
}

// Unauthorized detaches a session whose credentials an instance refused.
func (k sink) Unauthorized(in *supervisor.Instance, session string) {
	defer k.g.contain("refusal of credentials", nil)
	if s := k.g.session(session); s != nil {
		s.detach(in)
	}
}

// Ended tells the attached sessions that the connection of a persistent
// instance is gone:
//
//	42["message",{"@context":[…],"type":"error","actor":{"id":"al@irc.example","type":"service"},"error":"Error: session thread closed unexpectedly: killed by SIGKILL"}]
func (k sink) Ended(in *supervisor.Instance, reason string) {
	defer k.g.contain("end of a worker", nil)
	k.g.show(in, activity.NewObject(
		activity.Member{Name: "type", Value: "error"},
		activity.Member{Name: "error", Value: "Error: session thread closed unexpectedly: " + reason},
	), k.g.attached(in, "", ""), slog.LevelWarn)
}

// attached returns the sessions that an instance's activity is for.
func (g *Gateway) attached(in *supervisor.Instance, only, except string) []*session {
	var list []*session
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, id := range in.Sessions() {
		if id == except || only != "" && id != only {
			continue
		}
		if s := g.sessions[id]; s != nil {
			list = append(list, s)
		}
	}
	return list
}

// show sends an activity as a `message` event. It is checked once and, but for
// sessions of older clients, encoded once. One that its platform's schema does not
// allow is dropped, and logged at level.
func (g *Gateway) show(in *supervisor.Instance, a *activity.Object, sessions []*session, level slog.Level) {
	if len(sessions) == 0 {
		return
	}
	key := in.Key()
	registered := g.registry.ByID(key.Platform)
	actor := key.Actor
	if actor == "" {
		actor = key.Platform
	}
	if err := g.pipeline.Outbound(registered, a, actor); err != nil {
		g.opts.Log.Log(context.Background(), level, "dropping malformed outbound message", "namespace", "server:core", "platform", key.Platform, "reason", err)
		return
	}
	body := activity.AppendJSON(nil, a)
	var older []byte
	for _, s := range sessions {
		if !s.older.Load() {
			s.emit(body)
			continue
		}
		if older == nil {
			older = activity.AppendJSON(nil, middleware.Older(registered, a))
		}
		s.emit(older)
	}
}
