package httpactions

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/sockethub/sockethub/activity"
)

// maxRequestID is the length of the longest id.
const maxRequestID = 128

// Errors of an id, as the caller reads them.
var (
	errIDMissing = errors.New("requestId is required")
	errIDLength  = errors.New("requestId must be at most 128 characters")
	errIDText    = errors.New("requestId contains invalid characters")
)

// checkID trims an id and checks it. A blank one is "" without an error: the
// next source is asked.
func checkID(s string) (string, error) {
	s = strings.TrimSpace(s)
	if len(s) > maxRequestID {
		return "", errIDLength
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= '0' && c <= '9', c|0x20 >= 'a' && c|0x20 <= 'z', strings.IndexByte("._:-", c) >= 0:
		default:
			return "", errIDText
		}
	}
	return s, nil
}

// headerID reads X-Request-Id, and X-Sockethub-Request-Id only if the former is
// absent.
func headerID(h http.Header) (string, error) {
	values, ok := h["X-Request-Id"]
	if !ok {
		values = h["X-Sockethub-Request-Id"]
	}
	return checkID(strings.Join(values, ", ")) // two are a list, which is no id
}

// postID finds the id of a POST: in a header, else in the body.
func postID(h http.Header, body any) (string, error) {
	id, err := headerID(h)
	if id != "" || err != nil {
		return id, err
	}
	envelope, _ := body.(*activity.Object)
	return checkID(envelope.Text("requestId"))
}

// getID finds the id of a GET: in the path, in the query, in a header. step is
// what stands behind the handler's path, still escaped.
func getID(step string, query url.Values, h http.Header) (string, error) {
	text, err := url.PathUnescape(step)
	if err != nil {
		return "", errIDText
	}
	id, err := checkID(text)
	if id != "" || err != nil {
		return id, err
	}
	// Two of them are no string, and count as none.
	if given := query["requestId"]; len(given) == 1 {
		id, err = checkID(given[0])
		if id != "" || err != nil {
			return id, err
		}
	}
	if id, err = headerID(h); id == "" && err == nil {
		err = errIDMissing
	}
	return id, err
}

// randomID returns 16 letters and digits that nobody can guess.
func randomID() string {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	id := make([]byte, 0, 16)
	var random [24]byte
	for {
		rand.Read(random[:])
		for _, b := range random {
			// Beyond the last multiple of 62 some letters would come oftener.
			if int(b) >= 256/len(alphabet)*len(alphabet) {
				continue
			}
			if id = append(id, alphabet[int(b)%len(alphabet)]); len(id) == cap(id) {
				return string(id)
			}
		}
	}
}
