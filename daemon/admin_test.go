package daemon

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// Only the names that the address goes by are answered.
func TestAdminNames(t *testing.T) {
	nothing := http.NotFoundHandler()
	for _, tt := range []struct {
		configured, host string
		status           int
	}{
		{"localhost", "localhost:9100", 200}, {"localhost", "127.0.0.1:9100", 200}, {"localhost", "[::1]:9100", 200}, {"localhost", "[::1]", 200},
		{"localhost", "evil.example", 421}, {"localhost", "evil.example:9100", 421}, {"localhost", "localhost.evil.example", 421}, {"localhost", "127.0.0.1.evil.example", 421}, {"localhost", "", 421},
		{"ops.example", "OPS.example:9100", 200}, {"ops.example", "evil.example", 421},
		{"", "admin", 200}, // a Unix socket
	} {
		r := httptest.NewRequest("GET", "/livez", nil)
		r.Host = tt.host
		w := httptest.NewRecorder()
		admin(nothing, nothing, nothing.ServeHTTP, nil, tt.configured).ServeHTTP(w, r)
		if w.Code != tt.status {
			t.Errorf("%q at %q: status %d, want %d", tt.host, tt.configured, w.Code, tt.status)
		}
	}
}

// The address alone leads to the page.
func TestAdminAddressLeadsToStatus(t *testing.T) {
	w := httptest.NewRecorder()
	nothing := http.NotFoundHandler()
	admin(nothing, nothing, nothing.ServeHTTP, nil, "").ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != http.StatusFound || w.Header().Get("Location") != "/status" {
		t.Errorf("status %d, Location %q", w.Code, w.Header().Get("Location"))
	}
}

// The command line, in which there may be a password, is shown to nobody.
func TestNoCommandLine(t *testing.T) {
	w := httptest.NewRecorder()
	nothing := http.NotFoundHandler()
	admin(nothing, nothing, nothing.ServeHTTP, nil, "").ServeHTTP(w, httptest.NewRequest("GET", "/debug/pprof/cmdline", nil))
	if w.Code != 404 {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}

// A body that does not come ends the request, at an address for operators too, and
// also where nobody reads it.
func TestBodiesOfOperatorsHaveTheirTime(t *testing.T) {
	nothing := http.NotFoundHandler()
	s := httptest.NewServer(inTime(admin(nothing, nothing, nothing.ServeHTTP, nil, ""), 50*time.Millisecond))
	defer s.Close()
	for _, request := range []string{"GET /livez", "POST /debug/pprof/symbol", "POST /nowhere"} {
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(patience))
		fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\na", request)
		if _, err := io.Copy(io.Discard, conn); err != nil {
			t.Errorf("%s: %v, want that the connection ends", request, err)
		}
	}
}
