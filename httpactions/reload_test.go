package httpactions

import (
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/ratelimit"
)

// Limits and origins can change while the server runs.
func TestReload(t *testing.T) {
	s := start(t, Options{RateLimit: ratelimit.Limit{Max: 1000, Window: time.Minute}})
	request := strings.Replace(get("unknown"), "\r\n\r\n", "\r\nOrigin: https://page.test\r\n\r\n", 1)
	if r := s.do(request); r.Header.Get("RateLimit-Limit") != "1000" || r.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("before: %v", r.Header)
	}
	s.SetRateLimit(ratelimit.Limit{Max: 1, Window: time.Minute})
	s.SetOrigins(false, []string{"https://page.test"})
	r := s.do(request)
	if r.StatusCode != 429 || r.Header.Get("RateLimit-Policy") != "1;w=60" {
		t.Errorf("after a smaller limit: %d %v", r.StatusCode, r.Header)
	}
	if got := r.Header.Get("Access-Control-Allow-Origin"); got != "https://page.test" {
		t.Errorf("after an origin was added: %q", got)
	}
	s.SetRateLimit(ratelimit.Limit{})
	s.SetOrigins(true, nil)
	if r := s.do(request); r.StatusCode != 404 || r.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("without a limit, for any origin: %d %v", r.StatusCode, r.Header)
	}
}
