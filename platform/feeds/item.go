package feeds

import (
	"bytes"
	"cmp"
	"net/url"
	"strconv"
	"strings"
)

// entry is an item of RSS that is being read, and which of its members, for
// which the first element counts whether it is empty or not, have been seen.
type entry struct {
	*item
	linkSeen, pubDate bool
	guid, summary     first
	guidText, about   string
	permanent         bool // the guid is said to be an address, by saying nothing at least
}

// item reads <item>.
func (f *feed) item(s *scanner) {
	depth := s.depth
	e := entry{item: &item{}}
	e.about = s.attribute("about")
	for s.child(depth) {
		e.element(s)
	}
	e.id = cmp.Or(e.guidText, e.about)
	if e.page == "" && (e.permanent || e.guidText == "") && isWebAddress(e.id) {
		e.page = e.id
	}
	if e.brief == e.content.value {
		e.brief = ""
	}
	if e.full == e.content.value {
		e.full = ""
	}
	f.add(e.item)
}

// Ranks of dates: pubDate, Dublin Core, and what other formats have.
const (
	datePublished = iota
	dateDC
	dateIssued
	dateUpdated
	dateForeign
)

func (e *entry) element(s *scanner) {
	space := s.space()
	switch s.name.local {
	case "title":
		rank := s.rank()
		title, _ := s.content()
		e.title.offer(title, rank)
	case "description":
		rank, base := s.rank(), s.declaredBase()
		plain, markup := s.content()
		e.describe(rebase(plain, base), markup, rank)
	case "summary":
		if e.summary.take(s) {
			e.brief = s.richText()
		}
	case "link":
		e.readLink(s)
	case "guid":
		if e.guid.take(s) {
			e.permanent = s.isPermaLink()
			e.guidText = s.value()
		}
	case "pubdate":
		if !s.inRSS() {
			e.dated(s, dateForeign)
		} else if once(&e.pubDate) {
			e.dated(s, datePublished)
		}
	case "date", "published", "issued", "created", "updated", "modified":
		e.otherDate(s, space)
	case "order":
		e.number(s, hasOrder, &e.order)
	case "season":
		e.number(s, hasSeason, &e.season)
	case "episode":
		e.number(s, hasEpisode, &e.episode)
	case "encoded":
		if space == spaceContent && e.full == "" {
			e.full = s.richText()
		}
	case "enclosure":
		e.enclose(s.attachmentOf("url", "length"))
	case "alternateenclosure":
		e.alternateEnclosure(s)
	case "creator":
		if space == spaceDC || space == spaceDCTerms {
			e.authors = addTo(e.authors, s.person())
		}
	case "author":
		e.authors = addTo(e.authors, s.person())
	case "subject":
		if space == spaceDC || space == spaceDCTerms {
			tag := s.value()
			e.tags = addTo(e.tags, tag)
		}
	case "category":
		name := s.attribute("text")
		tag := s.value()
		if tag == "" {
			tag = name
		}
		e.tags = addTo(e.tags, tag)
	case "comments":
		if s.name.prefix == "" {
			base := s.base()
			comments := s.value()
			e.replies = resolveLink(base, comments)
		}
	case "commentrss":
		base := s.base()
		comments := s.value()
		if e.replies == "" {
			e.replies = resolveLink(base, comments)
		}
	case "duration":
		duration := s.value()
		e.duration = seconds(duration)
	case "image":
		if space == spaceITunes {
			e.chooseImage(s)
		}
	default: // media:content among them
		if space == spaceMedia {
			e.media(s)
		}
	}
}

// describe takes a text for the content. Markup is what it is with its tags
// where these were elements.
func (e *entry) describe(plain, markup string, rank int) {
	if markup == "" {
		e.content.offer(plain, rank)
		return
	}
	before := e.content
	if e.content.offer(markup, rank); e.content != before {
		e.html = true
	}
}

// dated reads a date; it counts if there is none of a lower rank.
func (e *entry) dated(s *scanner, rank int) string {
	when := s.value()
	e.published.offer(when, rank)
	return when
}

// otherDate reads a date of Dublin Core or Atom, whose elements some feeds have
// without a namespace.
func (e *entry) otherDate(s *scanner, space space) {
	switch {
	case space == spaceDC, space == spaceDCTerms, space == spaceAtom, space == spaceAtom03, s.name.prefix == "":
	default:
		return
	}
	switch s.name.local {
	case "date":
		e.dated(s, dateDC)
	case "published", "issued", "created":
		e.dated(s, dateIssued)
	default:
		updated := e.dated(s, dateUpdated)
		if e.updated == "" {
			e.updated = updated
		}
	}
}

