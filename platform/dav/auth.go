package dav

import (
	"encoding/base64"
	"net/http"
	"strings"
	"sync"
)

// auth is how a server wants its users to say who they are. It holds no
// password. Jobs with the same credentials share it.
type auth struct {
	mu     sync.Mutex // guards the fields below
	basic  bool
	digest *digest
}

// header is what to send in Authorization, "" as long as the server has not
// asked: a password goes nowhere before (RFC 9110, section 11.6.2). used
// tells challenged which way that was.
func (a *auth) header(who secret, method, uri string) (header string, used any) {
	if who.token != "" {
		return "Bearer " + who.token, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.digest != nil:
		return a.digest.answer(who, method, uri), a.digest
	case a.basic:
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(who.user+":"+who.password)), true
	}
	return "", nil
}

// challenged follows a 401 to a request that used what header returned; attempts
// is how many 401s there were before. It returns nil when it is worth trying
// again.
func (a *auth) challenged(header http.Header, who secret, used any, attempts int) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if who.token != "" || attempts > 1 {
		return fail(AuthenticationFailed, "")
	}
	var next *digest
	basic, stale := false, false
	for _, c := range challenges(header) {
		basic = basic || c.scheme == "basic"
		if d := newDigest(c); d != nil && next == nil {
			next, stale = d, strings.EqualFold(c.params["stale"], "true")
		}
	}
	was, answered := used.(*digest)
	switch {
	case next != nil:
		if attempts > 0 && !stale {
			return a.refused()
		}
		// Another job may have been told of a new nonce meanwhile, and counts on it.
		if !answered || a.digest == was || a.digest == nil {
			a.digest, a.basic = next, false
		}
		return nil
	case attempts > 0 || used == true:
		return a.refused()
	case basic:
		a.digest, a.basic = nil, true
		return nil
	}
	return fail(UnsupportedAuthentication, "")
}

// refused forgets what did not help.
func (a *auth) refused() error {
	a.digest, a.basic = nil, false
	return fail(AuthenticationFailed, "")
}
