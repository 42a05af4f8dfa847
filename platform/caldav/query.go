package caldav

import (
	"context"
	"strings"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav"
)

// query tells the items of a calendar that match, or what changed since a token.
//
//	{"type":"query","target":{"id":"https://dav.example/ann/work/","type":"calendar"},
//	 "object":{"type":"event","startTime":"2026-06-01T00:00:00Z","endTime":"2026-07-01T00:00:00Z","expand":true}}
//
// The server is asked to filter, and what it gives is filtered again: some find
// recurring events by their first occurrence only, or do not filter at all.
func (j *job) query(ctx context.Context) (*activity.Object, error) {
	c, err := j.calendar(ctx)
	if err != nil {
		return nil, err
	}
	f, err := readFilter(j.object)
	if err != nil {
		return nil, err
	}
	if token, ok := j.object.Lookup("syncToken"); ok {
		return j.sync(ctx, c, f, token)
	}
	kinds := components(c)
	if f.kind != "" {
		kinds = []string{f.kind}
	}
	reports := make([]string, len(kinds))
	for i, kind := range kinds {
		reports[i] = f.report(kind, f.bounds())
	}
	page := j.NewPage(f.limit, f.after)
	read := func(i *dav.Item) error { return f.read(page, i) }
	truncated, err := j.Query(ctx, c, reports, page, read)
	if err != nil {
		return nil, err
	}
	if f.later {
		c.RightRanges.Store(true)
	}
	if f.start != nil && !c.RightRanges.Load() {
		// Some servers find what recurs by its first occurrence only. A filter cannot
		// say "or" (RFC 4791, section 9.7.1): what has only dates is asked for besides.
		for _, kind := range kinds {
			for _, property := range []string{"RRULE", "RDATE"} {
				j.QueryMore(ctx, c, f.report(kind, `<c:prop-filter name="`+property+`"/>`), page, read)
			}
		}
	}
	return protocol.Found(j.message, "CalDAV items", page, truncated, nil), nil
}

// sync is a query that asks for changes. They are not filtered by time or text: an
// item that no longer matches would be missed.
func (j *job) sync(ctx context.Context, c *dav.Collection, f *filter, token any) (*activity.Object, error) {
	since, ok := token.(string)
	if !ok || f.start != nil || f.end != nil || f.text != "" || f.expand {
		return nil, dav.Fail("invalid-query", "syncToken goes with type, limit and after only")
	}
	changes, page, err := j.SyncPage(ctx, c, since, f.after, f.limit, f.read)
	if err != nil {
		return nil, err
	}
	return protocol.Found(j.message, "CalDAV items", page, false, changes), nil
}

// filter is what an item must be.
type filter struct {
	kind       string // "event" or "task", "" for either
	start, end *time.Time
	text       string // in lower case
	expand     bool
	limit      int
	after      string

	reader reader
	later  bool // an item matched by another occurrence than its first
}

func readFilter(o *activity.Object) (*filter, error) {
	f := &filter{kind: o.Text("type"), text: strings.ToLower(o.Text("text")), after: o.Text("after")}
	f.expand, _ = o.Get("expand").(bool)
	limit, _ := o.Get("limit").(float64)
	f.limit = int(limit)
	for _, bound := range []struct {
		name string
		at   **time.Time
	}{{"startTime", &f.start}, {"endTime", &f.end}} {
		if text := o.Text(bound.name); text != "" {
			t, ok := readBound(text)
			if !ok {
				return nil, dav.Fail("invalid-query", "")
			}
			*bound.at = &t
		}
	}
	switch {
	case f.expand && (f.start == nil || f.end == nil):
		return nil, dav.Fail("invalid-query", "expand needs startTime and endTime")
	case f.start != nil && f.end != nil && !f.end.After(*f.start):
		return nil, dav.Fail("invalid-query", "endTime must be after startTime")
	}
	return f, nil
}

// readBound reads a time as the schema admits it, but for those that no reader of
// dates takes. One without a zone is UTC.
func readBound(text string) (time.Time, bool) {
	text = strings.ToUpper(text)
	if len(text) > 10 {
		text = text[:10] + "T" + text[11:]
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04:05.999999999Z0700"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC().Truncate(time.Second), true
		}
	}
	return time.Time{}, false
}

const utcForm = "20060102T150405Z"

// report is the REPORT that asks for one kind of item (RFC 4791, section 7.8), by
// a further filter.
func (f *filter) report(kind, filter string) string {
	component := "VEVENT"
	if kind == "task" {
		component = "VTODO"
	}
	return `<?xml version="1.0" encoding="utf-8"?>
<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">
 <d:prop><d:getetag/><c:calendar-data/></d:prop>
 <c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="` + component + `">` + filter + `</c:comp-filter></c:comp-filter></c:filter>
</c:calendar-query>`
}

// bounds is the filter for the window, "" if there is none.
func (f *filter) bounds() string {
	if f.start == nil && f.end == nil {
		return ""
	}
	bounds := "<c:time-range"
	if f.start != nil {
		bounds += ` start="` + f.start.Format(utcForm) + `"`
	}
	if f.end != nil {
		bounds += ` end="` + f.end.Format(utcForm) + `"`
	}
	return bounds + "/>"
}

// read reads an item and puts it on the page if it matches. What cannot be read is
// told of instead.
func (f *filter) read(page *dav.Page, i *dav.Item) error {
	if i.Gone {
		i.Err = dav.Fail(dav.NotFound, "")
	}
	if i.Err != nil {
		page.Fail(i, i.Err.Error())
		return nil
	}
	item, err := f.match(i)
	switch {
	case err != nil:
		page.Fail(i, err.Error())
	case item != nil:
		page.Add(i, item)
	}
	return nil
}

// match returns the item as clients see it, nil if it does not match.
func (f *filter) match(i *dav.Item) (*activity.Object, error) {
	in, err := f.reader.read(string(i.Data))
	if err != nil {
		return nil, err
	}
	item, err := in.Item(i.URL.String(), i.ETag)
	if err != nil {
		return nil, err
	}
	if f.kind != "" && in.Type() != f.kind || f.text != "" && !f.hasText(item) {
		return nil, nil
	}
	if zone := in.unknownZone(); zone != "" {
		item.Set("unknownTimeZone", zone)
	}
	if f.start == nil && f.end == nil {
		return item, nil
	}
	if isTimeless(item) {
		if !f.overlapsTimeless(item) {
			return nil, nil
		}
		return item, nil
	}
	set, err := in.series()
	if err != nil {
		// Nobody knows when it is: rather once too often than never.
		item.Set("recurrenceError", err.Error())
		return item, nil
	}
	var list []any
	var truncated bool
	if f.expand {
		list, truncated = in.occurrences(set, *f.start, *f.end)
	}
	if len(list) == 0 && !truncated && (f.expand || !f.overlaps(set)) {
		return nil, nil
	}
	f.later = f.later || f.start != nil && item.Get("recurrence") != nil && isOver(set, *f.start)
	if f.expand {
		item.Set("occurrences", list)
		if truncated {
			item.Set("occurrencesTruncated", true)
		}
	}
	return item, nil
}

// hasText reports whether the text is in one of the members that people search.
func (f *filter) hasText(item *activity.Object) bool {
	for _, name := range []string{"name", "content", "location"} {
		if strings.Contains(strings.ToLower(item.Text(name)), f.text) {
			return true
		}
	}
	return false
}
