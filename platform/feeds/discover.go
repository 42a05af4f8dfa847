package feeds

import (
	"bytes"
	"html"
	"net/url"
	"strings"
)

// maxPage is how much of a web page is looked through for its feed.
const maxPage = 512 << 10

// discover finds the feed that a web page names first, nil if there is none:
//
//	<link rel="alternate" type="application/rss+xml" href="/feed.xml">
//
// Relative addresses start from base, or from what the page says in <base>.
func discover(page []byte, base *url.URL) *url.URL {
	t := tags{text: page[:min(len(page), maxPage)]}
	for t.next() {
		switch t.name {
		case "base":
			if u := resolve(base, t.attribute("href")); u != nil {
				base = u
			}
		case "link":
			rel := strings.FieldsFunc(strings.ToLower(t.attribute("rel")), isSpace)
			alternate := false
			for _, r := range rel {
				alternate = alternate || r == "alternate"
			}
			if !alternate || !isFeedType(t.attribute("type")) {
				continue
			}
			if href := t.attribute("href"); href != "" {
				if u := resolve(base, href); u != nil {
					return u
				}
			}
		}
	}
	return nil
}

func isFeedType(kind string) bool {
	kind, _, _ = strings.Cut(strings.ToLower(kind), ";")
	switch strings.TrimSpace(kind) {
	case "application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml":
		return true
	}
	return false
}

// tags goes through the start tags of a web page, over comments and the text of
// scripts and styles, in one pass (HTML Standard, "tokenization", as far as
// links in a head need it).
type tags struct {
	text []byte
	pos  int

	name       string
	attributes []tagAttribute
}

type tagAttribute struct{ name, value string }

// next reads the next start tag with attributes.
func (t *tags) next() bool {
	for {
		i := bytes.IndexByte(t.text[t.pos:], '<')
		if i < 0 {
			return false
		}
		t.pos += i + 1
		rest := t.text[t.pos:]
		switch {
		case bytes.HasPrefix(rest, []byte("!--")):
			t.skipTo("-->")
		case len(rest) > 0 && isLetter(rest[0]):
			t.tag()
			switch t.name {
			case "script", "style", "title", "textarea", "noscript", "template", "iframe":
				t.rawText()
			case "base", "link":
				return true
			}
		}
	}
}

func (t *tags) skipTo(end string) {
	if i := bytes.Index(t.text[t.pos:], []byte(end)); i >= 0 {
		t.pos += i + len(end)
	} else {
		t.pos = len(t.text)
	}
}

// rawText skips to the end tag of the element whose start tag was just read.
func (t *tags) rawText() {
	for {
		i := bytes.Index(t.text[t.pos:], []byte("</"))
		if i < 0 {
			t.pos = len(t.text)
			return
		}
		t.pos += i + 2
		if rest := t.text[t.pos:]; len(rest) >= len(t.name) && strings.EqualFold(string(rest[:len(t.name)]), t.name) {
			return
		}
	}
}

// tag reads a name and attributes up to the ">".
func (t *tags) tag() {
	start := t.pos
	for t.pos < len(t.text) && !isBlank(t.text[t.pos]) && t.text[t.pos] != '>' && t.text[t.pos] != '/' {
		t.pos++
	}
	t.name = strings.ToLower(string(t.text[start:t.pos]))
	t.attributes = t.attributes[:0]
	for {
		for t.pos < len(t.text) && (isBlank(t.text[t.pos]) || t.text[t.pos] == '/') {
			t.pos++
		}
		if t.pos >= len(t.text) {
			t.name = "" // cut inside the tag: there is none
			return
		}
		if t.text[t.pos] == '>' {
			t.pos++
			return
		}
		a := tagAttribute{name: t.attributeName()}
		t.skipBlanks()
		if t.pos < len(t.text) && t.text[t.pos] == '=' {
			t.pos++
			t.skipBlanks()
			a.value = html.UnescapeString(t.attributeValue())
		}
		if len(t.attributes) < maxList {
			t.attributes = append(t.attributes, a)
		}
	}
}

func (t *tags) skipBlanks() {
	for t.pos < len(t.text) && isBlank(t.text[t.pos]) {
		t.pos++
	}
}

func (t *tags) attributeName() string {
	start := t.pos
	t.pos++ // also a "=", which is a name's first letter here
	for t.pos < len(t.text) && !isBlank(t.text[t.pos]) && bytes.IndexByte([]byte("=>/"), t.text[t.pos]) < 0 {
		t.pos++
	}
	return strings.ToLower(string(t.text[start:t.pos]))
}

func (t *tags) attributeValue() string {
	if t.pos >= len(t.text) {
		return ""
	}
	start := t.pos
	if quote := t.text[t.pos]; quote == '"' || quote == '\'' {
		end := bytes.IndexByte(t.text[t.pos+1:], quote)
		if end < 0 {
			t.pos = len(t.text)
			return ""
		}
		t.pos += end + 2
		return string(t.text[start+1 : t.pos-1])
	}
	for t.pos < len(t.text) && !isBlank(t.text[t.pos]) && t.text[t.pos] != '>' {
		t.pos++
	}
	return string(t.text[start:t.pos])
}

// attribute returns the value of the first attribute of that name.
func (t *tags) attribute(name string) string {
	for _, a := range t.attributes {
		if a.name == name {
			return a.value
		}
	}
	return ""
}
