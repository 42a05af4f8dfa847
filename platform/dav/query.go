package dav

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/sockethub/sockethub/platform/webfetch"
)

// Item is a resource of a collection as a server lists it.
type Item struct {
	URL  *url.URL
	Key  string // of URL, see [Key]
	ETag string // as the server wrote it, "" if it did not
	Gone bool
	Data []byte // valid during the call only
	Err  error  // why there is no data, though it was asked for

	href string // as the server wrote it
}

// batch is how many resources are asked for at once: some servers refuse more.
const batch = 50

// maxItems is how many resources a collection may have.
const maxItems = maxElements

// errMany is a collection that is larger than that, or a server that makes one up.
var errMany = fail(InvalidResponse, "the collection is too large")

// Query sends reports to a collection, one after the other, and calls read for
// every item that may be on the page. Where the server cannot do one of them, all
// items are listed and fetched instead: filters are for read to apply again in any
// case. An item may come more than once. truncated reports that the server has
// more than it gave.
func (s *Session) Query(ctx context.Context, c *Collection, reports []string, page *Page, read func(*Item) error) (truncated bool, err error) {
	wanted := func(i *Item) error {
		if !page.Wants(i.Key) {
			return nil
		}
		return read(i)
	}
	for _, report := range reports {
		cut, err := s.report(ctx, c, report, wanted)
		truncated = truncated || cut
		if err == nil {
			continue
		}
		if s.replaceable(err) {
			if cut, listed := s.all(ctx, c, page, read); listed == nil {
				return cut, nil
			}
		}
		return truncated, s.lost(err) // the first refusal says more
	}
	return truncated, nil
}

// QueryMore sends another report for the same page, which a server may refuse: what
// there is already stays, and is not read a second time.
func (s *Session) QueryMore(ctx context.Context, c *Collection, report string, page *Page, read func(*Item) error) {
	_, err := s.report(ctx, c, report, func(i *Item) error {
		if !page.Wants(i.Key) || page.Has(i.Key) || i.Gone || i.Err != nil {
			return nil
		}
		return read(i)
	})
	if err != nil {
		s.client.options.Log.Debug("another report was refused", "error", err)
	}
}

// replaceable reports whether listing may help where a report failed.
func (s *Session) replaceable(err error) bool {
	if webfetch.ClassOf(err) == webfetch.TooLarge {
		return true
	}
	var e *statusError
	if !errors.As(err, &e) {
		return false
	}
	switch e.status {
	case http.StatusForbidden:
		return strings.HasPrefix(e.condition.name, "supported-") // -report, -filter, -collation
	case http.StatusMethodNotAllowed, http.StatusUnsupportedMediaType, http.StatusInternalServerError,
		http.StatusNotImplemented, http.StatusInsufficientStorage:
		return true
	}
	return false
}

// lost forgets the collections when one of them is gone.
func (s *Session) lost(err error) error {
	if CodeOf(err) == NotFound {
		s.Forget()
	}
	return err
}

const queryFailed = "query-failed"

// report sends one report of depth 1.
func (s *Session) report(ctx context.Context, c *Collection, body string, each func(*Item) error) (truncated bool, err error) {
	_, err = s.multistatus(ctx, "REPORT", c.URL, "1", body, queryFailed, func(a *answer, r *Response) error {
		if ctx.Err() != nil { // what has been read of the body takes time too
			return &Error{Code: ConnectionFailed, Detail: "timeout", Err: context.Cause(ctx)}
		}
		item, cut, err := s.item(a, c, r)
		truncated = truncated || cut
		if err != nil || item == nil {
			return err
		}
		if !item.Gone && !r.HasData {
			item.Err = failureOf(r.Status, nil, r.condition(), InvalidResponse)
		}
		return each(item)
	})
	return truncated, err
}

