package engineio

import (
	"net/http"
	"slices"
)

// CORS says which pages may use the server.
type CORS struct {
	// Origins are compared byte for byte with a request's Origin. Empty means
	// any. A list also holds for WebSockets, which browsers let any page open:
	// a handshake from elsewhere is refused, even from the server's own host,
	// since a page whose name was pointed at the server's address could claim
	// to be that. A request without an Origin comes from no page, and is let in.
	Origins []string
	// Credentials lets pages send cookies. It has no effect without Origins.
	Credentials bool
}

// setHeaders adds what each response carries.
func (c *CORS) setHeaders(h http.Header, r *http.Request) {
	if len(c.Origins) == 0 {
		h.Set("Access-Control-Allow-Origin", "*")
		return
	}
	h.Add("Vary", "Origin")
	if origin := r.Header.Get("Origin"); slices.Contains(c.Origins, origin) {
		h.Set("Access-Control-Allow-Origin", origin)
		if c.Credentials {
			h.Set("Access-Control-Allow-Credentials", "true")
		}
	}
}

func (c *CORS) preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "GET,POST")
	h.Add("Vary", "Access-Control-Request-Headers")
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
	}
	w.WriteHeader(http.StatusNoContent)
}

// originAllowed reports whether a WebSocket may be opened from where the
// request says it comes from.
func (c *CORS) originAllowed(r *http.Request) bool {
	for _, origin := range r.Header.Values("Origin") {
		if len(c.Origins) > 0 && !slices.Contains(c.Origins, origin) {
			return false
		}
	}
	return true
}
