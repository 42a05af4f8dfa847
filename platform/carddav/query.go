package carddav

import (
	"context"
	"slices"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav"
	"github.com/sockethub/sockethub/platform/dav/vcard"
)

// query tells the contacts of an address book that match, or what changed since a
// token.
//
//	{"type":"query","target":{"id":"https://dav.example/ann/people/","type":"addressBook"},
//	 "object":{"text":"rosa","fields":["name","email"],"limit":20}}
//
// The server is asked to search, and what it gives is searched again: some cannot,
// or give everything.
func (j *job) query(ctx context.Context) (*activity.Object, error) {
	c, err := j.book(ctx)
	if err != nil {
		return nil, err
	}
	f := readFilter(j.object)
	if token, ok := j.object.Lookup("syncToken"); ok {
		return j.sync(ctx, c, f, token)
	}
	page := j.NewPage(f.limit, f.after)
	truncated, err := j.Query(ctx, c, []string{f.report()}, page, func(i *dav.Item) error { return f.read(page, i) })
	if err != nil {
		return nil, err
	}
	return protocol.Found(j.message, "CardDAV contacts", page, truncated, nil), nil
}

// sync is a query that asks for changes. They are not searched: a contact that no
// longer matches would be missed.
func (j *job) sync(ctx context.Context, c *dav.Collection, f *filter, token any) (*activity.Object, error) {
	since, ok := token.(string)
	if !ok || f.text != "" {
		return nil, dav.Fail("invalid-query", "syncToken goes with limit and after only")
	}
	changes, page, err := j.SyncPage(ctx, c, since, f.after, f.limit, f.read)
	if err != nil {
		return nil, err
	}
	return protocol.Found(j.message, "CardDAV contacts", page, false, changes), nil
}

// filter is what a contact must be.
type filter struct {
	text   string
	fields []string
	limit  int
	after  string
}

// allFields are those that are searched when the message names none.
var allFields = []string{"name", "email", "telephone", "organization"}

func readFilter(o *activity.Object) *filter {
	f := &filter{text: o.Text("text"), after: o.Text("after")}
	limit, _ := o.Get("limit").(float64)
	f.limit = int(limit)
	fields, _ := o.Get("fields").([]any)
	for _, field := range fields {
		name, _ := field.(string)
		f.fields = append(f.fields, name)
	}
	if f.fields == nil {
		f.fields = allFields
	}
	return f
}

// properties are what of a card is in a field.
var properties = map[string][]string{
	"name": {"FN", "N"}, "email": {"EMAIL"}, "telephone": {"TEL"}, "organization": {"ORG"},
}

// report is the REPORT that searches (RFC 6352, section 8.6).
func (f *filter) report() string {
	filter := `<c:filter><c:prop-filter name="UID"/></c:filter>`
	if f.text != "" {
		var b strings.Builder
		b.WriteString(`<c:filter test="anyof">`)
		for _, field := range f.fields {
			for _, property := range properties[field] {
				b.WriteString(`<c:prop-filter name="` + property + `"><c:text-match collation="i;unicode-casemap" match-type="contains">` +
					dav.Escape(f.text) + `</c:text-match></c:prop-filter>`)
			}
		}
		b.WriteString(`</c:filter>`)
		filter = b.String()
	}
	return `<?xml version="1.0" encoding="utf-8"?>
<c:addressbook-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav">
 <d:prop><d:getetag/><c:address-data content-type="text/vcard"/></d:prop>
 ` + filter + `
</c:addressbook-query>`
}

// read reads a card and puts it on the page if it matches. What cannot be read is
// told of instead.
func (f *filter) read(page *dav.Page, i *dav.Item) error {
	if i.Gone {
		i.Err = dav.Fail(dav.NotFound, "")
	}
	if i.Err != nil {
		page.Fail(i, i.Err.Error())
		return nil
	}
	contact, err := read(i.URL.String(), i.ETag, string(i.Data))
	switch {
	case err != nil:
		page.Fail(i, err.Error())
	case f.matches(contact):
		page.Add(i, contact)
	}
	return nil
}

// read returns a card as clients see it.
func read(id, etag, text string) (*activity.Object, error) {
	card, err := vcard.Parse(text)
	if err != nil {
		return nil, err
	}
	return card.Contact(id, etag), nil
}

// members are where a field is in a contact. The name is the one that is shown:
// who looks for it does not see why another contact is found.
var members = map[string][]string{
	"name": {"name"}, "email": {"emails"}, "telephone": {"telephones"}, "organization": {"organization", "organizationUnits"},
}

func (f *filter) matches(contact *activity.Object) bool {
	if f.text == "" {
		return true
	}
	text := strings.ToLower(f.text)
	return slices.ContainsFunc(f.fields, func(field string) bool {
		return slices.ContainsFunc(members[field], func(name string) bool { return contains(contact.Get(name), text) })
	})
}

// contains reports whether a text is anywhere in a value, but for the types and
// labels of an entry.
func contains(v any, text string) bool {
	switch v := v.(type) {
	case string:
		return strings.Contains(strings.ToLower(v), text)
	case []any:
		return slices.ContainsFunc(v, func(e any) bool { return contains(e, text) })
	case []string:
		return slices.ContainsFunc(v, func(e string) bool { return contains(e, text) })
	case *activity.Object:
		for i := range v.Len() {
			if name, value := v.Member(i); name != "types" && name != "label" && contains(value, text) {
				return true
			}
		}
	}
	return false
}
