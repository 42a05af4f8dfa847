package daemon

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/sockethub/sockethub/daemon/config"
	"github.com/sockethub/sockethub/gateway/web"
)

// serveOn serves a handler on a listener until stop.
func (s *server) serveOn(g *gate, l net.Listener, handler http.Handler, certificate *certificate) {
	if certificate != nil {
		config := certificate.config()
		config.NextProtos = []string{"http/1.1"}
		l = tls.NewListener(l, config)
	}
	server := &http.Server{
		Handler: s.parking.counting(closingChunked(handler)),
		ConnState: func(c net.Conn, state http.ConnState) {
			s.parking.changed(c.(*framedConn), state)
			hijacked(c, state)
		},
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    config.MaxHeaderBytes,
		ErrorLog:          log.New(httpErrors{s.logger}, "", 0),
	}
	s.https = append(s.https, server)
	s.serving.Add(1)
	go func() {
		defer s.serving.Done()
		err := server.Serve(framed{l, g, &s.parking})
		if !errors.Is(err, http.ErrServerClosed) {
			select {
			case s.failed <- fmt.Errorf("listener %s: %w", g.Addr(), err):
			default: // one is enough to end the server
			}
		}
	}()
}

// recovering reports what a handler panics with, and answers without the stack.
func (s *server) recovering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			value := recover()
			if value == nil {
				return
			}
			if value == http.ErrAbortHandler {
				panic(value) // net/http's way to end a response; it expects it
			}
			s.logger.Error("panic in a request's handler", "namespace", "server:listener", "panic", value, "stack", string(debug.Stack()))
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			w.WriteHeader(http.StatusInternalServerError)
			io.WriteString(w, `{"error":"internal error"}`+"\n")
		}()
		next.ServeHTTP(w, r)
	})
}

// remarking says once that a proxy seems to stand in front that nobody told of:
// then all its clients share one address, and the limits for one.
func (s *server) remarking(next http.Handler) http.Handler {
	if s.config.Sockethub.TrustProxy.Trusted() || s.config.CredentialCheck.ReconnectIPSource == "proxy" {
		return next
	}
	var once sync.Once
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Forwarded-For") != "" {
			once.Do(func() {
				s.logger.Warn("requests come with X-Forwarded-For, but no proxy is trusted: if there is one, all its clients count as one; see sockethub.trustProxy", "namespace", "server:rate-limiter")
			})
		}
		next.ServeHTTP(w, r)
	})
}

// httpErrors takes what net/http has to say: mostly that a client's TLS
// handshake failed, which no operator needs to hear of at night.
type httpErrors struct{ log *slog.Logger }

func (h httpErrors) Write(line []byte) (int, error) {
	h.log.Debug(string(line[:max(0, len(line)-1)]), "namespace", "server:listener")
	return len(line), nil
}

// startAdmin opens the address for operators, if there is one.
func (s *server) startAdmin(before *arrival, given []net.Listener) error {
	address := s.config.Admin.Listen
	var gates []*gate
	if before != nil {
		gates = before.gates("admin", address)
	}
	if len(gates) == 0 {
		gates = wrapped(given, "admin", "")
	}
	if address != "" && len(gates) == 0 {
		l, err := listenAdmin(address)
		if err != nil {
			return fmt.Errorf("admin.listen: %w", err)
		}
		gates = wrapped([]net.Listener{l}, "admin", address)
	}
	if len(gates) == 0 {
		return nil
	}
	s.gates = append(s.gates, gates...)
	s.page = web.NewStatusPage(s.status)
	for _, g := range gates {
		handler := admin(s.metrics, s.page, s.answerUpgrade, s.checks(), adminName(g, address))
		s.serveOn(g, g, inTime(handler, adminBodyTime), nil)
		s.logger.Info("operators are answered at "+g.Addr().String(), "namespace", "server:listener")
	}
	return nil
}

// adminName is the host that admin.listen names, "localhost" for none, and "" for
// a Unix socket.
func adminName(l net.Listener, configured string) string {
	if l.Addr().Network() == "unix" {
		return ""
	}
	if host, _, err := net.SplitHostPort(configured); err == nil && host != "" {
		return host
	}
	return "localhost"
}
