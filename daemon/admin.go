package daemon

import (
	"fmt"
	"net/http"
	"net/http/pprof"
	"strings"
)

// check is one condition of being ready.
type check struct {
	name string
	ask  func() error // nil: it holds
}

// admin is the handler for operators. It tells everything, so its address is
// off by default and never the one that clients use.
func admin(metrics, status http.Handler, checks []check) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		answerReady(w, checks, r.URL.Query().Has("verbose"))
	})
	mux.Handle("GET /metrics", metrics)
	mux.Handle("GET /status", status)
	mux.Handle("GET /status/", status)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("POST /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// answerReady writes a line for each condition, as Kubernetes' servers do.
func answerReady(w http.ResponseWriter, checks []check, verbose bool) {
	var lines strings.Builder
	ready := true
	for _, c := range checks {
		if err := c.ask(); err != nil {
			ready = false
			fmt.Fprintf(&lines, "[-]%s failed: %v\n", c.name, err)
		} else {
			fmt.Fprintf(&lines, "[+]%s ok\n", c.name)
		}
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	word := "ok"
	if !ready {
		word = "not ready"
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	if verbose || !ready {
		fmt.Fprint(w, lines.String())
	}
	fmt.Fprintln(w, word)
}
