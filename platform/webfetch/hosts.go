package webfetch

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/sockethub/sockethub/platform"
)

// hosts lets few requests at once to one host, however many jobs lead to it, so
// that nobody can be attacked through us. Jobs whose first request goes to a host
// wait for their turn in the server, where they hold no slot: see HostOf. Here
// waits only who was sent to a host by another.
type hosts struct {
	mu    sync.Mutex       // guards the map and the counts; never held while waiting
	gates map[string]*gate // of hosts with somebody inside or waiting
}

type gate struct {
	slots chan struct{}
	users int
}

// HostOf names the host that a request for a URL goes to, whatever its port, as a
// platform.Definition's Lane; "" when the URL is none.
func HostOf(text string) string {
	u, err := ParseURL(text)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// enter waits for a place and returns what gives it back; calling that twice
// does no harm.
func (h *hosts) enter(ctx context.Context, host string) (leave func(), err error) {
	h.mu.Lock()
	g := h.gates[host]
	if g == nil {
		g = &gate{slots: make(chan struct{}, platform.LaneWidth)}
		if h.gates == nil {
			h.gates = map[string]*gate{}
		}
		h.gates[host] = g
	}
	g.users++
	h.mu.Unlock()
	select {
	case g.slots <- struct{}{}:
		var once sync.Once
		return func() { once.Do(func() { <-g.slots; h.forget(host, g) }) }, nil
	case <-ctx.Done():
		h.forget(host, g)
		return nil, context.Cause(ctx)
	}
}

func (h *hosts) forget(host string, g *gate) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if g.users--; g.users == 0 {
		delete(h.gates, host)
	}
}

// retry remembers the URLs whose servers asked to be left alone.
type retry struct {
	mu   sync.Mutex // guards the map
	urls map[string]pause
}

type pause struct {
	until time.Time
	Pause
}

// Pause is how long a server asked to be left alone, and the answer in which it
// did. It is the cause of an Error of class RetryLater.
type Pause struct {
	Status  int
	Reason  string // the server's words for Status
	Seconds int    // that are left
}

func (p *Pause) Error() string { return "retry after " + strconv.Itoa(p.Seconds) + " s" }

const (
	maxPaused = 1024           // URLs that are remembered
	maxPause  = 24 * time.Hour // nobody is left alone for longer
)

// check returns an error while a URL is to be left alone.
func (r *retry) check(key string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, ok := r.urls[key]
	if !ok {
		return nil
	}
	left := time.Until(p.until)
	if left <= 0 {
		delete(r.urls, key)
		return nil
	}
	p.Seconds = int((left + time.Second - 1) / time.Second)
	return &Error{RetryLater, p.Error(), &p.Pause}
}

// note remembers what a 429 or 503 says in Retry-After.
func (r *retry) note(key string, response *Response) {
	if response.Status != http.StatusTooManyRequests && response.Status != http.StatusServiceUnavailable {
		return
	}
	now := time.Now()
	wait := retryAfter(response.Header.Get("Retry-After"), now)
	if wait <= 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.urls) >= maxPaused {
		for k, p := range r.urls {
			if !p.until.After(now) {
				delete(r.urls, k)
			}
		}
	}
	if len(r.urls) >= maxPaused {
		return // the server will say it again
	}
	if r.urls == nil {
		r.urls = map[string]pause{}
	}
	r.urls[key] = pause{now.Add(min(wait, maxPause)), Pause{Status: response.Status, Reason: response.Reason}}
}

// retryAfter reads seconds or a date (RFC 9110, section 10.2.3); 0 for neither.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if n, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return at.Sub(now)
	}
	return 0
}
