package feeds

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/sockethub/sockethub/platform/webfetch/markup"
)

// space is a namespace that feeds use.
type space uint8

const (
	spaceNone space = iota
	spaceOther
	spaceAtom
	spaceAtom03
	spaceRSS // of RSS itself, in any version
	spaceRDF
	spaceITunes
	spaceMedia
	spaceDC
	spaceDCTerms
	spaceContent
	spacePodcast
	spaceWFW
	spaceSyndication
	spaceXHTML
	spaceSVG
	spaceMathML
	spaceXLink
	spaceXML
)

// name is the name of elements or attributes, as written once and for all.
type name struct {
	full   string // "itunes:title"
	prefix string // "itunes", as written
	own    string // "title", as written
	local  string // "title", in lower case
	void   bool   // an element of HTML that has no end tag
}

// namespaces are told by their names in lower case without "http:", "https:"
// and a final "/", as feeds in the wild vary in these.
func namespace(uri string) space {
	uri = strings.ToLower(strings.TrimSpace(uri))
	uri = strings.TrimPrefix(strings.TrimPrefix(uri, "https:"), "http:")
	switch strings.TrimRight(uri, "/") {
	case "":
		return spaceNone
	case "//www.w3.org/2005/atom":
		return spaceAtom
	case "//purl.org/atom/ns#", "//purl.org/atom/ns":
		return spaceAtom03
	case "//purl.org/rss/1.0", "//my.netscape.com/rdf/simple/0.9", "//channel.netscape.com/rdf/simple/0.9",
		"//my.netscape.com/publish/formats/rss-0.91.dtd", "//backend.userland.com/rss", "//backend.userland.com/rss2",
		"//backend.userland.com/rss091", "//backend.userland.com/rss092", "//blogs.law.harvard.edu/tech/rss",
		"//cyber.law.harvard.edu/rss", "//cyber.harvard.edu/rss", "//www.rssboard.org/rss-specification":
		return spaceRSS
	case "//www.w3.org/1999/02/22-rdf-syntax-ns#":
		return spaceRDF
	case "//www.itunes.com/dtds/podcast-1.0.dtd", "//www.itunes.com/dtds/podcast":
		return spaceITunes
	case "//search.yahoo.com/mrss", "//video.search.yahoo.com/mrss":
		return spaceMedia
	case "//purl.org/dc/elements/1.1", "//purl.org/dc/elements/1.0":
		return spaceDC
	case "//purl.org/dc/terms":
		return spaceDCTerms
	case "//purl.org/rss/1.0/modules/content":
		return spaceContent
	case "//podcastindex.org/namespace/1.0", "//github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md":
		return spacePodcast
	case "//wellformedweb.org/commentapi":
		return spaceWFW
	case "//purl.org/rss/1.0/modules/syndication":
		return spaceSyndication
	case "//www.w3.org/1999/xhtml":
		return spaceXHTML
	case "//www.w3.org/2000/svg":
		return spaceSVG
	case "//www.w3.org/1998/math/mathml":
		return spaceMathML
	case "//www.w3.org/1999/xlink":
		return spaceXLink
	}
	return spaceOther
}

// usual is the namespace of a prefix that no element around has declared: many
// feeds forget to.
func usual(prefix string) space {
	switch strings.ToLower(prefix) {
	case "":
		return spaceNone
	case "atom", "atom10":
		return spaceAtom
	case "rss":
		return spaceRSS
	case "rdf":
		return spaceRDF
	case "itunes":
		return spaceITunes
	case "media":
		return spaceMedia
	case "dc":
		return spaceDC
	case "dcterms":
		return spaceDCTerms
	case "content":
		return spaceContent
	case "podcast":
		return spacePodcast
	case "wfw":
		return spaceWFW
	case "sy":
		return spaceSyndication
	case "xhtml":
		return spaceXHTML
	case "svg":
		return spaceSVG
	case "xlink":
		return spaceXLink
	case "xml":
		return spaceXML
	}
	return spaceOther
}

// readName reads a name (production 5); nil if there is none.
func (s *scanner) readName() *name {
	full := s.word()
	if len(full) == 0 {
		return nil
	}
	if n := s.names[string(full)]; n != nil {
		return n
	}
	n := &name{full: string(full)}
	n.own = n.full
	if i := strings.LastIndexByte(n.full, ':'); i >= 0 {
		n.prefix, n.own = n.full[:i], n.full[i+1:]
	}
	n.local = strings.ToLower(n.own)
	n.void = markup.IsVoid(n.local)
	if len(s.names) < maxNames {
		s.names[n.full] = n
	}
	return n
}

