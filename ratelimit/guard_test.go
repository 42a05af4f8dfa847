package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

// A request past the limit is answered, and each answer says how much is left.
func TestGuard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGuard(NewMemory(0), Limit{Max: 2, Window: 90 * time.Second})
		for i, tt := range []struct {
			after     time.Duration
			address   string
			ok        bool
			remaining string
			reset     string
		}{
			{0, "203.0.113.9", true, "1", "90"},
			{1500 * time.Millisecond, "::ffff:203.0.113.9", true, "0", "89"},
			{0, "203.0.113.9", false, "0", "89"},
			{0, "203.0.113.10", true, "1", "90"},
			{0, "2001:db8:0:7f::1", true, "1", "90"},
			{0, "2001:db8:0:7f:ffff::1", true, "0", "90"},
			{0, "2001:db8:0:7f:a:b:c:d", false, "0", "90"},
			{0, "2001:db8:0:80::1", true, "1", "90"},
			{88500 * time.Millisecond, "203.0.113.9", true, "1", "90"},
		} {
			time.Sleep(tt.after)
			w := httptest.NewRecorder()
			ok, err := g.Admit(t.Context(), w, tt.address)
			h := w.Header()
			got := fmt.Sprint(ok, err)
			for _, name := range []string{"RateLimit-Policy", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"} {
				got += fmt.Sprint(" ", h[name])
			}
			if want := fmt.Sprintf("%t <nil> [2;w=90] [2] [%s] [%s]", tt.ok, tt.remaining, tt.reset); got != want {
				t.Errorf("request %d, of %s: %s, want %s", i, tt.address, got, want)
			}
			if !tt.ok && (w.Code != 429 || h.Get("Retry-After") != tt.reset || h.Get("Content-Type") != "text/html; charset=utf-8" || w.Body.String() != "Too many requests, please try again later.") {
				t.Errorf("request %d is answered %d %q %q", i, w.Code, h, w.Body)
			}
		}
	})
}

func TestGuardWithoutLimit(t *testing.T) {
	g := NewGuard(broken{}, Limit{})
	w := httptest.NewRecorder()
	if ok, err := g.Admit(t.Context(), w, "203.0.113.9"); !ok || err != nil || len(w.Header()) > 0 {
		t.Errorf("without a limit: %v, %v, %q", ok, err, w.Header())
	}
	g.SetLimit(Limit{Max: 1})
	if ok, err := g.Admit(t.Context(), w, "203.0.113.9"); ok || !errors.Is(err, errBroken) || len(w.Header()) > 0 || w.Body.Len() > 0 {
		t.Errorf("with a counter that fails: %v, %v, %q %q", ok, err, w.Header(), w.Body)
	}
}

var errBroken = errors.New("broken")

type broken struct{}

func (broken) Count(context.Context, string, time.Duration) (Count, error) { return Count{}, errBroken }
func (broken) Extend(context.Context, string, time.Duration) error         { return errBroken }
