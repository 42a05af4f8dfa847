package webfetch

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// MaxAge returns for how long a response may be believed by its Cache-Control
// (RFC 9111, section 5.2.2); given is false where that does not say. noStore tells
// that nobody should keep it.
func MaxAge(header http.Header) (age time.Duration, given, noStore bool) {
	for directive := range strings.SplitSeq(strings.Join(header.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(name) {
		case "no-store":
			noStore = true
		case "max-age":
			if n, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31); err == nil {
				age, given = time.Duration(n)*time.Second, true
			}
		}
	}
	return age, given, noStore
}
