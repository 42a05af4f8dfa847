package feeds

import (
	"encoding/base64"
	"strings"
)

// atom reads what is inside <feed>: Atom 1.0 (RFC 4287) and 0.3.
func (f *feed) atom(s *scanner) {
	f.language = s.language()
	depth := s.depth
	links := atomLinks{}
	logo, icon := "", ""
	for s.child(depth) {
		if !s.inAtom() {
			continue
		}
		switch s.name.local {
		case "entry":
			f.entry(s)
		case "title":
			f.title.offer(s.construct().asTitle(), rankPlain)
		case "subtitle", "tagline":
			f.description.offer(s.construct().value, rankPlain)
		case "link":
			links.read(s)
			switch s.attribute("rel") {
			case "self":
				f.self = resolveLink(s.base(), s.attribute("href"))
			case "hub":
				f.hubs = addTo(f.hubs, resolveLink(s.base(), s.attribute("href")))
			}
		case "logo":
			logo = s.address(logo)
		case "icon":
			icon = s.address(icon)
		case "category":
			f.addCategory(s.categoryName())
		case "author":
			f.authors = addTo(f.authors, s.person())
		}
	}
	if len(f.authors) > 0 {
		f.author = f.authors[0]
	}
	f.link = links.best()
	if f.image = logo; logo == "" {
		f.image = icon
	}
}

// entry reads <entry>.
func (f *feed) entry(s *scanner) {
	i := &item{}
	depth := s.depth
	links := atomLinks{}
	var content, summary atomText
	source, media := "", mediaText{}
	var republished []string // the authors of where the entry is from
	for s.child(depth) {
		if s.space() == spaceMedia {
			media.read(s, i)
			continue
		}
		switch local := s.name.local; {
		case local == "date" && s.space() == spaceDC:
			date := s.value()
			i.published.offer(date, dateDC)
		case !s.inAtom():
			i.foreign(s)
		case local == "title":
			i.title.offer(s.construct().asTitle(), rankPlain)
		case local == "content":
			src := resolveLink(s.base(), s.attribute("src"))
			if text := s.construct(); src != "" {
				source = src
			} else if content.value == "" {
				content = text
			}
		case local == "summary":
			summary = s.construct()
		case local == "link":
			i.atomLink(s, &links)
		case local == "id":
			i.id = s.value()
		case local == "published" || local == "issued":
			date := s.value()
			i.published.offer(date, datePublished)
		case local == "updated" || local == "modified" || local == "created":
			date := s.value()
			i.published.offer(date, dateUpdated)
			if local != "created" && i.updated == "" {
				i.updated = date
			}
		case local == "author":
			i.authors = addTo(i.authors, s.person())
		case local == "source":
			republished = s.authors()
		case local == "category":
			i.tags = addTo(i.tags, s.categoryName())
		}
	}
	if len(i.authors) == 0 {
		i.authors = republished
	}
	i.title.offer(media.title, rankMedia)
	text := content
	switch {
	case content.value != "":
		if i.brief = summary.value; i.brief == content.value {
			i.brief = ""
		}
	case summary.value != "":
		text = summary
	default:
		text = atomText{value: media.description}
	}
	i.content.offer(text.value, rankPlain)
	i.html, i.plain = text.html, text.typed && !text.html
	i.link = links.best()
	if i.link == "" {
		i.link = source
	}
	f.add(i)
}

// authors reads <source>, of which the authors count.
func (s *scanner) authors() (names []string) {
	depth := s.depth
	for s.child(depth) {
		if s.inAtom() && s.name.local == "author" {
			names = addTo(names, s.person())
		}
	}
	return names
}

// inAtom tells that the element that has just begun is Atom's, by namespace or
// for want of any.
func (s *scanner) inAtom() bool {
	switch s.space() {
	case spaceAtom, spaceAtom03, spaceNone:
		return true
	case spaceOther, spaceRSS, spaceRDF:
		// A default namespace that nobody knows is that of a feed all the same.
		return s.name.prefix == ""
	}
	return false
}

// language is the attribute xml:lang.
func (s *scanner) language() string {
	for _, a := range s.attributes {
		if a.name.full == "xml:lang" {
			return s.decodeAttribute(a.raw)
		}
	}
	return ""
}

func (s *scanner) address(found string) string {
	base := s.base()
	if text := s.value(); found == "" {
		return resolveLink(base, text)
	}
	return found
}

func (s *scanner) categoryName() string {
	if label := s.attribute("label"); label != "" {
		return label
	}
	return s.attribute("term")
}

// atomText is a text construct (RFC 4287, section 3.1).
type atomText struct {
	value string
	html  bool
	typed bool // there was a type, or its default counts
}

