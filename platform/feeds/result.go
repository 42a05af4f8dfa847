package feeds

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/sockethub/sockethub/activity"
)

// ContextURL is the platform's own context.
const ContextURL = "https://sockethub.org/ns/context/platform/feeds/v1.jsonld"

// maxResult is how many bytes of JSON one answer may have: it travels to the
// server in one frame of 1 MiB.
const maxResult = 1<<20 - 16<<10

// query is what a job asks for.
type query struct {
	id       any    // of the message, nil for none
	url      string // as it was written
	since    date
	hasSince bool
	limit    int // 0 for none
}

// result is the collection that answers a job. totalItems is how many entries
// there are for it. Where they do not all fit in a frame, the newest are in it;
// with since it is those nearest to since, so that a client reaches the others
// with the date of the newest one that it got, or with a smaller limit.
func (d *document) result(q query) *activity.Object {
	actor := d.actor(q.url)
	selected, total := d.selectItems(q)
	posts := d.posts(q, actor, selected)
	summary := d.feed.title.value
	switch {
	case summary != "":
	case len(posts) > 0:
		summary = actor.Text("name")
	default:
		summary = "Unknown Feed"
	}
	var id any
	if s, ok := q.id.(string); ok && s != "" {
		id = s
	}
	return activity.NewObject(
		activity.Member{Name: "id", Value: id},
		activity.Member{Name: "@context", Value: activity.Canonical(ContextURL)},
		activity.Member{Name: "type", Value: "collection"},
		activity.Member{Name: "summary", Value: summary},
		activity.Member{Name: "totalItems", Value: total},
		activity.Member{Name: "items", Value: posts},
	)
}

// selectItems returns the entries that a job asks for, in order, and how many
// they are with those that were too many to be kept.
func (d *document) selectItems(q query) (selected []*item, total int) {
	selected, total = d.feed.items, d.feed.count
	if q.hasSince {
		selected = slices.DeleteFunc(slices.Clone(selected), func(i *item) bool {
			return !i.date.ok || i.date.ms == 0 || !q.since.ok || i.date.ms < q.since.ms
		})
		total = len(selected)
	}
	if q.limit > 0 {
		selected, total = selected[:min(q.limit, len(selected))], min(q.limit, total)
	}
	return selected, total
}

// posts are as many of the entries as fit in an answer, at least one.
func (d *document) posts(q query, actor *activity.Object, selected []*item) []any {
	context := activity.Canonical(ContextURL)
	posts := []any{}
	var m members
	scratch := activity.AppendJSON(nil, actor)
	total := len(scratch) + 512 + len(q.url)
	for n := range selected {
		i := selected[n]
		if q.hasSince {
			i = selected[len(selected)-1-n]
		}
		if len(posts) == maxItems {
			break
		}
		object := i.object(&m, q.url)
		m = append(m[:0], activity.Member{Name: "@context", Value: context}, activity.Member{Name: "actor", Value: actor},
			activity.Member{Name: "type", Value: "post"})
		if q.id != nil {
			m = append(m, activity.Member{Name: "id", Value: q.id})
		}
		post := activity.NewObject(append(m, activity.Member{Name: "object", Value: object})...)
		scratch = activity.AppendJSON(scratch[:0], post)
		if total+len(scratch) > maxResult {
			if len(posts) > 0 {
				break
			}
			shorten(object, len(scratch)-(maxResult-total))
		}
		total += len(scratch) + 1
		posts = append(posts, post)
	}
	if q.hasSince {
		slices.Reverse(posts)
	}
	return posts
}

// shorten makes an entry that would not even fit alone smaller by surplus bytes
// of JSON: without its full content, and with less of its content.
func shorten(object *activity.Object, surplus int) {
	for _, name := range []string{"fullContent", "brief", "content"} {
		text := object.Text(name)
		had := len(activity.AppendString(nil, text))
		if surplus <= 0 || had <= 2 {
			continue
		}
		if name != "content" {
			object.Delete(name)
			surplus -= had
			continue
		}
		// A byte of text is at least one of JSON.
		keep := max(len(text)-surplus-len("…"), 0)
		for len(activity.AppendString(nil, text[:keep])) > max(had-surplus-len("…"), 2) {
			keep /= 2
		}
		object.Set(name, string(cutAt(text, keep))+"…")
	}
}

