package vcard

import (
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav/contentline"
	"github.com/sockethub/sockethub/platform/dav/shape"
)

// Contact returns the card as clients see it. id and etag are those of the
// resource; an empty etag is left out.
func (c *Card) Contact(id, etag string) *activity.Object {
	m := shape.New()
	m.Add("id", id)
	m.Text("etag", etag)
	m.Add("type", "person")
	m.Add("uid", c.UID(id))
	c.describe(m)
	return m.Object()
}

// names are the parts of N (RFC 6350, section 6.2.2).
var names = []struct {
	member string
	list   bool
}{
	{"familyName", false}, {"givenName", false}, {"additionalNames", true}, {"honorificPrefixes", true}, {"honorificSuffixes", true},
}

// single is a member that is one property. Where there are two properties, the
// second is what versions before 4.0 have.
type single struct {
	member, property, before4 string
	verbatim                  bool
}

var (
	nickname = single{"nickname", "NICKNAME", "", false}
	singles  = []single{
		{"title", "TITLE", "", false},
		{"role", "ROLE", "", false},
		{"note", "NOTE", "", false},
		{"birthday", "BDAY", "", true},
		{"anniversary", "ANNIVERSARY", "X-ANNIVERSARY", true},
		{"kind", "KIND", "X-ADDRESSBOOKSERVER-KIND", false},
	}
)

// properties are the names a member has in any version.
func (s single) properties() []string {
	if s.before4 != "" {
		return []string{s.property, s.before4}
	}
	return []string{s.property}
}

// read returns the value, if there is the property.
func (s single) read(c *Card) (string, bool) {
	i := c.find(s.properties()...)
	if i < 0 {
		return "", false
	}
	v := c.value(&c.file.Lines[i])
	switch {
	case s.member == "kind":
		v = strings.ToLower(c.unescape(v))
	case !s.verbatim:
		v = c.unescape(v)
	}
	return v, true
}

// describe adds all but what tells the card from others.
func (c *Card) describe(m *shape.Members) {
	m.Add("name", c.name())
	if i := c.find("N"); i >= 0 {
		parts := contentline.Split(c.value(&c.file.Lines[i]), ';')
		for n, f := range names[:min(len(parts), len(names))] {
			if f.list {
				m.List(f.member, c.values(parts[n]))
			} else {
				m.Add(f.member, c.unescape(parts[n]))
			}
		}
	}
	if v, ok := nickname.read(c); ok {
		m.Add(nickname.member, v)
	}
	for _, f := range lists {
		entries, _ := c.entries(f)
		m.List(f.member, entries)
	}
	if i := c.find("ORG"); i >= 0 {
		parts := contentline.Split(c.value(&c.file.Lines[i]), ';')
		m.Add("organization", c.unescape(parts[0]))
		m.List("organizationUnits", c.units(parts[1:]))
	}
	for _, f := range singles {
		if v, ok := f.read(c); ok {
			m.Add(f.member, v)
		}
	}
	photos, inline := c.photos()
	m.List("photoUrls", c.verbatim(photos))
	if inline {
		m.Add("hasPhoto", true)
	}
	var categories []any
	for _, l := range c.All("CATEGORIES") {
		categories = append(categories, c.values(c.value(l))...)
	}
	m.List("categories", categories)
	m.List("members", c.verbatim(c.members()))
	m.Add("vcardVersion", c.version)
	m.Add("updateSupported", !c.more)
}

// name is what people call the card: FN, else what N says, else the company or
// an address.
func (c *Card) name() string {
	if fn := c.text("FN"); fn != "" {
		return fn
	}
	if i := c.find("N"); i >= 0 {
		parts := append(contentline.Split(c.value(&c.file.Lines[i]), ';'), "", "", "", "")
		var words []string
		for _, n := range []int{3, 1, 2, 0, 4} {
			for _, v := range c.values(parts[n]) {
				words = append(words, v.(string))
			}
		}
		if len(words) > 0 {
			return strings.Join(words, " ")
		}
	}
	if i := c.find("ORG"); i >= 0 {
		for _, part := range contentline.Split(c.value(&c.file.Lines[i]), ';') {
			if v := c.unescape(part); v != "" {
				return v
			}
		}
	}
	if emails, _ := c.entries(lists[0]); len(emails) > 0 {
		return emails[0].(*activity.Object).Text("value")
	}
	return ""
}

// values are the parts of a list with commas, without empty ones.
func (c *Card) values(v string) []any {
	var list []any
	for _, part := range contentline.Split(v, ',') {
		if part != "" {
			list = append(list, c.unescape(part))
		}
	}
	return list
}

// units are the parts of ORG behind the first.
func (c *Card) units(parts []string) []any {
	var list []any
	for _, part := range parts {
		if part != "" {
			list = append(list, c.unescape(part))
		}
	}
	return list
}

// photos returns the lines with pictures on the web, and whether there is one
// inside the card.
func (c *Card) photos() (linked []int, inline bool) {
	for i, l := range c.All("PHOTO") {
		v := strings.ToLower(l.Value()[:min(len(l.Value()), len("https:"))])
		kind := l.Param("VALUE")
		switch {
		case strings.HasPrefix(v, "http:") || strings.HasPrefix(v, "https:"):
			linked = append(linked, i)
		case strings.HasPrefix(v, "data:") || v != "" && !strings.EqualFold(kind, "URI") && !strings.EqualFold(kind, "URL"):
			inline = true
		}
	}
	return linked, inline
}

// members returns the lines with the members of a group.
func (c *Card) members() []int {
	var lines []int
	for i, l := range c.All("MEMBER", "X-ADDRESSBOOKSERVER-MEMBER") {
		if l.Value() != "" {
			lines = append(lines, i)
		}
	}
	return lines
}

// verbatim are the values of lines as they are.
func (c *Card) verbatim(lines []int) []any {
	var list []any
	for _, i := range lines {
		list = append(list, c.value(&c.file.Lines[i]))
	}
	return list
}