// construct reads a text construct, or content that is one. What is of another
// type than text or HTML is "".
func (s *scanner) construct() atomText {
	kind := strings.ToLower(s.attribute("type"))
	kind, _, _ = strings.Cut(kind, ";")
	mode, base := s.attribute("mode"), s.declaredBase()
	isHTML := kind == "html" || kind == "text/html"
	plain, markup := s.contentOf(isHTML)
	if mode == "base64" && markup == "" {
		plain = fromBase64(plain)
	}
	switch {
	case kind == "xhtml", kind == "application/xhtml+xml":
		if markup == "" {
			return atomText{plain, mode == "escaped", true}
		}
		return atomText{withoutDiv(markup), true, true}
	case isHTML:
		if markup != "" {
			plain = markup
		}
		return atomText{rebase(plain, base), true, true}
	case kind == "", kind == "text", kind == "text/plain":
		if markup != "" { // not allowed, and not rare
			return atomText{withoutDiv(markup), true, true}
		}
		return atomText{plain, false, kind != ""}
	}
	if strings.HasPrefix(kind, "text/") {
		return atomText{plain, false, true}
	}
	return atomText{}
}

// fromBase64 decodes text of Atom 0.3 (section 3.1). What is none stays.
func fromBase64(text string) string {
	packed := strings.TrimRight(strings.Join(strings.FieldsFunc(text, isSpace), ""), "=")
	decoded, err := base64.RawStdEncoding.DecodeString(packed)
	if err != nil {
		return text
	}
	return string(appendLines(nil, []byte(strings.ToValidUTF8(string(decoded), "\uFFFD"))))
}

// asTitle is the text without tags.
func (t atomText) asTitle() string {
	if t.html {
		return withoutTags(t.value)
	}
	return t.value
}

// withoutDiv removes the div that XHTML stands in.
func withoutDiv(markup string) string {
	rest, ok := strings.CutPrefix(markup, "<div")
	if !ok {
		return markup
	}
	end := strings.IndexByte(rest, '>')
	inside, closed := strings.CutSuffix(rest, "</div>")
	if end < 0 || !closed || rest[0] != '>' && rest[0] != ' ' || end >= len(inside) {
		return markup
	}
	inside = inside[end+1:]
	// Two of them side by side are none around everything.
	if strings.Count(inside, "<div") != strings.Count(inside, "</div>") || closesFirst(inside) {
		return markup
	}
	return strings.TrimFunc(inside, isSpace)
}

// closesFirst tells that s has an end of a div before the start that it ends.
func closesFirst(s string) bool {
	for open := 0; ; {
		at := strings.Index(s, "div")
		if at < 0 {
			return false
		}
		switch {
		case at >= 2 && s[at-2:at] == "</":
			if open--; open < 0 {
				return true
			}
		case at >= 1 && s[at-1] == '<':
			open++
		}
		s = s[at+3:]
	}
}

// atomLinks finds the link of a feed or an entry among several: one that is of
// HTML, else one that says alternate, else one that means it by saying nothing.
type atomLinks struct {
	html, other, first string
}

func (l *atomLinks) read(s *scanner) {
	rel := s.attribute("rel")
	if rel != "" && !strings.EqualFold(rel, "alternate") {
		return
	}
	href := resolveLink(s.base(), s.attribute("href"))
	if href == "" {
		return
	}
	switch kind := strings.ToLower(s.attribute("type")); {
	case kind == "text/html" || kind == "application/xhtml+xml":
		if l.html == "" {
			l.html = href
		}
	case rel != "":
		if l.other == "" {
			l.other = href
		}
	case l.first == "":
		l.first = href
	}
}

func (l *atomLinks) best() string {
	for _, link := range []string{l.html, l.other, l.first} {
		if link != "" {
			return link
		}
	}
	return ""
}

func (i *item) atomLink(s *scanner, links *atomLinks) {
	links.read(s)
	switch s.attribute("rel") {
	case "enclosure":
		i.enclose(s.attachmentOf("href", "length"))
	case "replies":
		if i.replies == "" {
			i.replies = resolveLink(s.base(), s.attribute("href"))
		}
	}
}

// foreign reads an element of another namespace in an entry of Atom.
func (i *item) foreign(s *scanner) {
	switch space := s.space(); {
	case space == spaceITunes && s.name.local == "image":
		i.chooseImage(s)
	case space == spaceITunes && s.name.local == "duration":
		duration := s.value()
		i.duration = seconds(duration)
	case space == spaceDC && s.name.local == "creator":
		i.authors = addTo(i.authors, s.person())
	case space == spaceDC && s.name.local == "subject":
		tag := s.value()
		i.tags = addTo(i.tags, tag)
	case space == spacePodcast && s.name.local == "alternateenclosure":
		i.alternateEnclosure(s)
	}
}

// mediaText is what Media RSS says of an entry that has no words of its own.
type mediaText struct{ title, description string }

func (m *mediaText) read(s *scanner, i *item) {
	switch s.name.local {
	case "title":
		if title, _ := s.content(); m.title == "" {
			m.title = title
		}
	case "description":
		if description, _ := s.content(); m.description == "" {
			m.description = description
		}
	case "group":
		depth := s.depth
		for s.child(depth) {
			if s.space() == spaceMedia && s.name.local != "group" {
				m.read(s, i)
			}
		}
	default:
		i.media(s)
	}
}
