package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Digest is the SHA-256 of a token: what is compared, kept and written instead of
// it.
type Digest [sha256.Size]byte

// DigestOf returns the digest of a token.
func DigestOf(token string) Digest { return sha256.Sum256([]byte(token)) }

// None is what a client without a token shows.
var None = DigestOf("")

// Equal compares in constant time.
func (d Digest) Equal(other Digest) bool { return subtle.ConstantTimeCompare(d[:], other[:]) == 1 }

// Bearer returns the digest of a request's token (RFC 6750, section 2.1), None
// where it has none. The query is not looked at: what stands in an address ends up
// in logs and histories.
func Bearer(r *http.Request) Digest {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return None
	}
	return DigestOf(strings.TrimSpace(token))
}

// Token is an entry of the file. It never changes.
type Token struct {
	Name      string
	Platforms []string  // that it is for, sorted; nil: all
	Expires   time.Time // zero: never

	digest Digest
}

// Allows reports whether a token is for a platform. No token, where none is needed,
// is for all.
func (t *Token) Allows(platform string) bool {
	return t == nil || t.Platforms == nil || slices.Contains(t.Platforms, platform)
}

// TokenName is the name for logs; "" for no token.
func (t *Token) TokenName() string {
	if t == nil {
		return ""
	}
	return t.Name
}

func (t *Token) expired(now time.Time) bool { return !t.Expires.IsZero() && !now.Before(t.Expires) }

// tokenBytes cannot be guessed, and not be found from their SHA-256.
const tokenBytes = 32

// newToken returns a token that nobody has seen.
func newToken() string {
	b := make([]byte, tokenBytes)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// List is what a file says. It never changes.
type List struct {
	tokens []*Token
	byName map[string]*Token
}

// Tokens returns the entries in their order. They must not be changed.
func (l *List) Tokens() []*Token { return l.tokens }

// find looks at every entry, also behind the right one, so that its time says
// nothing about which is near.
func (l *List) find(d Digest) *Token {
	found := 0
	for i, t := range l.tokens {
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(d[:], t.digest[:]), i+1, found)
	}
	if found == 0 {
		return nil
	}
	return l.tokens[found-1]
}
