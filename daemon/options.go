package daemon

import (
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/sockethub/sockethub/daemon/config"
	"github.com/sockethub/sockethub/engineio"
	"github.com/sockethub/sockethub/gateway"
	"github.com/sockethub/sockethub/gateway/telemetry"
	"github.com/sockethub/sockethub/httpactions"
	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/ratelimit"
	"github.com/sockethub/sockethub/remote"
)

// gatewayOptions says to the gateway what the configuration says.
func gatewayOptions(c *config.Config, found *platforms, store queue.Store, metrics *telemetry.Metrics, log *slog.Logger) gateway.Options {
	return gateway.Options{
		Version:       config.Version,
		Platforms:     found.definitions,
		Config:        found.config,
		Policy:        rules(c),
		Store:         store,
		Path:          c.Sockethub.Path,
		MaxPayload:    c.Sockethub.MaxPayload,
		CORS:          corsOptions(c),
		ClientAddress: clientAddress(c),
		RecoveryMax:   c.Recovery.Max,
		RecoveryBytes: c.Recovery.MaxBytes,
		JobTimeout:    c.Limits.JobTimeout,
		Heartbeat: gateway.Heartbeat{
			Interval: c.PlatformHeartbeat.Interval,
			Timeout:  c.PlatformHeartbeat.Timeout,
		},
		Limits: limits(c),
		Worker: gateway.WorkerLimits{
			Sandbox:     c.Sandbox,
			MemoryBytes: c.Limits.WorkerMemoryBytes,
			OpenFiles:   c.Limits.WorkerOpenFiles,
			ResultBytes: c.Limits.MaxResultBytes,
		},
		Examples: c.Examples,
		Public: gateway.Public{
			Protocol: c.Public.Protocol, Host: c.Public.Host, Port: c.Public.Port, Path: c.Public.Path,
		},
		Host:           c.Sockethub.Host,
		Port:           c.Sockethub.Port,
		Log:            log,
		HTTPActions:    httpActions(c),
		Metrics:        metrics,
		WorkerLogLevel: workerLevel(c),
	}
}

// workerLevel is the least that any output of the log wants: a worker's lines
// are the server's.
func workerLevel(c *config.Config) string {
	level := c.Logging.Level
	if c.Logging.File != "" {
		level = min(level, c.Logging.FileLevel)
	}
	if c.Logging.Debug != "" {
		level = slog.LevelDebug
	}
	return strings.ToLower(level.String())
}

// httpActions is nil where they are off.
func httpActions(c *config.Config) *httpactions.Options {
	h := c.HTTPActions
	if !h.Enabled {
		return nil
	}
	return &httpactions.Options{
		Path:              h.Path,
		OptionalRequestID: !h.RequireRequestID,
		MaxMessages:       h.MaxMessagesPerRequest,
		MaxPayload:        h.MaxPayload,
		TTL:               h.IdempotencyTTL,
		RequestTimeout:    h.RequestTimeout,
		IdleTimeout:       h.IdleTimeout,
		AnyOrigin:         c.Sockethub.CORS.Any,
		Origins:           c.Sockethub.CORS.Origins,
		RateLimit:         ratelimit.Limit{Max: c.RateLimiter.MaxRequests, Window: c.RateLimiter.Window},
		ClientAddress:     clientAddress(c),
	}
}

// limits can also be replaced while the gateway runs.
func limits(c *config.Config) gateway.Limits {
	return gateway.Limits{
		Rate: ratelimit.Limit{
			Max:    c.RateLimiter.MaxRequests,
			Window: c.RateLimiter.Window,
			Block:  c.RateLimiter.BlockDuration,
		},
		ConnectionsPerAddress: c.RateLimiter.MaxConnectionsPerIP,
		JobsPerSession:        c.Limits.JobsPerSession,
		ConnectionsPerToken:   c.Limits.ConnectionsPerToken,
		HandshakesPerSecond:   handshakes(c),
		SessionBytes:          c.Limits.SessionBytes,
		AddressBytes:          c.Limits.AddressBytes,
		InstancesPerAddress:   share(c.Limits.InstancesPerAddress, c.Limits.MaxPlatformInstances, 2),
		InstancesPerSession:   share(c.Limits.InstancesPerSession, c.Limits.MaxPlatformInstances, 4),
		MaxInstances:          c.Limits.MaxPlatformInstances,
		InstancesPerToken:     c.Limits.InstancesPerToken,
		MaxLinger:             c.Limits.MaxLinger,
	}
}

// share is how many instances one may have: where the configuration says null a
// part of all, rounded up.
func share(n, all, part int) int {
	if n < 0 {
		return (all + part - 1) / part
	}
	return n
}

// handshakes is how many an address may make in a second. The default is made for
// addresses whose connections are limited.
func handshakes(c *config.Config) int {
	n := c.Limits.HandshakesPerSecond
	if c.RateLimiter.MaxConnectionsPerIP == 0 && n == config.DefaultHandshakes {
		return 0
	}
	return n
}

// corsOptions lets in the configured origins, and the pages that the server
// itself is known to serve: engineio tells them from others by their origin
// only, since a Host header can be what an attacker's name server makes it.
func corsOptions(c *config.Config) engineio.CORS {
	if c.Sockethub.CORS.Any {
		return engineio.CORS{}
	}
	own, _ := strings.CutSuffix(publicURL(c), c.Public.Path)
	return engineio.CORS{Origins: append(slices.Clone(c.Sockethub.CORS.Origins), own)}
}

// clientAddress says who a request comes from. Where proxies are trusted they
// are asked one after another, and what a client itself wrote into
// X-Forwarded-For counts for nothing. Another header has one address, which the
// proxy must have overwritten.
func clientAddress(c *config.Config) func(*http.Request) string {
	if header := namingHeader(c); header != "" {
		return func(r *http.Request) string { return remote.Named(r, header) }
	}
	return proxies(c).Client
}

// namingHeader is the header that alone names clients; "" where there is none.
func namingHeader(c *config.Config) string {
	if c.Sockethub.TrustProxy.Trusted() || c.CredentialCheck.ReconnectIPSource != "proxy" {
		return ""
	}
	return strings.TrimSpace(c.CredentialCheck.ProxyHeader)
}

// proxies are the peers from which all clients may come.
func proxies(c *config.Config) remote.Proxies {
	trust := c.Sockethub.TrustProxy
	return remote.Proxies{All: trust.All || namingHeader(c) != "", Hops: trust.Hops, Networks: trust.Networks}
}

// listenURL is the address of the main listener as the configuration has it.
func listenURL(c *config.Config, scheme string) string {
	host := c.Sockethub.Host
	if strings.HasPrefix(host, "unix:") {
		return host
	}
	if c.TLS.Cert != "" {
		scheme += "s"
	}
	return scheme + "://" + net.JoinHostPort(host, strconv.Itoa(c.Sockethub.Port))
}

// publicURL is where browsers find the examples.
func publicURL(c *config.Config) string {
	host := c.Public.Host
	standard := map[string]int{"http": 80, "https": 443}
	if c.Public.Port != standard[c.Public.Protocol] {
		host = net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(c.Public.Port))
	}
	u := url.URL{Scheme: c.Public.Protocol, Host: host, Path: c.Public.Path}
	return u.String()
}

// examplesURL is the address to open: the public one if it was set, else the
// listener's.
func examplesURL(c *config.Config) string {
	if c.Public != c.Default().Public || strings.HasPrefix(c.Sockethub.Host, "unix:") {
		return publicURL(c)
	}
	open := *c
	open.Sockethub.Host = dialHost(c.Sockethub.Host)
	return listenURL(&open, "http")
}
