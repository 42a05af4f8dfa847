package feeds

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// rss reads what is inside <rss> (RSS 0.91 to 0.94 and 2.0). It returns false if
// there is no channel.
func (f *feed) rss(s *scanner) bool {
	depth, found := s.depth, false
	for s.child(depth) {
		if s.isRSS("channel") && !found {
			found = true
			f.channel(s)
		}
	}
	return found
}

// rdf reads RSS 1.0 and 0.90: channel, image and items side by side.
func (f *feed) rdf(s *scanner) {
	depth := s.depth
	place := map[string]int{}
	var image string
	for s.child(depth) {
		if !s.inRSS() {
			continue
		}
		switch s.name.local {
		case "channel":
			f.channelRDF(s, place)
		case "image":
			image = s.image()
		case "item":
			f.item(s)
		}
	}
	if f.image == "" {
		f.image = image
	}
	if len(place) > 0 && f.count == len(f.items) {
		f.sequence = true
		for _, i := range f.items {
			if at, ok := place[i.id]; ok {
				i.place = at
			} else {
				i.place += len(place)
			}
		}
	}
}

// channelRDF is channel, and remembers the order that items/rdf:Seq gives.
func (f *feed) channelRDF(s *scanner, place map[string]int) {
	depth := s.depth
	c := channel{f: f}
	for s.child(depth) {
		if s.name.local != "items" {
			c.element(s)
			continue
		}
		items := s.depth
		for s.child(items) {
			seq := s.depth
			for s.child(seq) {
				about := s.attribute("resource")
				if _, ok := place[about]; !ok && about != "" && len(place) < 2*maxKept {
					place[about] = len(place)
				}
			}
		}
	}
	c.finish()
}

// channel is a channel that is being read: what may become members of the feed
// once it is known what else there is, and which members, for which the first
// element counts whether it is empty or not, have been seen.
type channel struct {
	f               *feed
	author          text
	alternate       string // a link as Atom writes it
	link            bool
	image, language first
	serial          bool
}

// finish fills in what only other elements than the usual ones have told.
func (c *channel) finish() {
	c.f.author = c.author.value
	if c.f.link == "" {
		c.f.link = c.alternate
	}
}

// first remembers which element counts for a member so far.
type first uint8

const (
	isForeign first = iota + 1 // one of a vocabulary that nobody knows
	isKnown
)

// take reports that the element that has just begun counts: as the first one,
// or because the one before is of a vocabulary that nobody knows.
func (f *first) take(s *scanner) bool {
	kind := isKnown
	if s.space() == spaceOther && s.name.prefix != "" {
		kind = isForeign
	}
	if *f >= kind {
		return false
	}
	*f = kind
	return true
}

func (f *feed) channel(s *scanner) {
	depth := s.depth
	c := channel{f: f}
	for s.child(depth) {
		if s.isRSS("item") {
			f.item(s)
		} else {
			c.element(s)
		}
	}
	c.finish()
}

// Ranks of elements that could give the same member.
const (
	rankPlain = iota
	rankITunes
	rankMedia
	rankOther
	rankInstead // elements with another meaning, if there is nothing better
	rankLast
)

func (s *scanner) rank() int {
	switch s.space() {
	case spaceITunes:
		return rankITunes
	case spaceMedia:
		return rankMedia
	}
	if s.inRSS() {
		return rankPlain
	}
	return rankOther
}

// once reports that seen was not set, and sets it.
func once(seen *bool) bool {
	first := !*seen
	*seen = true
	return first
}

