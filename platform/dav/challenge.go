package dav

import (
	"net/http"
	"strings"
)

// challenge is one way to authenticate that a server offers (RFC 9110, section
// 11.6.1).
type challenge struct {
	scheme string            // in lower case
	params map[string]string // names in lower case, values without their quotes
}

// maxChallenge is how much of the header is read: no server needs as much.
const maxChallenge = 8 << 10

// challenges reads all WWW-Authenticate lines of an answer as one list. What
// follows something that cannot be read is lost.
func challenges(header http.Header) []challenge {
	text := strings.Join(header.Values("WWW-Authenticate"), ", ")
	if len(text) > maxChallenge {
		text = text[:maxChallenge]
	}
	r := challengeReader{text}
	var list []challenge
	for {
		r.skip(" \t,")
		word := r.token()
		if word == "" {
			return list
		}
		r.skip(" \t")
		if len(list) > 0 && strings.HasPrefix(r.rest, "=") {
			value, ok := r.value()
			if !ok {
				return list
			}
			last := list[len(list)-1].params
			if key := strings.ToLower(word); last[key] == "" {
				last[key] = value
			}
			continue
		}
		list = append(list, challenge{strings.ToLower(word), map[string]string{}})
	}
}

// challengeReader reads the grammar's pieces off the front of a text.
type challengeReader struct{ rest string }

func (r *challengeReader) skip(set string) { r.rest = strings.TrimLeft(r.rest, set) }

// token is a name, or a token68, which says nothing to us.
func (r *challengeReader) token() string {
	n := 0
	for n < len(r.rest) && isToken(r.rest[n]) {
		n++
	}
	word := r.rest[:n]
	r.rest = r.rest[n:]
	return word
}

// value reads = and a token or a quoted string.
func (r *challengeReader) value() (string, bool) {
	r.rest = r.rest[1:]
	r.skip(" \t=")
	if !strings.HasPrefix(r.rest, `"`) {
		return r.token(), true
	}
	var b strings.Builder
	for i := 1; i < len(r.rest); i++ {
		switch c := r.rest[i]; c {
		case '"':
			r.rest = r.rest[i+1:]
			return b.String(), true
		case '\\':
			if i++; i < len(r.rest) {
				b.WriteByte(r.rest[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}

// isToken knows the characters of a token and of a token68.
func isToken(c byte) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		return true
	}
	return strings.IndexByte("!#$%&'*+-.^_`|~/", c) >= 0
}
