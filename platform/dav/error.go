package dav

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sockethub/sockethub/platform/webfetch"
)

// Error is a failure that clients are told of. Its text goes behind the name of
// the platform and a colon: "caldav:" + "create-failed: max-instances".
type Error struct {
	Code   string
	Detail string // "" for none; printable, short, no secrets
	Err    error  // the cause, for the log; may be nil
}

func (e *Error) Error() string {
	if e.Detail == "" {
		return e.Code
	}
	return e.Code + ": " + e.Detail
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Codes that both platforms have.
const (
	InvalidURL                = "invalid-url"
	HTTPSRequired             = "https-required"
	UnsafeRedirect            = "unsafe-redirect"
	TooManyRedirects          = "too-many-redirects"
	ConnectionFailed          = "connection-failed"
	AuthenticationFailed      = "authentication-failed"
	UnsupportedAuthentication = "unsupported-authentication"
	InvalidResponse           = "invalid-response"
	InvalidResource           = "invalid-resource"
	NotFound                  = "not-found"
	Conflict                  = "conflict"
	Forbidden                 = "forbidden"
	UIDConflict               = "uid-conflict"
	TooLarge                  = "too-large"
	Locked                    = "locked"
	QuotaExceeded             = "quota-exceeded"
	Unavailable               = "unavailable"
)

// Fail returns an error with a code and words for the client, which are cut.
func Fail(code, detail string) error { return fail(code, detail) }

func fail(code, detail string) *Error { return &Error{Code: code, Detail: printable(detail)} }

// CodeOf returns the code of err, "" if it has none.
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// failure is what the answer says, as its status is not the one hoped for;
// fallback is the code where HTTP has no word for it.
func (a *answer) failure(fallback string) error {
	return failureOf(a.Status, a.Header, a.condition(), fallback)
}

// failureOf names the failure that a server reports with a status, in the
// answer or in a multistatus, and a condition (RFC 4918, section 16).
func failureOf(status int, header http.Header, c condition, fallback string) *Error {
	code, detail := fallback, c.String()
	switch {
	case c.name == "no-uid-conflict":
		code, detail = UIDConflict, strings.Join(append(c.hrefs, c.text), " ")
	case c.name == "max-resource-size" || status == http.StatusRequestEntityTooLarge:
		code = TooLarge
	case status == http.StatusInsufficientStorage || strings.HasPrefix(c.name, "quota-"):
		code = QuotaExceeded
	case status == http.StatusNotFound || status == http.StatusGone:
		code = NotFound
	case status == http.StatusPreconditionFailed:
		code, detail = Conflict, "" // clients compare the whole text
	case status == http.StatusForbidden:
		code = Forbidden
	case status == http.StatusLocked:
		code = Locked
	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		code, detail = Unavailable, retryAfter(header)
	}
	return fail(code, detail)
}

// retryAfter says how long to wait (RFC 9110, section 10.2.3).
func retryAfter(header http.Header) string {
	text := strings.TrimSpace(header.Get("Retry-After"))
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		at, err := http.ParseTime(text)
		if err != nil {
			return ""
		}
		n = uint64(max(0, time.Until(at).Round(time.Second)/time.Second))
	}
	return "retry after " + strconv.FormatUint(n, 10) + " s"
}

// condition is what a body of an error says.
type condition struct {
	name  string // of the condition's element: "no-uid-conflict"
	hrefs []string
	text  string
}

func (c condition) String() string {
	switch {
	case c.name == "":
		return c.text
	case c.text == "":
		return c.name
	}
	return c.name + ": " + c.text
}

// maxErrorBody is how much of an error's body is read.
const maxErrorBody = 64 << 10

// condition reads the body, if it is what WebDAV says: an error element or a
// multistatus.
func (a *answer) condition() condition {
	if a.read {
		return a.said
	}
	a.read = true
	e, err := readElement(io.LimitReader(a.Body, maxErrorBody))
	if err != nil || e.Space != nsDAV {
		return condition{}
	}
	a.said = conditionOf(e)
	return a.said
}

func conditionOf(e *Element) (c condition) {
	if e == nil {
		return c
	}
	if e.Local == "multistatus" {
		return conditionOf(e.Child(nsDAV, "response").Child(nsDAV, "error"))
	}
	for _, child := range e.Children {
		switch child.Local {
		case "responsedescription", "message", "error-description", "human-readable":
			c.text = child.Text
		case "exception", "sabredav-version", "errorcode":
		default:
			if c.name == "" {
				c.name, c.hrefs = child.Local, nil
				for _, h := range child.Children {
					if h.Local == "href" {
						c.hrefs = append(c.hrefs, h.Text)
					}
				}
				if c.hrefs == nil && c.text == "" {
					c.text = child.Text
				}
			}
		}
	}
	return c
}

// maxDetail is how many bytes of a server's words a client is told.
const maxDetail = 200

// printable makes a server's words fit to be shown: one line, cut, and no user
// info in a URL.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError:
			return -1
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, s)
	words := strings.Fields(s)
	for i, w := range words {
		if strings.Contains(w, "//") {
			words[i] = withoutUser(w)
		}
	}
	s = strings.Join(words, " ")
	if len(s) > maxDetail {
		s = s[:maxDetail]
		for len(s) > 0 && !utf8.ValidString(s) {
			s = s[:len(s)-1]
		}
	}
	return s
}

// withoutUser removes user info from a URL in a text.
func withoutUser(s string) string {
	start := strings.Index(s, "//") + 2
	end := len(s)
	if i := strings.IndexAny(s[start:], "/?#"); i >= 0 {
		end = start + i
	}
	if at := strings.LastIndexByte(s[start:end], '@'); at >= 0 {
		return s[:start] + s[start+at+1:]
	}
	return s
}

// unreachable is why there was no answer.
func unreachable(err error) error {
	return &Error{Code: ConnectionFailed, Detail: hint(err), Err: err}
}

// hint is what a client may know of a broken connection. An address that is not
// allowed and a server that does not answer look alike, so that nobody can map a
// network with us.
func hint(err error) string {
	switch class := webfetch.ClassOf(err); class {
	case webfetch.Timeout:
		return "timeout"
	case webfetch.TLSFailed:
		return "TLS failed"
	case webfetch.NameNotFound:
		return string(class)
	}
	return ""
}
