package feeds

import (
	"bytes"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/sockethub/sockethub/activity"
)

// jsonFeedVersion is how the version of every JSON Feed begins.
const jsonFeedVersion = "https://jsonfeed.org/version/"

// maxValues bounds the values of a JSON Feed by the signs between them, those
// in texts included: each value takes many times its size in memory.
const maxValues = 1 << 18

// parseJSON reads a JSON Feed, version 1.0 or 1.1.
func parseJSON(body []byte, base *url.URL) (*feed, error) {
	if bytes.Count(body, []byte(","))+bytes.Count(body, []byte("{"))+bytes.Count(body, []byte("[")) > maxValues {
		return nil, errors.New("JSON feed has too many values")
	}
	o, err := activity.ParseObject(trim(body))
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(o.Text("version"), jsonFeedVersion) {
		return nil, errNotFeed
	}
	f := &feed{language: o.Text("language")}
	f.title.offer(oneLine(o.Text("title")), rankPlain)
	f.description.offer(o.Text("description"), rankPlain)
	f.link = resolveLink(base, o.Text("home_page_url"))
	f.self = resolveLink(base, o.Text("feed_url"))
	if f.image = resolveLink(base, o.Text("icon")); f.image == "" {
		f.image = resolveLink(base, o.Text("favicon"))
	}
	if f.authors = jsonAuthors(o); len(f.authors) > 0 {
		f.author = f.authors[0]
	}
	for _, hub := range objects(o, "hubs") {
		f.hubs = addTo(f.hubs, resolveLink(base, hub.Text("url")))
	}
	for _, i := range objects(o, "items") {
		f.add(jsonItem(i, base))
	}
	f.finish()
	return f, nil
}

func jsonItem(o *activity.Object, base *url.URL) *item {
	i := &item{
		link:    resolveLink(base, o.Text("url")),
		page:    resolveLink(base, o.Text("external_url")),
		brief:   o.Text("summary"),
		authors: jsonAuthors(o),
		updated: o.Text("date_modified"),
	}
	switch id := o.Get("id").(type) {
	case string:
		i.id = id
	case float64: // not allowed, and said to be read all the same
		i.id = strconv.FormatFloat(id, 'f', -1, 64)
	}
	i.title.offer(oneLine(o.Text("title")), rankPlain)
	if content := o.Text("content_html"); content != "" {
		i.content.offer(content, rankPlain)
		i.html = true
	} else {
		i.content.offer(o.Text("content_text"), rankPlain)
		i.plain = true
	}
	if i.brief == i.content.value {
		i.brief = ""
	}
	i.published.offer(o.Text("date_published"), datePublished)
	i.published.offer(o.Text("date_modified"), dateUpdated)
	if i.image = resolveLink(base, o.Text("image")); i.image == "" {
		i.image = resolveLink(base, o.Text("banner_image"))
	}
	tags, _ := o.Get("tags").([]any)
	for _, tag := range tags {
		if tag, ok := tag.(string); ok {
			i.tags = addTo(i.tags, tag)
		}
	}
	for _, a := range objects(o, "attachments") {
		length, _ := a.Get("size_in_bytes").(float64)
		if length < 0 || length > 1<<53 {
			length = 0
		}
		i.attach(attachment{
			url: resolveLink(base, a.Text("url")), mediaType: a.Text("mime_type"), title: oneLine(a.Text("title")), length: int64(length),
		})
		if seconds, ok := a.Get("duration_in_seconds").(float64); ok && i.duration == 0 && seconds > 0 && seconds < 1<<31 {
			i.duration = int64(seconds)
		}
	}
	return i
}

// jsonAuthors are the names in authors, or in author of version 1.0.
func jsonAuthors(o *activity.Object) (names []string) {
	for _, a := range objects(o, "authors") {
		names = addTo(names, personName(a.Text("name")))
	}
	if names == nil {
		names = addTo(nil, o.Object("author").Text("name"))
	}
	return names
}

// objects are the objects in a member that is a list.
func objects(o *activity.Object, name string) (found []*activity.Object) {
	list, _ := o.Get(name).([]any)
	for _, v := range list {
		if child, ok := v.(*activity.Object); ok {
			found = append(found, child)
		}
	}
	return found
}
