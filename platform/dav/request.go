package dav

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/sockethub/sockethub/platform/webfetch"
)

// request is one logical request: however many redirects and challenges it meets.
type request struct {
	method string
	url    *url.URL
	header http.Header
	body   string
}

// answer is what the server said in the end.
type answer struct {
	url    *url.URL // where it came from
	Status int
	Header http.Header
	Body   io.Reader

	close func()
	read  bool      // the body has been, as a condition
	said  condition // what it was
}

// errTimeout is the cause of a request that took too long.
var errTimeout = &webfetch.Error{Class: webfetch.Timeout, Text: "timeout"}

// send sends a request until the server has said something that counts. The
// answer must be closed; the limit of time holds until then. Errors are *Error or
// ErrInvalidURL.
func (s *Session) send(ctx context.Context, r request) (*answer, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.client.options.Timeout, errTimeout)
	a, err := s.follow(ctx, r)
	if err != nil {
		cancel()
		if CodeOf(err) == AuthenticationFailed {
			s.client.accounts.forget(s.key)
		}
		return nil, err
	}
	body := a.close
	a.close = func() { body(); cancel() }
	return a, nil
}

// follow goes where redirects lead, and answers challenges.
func (s *Session) follow(ctx context.Context, r request) (*answer, error) {
	redirects, challenged := 0, 0
	for {
		if err := s.allow(r.url); err != nil {
			return nil, err
		}
		a, used, err := s.exchange(ctx, r)
		if err != nil {
			return nil, err
		}
		switch {
		case a.Status == http.StatusUnauthorized:
			a.close()
			if err := s.account.auth.challenged(a.Header, s.who, used, challenged); err != nil {
				return nil, err
			}
			challenged++
		case a.Status >= 300 && a.Status <= 399:
			a.close()
			if redirects == maxRedirects {
				return nil, fail(TooManyRedirects, "")
			}
			redirects++
			if r.url, err = redirected(r, a); err != nil {
				return nil, err
			}
		default:
			s.rose(r.url)
			return a, nil
		}
	}
}

// exchange sends a request once.
func (s *Session) exchange(ctx context.Context, r request) (a *answer, used any, err error) {
	header := r.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	authorization, used := s.account.auth.header(s.who, r.method, r.url.RequestURI())
	if authorization != "" {
		header.Set("Authorization", authorization)
	}
	for _, values := range header {
		// Those who send such a value would send another header along with it.
		if strings.ContainsFunc(values[0], func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7F }) {
			return nil, nil, fail(ConnectionFailed, "")
		}
	}
	request := &http.Request{Method: r.method, URL: r.url, Header: header}
	if r.body != "" {
		request.Body = io.NopCloser(strings.NewReader(r.body))
		request.ContentLength = int64(len(r.body))
		request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(r.body)), nil }
	}
	response, err := s.client.web.Exchange(ctx, request)
	if err != nil {
		s.client.options.Log.Info("request failed", "method", r.method, "host", r.url.Host, "error", err)
		return nil, nil, unreachable(err)
	}
	return &answer{
		url: r.url, Status: response.Status, Header: response.Header, Body: response.Body,
		close: func() {
			// What is left of a short body costs less than another connection.
			_, _ = io.CopyN(io.Discard, response.Body, maxErrorBody)
			response.Body.Close()
		},
	}, used, nil
}

// redirected returns where the request is to be sent instead. What changes a
// resource is sent again only where the server says that it may be.
func redirected(r request, a *answer) (*url.URL, error) {
	location := a.Header.Get("Location")
	switch {
	case a.Status == http.StatusNotModified, location == "":
		return nil, fail(InvalidResponse, "")
	case (r.method == http.MethodPut || r.method == http.MethodDelete) &&
		a.Status != http.StatusTemporaryRedirect && a.Status != http.StatusPermanentRedirect:
		return nil, fail(UnsafeRedirect, "")
	}
	return resolve(r.url, location)
}

// broken is why an answer that began well cannot be read.
func broken(err error) error {
	if CodeOf(err) != "" {
		return err
	}
	detail := err.Error()
	switch webfetch.ClassOf(err) {
	case webfetch.Timeout:
		detail = "timeout"
	case webfetch.Broken:
		detail = "the answer is cut off"
	}
	if err == io.ErrUnexpectedEOF {
		detail = "the answer is cut off"
	}
	return &Error{Code: InvalidResponse, Detail: printable(detail), Err: err}
}

const xmlType = "application/xml; charset=utf-8"

// multistatus sends a PROPFIND or REPORT and calls each for every response. It
// returns the answer, whose body has been read, and the sync-token in it.
// fallback is the code for a status that is not 207 and has no other.
func (s *Session) multistatus(ctx context.Context, method string, u *url.URL, depth, body, fallback string, each func(*answer, *Response) error) (token string, err error) {
	a, err := s.send(ctx, request{method, u, http.Header{"Depth": {depth}, "Content-Type": {xmlType}}, body})
	if err != nil {
		return "", err
	}
	defer a.close()
	if a.Status != http.StatusMultiStatus {
		err := a.failure(fallback)
		if CodeOf(err) == QuotaExceeded {
			err = fail(fallback, "") // of a question, it is the answer that is too large
		}
		return "", &statusError{err, a.Status, a.condition()}
	}
	data := name{s.client.protocol.Namespace, s.client.protocol.Data}
	token, err = readMultistatus(a.Body, data, func(r *Response) error { return each(a, r) })
	if err != nil {
		return "", broken(err)
	}
	return token, nil
}

// statusError is a status that is not 207, with what is needed to try another
// way.
type statusError struct {
	err       error
	status    int
	condition condition
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }
