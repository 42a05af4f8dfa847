package webfetch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sockethub/sockethub/platform/policy"
)

// Limits of a Client that Options may change, and some that it may not.
const (
	DefaultTimeout = 5 * time.Second
	DefaultMaxBody = 5 << 20 // bytes
	maxRedirects   = 20
	maxHeader      = 256 << 10 // bytes of a response's header, as browsers read
)

// DefaultUserAgent names the software and where to read about it.
const DefaultUserAgent = "Mozilla/5.0 (compatible; SockethubBot/5.0; +https://sockethub.org)"

// Options configures a Client. The zero value is what platforms use.
type Options struct {
	AllowPrivate bool          // any address may be dialled; all other rules stay
	Timeout      time.Duration // of a fetch from look-up to the last byte; 0 means 5 s
	MaxBody      int64         // bytes of a body, before and after inflating; 0 means 5 MiB
	UserAgent    string        // "" means DefaultUserAgent
	Ports        []int         // that may be spoken to; nil means 80, 443 and those from 1024 on that are no other service's

	Policy *policy.Policy // which hosts may be reached, beside all else; nil: any

	// RefuseDowngrade makes a redirect from https to http an error.
	RefuseDowngrade bool

	Documents map[string]Document // answered from memory, by URL; nil means none

	Resolver Resolver     // nil means net.DefaultResolver
	Dial     DialFunc     // nil means the kernel, through the second gate
	Log      *slog.Logger // causes of failures, with addresses; nil means nowhere
}

// Client fetches. It may be used by any number of goroutines.
type Client struct {
	options   Options
	transport *http.Transport
	trip      http.RoundTripper // transport, or documents in front of it
	hosts     hosts
	retry     retry
}

