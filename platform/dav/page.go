package dav

import (
	"net/url"
	"slices"
	"strings"

	"github.com/sockethub/sockethub/activity"
)

// Of the bytes that an answer may have three quarters are for its items, and an
// eighth is for the addresses of what was removed.
func (o *Options) maxItems() int   { return o.MaxResult / 4 * 3 }
func (o *Options) maxRemoved() int { return o.MaxResult / 8 }

// Fits reports whether an object may be part of an answer.
func (s *Session) Fits(o *activity.Object) bool {
	return len(activity.AppendJSON(nil, o)) <= s.client.options.maxItems()
}

// Page collects the items that answer a query: all of them in the server's order
// if they fit, else those that come first by their addresses, and where the next
// page begins.
type Page struct {
	max   int    // bytes of all items
	limit int    // 0 for none
	after string // the key of the last item of the page before, "" for the first page

	entries map[string]entry // by key
	order   []string
	bytes   int // of all entries
	scratch []byte
}

type entry struct {
	item   *activity.Object // nil for an item that cannot be read
	failed *activity.Object
	size   int
}

// NewPage returns a page of at most limit items (0: as many as fit) that begins
// after what an earlier page ended with.
func (s *Session) NewPage(limit int, after string) *Page {
	return newPage(s.client.options.maxItems(), limit, after)
}

func newPage(max, limit int, after string) *Page {
	return &Page{max: max, limit: limit, after: after, entries: map[string]entry{}}
}

// Wants reports whether an item may be on this page.
func (p *Page) Wants(key string) bool { return p.after == "" || key > p.after }

// Has reports whether an item is on this page already and can be read.
func (p *Page) Has(key string) bool { return p.entries[key].item != nil }

// Add adds an item. One that comes again replaces the one before.
func (p *Page) Add(i *Item, item *activity.Object) { p.put(i, item, nil) }

// Fail adds an item that cannot be read, with what is wrong with it.
func (p *Page) Fail(i *Item, text string) {
	m := []activity.Member{{Name: "id", Value: i.URL.String()}}
	if i.ETag != "" {
		m = append(m, activity.Member{Name: "etag", Value: i.ETag})
	}
	m = append(m, activity.Member{Name: "error", Value: printable(text)})
	p.put(i, nil, activity.NewObject(m...))
}

func (p *Page) put(i *Item, item, failed *activity.Object) {
	if !p.Wants(i.Key) {
		return
	}
	e := entry{item: item, failed: failed}
	what := item
	if what == nil {
		what = failed
	}
	p.scratch = activity.AppendJSON(p.scratch[:0], what)
	if e.size = len(p.scratch) + 1; e.size > p.max {
		p.Fail(i, TooLarge)
		return
	}
	if old, ok := p.entries[i.Key]; ok {
		p.bytes -= old.size
	} else {
		p.order = append(p.order, i.Key)
	}
	p.bytes += e.size
	p.entries[i.Key] = e
	if p.bytes > 2*p.max {
		p.shed()
	}
}

// shed drops what cannot be on this page any more, so that a collection of any size
// takes no more memory than two pages. One item behind those that fit stays:
// there is a next page.
func (p *Page) shed() {
	slices.Sort(p.order)
	size, keep := 0, 0
	for size <= p.max {
		size += p.entries[p.order[keep]].size
		keep++
	}
	for _, key := range p.order[keep:] {
		p.bytes -= p.entries[key].size
		delete(p.entries, key)
	}
	p.order = p.order[:keep]
}

// Full reports whether there is more than fits already.
func (p *Page) Full() bool { return p.limit > 0 && len(p.order) > p.limit || p.bytes > p.max }

// Members returns what goes into the answer, and what the next page begins after:
// "" when there is none.
func (p *Page) Members() (items, failed []any, next string) {
	if p.after != "" || p.Full() {
		slices.Sort(p.order)
	}
	items = []any{}
	size := 0
	for n, key := range p.order {
		e := p.entries[key]
		if size += e.size; p.limit > 0 && n == p.limit || size > p.max {
			return items, failed, p.order[n-1]
		}
		if e.item != nil {
			items = append(items, e.item)
		} else {
			failed = append(failed, e.failed)
		}
	}
	return items, failed, ""
}

// cursor is where a page of a synchronisation begins, and what all its pages have
// in common.
type cursor struct {
	full  bool
	token string // that the last page is to end with
	key   string
}

// String writes a cursor as clients get it.
func (c cursor) String() string {
	kind := "changes "
	if c.full {
		kind = "full "
	}
	return kind + url.QueryEscape(c.token) + " " + c.key
}

// parseCursor reads what String wrote.
func parseCursor(text string) (c cursor, ok bool) {
	kind, rest, _ := strings.Cut(text, " ")
	token, key, ok := strings.Cut(rest, " ")
	token, err := url.QueryUnescape(token)
	return cursor{kind == "full", token, key}, ok && err == nil && (kind == "full" || kind == "changes")
}
