package gateway

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/auth"
	"github.com/sockethub/sockethub/engineio"
	"github.com/sockethub/sockethub/gateway/telemetry"
	"github.com/sockethub/sockethub/httpactions"
	"github.com/sockethub/sockethub/middleware"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/policy"
	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/ratelimit"
	"github.com/sockethub/sockethub/remote"
)

// Options configures a Gateway: begin with [Defaults]. Numbers are taken as they
// are: 0 switches off what can be off, and New refuses it elsewhere.
type Options struct {
	Version string // of the server, as the registry publishes it

	// Platforms in the order in which clients see them. Must be set.
	Platforms []*platform.Definition
	// Config is the packageConfig of platforms, by name: a JSON object each.
	Config map[string][]byte
	Policy *policy.Policy // which hosts the platforms may reach; nil: any

	// Store keeps jobs, credentials and what HTTP actions replay. nil means a
	// new one in memory. The Gateway closes it in Shutdown.
	Store queue.Store

	Path       string        // of Socket.IO
	MaxPayload int64         // bytes of a packet
	CORS       engineio.CORS // pages of which origins may connect
	// ClientAddress returns the IP address of a request's client; nil means the
	// peer's. See remote.Named and remote.Proxies for servers behind a proxy.
	ClientAddress func(*http.Request) string
	// Auth lets in only clients that show a token; nil: all. Whoever makes it has
	// it watch its file, and calls EndStale then.
	Auth *auth.Guard
	// Hooks are steps of an embedding program on the way of each event. When one
	// panics the event is answered with an error, and the panic is logged.
	Hooks           []middleware.Hook
	RecoveryMax     time.Duration // how long a lost client may come back; 0: never
	RecoveryBytes   int           // kept for each; 0 means socketio's default
	JobTimeout      time.Duration // from a message to its answer
	ShutdownTimeout time.Duration // of Run, for work in progress
	Heartbeat       Heartbeat
	Limits          Limits
	Worker          WorkerLimits
	Examples        bool   // serve the examples application
	Public          Public // where browsers find the server
	Host            string // listened on, told to the examples application
	Port            int
	// HTTPActions turns on actions over POST; nil: off. Pipeline, Replay, Limiter
	// and Log are set by the Gateway.
	HTTPActions *httpactions.Options
	Metrics     *telemetry.Metrics // nil: nothing is counted
	Log         *slog.Logger       // nil: silent
	// OnThread is supervisor.Options.OnThread: for a program that is replaced in its
	// process. nil for none.
	OnThread       func(run func())
	WorkerLogLevel string // "debug", "info" (also ""), "warn" or "error"
}

// Limits bound what clients may use; 0: no limit. They can be changed while the
// Gateway runs, but for SessionBytes, AddressBytes, MaxLinger and those of
// instances.
type Limits struct {
	Rate                  ratelimit.Limit // of events of a session
	ConnectionsPerAddress int             // of an IPv4 address or IPv6 /64
	ConnectionsPerToken   int
	JobsPerSession        int           // accepted and unanswered
	HandshakesPerSecond   int           // of an IPv4 address or IPv6 /64
	SessionBytes          int64         // of a session's messages that are not answered, and of what waits for a client that does not read; must be positive
	AddressBytes          int64         // the same of all sessions of an address; messages may fill half of it; must be positive
	MaxInstances          int           // of platforms
	InstancesPerAddress   int           // of persistent platforms
	InstancesPerSession   int           // likewise
	InstancesPerToken     int           // likewise
	MaxLinger             time.Duration // of a connection that no session uses; 0: none stays
}

// WorkerLimits bound a worker process.
type WorkerLimits struct {
	Sandbox     bool
	MemoryBytes int64 // 0: no limit
	OpenFiles   int   // 0: as many as the server's
	ResultBytes int64 // of the answer to a message; must be positive
}

// Heartbeat says when a worker that sends nothing counts as hanging. With a 0 in
// either none does.
type Heartbeat struct{ Interval, Timeout time.Duration }

// Public is the address under which browsers reach the server.
type Public struct {
	Protocol string
	Host     string
	Port     int
	Path     string
}

// Defaults returns the options of a server that is told nothing, but for
// Platforms. They are those of the configuration file.
func Defaults() Options {
	return Options{
		Path:            "/sockethub",
		MaxPayload:      256 << 10,
		RecoveryMax:     2 * time.Minute,
		RecoveryBytes:   64 << 10,
		JobTimeout:      time.Minute,
		ShutdownTimeout: 10 * time.Second,
		Heartbeat:       Heartbeat{Interval: 5 * time.Second, Timeout: 15 * time.Second},
		Limits: Limits{
			Rate:                  ratelimit.Limit{Max: 100, Window: time.Second, Block: 5 * time.Second},
			ConnectionsPerAddress: 20,
			JobsPerSession:        256,
			HandshakesPerSecond:   100,
			SessionBytes:          4 << 20,
			AddressBytes:          32 << 20,
			MaxInstances:          100,
			// Two addresses, or four sessions, can fill the server; one alone cannot.
			InstancesPerAddress: 50,
			InstancesPerSession: 25,
			MaxLinger:           7 * 24 * time.Hour,
		},
		Worker: WorkerLimits{MemoryBytes: 256 << 20, OpenFiles: 1024, ResultBytes: 16 << 20}, // files: 64 jobs, each with some connections
		Public: Public{Protocol: "http", Host: "localhost", Port: 10550, Path: "/"},
	}
}

const (
	// credentialsTTL is how long a store that New makes keeps credentials that
	// nobody uses.
	credentialsTTL = 7 * 24 * time.Hour

	// startsPerSecond is how many workers may be started: on a small machine a
	// thousand at once would leave it no time for anything else.
	startsPerSecond = 200
)

// check refuses what makes no sense, and fills in what is nil.
func (o *Options) check() error {
	if len(o.Platforms) == 0 {
		return errors.New("gateway: Options.Platforms is empty")
	}
	for _, n := range []struct {
		name  string
		value int64
	}{
		{"MaxPayload", o.MaxPayload}, {"JobTimeout", int64(o.JobTimeout)},
		{"Limits.SessionBytes", o.Limits.SessionBytes}, {"Limits.AddressBytes", o.Limits.AddressBytes},
		{"Worker.ResultBytes", o.Worker.ResultBytes},
	} {
		if n.value <= 0 {
			return fmt.Errorf("gateway: Options.%s is %d, it must be positive: see Defaults", n.name, n.value)
		}
	}
	o.Path = strings.TrimSuffix(o.Path, "/")
	if !strings.HasPrefix(o.Path, "/") {
		return fmt.Errorf("gateway: Options.Path %q must begin with / and be more than that", o.Path)
	}
	if o.ClientAddress == nil {
		o.ClientAddress = remote.Proxies{}.Client
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}

// registered describes platforms to the registry.
func registered(definitions []*platform.Definition) []activity.Platform {
	list := make([]activity.Platform, len(definitions))
	for i, d := range definitions {
		list[i] = activity.Platform{
			ID:             d.Name,
			Package:        "@sockethub/platform-" + d.Name,
			Version:        d.Version,
			ContextURL:     d.ContextURL,
			ContextVersion: "1",
			SchemaVersion:  "1",
			Credentials:    d.Schemas.Credentials,
			Messages:       d.Schemas.Messages,
			Responses:      d.Schemas.Responses,
			Constraints:    d.Schemas.Constraints,
		}
	}
	return list
}
