package httpactions

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/sockethub/sockethub/auth"
)

// from is who a request comes from.
type from struct {
	address string
	token   *auth.Token // nil where none is needed
}

// key is what the lines of a request are kept under: what one token has asked for
// is no other's to read. A name has no slash, and neither has an id.
func (f from) key(id string) string {
	if f.token == nil {
		return id
	}
	return f.token.Name + "/" + id
}

// caller counts a request, and reports whether it may go on; else it has been
// answered.
func (h *Handler) caller(w http.ResponseWriter, r *http.Request) (from, bool) {
	f := from{address: h.o.ClientAddress(r)}
	if !h.admit(w, r, f.address) {
		return f, false
	}
	if h.o.Authorize == nil {
		return f, true
	}
	var err error
	if f.token, err = h.o.Authorize(r, f.address); err != nil {
		refuseToken(w, err)
		return f, false
	}
	return f, true
}

// refuseToken answers who shows no right token (RFC 6750, section 3):
//
//	HTTP/1.1 401 Unauthorized
//	WWW-Authenticate: Bearer realm="sockethub"
//
//	{"error":"a valid token is needed"}
func refuseToken(w http.ResponseWriter, err error) {
	status := http.StatusUnauthorized
	var refusal *auth.Refusal
	if errors.As(err, &refusal) && refusal.Code == auth.CodeRateLimited {
		status = http.StatusTooManyRequests
		w.Header().Set("Retry-After", strconv.FormatInt(int64((refusal.Retry+time.Second-1)/time.Second), 10))
	} else {
		w.Header().Set("WWW-Authenticate", `Bearer realm="sockethub"`)
	}
	w.Header().Set("Connection", "close") // its body is not read
	writeError(w, status, err.Error(), "")
}