// cutAt returns the first n bytes of s, fewer where they would end inside a
// character.
func cutAt(s string, n int) string {
	for n > 0 && n < len(s) && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}

// members collects the members of an object that have a value.
type members []activity.Member

func (m *members) text(name, value string) {
	if value != "" {
		*m = append(*m, activity.Member{Name: name, Value: value})
	}
}

func (m *members) list(name string, values []string) {
	if len(values) > 0 {
		*m = append(*m, activity.Member{Name: name, Value: values})
	}
}

// actor is the feed itself; url is how the client calls it.
func (d *document) actor(url string) *activity.Object {
	f := d.feed
	link := cmp.Or(f.link, url)
	name := cmp.Or(f.title.value, link)
	categories := f.categories
	if categories == nil {
		categories = []string{}
	}
	m := members{{Name: "id", Value: url}, {Name: "type", Value: "feed"}, {Name: "name", Value: name}, {Name: "link", Value: link}}
	m.text("description", f.description.value)
	m.text("image", f.image)
	m = append(m, activity.Member{Name: "categories", Value: categories})
	m.text("language", f.language)
	m.text("author", f.author)
	m.text("self", f.self)
	m.list("hub", f.hubs)
	m.text("url", d.at)
	m.text("movedTo", d.movedTo)
	m.text("discovered", d.discovered)
	return activity.NewObject(m...)
}

// object is the entry; feedURL is how the client calls the feed. The members
// are collected in scratch.
func (i *item) object(scratch *members, feedURL string) *activity.Object {
	link := cmp.Or(i.link, i.page, feedURL)
	published := i.published.value
	if i.date.ok {
		published = i.date.iso()
	}
	kind, format := "note", "text"
	if longerThan(i.content.value, noteUnits) {
		kind = "article"
	}
	if i.html || !i.plain && looksLikeHTML(i.content.value) {
		format = "html"
	}
	m := append((*scratch)[:0], activity.Member{Name: "type", Value: kind}, activity.Member{Name: "title", Value: i.title.value},
		activity.Member{Name: "id", Value: i.idFor(feedURL, published)})
	m.text("brief", i.brief)
	m = append(m, activity.Member{Name: "content", Value: i.content.value}, activity.Member{Name: "contentType", Value: format},
		activity.Member{Name: "url", Value: link})
	m.text("published", published)
	m = append(m, activity.Member{Name: "datenum", Value: i.date.ms})
	m.text("guid", i.id)
	if updated := readDate(i.updated); updated.ok {
		m.text("updated", updated.iso())
	}
	m.list("attributedTo", i.authors)
	m.list("tag", i.tags)
	m.text("image", i.image)
	m.text("fullContent", i.full)
	if len(i.attachments) > 0 {
		list := make([]any, len(i.attachments))
		for n, a := range i.attachments {
			list[n] = a.object()
		}
		m = append(m, activity.Member{Name: "attachment", Value: list})
	}
	m.text("replies", i.replies)
	if i.duration > 0 {
		m = append(m, activity.Member{Name: "duration", Value: i.duration})
	}
	*scratch = m
	return activity.NewObject(m...)
}

// noteUnits is how many UTF-16 units a note may have; what is longer is an
// article.
const noteUnits = 256

// idFor is the entry's id: its link, else its own id, else one that is made of
// the feed's address and what else there is.
func (i *item) idFor(feedURL, published string) string {
	switch {
	case i.link != "":
		return i.link
	case i.id != "":
		return i.id
	case i.date.ok:
		return feedURL + "#" + strconv.FormatInt(i.date.ms, 10)
	}
	title := i.title.value
	if title == "" {
		title = "item"
	}
	if published == "" {
		published = "unknown"
	}
	return feedURL + "#" + title + "-" + published
}

func (a attachment) object() *activity.Object {
	m := members{{Name: "url", Value: a.url}}
	m.text("mediaType", a.mediaType)
	if a.length > 0 {
		m = append(m, activity.Member{Name: "length", Value: a.length})
	}
	m.text("title", a.title)
	return activity.NewObject(m...)
}
