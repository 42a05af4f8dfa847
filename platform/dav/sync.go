package dav

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/sockethub/sockethub/activity"
)

// Changes is what happened to a collection since a token was given out.
type Changes struct {
	Full      bool     // everything there is, as there was no token or it no longer counts
	Removed   []string // addresses
	Truncated bool     // there is more that the server does not tell of
	Token     string   // for the next time; "" when there is another page
	Next      string   // where that one begins, else ""

	items []*Item // new or changed
}

// SyncPage puts what changed since a token on a page and calls read for each
// item: everything if the token is "" or no longer known. after is the Next of the page
// before, "" for the first. All pages end with the token of the first one: what
// changes in between comes again the next time.
func (s *Session) SyncPage(ctx context.Context, c *Collection, token, after string, limit int, read func(*Page, *Item) error) (*Changes, *Page, error) {
	var at cursor
	if after != "" {
		var ok bool
		if at, ok = parseCursor(after); !ok {
			return nil, nil, fail("invalid-query", "after is not the next of a synchronisation")
		}
		if at.full {
			token = ""
		}
	}
	changes, err := s.changes(ctx, c, token)
	if err == nil && len(activity.AppendJSON(nil, changes.Removed)) > s.client.options.maxRemoved() {
		changes, err = s.changes(ctx, c, "") // it is shorter to say what is there
	}
	switch {
	case err != nil:
		return nil, nil, s.lost(err)
	case after == "":
	case changes.Full != at.full:
		at = cursor{} // what the pages before said no longer counts
	default:
		changes.Token, changes.Removed = at.token, nil
	}
	page := s.NewPage(limit, at.key)
	err = s.fetch(ctx, c, changes.items, page, func(i *Item) error {
		if i.Gone {
			if !changes.Full {
				changes.Removed = append(changes.Removed, i.URL.String())
			}
			return nil
		}
		return read(page, i)
	})
	if err != nil {
		return nil, nil, s.lost(err)
	}
	if _, _, next := page.Members(); next != "" {
		changes.Next, changes.Token = cursor{changes.Full, changes.Token, next}.String(), ""
	}
	return changes, page, nil
}

// What the tokens of clients begin with: the server's own one follows, or the
// name of a listing that the worker keeps.
const (
	serverToken  = "s:"
	listingToken = "l:"
)

// maxPages is how many answers one synchronisation may have: enough for the
// largest collection on a server that gives 500 at a time.
const maxPages = maxItems / 500

// changes asks the server what changed where it can tell (RFC 6578), and else
// compares the tags of all resources with those that were there then.
func (s *Session) changes(ctx context.Context, c *Collection, token string) (*Changes, error) {
	if !strings.HasPrefix(token, listingToken) {
		since := strings.TrimPrefix(token, serverToken)
		changes, err := s.syncFrom(ctx, c, since)
		if err != nil && since != "" && tokenRefused(err) {
			changes, err = s.syncFrom(ctx, c, "")
		}
		if err == nil || !tokenRefused(err) {
			return changes, err
		}
	}
	return s.compare(ctx, c, token)
}

// tokenRefused reports whether a server did not take the token, or the report.
// They have many ways to say so.
func tokenRefused(err error) bool {
	var e *statusError
	if !errors.As(err, &e) {
		return false
	}
	switch e.status {
	case http.StatusBadRequest, http.StatusForbidden, http.StatusMethodNotAllowed, http.StatusConflict, http.StatusGone,
		http.StatusUnsupportedMediaType, http.StatusInternalServerError, http.StatusNotImplemented, http.StatusInsufficientStorage:
		return true
	}
	return false
}

// syncFrom sends sync-collection until there are no more pages.
func (s *Session) syncFrom(ctx context.Context, c *Collection, since string) (*Changes, error) {
	changes := &Changes{Full: since == ""}
	at := map[string]int{} // position in items by key, -1 for removed
	urls := map[string]*url.URL{}
	var items []*Item
	for page := 1; ; page++ {
		before := since
		more := false
		token, err := s.multistatus(ctx, "REPORT", c.URL, "0", syncBody(since), queryFailed, func(a *answer, r *Response) error {
			item, cut, err := s.item(a, c, r)
			more = more || cut
			if err != nil || item == nil {
				return err
			}
			if len(urls) == maxItems {
				return errMany
			}
			urls[item.Key] = item.URL
			if i, ok := at[item.Key]; ok && i >= 0 {
				items[i] = nil
			}
			if item.Gone {
				at[item.Key] = -1
				return nil
			}
			at[item.Key] = len(items)
			item.Data = nil
			items = append(items, item)
			return nil
		})
		if err != nil {
			return nil, err
		}
		if token == "" {
			return nil, fail(InvalidResponse, "the answer has no sync-token")
		}
		since = token
		if !more {
			break
		}
		if page == maxPages || token == before {
			return nil, fail(InvalidResponse, "the pages of changes have no end")
		}
	}
	for key, i := range at {
		if i < 0 && !changes.Full {
			changes.Removed = append(changes.Removed, urls[key].String())
		}
	}
	slices.Sort(changes.Removed)
	for _, item := range items {
		if item != nil {
			changes.items = append(changes.items, item)
		}
	}
	changes.Token = serverToken + since
	return changes, nil
}

// syncBody is the request of RFC 6578, section 3.2, for what is right in the
// collection.
func syncBody(token string) string {
	return `<?xml version="1.0" encoding="utf-8"?>
<d:sync-collection xmlns:d="DAV:">
 <d:sync-token>` + Escape(token) + `</d:sync-token>
 <d:sync-level>1</d:sync-level>
 <d:prop><d:getetag/><d:resourcetype/></d:prop>
</d:sync-collection>`
}

// compare lists the collection and compares it with what it was when the token
// was given out.
func (s *Session) compare(ctx context.Context, c *Collection, token string) (*Changes, error) {
	was := s.client.listings.get(token, s.key, c)
	// Before the listing: what happens in between is told twice rather than never.
	ctag := s.ctag(ctx, c)
	if was != nil && was.ctag != "" && was.ctag == ctag {
		return &Changes{Token: token}, nil
	}
	items, truncated, err := s.listing(ctx, c)
	if err != nil {
		return nil, err
	}
	now := newListing(s.key, c, ctag, items)
	s.client.listings.put(now)
	changes := &Changes{Full: was == nil, Token: now.token, Truncated: truncated}
	for _, item := range items {
		tag, known := "", false
		if was != nil {
			tag, known = was.tags[item.Key]
		}
		if !known || tag == "" || tag != item.ETag {
			changes.items = append(changes.items, item)
		}
	}
	if was != nil && !truncated {
		for key, address := range was.urls {
			if _, ok := now.tags[key]; !ok {
				changes.Removed = append(changes.Removed, address)
			}
		}
	}
	slices.Sort(changes.Removed)
	return changes, nil
}

const ctagBody = `<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="DAV:" xmlns:s="http://calendarserver.org/ns/">
 <d:prop><s:getctag/></d:prop>
</d:propfind>`

// ctag is the tag of a collection as a whole, "" if it has none.
func (s *Session) ctag(ctx context.Context, c *Collection) (tag string) {
	_, err := s.multistatus(ctx, "PROPFIND", c.URL, "0", ctagBody, queryFailed, func(_ *answer, r *Response) error {
		tag = r.Prop(nsServer, "getctag").text()
		return nil
	})
	if err != nil {
		return ""
	}
	return tag
}
