package dav

import (
	"net/url"
	"strings"

	"github.com/sockethub/sockethub/platform/webfetch"
)

// Key is the form in which addresses of one origin are compared: servers write
// @ and %40 for the same resource, even in one answer. Escapes of what needs
// none are undone, those of "/" and "%" never, and a final slash does not count.
// What is asked for is always the address as the server wrote it.
func Key(u *url.URL) string {
	path := u.EscapedPath()
	var b strings.Builder
	b.Grow(len(u.Host) + len(path) + 8)
	b.WriteString(u.Scheme)
	b.WriteString("://")
	b.WriteString(u.Host)
	for i := 0; i < len(path); i++ {
		if path[i] != '%' || i+2 >= len(path) {
			b.WriteByte(path[i])
			continue
		}
		c := unhex(path[i+1])<<4 | unhex(path[i+2])
		if plain(c) {
			b.WriteByte(c)
		} else {
			b.WriteString(strings.ToUpper(path[i : i+3]))
		}
		i += 2
	}
	return strings.TrimSuffix(b.String(), "/")
}

// plain reports whether c is unreserved or a sub-delimiter, or one of the two
// others that stand in a path (RFC 3986, section 3.3).
func plain(c byte) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		return true
	}
	return strings.IndexByte("-._~!$&'()*+,;=:@", c) >= 0
}

func unhex(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}

// member returns the address of a resource that must be in a collection. Nothing
// in it may be read as a way out of the collection by a server that decodes
// more often than once.
func member(collection *url.URL, resource string) (*url.URL, error) {
	u, err := webfetch.ParseURL(resource)
	if err != nil || u.RawQuery != "" || u.ForceQuery || strings.ContainsAny(resource, "?#") {
		return nil, fail(InvalidResource, "")
	}
	outer, inner := Key(collection)+"/", Key(u)
	if !strings.HasPrefix(inner, outer) || len(inner) == len(outer) {
		return nil, fail(InvalidResource, "")
	}
	for segment := range strings.SplitSeq(u.EscapedPath(), "/") {
		for range 3 {
			if segment == "." || segment == ".." || strings.ContainsAny(segment, `/\`) {
				return nil, fail(InvalidResource, "")
			}
			decoded, err := url.PathUnescape(segment)
			if err != nil {
				break // of what a server gave, a percent sign may be the name's own
			}
			segment = decoded
		}
		if segment == "." || segment == ".." || strings.ContainsAny(segment, `/\`) {
			return nil, fail(InvalidResource, "")
		}
	}
	return u, nil
}
