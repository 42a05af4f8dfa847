package daemon

import (
	"log/slog"
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/sockethub/sockethub/daemon/config"
	"github.com/sockethub/sockethub/gateway"
)

func settings(t *testing.T, environ ...string) *config.Config {
	t.Helper()
	t.Chdir(t.TempDir())
	return load(t, nil, environ)
}

// A program that embeds the gateway has the defaults of the file.
func TestDefaultsAgree(t *testing.T) {
	c := table(t).Default()
	got, want := gatewayOptions(c, &platforms{}, nil, nil, slog.New(slog.DiscardHandler)), gateway.Defaults()
	got.Worker.Sandbox = false
	for _, pair := range [][2]any{
		{got.Path, want.Path}, {got.MaxPayload, want.MaxPayload}, {got.Public, want.Public},
		{got.RecoveryMax, want.RecoveryMax}, {got.RecoveryBytes, want.RecoveryBytes},
		{got.JobTimeout, want.JobTimeout}, {c.Shutdown.Timeout, want.ShutdownTimeout},
		{got.Heartbeat, want.Heartbeat}, {got.Limits, want.Limits}, {got.Worker, want.Worker},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("the file has %+v, gateway.Defaults %+v", pair[0], pair[1])
		}
	}
	if got.HTTPActions != nil {
		t.Errorf("HTTP actions are on: %+v", got.HTTPActions)
	}
}

// null stands for a part of all instances, and 0 for no limit.
func TestShareOfInstances(t *testing.T) {
	for _, tt := range []struct{ n, all, part, want int }{{-1, 100, 4, 25}, {-1, 5, 2, 3}, {-1, 0, 2, 0}, {0, 100, 2, 0}, {7, 100, 2, 7}} {
		if got := share(tt.n, tt.all, tt.part); got != tt.want {
			t.Errorf("share(%d, %d, %d) is %d, want %d", tt.n, tt.all, tt.part, got, tt.want)
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
