package httpactions

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// cors says which pages may read the response. All but the first header are
// sent to everybody.
func (h *Handler) cors(header http.Header, r *http.Request) {
	if h.o.AnyOrigin {
		header.Set("Access-Control-Allow-Origin", "*")
	} else if origin := r.Header.Get("Origin"); origin != "" && slices.Contains(h.o.Origins, normaliseOrigin(origin)) {
		header.Set("Access-Control-Allow-Origin", origin)
		header.Add("Vary", "Origin")
	}
	header.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
	header.Set("Access-Control-Allow-Headers", "Content-Type, X-Request-Id, X-Sockethub-Request-Id")
	header.Set("Access-Control-Expose-Headers", "X-Request-Id, X-Idempotent-Replay")
	header.Set("Access-Control-Max-Age", "600")
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
