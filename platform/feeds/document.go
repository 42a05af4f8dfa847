package feeds

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/webfetch"
)

// document is a feed as it was fetched, with nothing in it of who asked.
type document struct {
	feed       *feed
	size       int64  // in memory, about
	at         string // where it was found, when redirects led there
	movedTo    string // where it has moved for good
	discovered string // the feed's address, when the one asked for is a web page
}

// statusError is an answer that was not a success. It is worded for each job
// with the URL that the job has.
type statusError struct {
	status int
	reason string
}

func (e *statusError) Error() string { return strconv.Itoa(e.status) + " " + e.reason }

// errNoFeed is a web page that names no feed.
var errNoFeed = errors.New("no feed found")

// How long a document is believed: what it says itself, within these.
const (
	minFresh  = time.Minute
	maxFresh  = time.Hour
	freshGone = time.Hour // for 410 Gone
)

// accept is what the platform understands, best first.
const accept = "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml, " +
	"application/xml;q=0.9, text/xml;q=0.9, */*;q=0.8"

// load fetches a feed, or the one that a web page there names.
func (p *feeds) load(ctx context.Context, address string, old *webfetch.Entry[*document]) (webfetch.Entry[*document], error) {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	request := webfetch.Request{URL: address, Accept: accept}
	if old != nil && old.Err == nil {
		request.ETag, request.LastModified = old.ETag, old.LastModified
	}
	response, err := p.client.Fetch(ctx, request)
	if err != nil {
		return webfetch.Entry[*document]{}, err
	}
	defer response.Body.Close()
	switch {
	case response.Status == http.StatusNotModified && request.ETag+request.LastModified != "":
		entry := *old
		entry.Fresh = freshUntil(response.Header, entry.Value.feed)
		return entry, nil
	case response.Status == http.StatusGone:
		gone := &statusError{response.Status, response.Reason}
		return webfetch.Entry[*document]{Err: gone, Fresh: time.Now().Add(freshGone)}, nil
	case !response.OK():
		return webfetch.Entry[*document]{}, &statusError{response.Status, response.Reason}
	}
	d, page, err := p.read(ctx, response)
	if err != nil {
		return webfetch.Entry[*document]{}, err
	}
	entry := webfetch.Entry[*document]{ETag: response.Header.Get("ETag"), LastModified: response.Header.Get("Last-Modified")}
	if page != nil {
		// The page's validators say nothing of the feed.
		entry.ETag, entry.LastModified = "", ""
		if d, err = p.follow(ctx, page); err != nil {
			return webfetch.Entry[*document]{}, err
		}
	}
	d.movedTo = response.MovedTo
	if at := response.URL; at.String() != address {
		d.at = at.String()
	}
	entry.Value, entry.Size = d, d.size
	entry.Fresh = freshUntil(response.Header, d.feed)
	return entry, nil
}

// follow fetches the feed that a web page names.
func (p *feeds) follow(ctx context.Context, at *url.URL) (*document, error) {
	response, err := p.client.Fetch(ctx, webfetch.Request{URL: at.String(), Accept: accept})
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if !response.OK() {
		return nil, errNoFeed
	}
	d, page, err := p.read(ctx, response)
	if err != nil {
		return nil, err
	}
	if page != nil {
		return nil, errNoFeed
	}
	d.discovered = at.String()
	return d, nil
}

