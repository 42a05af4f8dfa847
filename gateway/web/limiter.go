package web

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// The fallback page may be asked for by anybody under any path: 60 times a
// minute for each address, as the reference has it.
const (
	fallbackRequests = 60
	fallbackWindow   = time.Minute
	maxAddresses     = 10_000 // remembered at a time; past it newcomers share one count
)

// limiter counts requests of an address in windows that begin with its first.
type limiter struct {
	max    int
	window time.Duration
	now    func() time.Time

	mu    sync.Mutex // guards seen
	seen  map[string]*window
	swept time.Time
}

type window struct {
	count int
	ends  time.Time
}

func newLimiter(max int, length time.Duration, now func() time.Time) *limiter {
	return &limiter{max: max, window: length, now: now, seen: map[string]*window{}}
}

// allow counts one request and writes the RateLimit headers (draft 6 of the
// IETF's RateLimit fields).
func (l *limiter) allow(h http.Header, address string) bool {
	now := l.now()
	l.mu.Lock()
	w := l.windowOf(address, now)
	w.count++
	count, left := w.count, w.ends.Sub(now)
	l.mu.Unlock()

	seconds := strconv.Itoa(int((left + time.Second - 1) / time.Second))
	h.Set("RateLimit-Policy", strconv.Itoa(l.max)+";w="+strconv.Itoa(int(l.window/time.Second)))
	h.Set("RateLimit-Limit", strconv.Itoa(l.max))
	h.Set("RateLimit-Remaining", strconv.Itoa(max(0, l.max-count)))
	h.Set("RateLimit-Reset", seconds)
	if count <= l.max {
		return true
	}
	h.Set("Retry-After", seconds)
	return false
}

// windowOf returns the window that address is in. l.mu is held.
func (l *limiter) windowOf(address string, now time.Time) *window {
	if now.Sub(l.swept) >= l.window {
		for a, w := range l.seen {
			if !now.Before(w.ends) {
				delete(l.seen, a)
			}
		}
		l.swept = now
	}
	w := l.seen[address]
	if w == nil && len(l.seen) >= maxAddresses {
		address = ""
		w = l.seen[address]
	}
	if w == nil || !now.Before(w.ends) {
		w = &window{ends: now.Add(l.window)}
		l.seen[address] = w
	}
	return w
}

func tooMany(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusTooManyRequests)
	_, _ = w.Write([]byte("Too many requests, please try again later."))
}
