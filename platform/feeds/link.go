package feeds

import (
	"net/url"
	"strings"

	"github.com/sockethub/sockethub/platform/webfetch"
)

// base is the address that relative ones around here start from.
func (s *scanner) base() *url.URL { return s.bases[len(s.bases)-1].url }

// resolve returns the address that ref means at base; nil if there is none.
func resolve(base *url.URL, ref string) *url.URL {
	if base == nil {
		return nil
	}
	u, err := webfetch.Resolve(base, ref)
	if err != nil {
		return nil
	}
	return u
}

// resolveLink returns a link as clients may follow it. An absolute one stays as
// it is written, if its scheme is harmless; others become "".
func resolveLink(base *url.URL, link string) string {
	if link == "" {
		return ""
	}
	if scheme, _, ok := strings.Cut(link, ":"); ok && isScheme(scheme) {
		switch strings.ToLower(scheme) {
		case "http", "https", "mailto", "magnet":
			return link
		}
		return ""
	}
	if u := resolve(base, link); u != nil {
		return u.String()
	}
	return ""
}

func isScheme(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && (i == 0 || c != '+' && c != '-' && c != '.' && (c < '0' || c > '9')) {
			return false
		}
	}
	return s != ""
}
