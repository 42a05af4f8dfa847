package gateway

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/engineio"
	"github.com/sockethub/sockethub/engineio/websocket"
	"github.com/sockethub/sockethub/gateway/web"
	"github.com/sockethub/sockethub/httpactions"
	"github.com/sockethub/sockethub/middleware"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/supervisor"
	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/ratelimit"
	"github.com/sockethub/sockethub/socketio"
)

// Gateway is a Sockethub server. It is an [http.Handler] for all paths.
type Gateway struct {
	opts        Options
	registry    *activity.Registry
	pipeline    *middleware.Pipeline
	platforms   map[string]*platform.Definition
	store       queue.Store
	manager     *supervisor.Manager
	sockets     *socketio.Server
	site        *web.Site
	actions     *httpactions.Handler // nil: off
	anonymous   anonymous
	addresses   addresses
	opened      addresses // of Engine.IO, whether they have joined or not
	budgets     budgets
	handshakes  *ratelimit.Memory // by subscriber
	limits      atomic.Pointer[Limits]
	bodyTimeout time.Duration // see there; tests have less patience
	draining    atomic.Bool
	key         [32]byte          // of what is hashed into the ids of instances
	guesses     *ratelimit.Memory // at secrets, by account and subscriber

	mu         sync.Mutex // guards the fields below
	sessions   map[string]*session
	registries map[string]*activity.Registry // what tokens for some platforms see, by these
	leaving    bool                          // farewell has told those who were here
}

// New checks the options and returns a Gateway that serves as soon as requests
// come to it. Workers are started by the first message that needs one.
// Shutdown ends what it has started.
func New(opts Options) (*Gateway, error) {
	if err := opts.check(); err != nil {
		return nil, err
	}
	registry, err := activity.NewRegistry(opts.Version, registered(opts.Platforms))
	if err != nil {
		return nil, err
	}
	g := &Gateway{
		opts:        opts,
		registry:    registry,
		pipeline:    middleware.New(registry, opts.Hooks...),
		platforms:   make(map[string]*platform.Definition),
		store:       opts.Store,
		sessions:    make(map[string]*session),
		bodyTimeout: bodyTimeout,
		budgets:     budgets{max: opts.Limits.AddressBytes},
		handshakes:  ratelimit.NewMemory(0),
		guesses:     ratelimit.NewMemory(0),
	}
	rand.Read(g.key[:])
	g.limits.Store(&opts.Limits)
	for _, d := range opts.Platforms {
		g.platforms[d.Name] = d
	}
	if g.sockets, err = g.newSockets(); err != nil {
		return nil, err
	}
	if g.site, err = g.newSite(); err != nil {
		return nil, err
	}
	if g.store == nil {
		if g.store, err = queue.OpenMemory(queue.Options{Log: opts.Log, CredentialsTTL: credentialsTTL}); err != nil {
			return nil, err
		}
	}
	g.manager, err = supervisor.New(supervisor.Options{
		Definitions:  opts.Platforms,
		Config:       opts.Config,
		Policy:       opts.Policy,
		Store:        g.store,
		Sink:         sink{g},
		Log:          opts.Log,
		LogLevel:     opts.WorkerLogLevel,
		MaxInstances: opts.Limits.MaxInstances,

		InstancesPerAddress: opts.Limits.InstancesPerAddress,
		InstancesPerSession: opts.Limits.InstancesPerSession,
		InstancesPerToken:   opts.Limits.InstancesPerToken,
		MaxResultBytes:      opts.Worker.ResultBytes,

		MaxLinger:         opts.Limits.MaxLinger,
		JobTimeout:        opts.JobTimeout,
		HeartbeatInterval: opts.Heartbeat.Interval,
		HeartbeatTimeout:  opts.Heartbeat.Timeout,
		Sandbox:           opts.Worker.Sandbox,
		WorkerMemoryBytes: opts.Worker.MemoryBytes,
		WorkerOpenFiles:   opts.Worker.OpenFiles,
		StartsPerSecond:   startsPerSecond,
		Started:           opts.Metrics.Started,
		Waited:            opts.Metrics.Waited,
		Report:            g.report,
		OnThread:          opts.OnThread,
	})
	if err != nil {
		return nil, err
	}
	if opts.HTTPActions != nil {
		g.actions = g.newActions(*opts.HTTPActions)
	}
	return g, nil
}

