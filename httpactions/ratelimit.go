package httpactions

import (
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// RateLimit is how many requests an address may make, counted for all servers
// of a store together.
type RateLimit struct {
	Max    int           // in a window; 0 or less: no limit
	Window time.Duration // begins with an address's first request; 0 means 1 s
}

// storeTimeout bounds each wait for the store: what cannot be counted or
// claimed by then is refused.
const storeTimeout = 5 * time.Second

// textStore answers whatever needs the store while it cannot be used.
const textStore = "idempotency store unavailable"

// admit counts a request of an address and reports whether it may go on; else it has been
// answered.
func (h *Handler) admit(w http.ResponseWriter, r *http.Request, address string) bool {
	limit := h.limit.Load()
	if limit.Max <= 0 {
		return true
	}
	ctx := within(r.Context(), storeTimeout)
	defer ctx.end()
	count, err := h.o.Limiter.Count(ctx, rateKey(address), limit.Window)
	if err != nil {
		h.o.Log.Warn("count a request", "error", err)
		writeError(w, http.StatusServiceUnavailable, textStore, "")
		return false
	}
	header := w.Header()
	reset := strconv.FormatInt(seconds(count.Reset), 10)
	values := []string{strconv.Itoa(max(0, limit.Max-count.Used)), reset}
	// Written as the draft writes them, not as net/http would.
	header["RateLimit-Policy"] = limit.policy
	header["RateLimit-Limit"] = limit.max
	header["RateLimit-Remaining"] = values[0:1:1]
	header["RateLimit-Reset"] = values[1:2:2]
	if count.Used <= limit.Max {
		return true
	}
	header.Set("Retry-After", reset)
	header.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusTooManyRequests)
	w.Write([]byte("Too many requests, please try again later."))
	return false
}

// seconds rounds up.
func seconds(d time.Duration) int64 {
	return int64((d + time.Second - 1) / time.Second)
}

// rateKey is what an address is counted under. A network of 56 bits is one
// IPv6 subscriber, who has more addresses in it than could ever be counted.
func rateKey(address string) string {
	if !strings.Contains(address, ":") {
		return address
	}
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	subscriber, _ := ip.Prefix(56)
	return subscriber.String()
}