// read reads a document. For a web page it returns the address of its feed
// instead, or errNoFeed.
func (p *feeds) read(ctx context.Context, response *webfetch.Response) (*document, *url.URL, error) {
	body, err := response.Body.ReadAll()
	response.Body.Close() // its place at the host is somebody else's now
	if err != nil {
		return nil, nil, err
	}
	select {
	case p.scanning <- struct{}{}:
		defer func() { <-p.scanning }()
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	contentType := response.Header.Get("Content-Type")
	text := decode(body, contentType)
	f, s, err := parse(ctx, text, response.URL)
	if err == nil {
		d := &document{feed: f, size: f.size()}
		if s == nil {
			d.size += int64(len(text)) // the texts of JSON are parts of it
		}
		return d, nil, nil
	}
	if s == nil || ctx.Err() != nil || !s.isPage(webfetch.MediaType(contentType)) {
		return nil, nil, err
	}
	if found := discover(text, response.URL); found != nil {
		return nil, found, nil
	}
	return nil, nil, errNoFeed
}

// isPage tells that what could not be read is a web page: by itself, or by the
// server's word for something that is no feed either.
func (s *scanner) isPage(mediaType string) bool {
	if s.html {
		return true
	}
	switch s.root {
	case "rss", "rdf", "feed":
		return false
	}
	return mediaType == "text/html" || mediaType == "application/xhtml+xml"
}

// decode returns a document in UTF-8. Bytes that are not UTF-8, and that nobody
// has said anything about, are what Western Windows writes.
func decode(body []byte, contentType string) []byte {
	declared := declaredEncoding(body)
	if declared == "" && webfetch.Charset(contentType) == "" && isLegacy(body) {
		declared = "windows-1252"
	}
	text, _ := webfetch.Decode(body, contentType, declared)
	return text
}

// isLegacy tells that text is no UTF-8, not even with some bytes broken.
func isLegacy(body []byte) bool {
	if utf8.Valid(body) {
		return false
	}
	letters, broken := 0, 0
	for len(body) > 0 {
		r, n := utf8.DecodeRune(body)
		switch {
		case n > 1:
			letters++
		case r == utf8.RuneError:
			broken++
		}
		body = body[n:]
	}
	return broken > letters
}

// declaredEncoding is the encoding in the XML declaration at the start of body,
// or behind what programs have written before it.
func declaredEncoding(body []byte) string {
	_, head, ok := bytes.Cut(body[:min(len(body), 1024)], []byte("<?xml"))
	if !ok {
		return ""
	}
	head, _, _ = bytes.Cut(head, []byte("?>"))
	_, after, ok := bytes.Cut(head, []byte("encoding"))
	if !ok {
		return ""
	}
	after = bytes.TrimLeft(after, " \t\r\n=")
	if len(after) == 0 || after[0] != '"' && after[0] != '\'' {
		return ""
	}
	value, _, _ := bytes.Cut(after[1:], after[:1])
	return string(bytes.TrimSpace(value))
}

// freshUntil is when a document should be asked for again.
func freshUntil(header http.Header, f *feed) time.Time {
	fresh, given, _ := webfetch.MaxAge(header)
	if !given {
		fresh = f.fresh
	}
	return time.Now().Add(min(max(fresh, minFresh), maxFresh))
}

// failure words an error for a job that asked for a URL.
func failure(err error, address string) error {
	var status *statusError
	var syntax *syntaxError
	switch {
	case errors.As(err, &status):
		return statusFailure(status.status, status.reason, address)
	case errors.As(err, &syntax):
		return platform.Plain(syntax.Error())
	case errors.Is(err, errNoFeed):
		return errors.New("no feed found at " + webfetch.Mask(address))
	}
	switch webfetch.ClassOf(err) {
	case webfetch.Timeout:
		return platform.Plain("TimeoutError: " + err.Error())
	case webfetch.Broken:
		return platform.Plain("TypeError: " + err.Error())
	case webfetch.RetryLater:
		if pause := (*webfetch.Pause)(nil); errors.As(err, &pause) {
			return fmt.Errorf("%w, %w", statusFailure(pause.Status, pause.Reason, address), pause)
		}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return platform.Plain("TimeoutError: The operation was aborted due to timeout")
	}
	return err
}

// statusFailure is what the reference server answers where the status is not one
// of success: "request failed: 404 Not Found for http://…".
func statusFailure(status int, reason, address string) error {
	if reason != "" {
		reason = " " + reason
	}
	return fmt.Errorf("request failed: %d%s for %s", status, reason, webfetch.Mask(address))
}
