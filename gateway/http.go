package gateway

import (
	"net/http"
	"strings"

	"github.com/sockethub/server/gateway/web"
)

// ServeHTTP looks at the path: health first, then Socket.IO and HTTP actions,
// then the browser files.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	switch path {
	case "/livez", "/healthz", "/health":
		answerHealth(w, nil)
		return
	case "/readyz":
		answerHealth(w, g.Ready())
		return
	}
	if strings.HasPrefix(path, g.opts.Path+"/") && !g.site.Script(path) {
		g.sockets.ServeHTTP(w, r)
		return
	}
	if g.actions != nil && g.actions.Matches(path) {
		g.actions.ServeHTTP(w, r)
		return
	}
	g.site.ServeHTTP(w, r)
}

// answerHealth says only whether, never why: anybody may ask.
func answerHealth(w http.ResponseWriter, err error) {
	h := w.Header()
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
	for i, d := range g.opts.Platforms {
		names[i] = "@sockethub/platform-" + d.Name
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
		ClientAddress:   g.opts.ClientAddress,
	})
}
