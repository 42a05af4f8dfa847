package httpactions

import (
	"strconv"
	"time"
)

// SetRateLimit replaces Options.RateLimit from the next request on.
func (h *Handler) SetRateLimit(r RateLimit) { h.limit.Store(newLimit(r)) }

// SetOrigins replaces Options.AnyOrigin and Options.Origins from the next
// request on.
func (h *Handler) SetOrigins(any bool, origins []string) {
	h.origins.Store(&allowed{any: any, list: origins})
}

// limit is a RateLimit with the values of headers that say the same every time.
type limit struct {
	RateLimit
	policy, max []string
}

func newLimit(r RateLimit) *limit {
	if r.Window <= 0 {
		r.Window = time.Second
	}
	count := strconv.Itoa(r.Max)
	return &limit{RateLimit: r, policy: []string{count + ";w=" + strconv.FormatInt(seconds(r.Window), 10)}, max: []string{count}}
}

// allowed are the origins whose pages may read responses.
type allowed struct {
	any  bool
	list []string
}
