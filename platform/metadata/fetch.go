package metadata

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/policy"
	"github.com/sockethub/sockethub/platform/webfetch"
)

// How long what was found out is believed.
const (
	freshPage    = 5 * time.Minute // when the server does not say
	minFresh     = time.Minute     // when it says less
	maxFresh     = time.Hour
	freshNoStore = 30 * time.Second // when it says that nobody should
	freshGone    = time.Minute      // 404 and 410
	freshFailure = 10 * time.Second
)

// maxPage is how much of a page is read at most, in bytes after inflating.
const maxPage = 1 << 20

// accept is what the platform understands, best first.
const accept = "text/html, application/xhtml+xml;q=0.9, */*;q=0.8"

// Errors that the reference server words like this.
var (
	errNotFound = errors.New("Page not found")                                    //lint:ignore ST1005 clients know it
	errNotText  = errors.New("Page must return a header content-type with text/") //lint:ignore ST1005 clients know it
	errOverflow = errors.New("Headers Overflow Error")                            //lint:ignore ST1005 clients know it
	errDeadline = &webfetch.Error{Class: webfetch.Timeout, Text: "The operation was aborted due to timeout"}
)

// statusError is an answer that was not a success.
type statusError int

func (e statusError) Error() string {
	switch text := http.StatusText(int(e)); e {
	case 400, 401, 403, 404, 408, 410, 429, 500, 502, 503, 504:
		return strconv.Itoa(int(e)) + " " + text
	case 304:
		return errNotFound.Error()
	default:
		if e >= 400 {
			return "Server has returned a 400/500 error code"
		}
		return strings.TrimSpace(strconv.Itoa(int(e)) + " " + text)
	}
}

// load finds out what is to be shown for an address, and what is to be
// remembered of it: failures too, for a short time.
func (p *metadata) load(ctx context.Context, asked *url.URL, old *webfetch.Entry[*preview]) (webfetch.Entry[*preview], error) {
	limited, cancel := context.WithTimeoutCause(ctx, p.timeout, errDeadline)
	defer cancel()
	entry, err := p.find(limited, asked, old)
	if err == nil {
		entry.Size = entry.Value.size()
		return entry, nil
	}
	if ctx.Err() != nil || webfetch.ClassOf(err) == webfetch.RetryLater {
		return webfetch.Entry[*preview]{}, err // nobody was asked, or nobody listens
	}
	fresh := freshFailure
	if status := statusError(0); errors.As(err, &status) && (status == http.StatusNotFound || status == http.StatusGone) {
		fresh = freshGone
	}
	return webfetch.Entry[*preview]{Err: err, Fresh: time.Now().Add(fresh), Size: 1 << 10}, nil
}

// find asks third parties where the configuration says so, else the server that
// the address names.
func (p *metadata) find(ctx context.Context, asked *url.URL, old *webfetch.Entry[*preview]) (webfetch.Entry[*preview], error) {
	entry := webfetch.Entry[*preview]{Fresh: time.Now().Add(freshPage)}
	if id := postID(asked); id != "" && p.fxTwitter {
		if entry.Value = p.post(ctx, id); entry.Value != nil {
			return entry, nil
		}
	}
	if isReddit(asked.Hostname()) && p.reddit {
		var err error
		entry.Value, err = p.redditPost(ctx, asked)
		return entry, err
	}
	return p.fetch(ctx, asked, old)
}

// fetch asks the server.
func (p *metadata) fetch(ctx context.Context, asked *url.URL, old *webfetch.Entry[*preview]) (webfetch.Entry[*preview], error) {
	request := webfetch.Request{URL: asked.String(), Accept: accept, Partial: true}
	if old != nil && old.Err == nil {
		request.ETag, request.LastModified = old.ETag, old.LastModified
	}
	entry := webfetch.Entry[*preview]{}
	reading, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	response, err := p.client.Fetch(reading, request)
	if err != nil {
		return entry, err
	}
	defer response.Body.Close()
	switch {
	case response.Status == http.StatusNotModified && request.ETag+request.LastModified != "":
		entry = *old
		entry.Fresh = freshUntil(response.Header)
		return entry, nil
	case !response.OK():
		return entry, statusError(response.Status)
	}
	entry.ETag, entry.LastModified = response.Header.Get("ETag"), response.Header.Get("Last-Modified")
	entry.Fresh = freshUntil(response.Header)
	contentType := response.Header.Get("Content-Type")
	switch kind := webfetch.MediaType(contentType); {
	case isPage(kind), isFeed(kind):
		var broken bool
		entry.Value, broken, err = p.page(ctx, asked, response, kind, func() { stop(errDeadline) })
		if broken { // another time it may be whole
			entry.ETag, entry.LastModified, entry.Fresh = "", "", time.Now().Add(freshNoStore)
		}
	case isMedia(kind):
		entry.Value, err = mediaPreview(asked, response, kind)
	default:
		err = errNotText
	}
	return entry, err
}

