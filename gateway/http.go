package gateway

import (
	"bufio"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/sockethub/sockethub/gateway/web"
)

// ServeHTTP looks at the path: health first, then Socket.IO and HTTP actions,
// then the browser files.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Body != http.NoBody {
		// Also of a body that nobody will look at: net/http waits for its end.
		// Who does look at it sets a time of its own.
		http.NewResponseController(w).SetReadDeadline(time.Now().Add(g.bodyTimeout))
	}
	route, handler := g.route(r.URL.Path)
	if g.opts.Metrics == nil {
		handler.ServeHTTP(w, r)
		return
	}
	c := &counted{ResponseWriter: w, status: http.StatusInternalServerError} // should it panic
	defer func() {
		g.opts.Metrics.Request(route, c.status)
		if route == routeActions && c.status == http.StatusTooManyRequests {
			g.opts.Metrics.Limited("address")
		}
	}()
	handler.ServeHTTP(c, r)
	if !c.written {
		c.status = http.StatusOK
	}
}

// bodyTimeout is how long a body may take where nobody asked for one.
const bodyTimeout = 10 * time.Second

// Routes as the metrics name them.
const (
	routeHealth   = "health"
	routeSocketIO = "socket.io"
	routeActions  = "actions"
	routeFiles    = "files"
)

func (g *Gateway) route(path string) (name string, handler http.Handler) {
	switch path {
	case "/livez", "/healthz", "/health":
		return routeHealth, http.HandlerFunc(answerAlive)
	case "/readyz":
		return routeHealth, readiness{g}
	}
	if strings.HasPrefix(path, g.opts.Path+"/") && !g.site.Script(path) {
		return routeSocketIO, g.sockets
	}
	if g.actions != nil && g.actions.Matches(path) {
		return routeActions, g.actions
	}
	return routeFiles, g.site
}

// counted notes the status that a request is answered with.
type counted struct {
	http.ResponseWriter
	status  int
	written bool
}

func (c *counted) WriteHeader(status int) {
	if !c.written && status >= 200 {
		c.status, c.written = status, true
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *counted) Write(b []byte) (int, error) {
	if !c.written {
		c.status, c.written = http.StatusOK, true
	}
	return c.ResponseWriter.Write(b)
}

// Hijack is for WebSockets, whose answer does not come this way.
func (c *counted) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(c.ResponseWriter).Hijack()
	if err == nil {
		c.status, c.written = http.StatusSwitchingProtocols, true
	}
	return conn, rw, err
}

// Unwrap lets an http.ResponseController find the rest.
func (c *counted) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func answerAlive(w http.ResponseWriter, _ *http.Request) { answerHealth(w, nil) }

type readiness struct{ g *Gateway }

func (h readiness) ServeHTTP(w http.ResponseWriter, _ *http.Request) { answerHealth(w, h.g.Ready()) }

// answerHealth says only whether, never why: anybody may ask. By the header
// Server the commands check and health know that it is Sockethub that answers.
func answerHealth(w http.ResponseWriter, err error) {
	h := w.Header()
	h.Set("Server", "sockethub")
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	if err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		w.Write([]byte("not ready\n"))
		return
	}
	w.Write([]byte("ok\n"))
}

func (g *Gateway) newSite() (*web.Site, error) {
	names := make([]string, len(g.opts.Platforms))
	described := map[string]web.Schemas{}
	for i, d := range g.opts.Platforms {
		names[i] = "@sockethub/platform-" + d.Name
		described[d.Name] = web.Schemas{Credentials: d.Schemas.Credentials, Messages: d.Schemas.Messages, Examples: d.Schemas.Examples}
	}
	public := g.opts.Public
	actions := ""
	if g.opts.HTTPActions != nil {
		actions = g.opts.HTTPActions.Path
	}
	return web.New(web.Options{
		HTTPActions:     actions != "" || g.opts.HTTPActions != nil,
		HTTPActionsPath: actions,
		Path:            g.opts.Path,
		Examples:        g.opts.Examples,
		Version:         g.opts.Version,
		Host:            g.opts.Host,
		Port:            g.opts.Port,
		Public:          web.Public{Protocol: public.Protocol, Host: public.Host, Port: public.Port, Path: public.Path},
		Platforms:       names,
		Schemas:         described,
		ClientAddress:   g.opts.ClientAddress,
	})
}
