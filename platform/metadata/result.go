package metadata

import (
	"net/url"
	"strings"

	"github.com/sockethub/sockethub/activity"
)

// ContextURL is the platform's own context.
const ContextURL = "https://sockethub.org/ns/context/platform/metadata/v1.jsonld"

// answer makes a message the answer to it: the message as it came, with the page
// as its object.
func (p *preview) answer(message *activity.Object) *activity.Object {
	actor := message.Object("actor").Copy()
	if p.adopted != "" {
		actor.Set("id", p.adopted)
	}
	if p.siteNamed || actor.Text("name") == "" {
		actor.Set("name", p.name)
	}
	message.Set("@context", activity.Canonical(ContextURL))
	message.Set("actor", actor)
	message.Set("object", p.object)
	return message
}

// finish makes the object that all answers share. asked is the address that
// clients asked for.
func (p *preview) finish(asked, at *url.URL) *preview {
	if u := resolve(asked, p.url); u != nil && sameSite(u, asked) {
		p.adopted = p.url
	}
	p.host = at.Hostname()
	p.object = p.page()
	return p
}

// sameSite tells that two addresses are of one site, so that a page at one may
// say that it is the other: the same host, but for what stands for the variants
// that a site has.
func sameSite(a, b *url.URL) bool { return siteOf(a) == siteOf(b) }

func siteOf(u *url.URL) string {
	host := u.Host
	for _, variant := range []string{"www.", "m.", "mobile.", "amp."} {
		if rest, ok := strings.CutPrefix(host, variant); ok && strings.Contains(rest, ".") {
			return rest
		}
	}
	return host
}

// members collects the members of an object that have a value.
type members []activity.Member

func (m *members) text(name, value string) {
	if value != "" {
		*m = append(*m, activity.Member{Name: name, Value: value})
	}
}

func (m *members) number(name string, value float64) {
	if value != 0 {
		*m = append(*m, activity.Member{Name: name, Value: value})
	}
}

func (m *members) list(name string, values []any) {
	if len(values) > 0 {
		*m = append(*m, activity.Member{Name: name, Value: values})
	}
}

// page is the preview as clients get it.
func (p *preview) page() *activity.Object {
	m := members{{Name: "type", Value: "page"}}
	m.text("language", p.language)
	m.text("title", p.title)
	name := p.name
	if name == "" && !p.siteNamed {
		name = p.host
	}
	m = append(m, activity.Member{Name: "name", Value: name})
	m = append(m, activity.Member{Name: "description", Value: p.description})
	m.list("image", objects(p.images))
	if p.video != nil {
		m = append(m, activity.Member{Name: "video", Value: p.video.object()})
	}
	m.text("url", p.url)
	m.text("favicon", p.favicon)
	m.text("charset", p.charset)
	m.text("mediaType", p.mediaType)
	m.text("finalUrl", p.finalURL)
	m.text("languageTag", p.languageTag)
	m.text("published", p.published)
	m.text("updated", p.updated)
	m.text("author", p.author)
	keywords := make([]any, len(p.keywords))
	for i, k := range p.keywords {
		keywords[i] = k
	}
	m.list("keywords", keywords)
	m.text("themeColor", p.theme)
	m.list("icons", objects(p.icons))
	m.list("feeds", objects(p.feeds))
	if p.audio != nil {
		m = append(m, activity.Member{Name: "audio", Value: p.audio.object()})
	}
	return activity.NewObject(m...)
}

func objects[T interface{ object() *activity.Object }](list []T) []any {
	values := make([]any, len(list))
	for i, one := range list {
		values[i] = one.object()
	}
	return values
}

func (i image) object() *activity.Object {
	m := members{{Name: "url", Value: i.url}}
	m.text("type", i.kind)
	if i.width != nil {
		m = append(m, activity.Member{Name: "width", Value: i.width})
	}
	if i.height != nil {
		m = append(m, activity.Member{Name: "height", Value: i.height})
	}
	m.text("alt", i.alt)
	return activity.NewObject(m...)
}

func (v *video) object() *activity.Object {
	m := members{{Name: "url", Value: v.url}}
	m.text("thumbnail", v.thumbnail)
	m.number("width", v.width)
	m.number("height", v.height)
	m.number("duration", v.duration)
	m.text("mediaType", v.kind)
	return activity.NewObject(m...)
}

func (m medium) object() *activity.Object {
	list := members{{Name: "url", Value: m.url}}
	list.text("mediaType", m.mediaType)
	return activity.NewObject(list...)
}

func (l iconLink) object() *activity.Object {
	m := members{{Name: "url", Value: l.href}}
	m.text("rel", l.rel)
	m.text("sizes", l.sizes)
	m.text("mediaType", l.mediaType)
	return activity.NewObject(m...)
}

func (l feedLink) object() *activity.Object {
	m := members{{Name: "url", Value: l.href}}
	m.text("mediaType", l.mediaType)
	m.text("title", l.title)
	return activity.NewObject(m...)
}
