package gateway

import (
	"cmp"
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

// Options configures a Gateway. The zero value of each field but Platforms is
// the default of the configuration file.
type Options struct {
	Version string // of the server, as the registry publishes it

	// Platforms in the order in which clients see them.
	Platforms []*platform.Definition
	// Config is the packageConfig of platforms, by name: a JSON object each.
	Config map[string][]byte
	Policy *policy.Policy // which hosts the platforms may reach; nil: any

	// Store keeps jobs, credentials and what HTTP actions replay. nil means a
	// new one in memory. The Gateway closes it in Shutdown.
	Store queue.Store

	Path       string        // of Socket.IO; "" means /sockethub
	MaxPayload int64         // bytes of a packet; 0 means 256 KiB
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
	RecoveryMax     time.Duration // how long a lost client may come back; 0 means 2 minutes, negative: never
	RecoveryBytes   int           // kept for each; 0 means 64 KiB
	JobTimeout      time.Duration // from a message to its answer; 0 means 60 s
	ShutdownTimeout time.Duration // of Run, for work in progress; 0 means 10 s
	Heartbeat       Heartbeat
	Limits          Limits
	Worker          WorkerLimits
	Examples        bool   // serve the examples application
	Public          Public // where browsers find the server
	Host            string // listened on, told to the examples application
	Port            int
	// HTTPActions turns on actions over POST; nil: off. Pipeline, Replay, Limiter
	// and Log are set by the Gateway.
	HTTPActions    *httpactions.Options
	Metrics        *telemetry.Metrics // nil: nothing is counted
	Log            *slog.Logger       // nil: silent
	WorkerLogLevel string             // "debug", "info" (also ""), "warn" or "error"
}

// Limits bound what clients may use. They can be changed while the Gateway
// runs, but for SessionBytes, AddressBytes, MaxLinger and those of instances.
type Limits struct {
	Rate                  ratelimit.Limit // of events of a session; zero means 100 a second, then 5 s blocked
	ConnectionsPerAddress int             // of an IPv4 address or IPv6 /64; 0 means 20, negative: no limit
	ConnectionsPerToken   int             // 0: no limit
	JobsPerSession        int             // accepted and unanswered; 0 means 256, negative: no limit
	HandshakesPerSecond   int             // of an IPv4 address or IPv6 /64; 0 means 100, negative: no limit
	SessionBytes          int64           // of a session's messages that are not answered, and of what waits for a client that does not read; 0 means 4 MiB
	AddressBytes          int64           // the same of all sessions of an address; messages may fill half of it; 0 means 32 MiB
	MaxInstances          int             // of platforms; 0 means 100, negative: no limit
	InstancesPerAddress   int             // of persistent platforms; 0 means half of MaxInstances, negative: no limit
	InstancesPerSession   int             // likewise; 0 means a quarter
	InstancesPerToken     int             // likewise; 0: no limit
	MaxLinger             time.Duration   // of a connection that no session uses; 0 means 7 days, negative: none stays
}

// WorkerLimits bound a worker process.
type WorkerLimits struct {
	Sandbox     bool
	MemoryBytes int64 // 0 means the platform package's default
	OpenFiles   int   // likewise
	ResultBytes int64 // of the answer to a message; 0 means 16 MiB
}

// Heartbeat says when a worker that sends nothing counts as hanging.
type Heartbeat struct {
	Interval time.Duration // 0 means 5 s, negative: no supervision
	Timeout  time.Duration // 0 means 15 s, negative: no supervision
}

// Public is the address under which browsers reach the server.
type Public struct {
	Protocol string // "" means http
	Host     string // "" means localhost
	Port     int    // 0 means 10550
	Path     string // "" means /
}

func (o *Options) defaults() error {
	if len(o.Platforms) == 0 {
		return errors.New("gateway: Options.Platforms is empty")
	}
	o.Path = strings.TrimSuffix(cmp.Or(o.Path, "/sockethub"), "/")
	if !strings.HasPrefix(o.Path, "/") {
		return fmt.Errorf("gateway: Options.Path %q must begin with / and be more than that", o.Path)
	}
	o.MaxPayload = cmp.Or(o.MaxPayload, 256<<10)
	o.RecoveryMax = max(0, cmp.Or(o.RecoveryMax, 2*time.Minute))
	o.ShutdownTimeout = cmp.Or(o.ShutdownTimeout, 10*time.Second)
	o.Limits.SessionBytes = cmp.Or(o.Limits.SessionBytes, 4<<20)
	o.Limits.AddressBytes = cmp.Or(o.Limits.AddressBytes, 32<<20)
	o.Public.Protocol = cmp.Or(o.Public.Protocol, "http")
	o.Public.Host = cmp.Or(o.Public.Host, "localhost")
	o.Public.Port = cmp.Or(o.Public.Port, 10550)
	o.Public.Path = cmp.Or(o.Public.Path, "/")
	if o.ClientAddress == nil {
		o.ClientAddress = remote.Proxies{}.Client
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}

// withDefaults returns the limits that a session looks at.
func (l Limits) withDefaults() *Limits {
	l.Rate.Max = cmp.Or(l.Rate.Max, 100)
	l.Rate.Window = cmp.Or(l.Rate.Window, time.Second)
	l.Rate.Block = cmp.Or(l.Rate.Block, 5*time.Second)
	l.ConnectionsPerAddress = cmp.Or(l.ConnectionsPerAddress, 20)
	l.JobsPerSession = cmp.Or(l.JobsPerSession, 256)
	l.HandshakesPerSecond = cmp.Or(l.HandshakesPerSecond, 100)
	return &l
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
