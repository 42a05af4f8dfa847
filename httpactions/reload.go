package httpactions

import "github.com/sockethub/sockethub/ratelimit"

// SetRateLimit replaces Options.RateLimit from the next request on.
func (h *Handler) SetRateLimit(l ratelimit.Limit) { h.guard.SetLimit(l) }

// SetOrigins replaces Options.AnyOrigin and Options.Origins from the next
// request on.
func (h *Handler) SetOrigins(any bool, origins []string) {
	h.origins.Store(&allowed{any: any, list: origins})
}

// allowed are the origins whose pages may read responses.
type allowed struct {
	any  bool
	list []string
}