// item reads a response; nil if it is about no resource of the collection. truncated is
// what status 507 for the collection itself says (RFC 6578, section 3.6).
func (s *Session) item(a *answer, c *Collection, r *Response) (item *Item, truncated bool, err error) {
	if r.Href == "" {
		return nil, false, nil
	}
	u, err := resolve(a.url, r.Href)
	if err != nil {
		return nil, false, fail(InvalidResponse, err.Error())
	}
	key := Key(u)
	switch {
	case key == Key(c.URL) || key == Key(a.url):
		return nil, r.Status == http.StatusInsufficientStorage, nil
	case r.Prop(nsDAV, "resourcetype").Child(nsDAV, "collection") != nil, strings.HasSuffix(u.Path, "/") && !r.HasData:
		return nil, false, nil
	}
	return &Item{URL: u, Key: key, ETag: r.Prop(nsDAV, "getetag").text(), Gone: r.Gone(), Data: r.Data, href: r.Href}, false, nil
}

func (r *Response) condition() condition {
	c := conditionOf(r.Error)
	if c.text == "" {
		c.text = r.Description
	}
	return c
}

// all lists a collection and fetches what is in it, until the page is full.
func (s *Session) all(ctx context.Context, c *Collection, page *Page, read func(*Item) error) (truncated bool, err error) {
	list, truncated, err := s.listing(ctx, c)
	if err != nil {
		return truncated, err
	}
	return truncated, s.fetch(ctx, c, list, page, read)
}

const listingBody = `<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="DAV:">
 <d:prop><d:getetag/><d:resourcetype/></d:prop>
</d:propfind>`

// listing asks for the resources of a collection and their tags.
func (s *Session) listing(ctx context.Context, c *Collection) (list []*Item, truncated bool, err error) {
	_, err = s.multistatus(ctx, "PROPFIND", c.URL, "1", listingBody, queryFailed, func(a *answer, r *Response) error {
		item, cut, err := s.item(a, c, r)
		truncated = truncated || cut
		if err != nil || item == nil || item.Gone {
			return err
		}
		if len(list) == maxItems {
			return errMany
		}
		item.Data = nil
		list = append(list, item)
		return nil
	})
	return list, truncated, err
}

// fetch asks for the data of items in the order of their keys, some at a time,
// until the page is full. Those that the server says nothing of are gone.
func (s *Session) fetch(ctx context.Context, c *Collection, items []*Item, page *Page, read func(*Item) error) error {
	items = slices.DeleteFunc(items, func(i *Item) bool { return !page.Wants(i.Key) })
	slices.SortFunc(items, func(a, b *Item) int { return strings.Compare(a.Key, b.Key) })
	for len(items) > 0 && !page.Full() {
		n := min(batch, len(items))
		missing := make(map[string]*Item, n)
		for _, item := range items[:n] {
			missing[item.Key] = item
		}
		_, err := s.report(ctx, c, s.multiget(items[:n]), func(item *Item) error {
			asked := missing[item.Key]
			if asked == nil {
				return nil
			}
			delete(missing, item.Key)
			if item.ETag == "" {
				item.ETag = asked.ETag
			}
			item.URL, item.href = asked.URL, asked.href
			return read(item)
		})
		if err != nil {
			return err
		}
		for _, item := range items[:n] {
			if missing[item.Key] != nil {
				if err := read(&Item{URL: item.URL, Key: item.Key, ETag: item.ETag, Gone: true}); err != nil {
					return err
				}
			}
		}
		items = items[n:]
	}
	return nil
}

// multiget is the report that asks for items by the addresses that the server gave
// them.
func (s *Session) multiget(items []*Item) string {
	p := &s.client.protocol
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?>` + "\n" +
		`<c:` + p.Multiget + ` xmlns:d="DAV:" xmlns:c="` + p.Namespace + `">` + "\n" +
		` <d:prop><d:getetag/><c:` + p.Data + `/></d:prop>` + "\n")
	for _, item := range items {
		b.WriteString(` <d:href>` + Escape(item.path()) + "</d:href>\n")
	}
	b.WriteString(`</c:` + p.Multiget + `>`)
	return b.String()
}

// path is what a multiget names an item by: as the server wrote it, or its path
// if that was relative to something.
func (i *Item) path() string {
	if strings.HasPrefix(i.href, "/") || strings.Contains(i.href, "://") {
		return i.href
	}
	return i.URL.EscapedPath()
}

// Escape makes text part of an XML document; what XML has no way to write is left
// out.
func Escape(text string) string {
	return escaper.Replace(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, text))
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")
