package httpactions

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Values of headers that all responses share; nobody changes them.
var (
	anyOrigin   = []string{"*"}
	corsMethods = []string{"GET, POST, OPTIONS"}
	corsHeaders = []string{"Content-Type, X-Request-Id, X-Sockethub-Request-Id"}
	askHeaders  = []string{"Content-Type, X-Request-Id, X-Sockethub-Request-Id, Authorization"} // of a preflight's answer
	corsExposed = []string{"X-Request-Id, X-Idempotent-Replay"}
	corsMaxAge  = []string{"600"}
)

// cors says which pages may read the response. All but the first header are
// sent to everybody.
func (h *Handler) cors(header http.Header, r *http.Request) {
	allowed := h.origins.Load()
	if allowed.any {
		header["Access-Control-Allow-Origin"] = anyOrigin
	} else if origin := r.Header.Get("Origin"); origin != "" && slices.Contains(allowed.list, normaliseOrigin(origin)) {
		header.Set("Access-Control-Allow-Origin", origin)
		header.Add("Vary", "Origin")
	}
	header["Access-Control-Allow-Methods"] = corsMethods
	header["Access-Control-Allow-Headers"] = corsHeaders
	header["Access-Control-Expose-Headers"] = corsExposed
	header["Access-Control-Max-Age"] = corsMaxAge
}

// normaliseOrigin reduces a URL to scheme://host[:port], in lower case and
// without a standard port; "" for what has no origin, as "null".
func normaliseOrigin(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" {
		return ""
	}
	standard := ""
	switch u.Scheme {
	case "http":
		standard = "80"
	case "https":
		standard = "443"
	default:
		return ""
	}
	host := strings.ToLower(u.Hostname())
	switch port := u.Port(); {
	case port != "" && port != standard:
		host = net.JoinHostPort(host, port)
	case strings.Contains(host, ":"):
		host = "[" + host + "]"
	}
	return u.Scheme + "://" + host
}
