package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/handover"
	"github.com/sockethub/sockethub/middleware"
	"github.com/sockethub/sockethub/platform/supervisor"
	"github.com/sockethub/sockethub/ratelimit"
	"github.com/sockethub/sockethub/socketio"
)

// kindGateway is the record of what belongs to no session.
const kindGateway = "gateway"

type gatewayState struct {
	Key        []byte                 `json:"key"` // of scopes
	Anonymous  []anonymousState       `json:"anonymous,omitempty"`
	Handshakes []ratelimit.KeptWindow `json:"handshakes,omitempty"`
	Guesses    []ratelimit.KeptWindow `json:"guesses,omitempty"`
	Lockout    map[string]time.Time   `json:"lockout,omitempty"` // subscribers that showed wrong tokens, and until when
}

type anonymousState struct {
	Platform string `json:"platform"`
	Actor    string `json:"actor"`
	Proof    string `json:"proof"`
	Token    string `json:"token,omitempty"`
	Scope    string `json:"scope"`
	Owner    string `json:"owner"`
}

// waitingState is who waits for the result of a job: a session with its
// acknowledgement. Who asked over HTTP is gone with the connection.
type waitingState struct {
	Session  string             `json:"session"`
	Ack      *socketio.AckState `json:"ack,omitempty"` // nil: only an error is told
	Bytes    int64              `json:"bytes"`
	Platform string             `json:"platform"`
	Legacy   bool               `json:"legacy,omitempty"`
}

// Crossed counts what goes over to the next program.
type Crossed struct{ Sessions, WebSockets, Workers, Jobs int }

// AwaitActions waits until no HTTP action is under way, or ctx ends.
func (g *Gateway) AwaitActions(ctx context.Context) {
	if g.actions != nil {
		g.actions.Await(ctx)
	}
}

// Pause lets HTTP actions come to their end, as long as ctx allows: whoever asked
// for them is gone after the crossing. New ones are refused.
func (g *Gateway) Pause(ctx context.Context) {
	if g.actions != nil {
		g.actions.Pause(ctx)
	}
}

// Freeze makes everything stand still, so that HandOver can write it down: workers
// finish what they have for at most settle, then nothing is read any more. An error
// says why that is not possible; after it, as after anything else that fails, Thaw is
// called.
func (g *Gateway) Freeze(ctx context.Context, settle time.Duration) error {
	g.manager.Hold()
	settled, cancel := context.WithTimeout(ctx, settle)
	defer cancel()
	g.manager.Settle(settled)
	if err := g.freezeSessions(ctx); err != nil {
		return err
	}
	return g.manager.Freeze()
}

// Thaw lets everything go on after Pause or Freeze.
func (g *Gateway) Thaw() {
	g.manager.Thaw()
	g.thawSessions()
	if g.actions != nil {
		g.actions.Resume()
	}
}

// HandOver writes down everything, after Freeze.
func (g *Gateway) HandOver(w *handover.Writer) (c Crossed, err error) {
	if err := w.Put(kindGateway, g.handed()); err != nil {
		return c, err
	}
	if err := g.store.HandOver(w); err != nil {
		return c, err
	}
	if c.Workers, err = g.manager.HandOver(w); err != nil {
		return c, err
	}
	if c.Sessions, c.WebSockets, err = g.exportSessions(w); err != nil {
		return c, err
	}
	c.Jobs, err = g.manager.HandOverJobs(w, waiting)
	return c, err
}

// OnThread is supervisor.Manager.OnThread.
func (g *Gateway) OnThread(f func()) { g.manager.OnThread(f) }

func (g *Gateway) handed() *gatewayState {
	state := &gatewayState{Key: g.key[:], Handshakes: g.handshakes.Windows(), Guesses: g.guesses.Windows()}
	if g.opts.Auth != nil {
		state.Lockout = g.opts.Auth.Lockout().Blocks()
	}
	g.anonymous.mu.Lock()
	defer g.anonymous.mu.Unlock()
	for place, record := range g.anonymous.records {
		state.Anonymous = append(state.Anonymous, anonymousState{
			place.platform, place.actor, place.proof, place.token, record.scope, record.owner,
		})
	}
	return state
}

