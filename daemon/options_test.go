package daemon

import (
	"log/slog"
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/sockethub/sockethub/daemon/config"
	"github.com/sockethub/sockethub/gateway"
	"github.com/sockethub/sockethub/ratelimit"
)

func settings(t *testing.T, environ ...string) *config.Config {
	t.Helper()
	t.Chdir(t.TempDir())
	c, err := table(t).Load(nil, environ)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Where a file's 0 means "off" and an option's 0 "default", one becomes the
// other.
func TestZeroMeansOff(t *testing.T) {
	c := table(t).Default()
	o := gatewayOptions(c, &platforms{}, nil, nil, slog.New(slog.DiscardHandler))
	want := gateway.Limits{
		Rate:                  ratelimit.Limit{Max: 100, Window: time.Second, Block: 5 * time.Second},
		ConnectionsPerAddress: 20, JobsPerSession: 256, SessionBytes: 4 << 20, MaxInstances: 100, MaxLinger: 7 * 24 * time.Hour,
		HandshakesPerSecond: 100, AddressBytes: 32 << 20,
	}
	if !reflect.DeepEqual(o.Limits, want) || o.RecoveryMax != 2*time.Minute || o.Heartbeat.Interval != 5*time.Second || o.HTTPActions != nil {
		t.Errorf("by default: %+v", o)
	}
	c.RateLimiter.MaxRequests, c.RateLimiter.MaxConnectionsPerIP = 0, 0
	c.Limits.InstancesPerAddress, c.Limits.InstancesPerSession = 0, 0
	c.Limits.JobsPerSession, c.Limits.MaxPlatformInstances, c.Limits.MaxLinger = 0, 0, 0
	c.Recovery.Max, c.PlatformHeartbeat.Interval, c.PlatformHeartbeat.Timeout = 0, 0, 0
	o = gatewayOptions(c, &platforms{}, nil, nil, slog.New(slog.DiscardHandler))
	for name, n := range map[string]int{
		"rate": o.Limits.Rate.Max, "connections": o.Limits.ConnectionsPerAddress, "jobs": o.Limits.JobsPerSession, "instances": o.Limits.MaxInstances, "lingering": int(o.Limits.MaxLinger),
		"handshakes": o.Limits.HandshakesPerSecond, "instances of an address": o.Limits.InstancesPerAddress, "of a session": o.Limits.InstancesPerSession,
		"recovery": int(o.RecoveryMax), "heartbeat": int(o.Heartbeat.Interval), "its timeout": int(o.Heartbeat.Timeout),
	} {
		if n >= 0 {
			t.Errorf("%s is %d, which is not off", name, n)
		}
	}
}

func TestOriginsOfTheOptions(t *testing.T) {
	tests := []struct {
		environ []string
		want    []string
	}{
		{nil, nil},
		{[]string{"SOCKETHUB_CORS_ORIGIN=https://a.example"}, []string{"https://a.example", "http://localhost:10550"}},
		{[]string{"SOCKETHUB_CORS_ORIGIN=nonsense"}, []string{"http://localhost:10550"}},
	}
	for _, tt := range tests {
		if got := corsOptions(settings(t, tt.environ...)); !reflect.DeepEqual(got.Origins, tt.want) || got.Credentials {
			t.Errorf("%q: %+v, want %q", tt.environ, got, tt.want)
		}
	}
}

func TestClientAddressOfTheOptions(t *testing.T) {
	forged := http.Header{"X-Forwarded-For": {"198.51.100.66, 203.0.113.9"}, "X-Real-Ip": {"203.0.113.8"}}
	tests := []struct {
		name string
		set  func(*config.Config)
		want string
	}{
		{"nobody is trusted", func(*config.Config) {}, "192.0.2.1"},
		{"another header", func(c *config.Config) {
			c.CredentialCheck = config.CredentialCheck{ReconnectIPSource: "proxy", ProxyHeader: "x-real-ip"}
		}, "203.0.113.8"},
		{"one proxy", func(c *config.Config) { c.Sockethub.TrustProxy.Hops = 1 }, "203.0.113.9"},
	}
	for _, tt := range tests {
		c := table(t).Default()
		tt.set(c)
		if got := clientAddress(c)(&http.Request{RemoteAddr: "192.0.2.1:1", Header: forged}); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestHTTPActionsOfTheOptions(t *testing.T) {
	c := settings(t, "SOCKETHUB_HTTP_ACTIONS_ENABLED=yes", "SOCKETHUB_HTTP_ACTIONS_REQUIRE_REQUEST_ID=no", "SOCKETHUB_CORS_ORIGIN=https://a.example")
	h := httpActions(c)
	if h == nil || h.Path != "/sockethub-http" || !h.OptionalRequestID || h.AnyOrigin || !reflect.DeepEqual(h.Origins, []string{"https://a.example"}) ||
		h.MaxMessages != 20 || h.TTL != 5*time.Minute || h.RateLimit.Max != 100 {
		t.Errorf("got %+v", h)
	}
}

// Workers are told the level that the configuration says.
func TestWorkersLogAsConfigured(t *testing.T) {
	tests := []struct {
		environ []string
		want    string
	}{
		{nil, "debug"}, // the file's
		{[]string{"LOG_FILE_LEVEL=warn"}, "info"},
		{[]string{"LOG_FILE_LEVEL=error", "LOG_LEVEL=error"}, "error"},
		{[]string{"LOG_FILE_LEVEL=error", "LOG_LEVEL=error", "DEBUG=sockethub:platform:*"}, "debug"},
	}
	for _, tt := range tests {
		if got := workerLevel(settings(t, tt.environ...)); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.environ, got, tt.want)
		}
	}
}

func TestAddressesToOpen(t *testing.T) {
	tests := []struct {
		environ         []string
		listen, example string
		own             string
	}{
		{nil, "ws://localhost:10550", "http://localhost:10550", "http://localhost:10550/"},
		{[]string{"HOST=0.0.0.0", "PORT=80"}, "ws://0.0.0.0:80", "http://127.0.0.1:80", "http://localhost:10550/"},
		{[]string{"HOST=::1"}, "ws://[::1]:10550", "http://[::1]:10550", "http://localhost:10550/"},
		{[]string{"HOST=unix:/s"}, "unix:/s", "http://localhost:10550/", "http://localhost:10550/"},
		{[]string{"SOCKETHUB_TLS_CERT=a", "SOCKETHUB_TLS_KEY=b"}, "wss://localhost:10550", "https://localhost:10550", "http://localhost:10550/"},
	}
	for _, tt := range tests {
		c := settings(t, tt.environ...)
		if l, e, p := listenURL(c, "ws"), examplesURL(c), publicURL(c); l != tt.listen || e != tt.example || p != tt.own {
			t.Errorf("%q: %s, %s, %s; want %s, %s, %s", tt.environ, l, e, p, tt.listen, tt.example, tt.own)
		}
	}
	c := table(t).Default()
	c.Public = config.Public{Protocol: "https", Host: "hub.example", Port: 443, Path: "/x"}
	if got := examplesURL(c); got != "https://hub.example/x" {
		t.Errorf("behind a proxy: %s", got)
	}
}