// readLink reads a link of RSS, whose text is the address, or one of Atom's.
func (e *entry) readLink(s *scanner) {
	base := s.base()
	if s.isAtomLink() {
		switch s.attribute("rel") {
		case "enclosure":
			e.enclose(s.attachmentOf("href", "length"))
		case "replies":
			if e.replies == "" {
				e.replies = resolveLink(base, s.attribute("href"))
			}
		default:
			e.page = cmp.Or(e.page, s.alternate())
		}
		return
	}
	if !s.isRSS("link") {
		return
	}
	e.page = cmp.Or(e.page, s.alternate())
	if once(&e.linkSeen) {
		link := s.value()
		e.link = resolveLink(base, link)
	}
}

// isPermaLink reports whether the guid that has just begun is said to be an
// address, which it is unless it says otherwise (RSS 2.0, "guid").
func (s *scanner) isPermaLink() bool {
	for _, a := range s.attributes {
		if a.name.local == "ispermalink" {
			return !bytes.EqualFold(trim(a.raw), []byte("false"))
		}
	}
	return true
}

// isWebAddress knows what can be opened.
func isWebAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// enclose takes an enclosure.
func (i *item) enclose(a attachment) {
	i.attach(a)
	if strings.HasPrefix(a.mediaType, "image/") {
		i.illustrate(a.url, isFile)
	}
}

// number reads an integer as JavaScript's parseInt does; the first one counts.
func (i *item) number(s *scanner, which uint8, to *int) {
	digits := s.value()
	if i.numbers&which != 0 {
		return
	}
	end := 0
	for end < len(digits) && end < 9 && (digits[end] >= '0' && digits[end] <= '9' || end == 0 && (digits[0] == '-' || digits[0] == '+')) {
		end++
	}
	if n, err := strconv.Atoi(digits[:end]); err == nil {
		*to = n
		i.numbers |= which
	}
}

// attachmentOf reads an attachment from the attributes of the element that has
// just begun.
func (s *scanner) attachmentOf(address, length string) attachment {
	n, err := strconv.ParseInt(s.attribute(length), 10, 64)
	if err != nil || n < 0 || n > 1<<53 {
		n = 0
	}
	return attachment{
		url:       resolveLink(s.base(), s.attribute(address)),
		mediaType: s.attribute("type"),
		title:     oneLine(s.attribute("title")),
		length:    n,
	}
}

// alternateEnclosure reads podcast:alternateEnclosure, whose addresses are in its
// children.
func (i *item) alternateEnclosure(s *scanner) {
	depth := s.depth
	a := s.attachmentOf("uri", "length")
	for s.child(depth) {
		if s.name.local == "source" && a.url == "" {
			a.url = resolveLink(s.base(), s.attribute("uri"))
		}
	}
	i.attach(a)
}

// chooseImage reads itunes:image.
func (i *item) chooseImage(s *scanner) {
	i.illustrate(resolveLink(s.base(), cmp.Or(s.attribute("href"), s.attribute("url"))), chosen)
}

// media reads an element of Media RSS: a group, a content, a thumbnail or a
// player.
func (i *item) media(s *scanner) {
	switch s.name.local {
	case "thumbnail":
		i.illustrate(resolveLink(s.base(), s.attribute("url")), s.area())
	case "player":
		i.player = cmp.Or(i.player, resolveLink(s.base(), s.attribute("url")))
	case "content":
		i.mediaContent(s)
	case "group":
		depth := s.depth
		for s.child(depth) {
			if s.space() == spaceMedia && s.name.local != "group" {
				i.media(s)
			}
		}
	}
}

func (i *item) mediaContent(s *scanner) {
	a := s.attachmentOf("url", "filesize")
	if medium := s.attribute("medium"); medium == "image" || medium == "" && strings.HasPrefix(a.mediaType, "image/") {
		i.illustrate(a.url, isContent)
	}
	depth := s.depth
	for s.child(depth) {
		if s.space() != spaceMedia {
			continue
		}
		switch s.name.local {
		case "title":
			title, _ := s.content()
			a.title = cmp.Or(oneLine(title), a.title)
		case "player":
			a.url = cmp.Or(a.url, resolveLink(s.base(), s.attribute("url")))
		case "thumbnail":
			i.media(s)
		}
	}
	i.attach(a)
}

// area is width times height of an image, as far as the attributes tell.
func (s *scanner) area() int {
	width, _ := strconv.Atoi(s.attribute("width"))
	height, _ := strconv.Atoi(s.attribute("height"))
	if width <= 0 || height <= 0 || width > 1<<15 || height > 1<<15 {
		return 0
	}
	return width * height
}

// seconds reads a duration: "2471", "41:11", "0:41:11".
func seconds(s string) int64 {
	var total int64
	parts := strings.Split(s, ":")
	if len(parts) > 3 {
		return 0
	}
	for i, part := range parts {
		if i == len(parts)-1 {
			part, _, _ = strings.Cut(part, ".")
		}
		n, err := strconv.ParseUint(strings.TrimSpace(part), 10, 31)
		if err != nil {
			return 0
		}
		total = total*60 + int64(n)
	}
	return total
}