func (g *Gateway) newSockets() (*socketio.Server, error) {
	server, err := socketio.New(socketio.Options{
		Engine: engineio.Options{
			MaxPayload:  g.opts.MaxPayload,
			MaxBuffered: g.opts.Limits.SessionBytes,
			CORS:        g.opts.CORS,
			Handshake:   g.handshake,
			Ended:       g.handshakeEnded,
			Budget:      func(value any) *websocket.Budget { return value.(*handshake).budget },
			Log:         g.opts.Log.With("namespace", "engineio"),
		},
		Recovery: socketio.Recovery{
			Max: g.opts.RecoveryMax, MaxBytes: g.opts.RecoveryBytes, Wants: wantsOffsets, May: g.mayComeBack,
			Whose: subscriberOf, MaxWhose: g.recoverable,
		},
		Log: g.opts.Log.With("namespace", "socketio"),
	})
	if err != nil {
		return nil, err
	}
	n := server.Of("/")
	n.OnConnect(g.admitted)
	n.OnConnected(g.connected)
	n.OnRecover(g.recovered)
	n.OnEvent(func(s *socketio.Socket, e *socketio.EventPacket) {
		if client := joined(s); client != nil {
			client.event(e)
		}
	})
	n.OnDisconnect(g.disconnected)
	n.OnRelease(g.released)
	return server, nil
}

// Registry returns what the event "schemas" publishes.
func (g *Gateway) Registry() *activity.Registry { return g.registry }

// SetLimits replaces the limits that can be changed, from the next event or
// request on.
func (g *Gateway) SetLimits(l Limits) {
	g.limits.Store(&l)
	if g.actions != nil {
		g.actions.SetRateLimit(l.Rate)
	}
}

// SetCORS replaces the rules for pages of other origins.
func (g *Gateway) SetCORS(c engineio.CORS) {
	g.sockets.Engine().SetCORS(c)
	if g.actions != nil {
		g.actions.SetOrigins(len(c.Origins) == 0, c.Origins)
	}
}

// Ready returns nil when messages can be taken, else why not.
func (g *Gateway) Ready() error {
	if g.draining.Load() {
		return errors.New("shutting down")
	}
	return g.store.Ready()
}

// Run waits until ctx ends and then shuts down, within Options.ShutdownTimeout.
// It is for programs that have nothing else to do at their end.
func (g *Gateway) Run(ctx context.Context) error {
	<-ctx.Done()
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), g.opts.ShutdownTimeout)
	defer cancel()
	return g.Shutdown(within)
}

// leaveTime is how long clients have to take their last packets at Shutdown.
const leaveTime = 2 * time.Second

// Shutdown refuses what is new, waits until every accepted message is answered,
// closes all sessions and ends all workers. When ctx ends first, what is left is
// answered with an error; nothing is left running either way.
func (g *Gateway) Shutdown(ctx context.Context) error {
	g.draining.Store(true)
	var err error
	if g.actions != nil {
		err = g.actions.Shutdown(ctx)
	}
	err = errors.Join(err, g.manager.Shutdown(ctx))
	// What was answered last is on its way: closing a session sends it first. A
	// client that does not take its leave, since its network is gone or it never
	// polls again, holds up nobody: there is nothing more for it.
	leave, cancel := context.WithTimeout(ctx, leaveTime)
	defer cancel()
	quiet, cancelQuiet := context.WithTimeout(leave, leaveTime/2)
	defer cancelQuiet()
	g.farewell(quiet)
	if e := g.sockets.Close(leave); e != nil && ctx.Err() != nil {
		err = errors.Join(err, fmt.Errorf("close sessions: %w", e))
	}
	if e := g.store.Close(ctx); e != nil {
		err = errors.Join(err, fmt.Errorf("close store: %w", e))
	}
	return err
}

// report is what the janitor's line in the log says of the gateway.
func (g *Gateway) report() (sessions, redisConnections int) {
	if stats := g.store.Stats(); stats.Backend == "redis" && stats.Up {
		redisConnections = 2 // carry all of a node: see package queue
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.sessions), redisConnections
}

// session returns the client called id, nil if it is gone.
func (g *Gateway) session(id string) *session {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.sessions[id]
}

// persistent reports whether each actor of a platform has an instance of its own.
func (g *Gateway) persistent(id string) bool { return g.platforms[id].Persist }

var _ http.Handler = (*Gateway)(nil)