// page reads a web page, or a feed.
func (p *metadata) page(ctx context.Context, asked *url.URL, response *webfetch.Response, kind string, stop func()) (v *preview, broken bool, err error) {
	length, _ := strconv.ParseInt(response.Header.Get("Content-Length"), 10, 64)
	read, err := readPage(response.Body, stop, length <= maxPage)
	if err != nil {
		return nil, false, err
	}
	response.Body.Close() // its place at the host may be needed for what comes
	if len(read.body) == 0 {
		return nil, false, errNotFound
	}
	text, charset := decode(read.body, response.Header.Get("Content-Type"), read.declared, read.whole)
	if v := feedPreview(text, kind, asked, response.URL); v != nil {
		v.charset = charset
		return v.finish(asked, response.URL), read.broken, nil
	}
	if !isPage(kind) {
		return nil, false, errNotText
	}
	if read.broken { // perhaps as the time is over; what has come is read quickly
		ctx = context.WithoutCancel(ctx)
	}
	f, err := readFacts(ctx, text)
	if err != nil {
		return nil, false, err
	}
	v = newPreview(f, asked, response.URL)
	v.charset = charset
	if v.lacks() && !read.broken {
		if u := resolve(f.baseURL(response.URL), f.oembed); u != nil {
			p.embed(ctx, v, u)
		}
	}
	return v.finish(asked, response.URL), read.broken, nil
}

// isPage knows the media types of pages, "" for one that is not said.
func isPage(kind string) bool {
	return kind == "" || strings.Contains(kind, "text/") || kind == "application/xhtml+xml"
}

// lacks tells that it is worth asking elsewhere.
func (p *preview) lacks() bool {
	return p.title == "" || len(p.images) == 0 || p.name == "" && !p.siteNamed
}

// size is about what a preview takes in memory, in bytes.
func (p *preview) size() int64 { return int64(1<<10 + 3*len(activity.AppendJSON(nil, p.object))) }

// freshUntil is when a page should be asked for again.
func freshUntil(header http.Header) time.Time {
	fresh, given, noStore := webfetch.MaxAge(header)
	switch {
	case noStore:
		fresh = freshNoStore
	case given:
		fresh = min(max(fresh, minFresh), maxFresh)
	default:
		fresh = freshPage
	}
	return time.Now().Add(fresh)
}

// failure words an error as the reference server does, as far as that tells
// nothing of inner networks: addresses and names are told only where the client
// asked for just these. host is the one that it asked for.
func failure(err error, host string) error {
	switch webfetch.ClassOf(err) {
	case webfetch.InvalidURL, webfetch.BadScheme:
		return errInvalidURL
	case webfetch.BadPort:
		return errors.New("bad port")
	case webfetch.BadAddress:
		if a, parsed := netip.ParseAddr(host); parsed == nil && !webfetch.Public(a) && !policy.IsRefused(err) {
			return errors.New("blocked non-public address " + host)
		}
	case webfetch.LookupFailed:
		if dns := (*net.DNSError)(nil); errors.As(err, &dns) && dns.Name == host {
			return errors.New("getaddrinfo EAI_AGAIN " + host)
		}
	case webfetch.Redirects:
		return errors.New("redirect count exceeded")
	case webfetch.BadRedirect:
		switch webfetch.ClassOf(errors.Unwrap(err)) {
		case webfetch.BadScheme:
			return errors.New("URL scheme must be a HTTP(S) scheme")
		case webfetch.InvalidURL:
			return errInvalidURL
		}
	case webfetch.HeaderSize:
		return errOverflow
	case webfetch.HungUp:
		return errors.New("other side closed")
	case webfetch.BadResponse:
		return errors.New("bad response")
	case webfetch.RetryLater:
		if pause := (*webfetch.Pause)(nil); errors.As(err, &pause) {
			return fmt.Errorf("%w, %w", statusError(pause.Status), pause)
		}
	}
	return err
}