// New returns a Client. Close it to end the connections it keeps.
func New(o Options) (*Client, error) {
	switch {
	case o.Timeout < 0:
		return nil, errors.New("webfetch: Timeout is negative")
	case o.MaxBody < 0:
		return nil, errors.New("webfetch: MaxBody is negative")
	case slices.ContainsFunc(o.Ports, badPort):
		return nil, errors.New("webfetch: Ports has one that no browser speaks HTTP to")
	case strings.ContainsFunc(o.UserAgent, isControl):
		return nil, errors.New("webfetch: UserAgent has control characters")
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MaxBody == 0 {
		o.MaxBody = DefaultMaxBody
	}
	if o.UserAgent == "" {
		o.UserAgent = DefaultUserAgent
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	t := transport(newGuard(o))
	return &Client{options: o, transport: t, trip: inMemory{o.Documents, t}}, nil
}

// transport dials only what guard lets through, and uses no proxy.
func transport(g *guard) *http.Transport {
	return &http.Transport{
		Proxy:                  nil,
		DialContext:            g.dialContext,
		DisableCompression:     true, // body.go inflates, and counts
		ForceAttemptHTTP2:      true,
		MaxResponseHeaderBytes: maxHeader,
		MaxIdleConns:           32,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        30 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
	}
}

// Close ends the connections that are idle. Fetches under way go on.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Request says what to fetch.
type Request struct {
	URL          string
	Accept       string // "" means "*/*"
	ETag         string // of what is remembered already: the answer may be 304 then
	LastModified string
	MaxBody      int64 // less than Options.MaxBody for this fetch; 0 means that

	// Partial is for those who read only the beginning of a body: it may promise
	// to be longer than MaxBody, as long as no more than that is read.
	Partial bool

	// Header is sent too. What is secret in it (Authorization, Cookie and the
	// like) goes to the origin of URL only, and no more once a redirect has
	// led elsewhere, even if another one leads back.
	Header http.Header
}

// secrets are the headers that another origin must not see.
var secrets = []string{"Authorization", "Cookie", "Cookie2", "Proxy-Authorization", "Www-Authenticate"}

// Response is an answer, of whatever status. Body must be closed.
type Response struct {
	URL     *url.URL // where the answer came from in the end
	Status  int
	Reason  string // the server's words for Status: printable, and cut
	Header  http.Header
	Body    *Body
	MovedTo string // the new address when the first one has moved for good (301, 308), else ""
}

// OK reports whether the status is one of success.
func (r *Response) OK() bool { return r.Status >= 200 && r.Status <= 299 }

// Fetch sends a GET and follows redirects. The limit of time holds until the
// body is closed. Errors are *Error, also those of reading the body.
//
// A server that answered 429 or 503 with Retry-After is not asked for the same
// URL again before that time: the error's class is RetryLater then, and
// its cause a *Pause.
func (c *Client) Fetch(ctx context.Context, r Request) (*Response, error) {
	u, err := ParseURL(r.URL)
	if err != nil {
		return nil, err
	}
	key := withoutFragment(u)
	if err := c.retry.check(key); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.options.Timeout, errTimeout)
	response, err := c.follow(ctx, u, r)
	if err != nil {
		cancel()
		if cause := errors.Unwrap(err); cause != nil {
			// As it was understood, which may be another than what was written.
			c.options.Log.Info("fetch failed", "url", u.String(), "error", cause)
		}
		return nil, err
	}
	response.Body.end = append(response.Body.end, cancel)
	c.retry.note(key, response)
	return response, nil
}

// follow sends the request and goes where redirects lead, each judged as the
// first URL was.
func (c *Client) follow(ctx context.Context, u *url.URL, r Request) (*Response, error) {
	header := c.header(r)
	movedTo, permanent := "", true
	jar := cookies{}
	for hops := 0; ; hops++ {
		response, err := c.exchange(ctx, &http.Request{Method: http.MethodGet, URL: u, Header: jar.give(u, header)}, r.MaxBody, r.Partial)
		if err != nil {
			return nil, err
		}
		target := response.Header.Get("Location")
		if !redirects(response.Status) || target == "" {
			response.MovedTo = movedTo
			return response, nil
		}
		response.Body.Close()
		jar.take(u, response.Header)
		if hops == maxRedirects {
			return nil, &Error{Class: Redirects, Text: "too many redirects"}
		}
		next, err := Resolve(u, target)
		if err != nil {
			return nil, redirectError(err)
		}
		permanent = permanent && (response.Status == http.StatusMovedPermanently || response.Status == http.StatusPermanentRedirect)
		if permanent {
			movedTo = withoutFragment(next)
		}
		if next.Scheme != u.Scheme || next.Host != u.Host {
			header = header.Clone()
			for _, name := range secrets {
				header.Del(name)
			}
		}
		if c.options.RefuseDowngrade && u.Scheme == "https" && next.Scheme == "http" {
			return nil, &Error{Class: BadRedirect, Text: "redirect from https to http"}
		}
		if next.Fragment == "" {
			next.Fragment = u.Fragment
		}
		u = next
	}
}

func redirects(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// redirectError words what is wrong with a redirect's target. The target itself
// stays untold: it is a peer's text.
func redirectError(err error) error {
	switch class := ClassOf(err); class {
	case BadScheme:
		return &Error{BadRedirect, "redirect to a URL that is not http or https", err}
	case Credentials:
		return &Error{BadRedirect, "redirect to a URL with credentials", err}
	case BadPort:
		return err
	}
	return &Error{BadRedirect, "redirect to an invalid URL", err}
}

// header is what every request of a fetch carries: no cookies, referrer or
// origin, unless the caller gave them.
func (c *Client) header(r Request) http.Header {
	header := http.Header{
		"User-Agent":      {c.options.UserAgent},
		"Accept":          {"*/*"},
		"Accept-Language": {"*"},
		"Accept-Encoding": {"gzip, deflate"},
	}
	for name, values := range r.Header {
		header[http.CanonicalHeaderKey(name)] = values
	}
	for name, value := range map[string]string{"Accept": r.Accept, "If-None-Match": r.ETag, "If-Modified-Since": r.LastModified} {
		if value != "" {
			header.Set(name, value)
		}
	}
	return header
}

// Exchange sends one request, of whatever method, and returns its answer
// without following redirects: for protocols on top of HTTP that have rules of
// their own. The URL is for the caller to check with ParseURL; where it leads
// is judged here. The request's limit of time is ctx's.
func (c *Client) Exchange(ctx context.Context, r *http.Request) (*Response, error) {
	r = r.Clone(ctx)
	for name, value := range map[string]string{"User-Agent": c.options.UserAgent, "Accept-Encoding": "gzip, deflate"} {
		if r.Header.Get(name) == "" {
			r.Header.Set(name, value)
		}
	}
	return c.exchange(ctx, r, 0, false)
}

// exchange waits for a place at the host, which is given back when the body is
// closed.
func (c *Client) exchange(ctx context.Context, r *http.Request, maxBody int64, partial bool) (*Response, error) {
	release, err := c.hosts.enter(ctx, r.URL.Hostname())
	if err != nil {
		return nil, classify(ctx, err)
	}
	response, err := c.trip.RoundTrip(r.WithContext(ctx))
	if err != nil {
		release()
		return nil, classify(ctx, fmt.Errorf("%s %s: %w", r.Method, r.URL.Redacted(), err))
	}
	limit := c.options.MaxBody
	if maxBody > 0 {
		limit = min(limit, maxBody)
	}
	return &Response{
		URL: r.URL, Status: response.StatusCode, Reason: reasonOf(response.Status), Header: response.Header,
		Body: newBody(ctx, response, limit, partial, release),
	}, nil
}

func withoutFragment(u *url.URL) string {
	v := *u
	v.Fragment, v.RawFragment = "", ""
	return v.String()
}
