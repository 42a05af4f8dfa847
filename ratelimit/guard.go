package ratelimit

import (
	"context"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/sockethub/sockethub/remote"
)

// Guard keeps subscribers from making more HTTP requests than a Limit allows. It
// says how many are left in the fields of the IETF's RateLimit draft, revision 6,
// as the draft writes them and not as net/http would.
type Guard struct {
	counter Counter
	limit   atomic.Pointer[told]
}

// told is a Limit with the values of fields that say the same every time.
type told struct {
	Limit
	policy, max []string
}

// NewGuard makes a guard that counts in counter.
func NewGuard(counter Counter, l Limit) *Guard {
	g := &Guard{counter: counter}
	g.SetLimit(l)
	return g
}

// SetLimit replaces the limit from the next request on.
func (g *Guard) SetLimit(l Limit) {
	l.Window = l.window()
	most := strconv.Itoa(l.Max)
	g.limit.Store(&told{l, []string{most + ";w=" + strconv.FormatInt(seconds(l.Window), 10)}, []string{most}})
}

// Admit counts a request of an address and reports whether it may go on; else it
// has been answered. An error is the counter's: then nothing was answered.
func (g *Guard) Admit(ctx context.Context, w http.ResponseWriter, address string) (bool, error) {
	limit := g.limit.Load()
	if limit.Max <= 0 {
		return true, nil
	}
	count, err := g.counter.Count(ctx, remote.Subscriber(address), limit.Window)
	if err != nil {
		return false, err
	}
	header := w.Header()
	reset := strconv.FormatInt(seconds(count.Reset), 10)
	values := []string{strconv.Itoa(max(0, limit.Max-count.Used)), reset}
	header["RateLimit-Policy"] = limit.policy
	header["RateLimit-Limit"] = limit.max
	header["RateLimit-Remaining"] = values[0:1:1]
	header["RateLimit-Reset"] = values[1:2:2]
	if count.Used <= limit.Max {
		return true, nil
	}
	header.Set("Retry-After", reset)
	header.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusTooManyRequests)
	w.Write([]byte("Too many requests, please try again later."))
	return false, nil
}

// seconds rounds up.
func seconds(d time.Duration) int64 {
	return int64((d + time.Second - 1) / time.Second)
}
