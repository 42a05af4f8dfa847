package config

import (
	"encoding/json"
	"log/slog"
	"time"
)

// Config is what the server is told to do. Its fields are named as the keys of
// the file; see [Settings] for their meaning.
type Config struct {
	Examples          bool
	Info              bool
	Logging           Logging
	Platforms         []Platform
	PackageConfig     map[string]json.RawMessage // an object each, by Platform.Name
	Policy            Policy
	Auth              Auth
	Credentials       Credentials
	CredentialCheck   CredentialCheck
	Public            Public
	RateLimiter       RateLimiter
	Limits            Limits
	Redis             Redis
	Sentry            Sentry
	Sockethub         Sockethub
	HTTPActions       HTTPActions
	PlatformHeartbeat PlatformHeartbeat
	Secret            Secret // "": a new one at each start
	Admin             Admin
	TLS               TLS
	Sandbox           bool
	Recovery          Recovery
	Shutdown          Shutdown

	// File is the file that was read, as it was given; "" if there was none.
	File string
	// Notes are what the log should say about the settings once there is a log.
	Notes []Note

	table     *Table
	schema    string            // "$schema", a hint for editors
	redisHost string            // REDIS_HOST, "" if not set
	redisPort int               // REDIS_PORT, 0 if not set
	sources   map[string]string // by key: the file's line, variable or flag that decided
}

// Note is a remark about a setting that is accepted all the same.
type Note struct {
	Level     slog.Level
	Namespace string // whose log line it is, as "server:cors"
	Text      string
}

// Logging says what is logged where.
type Logging struct {
	Level     slog.Level // on the console
	FileLevel slog.Level
	File      string // "": none
	Format    string // auto, text or json
	Debug     string // namespaces shown at every level on the console
}

// Platform is one to load.
type Platform struct {
	Name    string // "irc"; of an external one the executable's base name
	Package string // as the reference calls it: "@sockethub/platform-irc"; "" for an external one
	Path    string // of an external platform's executable
}

// Policy says which hosts the platforms may reach; see package policy for the rules.
type Policy struct{ Allow, Deny []string }

// Auth says whether clients need a token, and which are right.
type Auth struct {
	Required    bool
	Preshared   Preshared
	RateLimiter AuthRateLimiter
}

// Preshared are tokens whose digests are in a file.
type Preshared struct {
	Enabled   bool
	TokenFile string
}

// AuthRateLimiter bounds the wrong tokens of an address.
type AuthRateLimiter struct {
	Window        time.Duration
	MaxAttempts   int // 0: no limit
	BlockDuration time.Duration
}

// Credentials says how long stored credentials are kept.
type Credentials struct {
	TTL time.Duration // 0: until the session ends
}

// CredentialCheck says where a client's address is read.
type CredentialCheck struct {
	ReconnectIPSource string // socket or proxy
	ProxyHeader       string
}

// Public is the address under which browsers reach the server.
type Public struct {
	Protocol string
	Host     string
	Port     int
	Path     string
}

// RateLimiter bounds what one client sends.
type RateLimiter struct {
	Window              time.Duration
	MaxRequests         int // 0: no limit
	BlockDuration       time.Duration
	MaxConnectionsPerIP int // 0: no limit
}

// Limits bound what the server uses.
type Limits struct {
	MaxPlatformInstances int           // 0: no limit
	InstancesPerAddress  int           // 0: no limit; -1: half of MaxPlatformInstances
	InstancesPerSession  int           // 0: no limit; -1: a quarter
	MaxLinger            time.Duration // of a connection that no session uses; 0: none stays
	JobTimeout           time.Duration // from a message to its answer
	MaxQueuedJobs        int           // of an instance
	JobsPerSession       int           // accepted and not answered; 0: no limit
	SessionBytes         int64         // waiting for a client that does not read
	AddressBytes         int64         // the same for all clients of an address
	MaxResultBytes       int64         // of a worker's answer
	HandshakesPerSecond  int           // of an address; 0: no limit
	ConnectionsPerToken  int           // 0: no limit
	InstancesPerToken    int           // 0: no limit
	WorkerMemoryBytes    int64         // 0: no limit
	WorkerOpenFiles      int           // 0: as many as the server's
}

// Redis says where jobs and credentials are kept; with no URL they are kept in
// memory.
type Redis struct {
	URL                  Secret
	ConnectTimeout       time.Duration
	DisconnectTimeout    time.Duration
	MaxRetriesPerRequest int // -1: as often as time allows
}

// Sentry says what is reported to Sentry; without a DSN nothing is.
type Sentry struct {
	DSN                      Secret
	Environment              string
	Release                  string // never "": sockethub@VERSION by default
	EnableLogs               bool
	LogLevels                []slog.Level
	EnableMetrics            bool
	TracesSampleRate         float64
	ProfileSessionSampleRate float64
	SendDefaultPII           bool
}

// Sockethub is about the main listener.
type Sockethub struct {
	Port       int
	Host       string // a name, an address, or unix:/path
	Path       string // of Socket.IO, without a slash at its end
	MaxPayload int64  // bytes of one packet
	TrustProxy Proxies
	CORS       CORS
}

// HTTPActions is the interface for scripts.
type HTTPActions struct {
	Enabled               bool
	Path                  string // without a slash at its end
	RequireRequestID      bool
	MaxMessagesPerRequest int
	MaxPayload            int64 // bytes of a body
	IdempotencyTTL        time.Duration
	RequestTimeout        time.Duration // 0: none
	IdleTimeout           time.Duration // 0: none
}

// PlatformHeartbeat says when a worker counts as hanging.
type PlatformHeartbeat struct {
	Interval time.Duration // 0: no supervision
	Timeout  time.Duration // 0: no supervision
}

// Admin is the address for operators.
type Admin struct {
	Listen string // host:port or unix:/path; "": off
}

// TLS holds the names of PEM files, both or none.
type TLS struct {
	Cert string
	Key  string
}

// Recovery says what is kept for clients that lost their connection.
type Recovery struct {
	Max      time.Duration // 0: nothing is
	MaxBytes int           // for each
}

// Shutdown says how long the server waits for its clients when it ends.
type Shutdown struct {
	Timeout time.Duration
}

// Source tells where the value of a key comes from: "default", a variable, a
// flag, or a file and line.
func (c *Config) Source(key string) string {
	if s := c.sources[key]; s != "" {
		return s
	}
	return "default"
}