// nameLength is the length in bytes of the name that b begins with.
func nameLength(b []byte) int {
	n := 0
	for n < len(b) {
		c := b[n]
		switch {
		case isLetter(c), c == ':', c == '_', n > 0 && (isDigit(c) || c == '-' || c == '.'):
			n++
			continue
		case c < utf8.RuneSelf:
			return n
		}
		r, size := utf8.DecodeRune(b[n:])
		if !isNameStart(r) && (n == 0 || !isName(r)) {
			return n
		}
		n += size
	}
	return n
}

// isNameStart knows NameStartChar (production 4).
func isNameStart(r rune) bool {
	if r < utf8.RuneSelf {
		return isLetter(byte(r)) || r == '_' || r == ':'
	}
	switch {
	case r < 0xC0, r == 0xD7, r == 0xF7, r >= 0x300 && r < 0x370, r == 0x37E, r >= 0x2000 && r < 0x200C,
		r > 0x200D && r < 0x2070, r > 0x218F && r < 0x2C00, r > 0x2FEF && r < 0x3001, r > 0xD7FF && r < 0xF900,
		r > 0xFDCF && r < 0xFDF0, r == 0xFFFE, r == 0xFFFF, r > 0xEFFFF:
		return false
	}
	return true
}

// isName knows NameChar (production 4a).
func isName(r rune) bool {
	return isNameStart(r) || r >= '0' && r <= '9' || r == '-' || r == '.' || r == 0xB7 || r >= 0x300 && r < 0x370 ||
		r == 0x203F || r == 0x2040
}

// space returns the namespace of the element that has just begun. Elements
// without a prefix are in none where nothing is declared.
func (s *scanner) space() space { return s.spaceOf(s.name.prefix) }

func (s *scanner) spaceOf(prefix string) space {
	for i := len(s.bindings) - 1; i >= 0; i-- {
		if s.bindings[i].prefix == prefix {
			return s.bindings[i].space
		}
	}
	return usual(prefix)
}

// inRSS tells that the element that has just begun is one of RSS itself: by its
// namespace, or without a prefix where nobody knows the namespace that a feed
// declares for everything.
func (s *scanner) inRSS() bool {
	switch s.space() {
	case spaceNone, spaceRSS:
		return true
	case spaceOther, spaceAtom, spaceAtom03, spaceRDF:
		return s.name.prefix == ""
	}
	return false
}

// isRSS tells that the element that has just begun is this one of RSS.
func (s *scanner) isRSS(own string) bool { return s.name.own == own && s.inRSS() }

// maxBindings bounds what spaceOf looks through. Nobody who means well nests
// that many declarations.
const maxBindings = 128

// maxBase is the length of the longest path of a base: each relative address
// below it costs as much.
const maxBase = 1024

// declare takes note of the namespaces and the base that a start tag declares.
func (s *scanner) declare() {
	for _, a := range s.attributes {
		switch {
		case a.name.prefix == "xmlns" || a.name.full == "xmlns":
			prefix := ""
			if a.name.prefix != "" {
				prefix = a.name.full[len("xmlns:"):]
			}
			if len(s.bindings) < maxBindings {
				s.bindings = append(s.bindings, binding{prefix, namespace(string(a.raw)), s.depth})
			}
		case a.name.full == "xml:base":
			if u := resolve(s.base(), s.decodeAttribute(a.raw)); u != nil && len(u.Path) <= maxBase {
				s.bases = append(s.bases, base{u, s.depth})
			}
		}
	}
}

// attribute returns the value of an attribute by its name without a prefix.
func (s *scanner) attribute(local string) string {
	for _, a := range s.attributes {
		if a.name.local == local && a.name.prefix != "xmlns" {
			return strings.TrimSpace(s.decodeAttribute(a.raw))
		}
	}
	return ""
}

// decodeAttribute returns an attribute's value with references resolved and line breaks as
// blanks (section 3.3.3).
func (s *scanner) decodeAttribute(raw []byte) string {
	if len(raw) > maxText {
		raw = raw[:maxText]
	}
	if bytes.IndexByte(raw, '&') < 0 && bytes.IndexFunc(raw, func(r rune) bool { return r < ' ' || r >= 0xFFFE }) < 0 {
		return string(raw)
	}
	decoded := string(s.appendText(nil, raw))
	return strings.NewReplacer("\n", " ", "\t", " ").Replace(decoded)
}
