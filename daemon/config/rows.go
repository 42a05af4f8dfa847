package config

import (
	"encoding/json"
	"log/slog"
	"math"
	"time"
)

// rows are the settings. Their order is the order of the file, of the help and of
// the documentation.
func rows(builtIn []BuiltIn) []Setting {
	return []Setting{
		row("$schema", text("a text", nil), "", func(c *Config) *string { return &c.schema },
			"where editors find the JSON Schema of this file"),
		row("examples", boolean(), true, func(c *Config) *bool { return &c.Examples },
			"serve the examples application at /").flag("examples"),
		row("info", boolean(), false, func(c *Config) *bool { return &c.Info },
			"print what the server would do, and exit").flag("info"),

		row("logging.level", level(), slog.LevelInfo, func(c *Config) *slog.Level { return &c.Logging.Level },
			"least severe level shown on the console").env("LOG_LEVEL").live(),
		row("logging.fileLevel", level(), slog.LevelDebug, func(c *Config) *slog.Level { return &c.Logging.FileLevel },
			"least severe level written to the log file").env("LOG_FILE_LEVEL").live(),
		row("logging.file", text("a path", nil), "sockethub.log", func(c *Config) *string { return &c.Logging.File },
			"log file, one JSON object a line; empty for none. At 128 MiB it becomes NAME.old, and another begins").env("LOG_FILE").live(),
		row("logging.format", oneOf("auto", "text", "json"), "auto", func(c *Config) *string { return &c.Logging.Format },
			"of the console: auto is text on a terminal and JSON elsewhere").env("LOG_FORMAT"),
		row("logging.debug", text("a list of namespaces", nil), "", func(c *Config) *string { return &c.Logging.Debug },
			"namespaces shown on the console whatever the level, as in sockethub*,-sockethub:engineio").env("DEBUG").live(),

		row("platforms", platformList(builtIn), allOf(builtIn), func(c *Config) *[]Platform { return &c.Platforms },
			"platforms to offer, in this order: names, or paths of executables"),
		packageConfig(),

		row("policy.allow", ruleList(), nil, func(c *Config) *[]string { return &c.Policy.Allow },
			"hosts that platforms may reach, as far as their packageConfig lets them; empty: all but those of policy.deny").env("SOCKETHUB_POLICY_ALLOW"),
		row("policy.deny", ruleList(), nil, func(c *Config) *[]string { return &c.Policy.Deny },
			"hosts that platforms may not reach, although policy.allow has them").env("SOCKETHUB_POLICY_DENY"),

		row("auth.required", boolean(), false, func(c *Config) *bool { return &c.Auth.Required },
			"let in only clients that show a token").env("AUTH_REQUIRED"),
		row("auth.backends.preshared.enabled", boolean(), true, func(c *Config) *bool { return &c.Auth.Preshared.Enabled },
			"take the tokens whose digests are in a file"),
		row("auth.backends.preshared.tokenFile", text("a path", nil), "", func(c *Config) *string { return &c.Auth.Preshared.TokenFile },
			"that file, which the command token writes; changes are followed").env("SOCKETHUB_AUTH_TOKEN_FILE"),
		row("auth.rateLimiter.windowMs", millis(0), time.Minute, func(c *Config) *time.Duration { return &c.Auth.RateLimiter.Window },
			"time in which wrong tokens are counted"),
		row("auth.rateLimiter.maxAttempts", whole[int](0, math.MaxInt32), 10, func(c *Config) *int { return &c.Auth.RateLimiter.MaxAttempts },
			"wrong tokens of an address in that time; 0 for no limit"),
		row("auth.rateLimiter.blockDurationMs", millis(0), 5*time.Minute, func(c *Config) *time.Duration { return &c.Auth.RateLimiter.BlockDuration },
			"how long an address that showed as many is kept out"),

		row("credentials.ttlMs", millis(0), 7*24*time.Hour, func(c *Config) *time.Duration { return &c.Credentials.TTL },
			"how long stored credentials are kept after their last use; 0 for as long as the session").env("SOCKETHUB_CREDENTIALS_TTL_MS"),
		row("credentialCheck.reconnectIpSource", oneOf("socket", "proxy"), "socket", func(c *Config) *string { return &c.CredentialCheck.ReconnectIPSource },
			"where a client's address is read: its connection, or what a proxy says"),
		row("credentialCheck.proxyHeader", text("the name of a header", isHeader), "x-forwarded-for", func(c *Config) *string { return &c.CredentialCheck.ProxyHeader },
			"header in which a proxy says the client's address"),

		row("public.protocol", oneOf("http", "https"), "http", func(c *Config) *string { return &c.Public.Protocol },
			"how browsers reach the server"),
		row("public.host", text("a host name", isHost), "localhost", func(c *Config) *string { return &c.Public.Host },
			"host name that browsers use"),
		row("public.port", port(), 10550, func(c *Config) *int { return &c.Public.Port },
			"port that browsers use"),
		row("public.path", text("a path that begins with /", func(p string) bool { return p == "/" || isPath(p) }), "/", func(c *Config) *string { return &c.Public.Path },
			"path under which browsers find the examples application"),

		row("rateLimiter.windowMs", millis(0), time.Second, func(c *Config) *time.Duration { return &c.RateLimiter.Window },
			"time in which events and requests are counted").live(),
		row("rateLimiter.maxRequests", whole[int](0, math.MaxInt32), 100, func(c *Config) *int { return &c.RateLimiter.MaxRequests },
			"events of a client, or HTTP requests of an address, in that time; 0 for no limit").live(),
		row("rateLimiter.blockDurationMs", millis(0), 5*time.Second, func(c *Config) *time.Duration { return &c.RateLimiter.BlockDuration },
			"how long a client that sent more is not listened to").live(),
		row("rateLimiter.maxConnectionsPerIp", whole[int](0, math.MaxInt32), 20, func(c *Config) *int { return &c.RateLimiter.MaxConnectionsPerIP },
			"connections of an address at a time; 0 for no limit. Of bare ones, from which nothing has been read, there may be eight times as many (at least 32), and any number from a trusted proxy").live(),

		row("limits.maxPlatformInstances", whole[int](0, math.MaxInt32), 100, func(c *Config) *int { return &c.Limits.MaxPlatformInstances },
			"worker processes at a time; 0 for no limit"),
		row("limits.instancesPerAddress", countOrNull(), -1, func(c *Config) *int { return &c.Limits.InstancesPerAddress },
			"of these, what an address has with connections of its own, as to IRC; 0 for no limit, null for half of them: one greedy address leaves places to others").env("SOCKETHUB_LIMITS_INSTANCES_PER_ADDRESS"),
		row("limits.instancesPerSession", countOrNull(), -1, func(c *Config) *int { return &c.Limits.InstancesPerSession },
			"of these, what a client has; 0 for no limit, null for a quarter of them: more accounts than a person uses at a time").env("SOCKETHUB_LIMITS_INSTANCES_PER_SESSION"),
		row("limits.maxLingerMs", millis(0), 7*24*time.Hour, func(c *Config) *time.Duration { return &c.Limits.MaxLinger },
			"how long a platform may keep a connection that no client is using; 0 for not at all").env("SOCKETHUB_LIMITS_MAX_LINGER_MS"),
		row("limits.jobTimeoutMs", millis(1), time.Minute, func(c *Config) *time.Duration { return &c.Limits.JobTimeout },
			"from a message to its answer; then the client gets an error").env("SOCKETHUB_LIMITS_JOB_TIMEOUT_MS"),
		row("limits.maxQueuedJobs", whole[int](1, math.MaxInt32), 4000, func(c *Config) *int { return &c.Limits.MaxQueuedJobs },
			"messages that wait for one worker; where it is everybody's, a quarter of them for an address").env("SOCKETHUB_LIMITS_MAX_QUEUED_JOBS"),
		row("limits.jobsPerSession", whole[int](0, math.MaxInt32), 256, func(c *Config) *int { return &c.Limits.JobsPerSession },
			"messages of a client that are not answered yet; 0 for no limit").env("SOCKETHUB_LIMITS_JOBS_PER_SESSION").live(),
		row("limits.sessionBytes", whole[int64](1<<16, most), 4<<20, func(c *Config) *int64 { return &c.Limits.SessionBytes },
			"bytes of a client's messages that are not answered yet, and bytes that wait for a client that does not read; more of these ends its connection").env("SOCKETHUB_LIMITS_SESSION_BYTES"),
		row("limits.addressBytes", whole[int64](1<<20, most), 32<<20, func(c *Config) *int64 { return &c.Limits.AddressBytes },
			"the same for all clients of an address together; their messages may fill half of it").env("SOCKETHUB_LIMITS_ADDRESS_BYTES"),
		row("limits.maxResultBytes", whole[int64](1<<20, 1<<30), 16<<20, func(c *Config) *int64 { return &c.Limits.MaxResultBytes },
			"bytes of what a worker answers a message with; more is an error").env("SOCKETHUB_LIMITS_MAX_RESULT_BYTES"),
		row("limits.handshakesPerSecond", whole[int](0, math.MaxInt32), DefaultHandshakes, func(c *Config) *int { return &c.Limits.HandshakesPerSecond },
			"new connections of an address in a second; 0 for no limit. A page that is loaded anew makes one or two. The default does not hold where rateLimiter.maxConnectionsPerIp is 0: an address may be a crowd there").env("SOCKETHUB_LIMITS_HANDSHAKES_PER_SECOND").live(),
		row("limits.connectionsPerToken", whole[int](0, math.MaxInt32), 0, func(c *Config) *int { return &c.Limits.ConnectionsPerToken },
			"connections with a token at a time; 0 for no limit").env("SOCKETHUB_LIMITS_CONNECTIONS_PER_TOKEN").live(),
		row("limits.instancesPerToken", whole[int](0, math.MaxInt32), 0, func(c *Config) *int { return &c.Limits.InstancesPerToken },
			"of limits.maxPlatformInstances, what a token has with connections of its own, as to IRC; 0 for no limit").env("SOCKETHUB_LIMITS_INSTANCES_PER_TOKEN"),
		row("limits.workerMemoryBytes", whole[int64](0, most), 256<<20, func(c *Config) *int64 { return &c.Limits.WorkerMemoryBytes },
			"memory of a worker process and all that it starts; 0 for no limit").env("SOCKETHUB_LIMITS_WORKER_MEMORY_BYTES"),
		row("limits.workerOpenFiles", whole[int](0, math.MaxInt32), 1024, func(c *Config) *int { return &c.Limits.WorkerOpenFiles },
			"open files and connections of a worker process; 0 for as many as the server's").env("SOCKETHUB_LIMITS_WORKER_OPEN_FILES"),

		row("redis.url", secret("redis://[[user]:password@]host[:port][/database], redis+sentinel://…host[:port],…/master[/database], redis+cluster://…host[:port],…, the same with rediss for TLS, unix:///path/of/socket, or nothing", isRedisURL), "", func(c *Config) *Secret { return &c.Redis.URL },
			"Redis that keeps jobs and credentials; empty: they are kept in memory").env("REDIS_URL").flag("redis.url"),
		row("", text("a host name or address", isRedisHost), "", func(c *Config) *string { return &c.redisHost },
			"host of redis.url when REDIS_URL is not set").env("REDIS_HOST"),
		row("", port(), 0, func(c *Config) *int { return &c.redisPort },
			"port of redis.url when REDIS_URL is not set").env("REDIS_PORT"),
		row("redis.connectTimeout", millis(0), 10*time.Second, func(c *Config) *time.Duration { return &c.Redis.ConnectTimeout },
			"for a connection to Redis, in milliseconds; 0 for the default"),
		row("redis.disconnectTimeout", millis(0), 5*time.Second, func(c *Config) *time.Duration { return &c.Redis.DisconnectTimeout },
			"for removing what this server keeps in Redis when it ends, in milliseconds; 0 for the default"),
		row("redis.maxRetriesPerRequest", countOrNull(), -1, func(c *Config) *int { return &c.Redis.MaxRetriesPerRequest },
			"how often a command is sent again after its connection was lost; null: as often as a few seconds allow"),

		row("sentry.dsn", secret("https://KEY@HOST/PROJECT, or nothing", isDSN), "", func(c *Config) *Secret { return &c.Sentry.DSN },
			"Sentry project that errors are reported to; empty: none").env("SENTRY_DSN").flag("sentry.dsn"),
		row("sentry.environment", text("a text", nil), "production", func(c *Config) *string { return &c.Sentry.Environment },
			"environment named in reports").env("SENTRY_ENVIRONMENT"),
		row("sentry.release", text("a text", nil), "", func(c *Config) *string { return &c.Sentry.Release },
			"release named in reports; empty for sockethub@VERSION").env("SENTRY_RELEASE"),
		row("sentry.enableLogs", boolean(), false, func(c *Config) *bool { return &c.Sentry.EnableLogs },
			"forward log lines, without addresses"),
		row("sentry.logLevels", levelList(), []slog.Level{slog.LevelWarn, slog.LevelError}, func(c *Config) *[]slog.Level { return &c.Sentry.LogLevels },
			"levels of the lines to forward"),
		row("sentry.enableMetrics", boolean(), true, func(c *Config) *bool { return &c.Sentry.EnableMetrics },
			"send counters of connections and actions"),
		row("sentry.tracesSampleRate", share(), 0.1, func(c *Config) *float64 { return &c.Sentry.TracesSampleRate },
			"share of the actions that are traced"),
		row("sentry.profileSessionSampleRate", share(), 0, func(c *Config) *float64 { return &c.Sentry.ProfileSessionSampleRate },
			"share of the sessions that are profiled").unused("Sentry's library for Go has no profiler; see /debug/pprof on admin.listen"),
		row("sentry.sendDefaultPii", boolean(), false, func(c *Config) *bool { return &c.Sentry.SendDefaultPII },
			"leave addresses, ids and texts in reports"),

		row("sockethub.port", port(), 10550, func(c *Config) *int { return &c.Sockethub.Port },
			"port to listen on; 0 for any free one").env("PORT").flag("port"),
		row("sockethub.host", text("a host name, an address, unix:/path, or nothing for all addresses", isHost), "localhost", func(c *Config) *string { return &c.Sockethub.Host },
			"address to listen on, or unix:/path").env("HOST").flag("host"),
		row("sockethub.path", text("a path that begins with / and is more than that", isPath), "/sockethub", func(c *Config) *string { return &c.Sockethub.Path },
			"path of the Socket.IO endpoint"),
		row("sockethub.maxPayloadBytes", whole[int64](1, 1<<30), 256<<10, func(c *Config) *int64 { return &c.Sockethub.MaxPayload },
			"bytes of one message").env("SOCKETHUB_MAX_PAYLOAD_BYTES"),
		row("sockethub.trustProxy", proxies(), Proxies{}, func(c *Config) *Proxies { return &c.Sockethub.TrustProxy },
			"proxies in front whose word on a client's address is taken").env("SOCKETHUB_TRUST_PROXY"),
		row("sockethub.cors.origin", text("*, or a list of origins", nil), "*", func(c *Config) *string { return &c.Sockethub.CORS.Origin },
			"pages of which origins may connect: *, or a comma list").env("SOCKETHUB_CORS_ORIGIN").flag("cors.origin").live(),

		row("httpActions.enabled", boolean(), false, func(c *Config) *bool { return &c.HTTPActions.Enabled },
			"take messages over HTTP POST as well").env("SOCKETHUB_HTTP_ACTIONS_ENABLED"),
		row("httpActions.path", text("a path that begins with / and is more than that", isPath), "/sockethub-http", func(c *Config) *string { return &c.HTTPActions.Path },
			"path of that endpoint").env("SOCKETHUB_HTTP_ACTIONS_PATH"),
		row("httpActions.requireRequestId", boolean(), true, func(c *Config) *bool { return &c.HTTPActions.RequireRequestID },
			"refuse requests without an id of their own").env("SOCKETHUB_HTTP_ACTIONS_REQUIRE_REQUEST_ID"),
		row("httpActions.maxMessagesPerRequest", whole[int](1, math.MaxInt32), 20, func(c *Config) *int { return &c.HTTPActions.MaxMessagesPerRequest },
			"messages in one request").env("SOCKETHUB_HTTP_ACTIONS_MAX_MESSAGES_PER_REQUEST"),
		row("httpActions.maxPayloadBytes", whole[int64](1, 1<<30), 256<<10, func(c *Config) *int64 { return &c.HTTPActions.MaxPayload },
			"bytes of one request").env("SOCKETHUB_HTTP_ACTIONS_MAX_PAYLOAD_BYTES"),
		row("httpActions.idempotencyTtlMs", millis(0), 5*time.Minute, func(c *Config) *time.Duration { return &c.HTTPActions.IdempotencyTTL },
			"how long answers are kept for a repeated request; 0 for the default").env("SOCKETHUB_HTTP_ACTIONS_IDEMPOTENCY_TTL_MS"),
		row("httpActions.requestTimeoutMs", millis(0), 30*time.Second, func(c *Config) *time.Duration { return &c.HTTPActions.RequestTimeout },
			"for all answers of a request; 0 for no limit").env("SOCKETHUB_HTTP_ACTIONS_REQUEST_TIMEOUT_MS"),
		row("httpActions.idleTimeoutMs", millis(0), 15*time.Second, func(c *Config) *time.Duration { return &c.HTTPActions.IdleTimeout },
			"between two answers of a request; 0 for no limit").env("SOCKETHUB_HTTP_ACTIONS_IDLE_TIMEOUT_MS"),

		row("platformHeartbeat.intervalMs", millis(0), 5*time.Second, func(c *Config) *time.Duration { return &c.PlatformHeartbeat.Interval },
			"between two signs of life of a worker; 0: none is expected").env("SOCKETHUB_PLATFORM_HEARTBEAT_INTERVAL_MS"),
		row("platformHeartbeat.timeoutMs", millis(0), 15*time.Second, func(c *Config) *time.Duration { return &c.PlatformHeartbeat.Timeout },
			"without a sign of life before a worker is replaced; 0: it never is").env("SOCKETHUB_PLATFORM_HEARTBEAT_TIMEOUT_MS"),

		row("secret", secret("at least 16 characters, or nothing", isSecret), "", func(c *Config) *Secret { return &c.Secret },
			"key of what is kept in Redis, the same on all servers that share one; empty for a new one at each start").env("SOCKETHUB_SECRET"),
		row("admin.listen", text("a port, host:port or unix:/path, or nothing", isListen), "", func(c *Config) *string { return &c.Admin.Listen },
			"address for operators: /status, /readyz?verbose, /metrics, /debug/pprof; empty: off").env("SOCKETHUB_ADMIN_LISTEN"),
		row("tls.cert", text("the path of a PEM file", nil), "", func(c *Config) *string { return &c.TLS.Cert },
			"certificate chain; with tls.key the server speaks HTTPS").env("SOCKETHUB_TLS_CERT").live(),
		row("tls.key", text("the path of a PEM file", nil), "", func(c *Config) *string { return &c.TLS.Key },
			"private key of the certificate").env("SOCKETHUB_TLS_KEY").live(),
		row("sandbox", boolean(), true, func(c *Config) *bool { return &c.Sandbox },
			"shut workers in with what the kernel offers").env("SOCKETHUB_SANDBOX"),
		row("recovery.maxMs", millis(0), 2*time.Minute, func(c *Config) *time.Duration { return &c.Recovery.Max },
			"how long a client that lost its connection may come back to its session; 0: never").env("SOCKETHUB_RECOVERY_MAX_MS"),
		row("recovery.maxBytes", whole[int](0, math.MaxInt32), 64<<10, func(c *Config) *int { return &c.Recovery.MaxBytes },
			"kept for such a client meanwhile; 0 for the default").env("SOCKETHUB_RECOVERY_MAX_BYTES"),
		row("shutdown.timeoutMs", millis(0), 10*time.Second, func(c *Config) *time.Duration { return &c.Shutdown.Timeout },
			"how long work in progress may take when the server ends").env("SOCKETHUB_SHUTDOWN_TIMEOUT_MS").live(),
	}
}

// packageConfig is the row whose value has keys that are not the table's: see
// readPackageConfig.
func packageConfig() Setting {
	reveal := func(c *Config) string { return encodeJSON(c.PackageConfig) }
	// It may hold passwords, and is never shown.
	value := func(c *Config) string {
		if len(c.PackageConfig) == 0 {
			return "{}"
		}
		return "{…}"
	}
	return Setting{
		Key: "packageConfig", Kind: "object", Allowed: "an object with an object for each platform", Default: "{}",
		Help:    "settings of platforms, by name",
		initial: func(c *Config) { c.PackageConfig = map[string]json.RawMessage{} },
		value:   value, reveal: reveal,
	}
}

func isHeader(name string) bool {
	for _, b := range []byte(name) {
		if b <= ' ' || b >= 0x7f || b == ':' {
			return false
		}
	}
	return true
}

func isRedisHost(host string) bool { return host != "" && isHost(host) }

func isSecret(s string) bool { return s == "" || len(s) >= 16 }