// waiting says who waits for a job; nil for nobody who is there after the
// crossing.
func waiting(a supervisor.Asker) any {
	j, ok := a.(*job)
	if !ok {
		return nil
	}
	s, ok := j.caller.(*session)
	if !ok {
		return nil
	}
	state := &waitingState{Session: s.owner.ID, Bytes: j.bytes, Platform: j.message.Platform.ID, Legacy: j.message.Legacy}
	if ack, ok := j.ack.State(); ok {
		state.Ack = &ack
	}
	return state
}

// Restore takes what HandOver wrote down, record by record, before the Gateway gets
// any request. An error says why a record is given up. Nothing goes on before
// Resume.
func (g *Gateway) Restore(r handover.Record, files *handover.Files) error {
	if r.Kind == kindGateway {
		var state gatewayState
		if err := r.Into(&state); err != nil {
			return err
		}
		return g.restore(&state)
	}
	for _, take := range []func() (bool, error){
		func() (bool, error) { return g.store.TakeOver(r) },
		func() (bool, error) { return g.manager.Restore(r, files) },
		func() (bool, error) { return g.importSession(r, files) },
		func() (bool, error) { return g.manager.RestoreJob(r, g.asker) },
	} {
		if known, err := take(); known || err != nil {
			return err
		}
	}
	return fmt.Errorf("nobody knows what a record %q is", r.Kind)
}

func (g *Gateway) restore(state *gatewayState) error {
	if len(state.Key) != len(g.key) {
		return errors.New("the key of scopes has the wrong length")
	}
	copy(g.key[:], state.Key)
	g.handshakes.Restore(state.Handshakes)
	g.guesses.Restore(state.Guesses)
	if g.opts.Auth != nil {
		g.opts.Auth.Lockout().Restore(state.Lockout)
	}
	g.anonymous.mu.Lock()
	defer g.anonymous.mu.Unlock()
	g.anonymous.records = make(map[anonymousPlace]anonymousRecord, len(state.Anonymous))
	for _, a := range state.Anonymous {
		g.anonymous.records[anonymousPlace{account{a.Platform, a.Actor}, a.Proof, a.Token}] = anonymousRecord{a.Scope, a.Owner}
	}
	return nil
}

// nobody waits for a result.
type nobody struct{}

func (nobody) Result(*supervisor.Instance, *activity.Object, error) {}

// asker makes the one who waits for a job of what was written down.
func (g *Gateway) asker(text json.RawMessage, message *activity.Object) supervisor.Asker {
	var state *waitingState
	if err := json.Unmarshal(text, &state); err != nil || state == nil {
		return nobody{}
	}
	s, registered := g.session(state.Session), g.registry.ByID(state.Platform)
	if s == nil || registered == nil {
		return nobody{}
	}
	var ack socketio.Ack
	if state.Ack != nil {
		ack = s.socket.RestoreAck(*state.Ack)
	}
	m := &middleware.Accepted{
		Platform: registered, Activity: message, Legacy: state.Legacy,
		ActorID: message.Object("actor").Text("id"), Type: message.Text("type"),
	}
	s.mu.Lock()
	s.jobs++
	s.bytes += state.Bytes
	s.mu.Unlock()
	g.budgets.take(s.address).Add(state.Bytes)
	return &job{g, s, m, state.Bytes, g.start(m), ack, s.acknowledge(ack, state.Bytes)}
}

// Resume lets everything go on that Restore has taken.
func (g *Gateway) Resume() {
	g.store.Resume()
	supervisor.KillOrphans(g.manager)
	g.openSessions()
	g.manager.Resume()
}
