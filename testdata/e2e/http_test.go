package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// answer makes a request with headers, and returns what came, undecoded.
func (s *server) answer(method, path, body string, headers map[string]string) (*http.Response, string) {
	s.t.Helper()
	request, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	res, err := (&http.Transport{DisableCompression: true, DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusSwitchingProtocols {
		return res, ""
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res, string(text)
}

// Only pages of the origins in the configuration may open a session, in
// whatever way, and an empty variable opens nothing.
func TestForeignOrigins(t *testing.T) {
	s := startServer(t, withStore(map[string]any{"sockethub": map[string]any{"cors": map[string]any{"origin": "https://app.example.com"}}}),
		"SOCKETHUB_CORS_ORIGIN=")
	upgrade := map[string]string{"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
	for origin, want := range map[string]int{"https://app.example.com": 101, "https://evil.example.com": 403, "null": 403, "": 101} {
		delete(upgrade, "Origin")
		if origin != "" {
			upgrade["Origin"] = origin
		}
		if res, _ := s.answer("GET", "/sockethub/?EIO=4&transport=websocket", "", upgrade); res.StatusCode != want {
			t.Errorf("WebSocket from %q: status %d, want %d", origin, res.StatusCode, want)
		}
		allowed := ""
		if want == 101 {
			allowed = origin
		}
		res, _ := s.answer("GET", "/sockethub/?EIO=4&transport=polling", "", map[string]string{"Origin": origin})
		if got := res.Header.Get("Access-Control-Allow-Origin"); got != allowed {
			t.Errorf("polling from %q: allowed origin %q, want %q", origin, got, allowed)
		}
	}
}

// What is no JSON is refused in JSON, and tells nothing of the inside.
func TestRefusalsOverHTTP(t *testing.T) {
	s := startServer(t, withActions(nil))
	tests := []struct {
		name, method, path, contentType, body string
		status                                int
		want                                  string
	}{
		{"a form", "POST", "/sockethub-http", "application/x-www-form-urlencoded", "type=echo&actor=a", 415, "content type must be application/json"},
		{"no JSON", "POST", "/sockethub-http", "application/json", "{nope}", 400, "request body is not valid JSON"},
		{"too much", "POST", "/sockethub-http", "application/json", `["` + strings.Repeat("x", 300_000) + `"]`, 413, "request body too large (max 262144 bytes)"},
		{"no such path", "GET", "/sockethub-http/a/b", "", "", 404, "not found"},
		{"a method that it has not", "PUT", "/sockethub-http", "application/json", "{}", 404, "not found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, body := s.answer(tt.method, tt.path, tt.body, map[string]string{"Content-Type": tt.contentType, "X-Request-Id": "r-1"})
			var got struct{ Error string }
			if err := json.Unmarshal([]byte(body), &got); err != nil || res.StatusCode != tt.status || got.Error != tt.want {
				t.Errorf("status %d, body %q, want %d and %s", res.StatusCode, body, tt.status, tt.want)
			}
		})
	}
}

// Scripts have their type, whatever follows the path, and are sent
// compressed and only when they changed.
func TestScripts(t *testing.T) {
	s := startServer(t, unlimited)
	for _, path := range []string{"/socket.io.js", "/sockethub-client.js", "/sockethub-client.min.js", "/sockethub/socket.io.js", "/sockethub/socket.io.min.js"} {
		for _, query := range []string{"", "?v=1"} {
			res, body := s.answer("GET", path+query, "", nil)
			kind := res.Header.Get("Content-Type")
			if res.StatusCode != 200 || !strings.Contains(kind, "javascript; charset=utf-8") || len(body) < 10_000 {
				t.Errorf("%s%s: status %d, type %q, %d bytes", path, query, res.StatusCode, kind, len(body))
				continue
			}
			packed, short := s.answer("GET", path+query, "", map[string]string{"Accept-Encoding": "gzip"})
			if packed.Header.Get("Content-Encoding") != "gzip" || len(short) > len(body)/2 {
				t.Errorf("%s%s compressed: %q, %d bytes of %d", path, query, packed.Header.Get("Content-Encoding"), len(short), len(body))
			}
			tag := res.Header.Get("ETag")
			if again, _ := s.answer("GET", path+query, "", map[string]string{"If-None-Match": tag}); tag == "" || again.StatusCode != http.StatusNotModified {
				t.Errorf("%s%s with its ETag %q: status %d, want 304", path, query, tag, again.StatusCode)
			}
		}
	}
}

// A switch that says 0 is off.
func TestSwitchThatSaysZero(t *testing.T) {
	s := startServer(t, unlimited, "SOCKETHUB_HTTP_ACTIONS_ENABLED=0")
	if res, body := s.answer("POST", "/sockethub-http", "{}", map[string]string{"Content-Type": "application/json"}); res.StatusCode != http.StatusNotFound {
		t.Errorf("status %d %s, want 404", res.StatusCode, body)
	}
}
