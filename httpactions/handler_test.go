package httpactions

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/ratelimit"
)

func TestRateLimit(t *testing.T) {
	s := start(t, Options{
		AnyOrigin: true,
		RateLimit: ratelimit.Limit{Max: 2, Window: 90 * time.Second},
		ClientAddress: func(r *http.Request) string {
			return r.Header.Get("X-From")
		},
	})
	ask := func(from string) response {
		return s.do("GET /sockethub-http/r1 HTTP/1.1\r\nHost: a\r\nX-From: " + from + "\r\n\r\n")
	}
	for i, want := range []int{404, 404, 429, 429} {
		r := ask("203.0.113.9")
		if r.StatusCode != want {
			t.Fatalf("request %d: %d %s, want %d", i+1, r.StatusCode, r.body, want)
		}
		h := r.Header
		if got := h.Get("RateLimit-Policy") + " " + h.Get("RateLimit-Limit") + " " + h.Get("RateLimit-Remaining"); got != fmt.Sprintf("2;w=90 2 %d", max(0, 1-i)) {
			t.Errorf("request %d: headers %s", i+1, got)
		}
		if h.Get("RateLimit-Reset") == "" || want == 429 && h.Get("Retry-After") != h.Get("RateLimit-Reset") {
			t.Errorf("request %d: resets %s, to be tried again %s", i+1, h.Get("RateLimit-Reset"), h.Get("Retry-After"))
		}
		if want == 429 && (string(r.body) != "Too many requests, please try again later." || h.Get("Content-Type") != "text/html; charset=utf-8" ||
			h.Get("Access-Control-Allow-Origin") != "*") {
			t.Errorf("request %d: %v %s", i+1, h, r.body)
		}
	}
	if r := ask("203.0.113.10"); r.StatusCode != 404 {
		t.Errorf("another address: %d", r.StatusCode)
	}
	if r := s.do("OPTIONS /sockethub-http HTTP/1.1\r\nHost: a\r\nX-From: 203.0.113.9\r\n\r\n"); r.StatusCode != 204 || r.Header.Get("RateLimit-Limit") != "" {
		t.Errorf("a preflight: %d %v", r.StatusCode, r.Header)
	}
	// One subscriber of IPv6 has a whole network.
	ask("2001:db8:0:7f::1")
	ask("2001:db8:0:7f::2")
	if r := ask("2001:db8:0:7f:a::3"); r.StatusCode != 429 {
		t.Errorf("the third address of a network: %d", r.StatusCode)
	}
	if r := ask("2001:db8:0:80::1"); r.StatusCode != 404 {
		t.Errorf("another network: %d", r.StatusCode)
	}
}

func TestOrigins(t *testing.T) {
	s := start(t, Options{Origins: []string{"https://app.example.com", "http://localhost:3000"}})
	for origin, allowed := range map[string]bool{
		"https://app.example.com":      true,
		"https://App.example.com:443":  true,
		"https://app.example.com/":     true,
		"http://app.example.com":       false,
		"https://app.example.com:8443": false,
		"https://evil.example.com":     false,
		"http://localhost:3000":        true,
		"http://localhost":             false,
		"null":                         false,
		"https://app.example.com.evil": false,
		"":                             false,
	} {
		r := s.do("GET /sockethub-http/r1 HTTP/1.1\r\nHost: a\r\nOrigin: " + origin + "\r\n\r\n")
		want, vary := "", ""
		if allowed {
			want, vary = origin, "Origin"
		}
		if got := r.Header.Get("Access-Control-Allow-Origin"); got != want || r.Header.Get("Vary") != vary {
			t.Errorf("origin %q: allowed %q, vary %q", origin, got, r.Header.Get("Vary"))
		}
		if r.Header.Get("Access-Control-Max-Age") != "600" {
			t.Errorf("origin %q: %v", origin, r.Header)
		}
	}
	// Nothing is allowed unless it is said.
	closed := start(t, Options{})
	if r := closed.do("OPTIONS /sockethub-http HTTP/1.1\r\nHost: a\r\nOrigin: https://app.example.com\r\n\r\n"); r.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("the zero value allows %v", r.Header)
	}
}

func TestMatches(t *testing.T) {
	h := New(Options{Path: "/a/b/"})
	for path, want := range map[string]bool{"/a/b": true, "/A/B": true, "/a/b/": true, "/a/b/c": true, "/a/b/c/d": true, "/a/bc": false, "/a": false, "": false} {
		if h.Matches(path) != want {
			t.Errorf("Matches(%q) = %v", path, !want)
		}
	}
}

// plainWriter is a ResponseWriter that can do nothing more, as one that a
// program has wrapped.
type plainWriter struct{ w http.ResponseWriter }

func (p plainWriter) Header() http.Header         { return p.w.Header() }
func (p plainWriter) Write(b []byte) (int, error) { return p.w.Write(b) }
func (p plainWriter) WriteHeader(status int)      { p.w.WriteHeader(status) }

func TestWrappedWriter(t *testing.T) {
	s := start(t, Options{})
	r := httptest.NewRequest("POST", "/sockethub-http", strings.NewReader(`[`+message("exit1", "slow")+`]`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Request-Id", "r1")
	w := httptest.NewRecorder()
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Handler.ServeHTTP(plainWriter{w}, r)
	}()
	release := s.platforms.next(t)
	timer := time.NewTimer(5 * gatherDelay) // the stream tries to flush meanwhile
	<-timer.C
	release()
	<-done
	if got := (response{w.Result(), w.Body.Bytes()}).contents(t); got != "slow" {
		t.Errorf("lines %s", got)
	}
}

func ExampleHandler() {
	store, err := queue.OpenMemory(queue.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	h := New(Options{Pipeline: newPlatforms(), Replay: store.Replay(), Limiter: store.Limiter()})
	r := httptest.NewRequest("POST", "/sockethub-http", strings.NewReader(message("echo", "hello")))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Request-Id", "r23")
	for range 2 {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		fmt.Printf("%d %s, replay: %q\n", w.Code, w.Header().Get("Content-Type"), w.Header().Get("X-Idempotent-Replay"))
		w.Body.WriteTo(os.Stdout)
		r.Body = http.NoBody
		r.Method, r.URL.Path = "GET", "/sockethub-http/r23"
	}
	// Output:
	// 200 application/x-ndjson, replay: ""
	// {"@context":["https://www.w3.org/ns/activitystreams","https://sockethub.org/ns/context/v1.jsonld","https://sockethub.org/ns/context/platform/dummy/v1.jsonld"],"type":"echo","actor":{"id":"dummy","type":"platform"},"object":{"type":"message","content":"hello"},"target":{"id":"wren@hedge.test","type":"person"}}
	// 200 application/x-ndjson, replay: "true"
	// {"@context":["https://www.w3.org/ns/activitystreams","https://sockethub.org/ns/context/v1.jsonld","https://sockethub.org/ns/context/platform/dummy/v1.jsonld"],"type":"echo","actor":{"id":"dummy","type":"platform"},"object":{"type":"message","content":"hello"},"target":{"id":"wren@hedge.test","type":"person"}}
}
