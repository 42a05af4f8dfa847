package daemon

import (
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"strings"
	"time"
)

// check is one condition of being ready.
type check struct {
	name string
	ask  func() error // nil: it holds
}

// admin is the handler for operators. It tells everything, so its address is
// off by default and never the one that clients use.
// It answers to the names that it goes by, see ownNames. What pprof shows of
// the command line is left out: there may be a password in it.
func admin(metrics, status http.Handler, upgrade http.HandlerFunc, checks []check, name string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		answerReady(w, checks, r.URL.Query().Has("verbose"))
	})
	mux.HandleFunc("GET /upgrade", upgrade)
	mux.HandleFunc("POST /upgrade", upgrade)
	mux.Handle("GET /metrics", metrics)
	mux.Handle("GET /{$}", http.RedirectHandler("/status", http.StatusFound))
	mux.Handle("GET /status", status)
	mux.Handle("GET /status/", status)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("POST /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return ownNames(mux, name)
}

// adminBodyTime is how long an operator's body may take, also one that nobody looks
// at: net/http waits for its end.
const adminBodyTime = 10 * time.Second

// inTime gives the bodies of requests a time.
func inTime(h http.Handler, d time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != http.NoBody {
			http.NewResponseController(w).SetReadDeadline(time.Now().Add(d))
		}
		h.ServeHTTP(w, r)
	})
}

// ownNames refuses requests for other hosts than literal addresses, localhost and
// the name that was configured: a page of anybody whose name leads here (DNS
// rebinding) would read all of it. name is "" for a Unix socket, which no page
// reaches.
func ownNames(h http.Handler, name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if alone, _, err := net.SplitHostPort(host); err == nil {
			host = alone
		}
		_, err := netip.ParseAddr(strings.Trim(host, "[]"))
		if name != "" && err != nil && !strings.EqualFold(host, "localhost") && !strings.EqualFold(host, name) {
			http.Error(w, "this address has another name", http.StatusMisdirectedRequest)
			return
		}
		h.ServeHTTP(w, r)
	})
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