// element reads an element of a channel, except an item.
func (c *channel) element(s *scanner) {
	f := c.f
	switch s.name.local {
	case "title":
		rank := s.rank()
		title, _ := s.content()
		f.title.offer(title, rank)
	case "link":
		c.linkElement(s)
	case "description":
		rank := s.rank()
		f.description.offer(s.richText(), rank)
	case "image":
		if c.image.take(s) {
			f.image = s.image()
		}
	case "category":
		c.category(s)
	case "language":
		if c.language.take(s) {
			f.language = s.value()
		}
	case "author":
		rank := s.rank()
		c.author.offer(s.person(), rank)
	case "managingeditor":
		c.author.offer(s.person(), rankInstead)
	case "creator":
		if s.space() == spaceDC || s.space() == spaceDCTerms {
			c.author.offer(s.person(), rankLast)
		}
	case "summary":
		f.description.offer(s.richText(), rankInstead)
	case "subtitle":
		f.description.offer(s.richText(), rankLast)
	case "type":
		if once(&c.serial) {
			kind := s.value()
			f.serial = strings.EqualFold(kind, "serial")
		}
	case "ttl":
		minutes := s.value()
		if n, err := strconv.ParseUint(minutes, 10, 16); err == nil {
			f.fresh = time.Duration(n) * time.Minute
		}
	case "updateperiod":
		period := s.value()
		if f.fresh == 0 && period != "" {
			f.fresh = time.Hour // the shortest that there is
		}
	}
}

// linkElement reads <link> of RSS, or one of Atom's inside it.
func (c *channel) linkElement(s *scanner) {
	f := c.f
	if s.isAtomLink() {
		href := resolveLink(s.base(), s.attribute("href"))
		switch s.attribute("rel") {
		case "self":
			f.self = href
		case "hub":
			f.hubs = addTo(f.hubs, href)
		case "", "alternate":
			c.alternate = cmp.Or(c.alternate, href)
		}
		return
	}
	if !s.isRSS("link") {
		return
	}
	c.alternate = cmp.Or(c.alternate, s.alternate())
	if once(&c.link) {
		base := s.base()
		link := s.value()
		f.link = resolveLink(base, link)
	}
}

// alternate is the address of a link that is written as in Atom, though it is
// none of Atom's: <link rel="alternate" href="…"/>.
func (s *scanner) alternate() string {
	if rel := s.attribute("rel"); rel != "" && !strings.EqualFold(rel, "alternate") {
		return ""
	}
	return resolveLink(s.base(), s.attribute("href"))
}

// isAtomLink tells a link of Atom from one of RSS, also where a feed has
// declared Atom's namespace for everything by mistake.
func (s *scanner) isAtomLink() bool {
	space := s.space()
	return (space == spaceAtom || space == spaceAtom03) && (s.name.prefix != "" || s.attribute("href") != "")
}

// image reads an image of a channel: its child url, the attribute href or its
// own text.
func (s *scanner) image() string {
	base := s.base()
	href := s.attribute("href")
	depth := s.depth
	own, url := "", ""
	for {
		switch s.next() {
		case tokenText:
			if s.depth == depth && own == "" {
				own = string(trim(cut(s.appendRaw(nil))))
			}
			continue
		case tokenStart:
			if s.depth == depth+1 && s.name.full == "url" && url == "" {
				url = s.value()
			}
			continue
		case tokenEnd:
			if s.depth >= depth {
				continue
			}
		}
		break
	}
	for _, found := range []string{url, href, own} {
		if found != "" {
			return resolveLink(base, found)
		}
	}
	return ""
}

// category reads a category of a channel, and the first one inside it.
func (c *channel) category(s *scanner) {
	depth := s.depth
	c.f.addCategory(s.attribute("text"))
	own, nested := []byte(nil), false
	for {
		switch s.next() {
		case tokenText:
			if s.depth == depth && len(own) < maxText {
				own = s.appendRaw(own)
			}
			continue
		case tokenStart:
			if s.depth == depth+1 && s.name.local == "category" && once(&nested) {
				c.f.addCategory(s.attribute("text"))
			}
			continue
		case tokenEnd:
			if s.depth >= depth {
				continue
			}
		}
		break
	}
	c.f.addCategory(string(trim(cut(own))))
}

// richText is the content of an element that may be HTML: with its tags, where
// these stand in the document as elements.
func (s *scanner) richText() string {
	base := s.declaredBase()
	plain, markup := s.content()
	if markup != "" {
		return markup
	}
	return rebase(plain, base)
}
