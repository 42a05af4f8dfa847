package webfetch

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// cookies are what the redirects of one fetch have set, by origin. Some sites
// send every visitor to the same address again until a cookie comes back; no
// cookie lives longer than the fetch or reaches another origin.
type cookies map[string][]*http.Cookie

// maxCookies and maxCookie bound what is kept for an origin, and the bytes of one.
const (
	maxCookies = 16
	maxCookie  = 4 << 10
)

// take notes what the answer of u has set.
func (c cookies) take(u *url.URL, header http.Header) {
	key := origin(u)
	for _, line := range header.Values("Set-Cookie") {
		cookie, err := http.ParseSetCookie(line)
		if err != nil || len(cookie.Name)+len(cookie.Value) > maxCookie {
			continue
		}
		kept := slices.DeleteFunc(c[key], func(old *http.Cookie) bool { return old.Name == cookie.Name })
		if cookie.MaxAge >= 0 && len(kept) < maxCookies {
			kept = append(kept, cookie)
		}
		c[key] = kept
	}
}

// give returns header with the cookies for u, unless the caller of the fetch has
// put some there.
func (c cookies) give(u *url.URL, header http.Header) http.Header {
	list := c[origin(u)]
	if len(list) == 0 || header.Get("Cookie") != "" {
		return header
	}
	pairs := make([]string, len(list))
	for i, cookie := range list {
		pairs[i] = (&http.Cookie{Name: cookie.Name, Value: cookie.Value, Quoted: cookie.Quoted}).String()
	}
	header = header.Clone()
	header.Set("Cookie", strings.Join(pairs, "; "))
	return header
}

func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }
