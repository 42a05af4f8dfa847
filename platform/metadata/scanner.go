package metadata

import "bytes"

// scanner is a tokenizer that knows as much of the tree as a preview needs:
// which elements have no markup inside, what is in the head, and what belongs to
// SVG or MathML (HTML Standard, section 13.2.6, "tree construction").
type scanner struct {
	tokenizer
	inHead    bool // a meta that comes now is the head's child
	template  int  // how many templates surround what comes now, as long as inHead
	headEnd   int  // where the head ended, by its end tag or by what follows; -1 before
	afterHead bool // its end tag was there
	islands   []island
}

// island is an element of SVG or MathML that surrounds what comes now, or one
// inside such, whose content is HTML again.
type island struct {
	name string
	html bool
}

// maxIslands bounds how deep they are followed. Deeper ones are taken for part
// of the last.
const maxIslands = 32

func newScanner(page []byte) *scanner {
	return &scanner{tokenizer: tokenizer{in: page}, inHead: true, headEnd: -1}
}

// next reads a token.
func (s *scanner) next() tokenKind {
	s.foreign = s.isForeign()
	kind := s.tokenizer.next()
	switch kind {
	case startTag:
		s.open()
	case endTag:
		s.close()
	case textToken:
		if s.inHead && s.template == 0 && !s.raw && len(bytes.TrimLeft(s.text, " \t\r\n\f")) > 0 {
			s.endHead()
		}
	}
	return kind
}

// isForeign tells that what comes now is SVG or MathML.
func (s *scanner) isForeign() bool {
	return len(s.islands) > 0 && !s.islands[len(s.islands)-1].html
}

// endHead notes that from here on it is the body.
func (s *scanner) endHead() {
	s.inHead = false
	if s.headEnd < 0 {
		s.headEnd = s.start
	}
}

// open follows a start tag.
func (s *scanner) open() {
	if s.isForeign() {
		if s.breaksOut() {
			for s.isForeign() {
				s.islands = s.islands[:len(s.islands)-1]
			}
			s.foreign = false
		} else {
			s.openForeign()
			return
		}
	}
	switch string(s.name) {
	case "title", "textarea", "style", "xmp", "iframe", "noembed", "noframes", "noscript", "script", "plaintext":
		s.rawText = string(s.name)
	case "svg", "math":
		if !s.selfClosing && len(s.islands) < maxIslands {
			s.islands = append(s.islands, island{name: string(s.name)})
		}
	}
	if !s.inHead {
		return
	}
	switch string(s.name) {
	case "template":
		s.template++
	case "html", "head", "base", "basefont", "bgsound", "link", "meta", "title", "noframes", "script", "style":
	case "noscript":
		if s.afterHead && s.template == 0 {
			s.endHead()
		}
	default:
		if s.template == 0 {
			s.endHead()
		}
	}
}

// openForeign follows a start tag in SVG or MathML.
func (s *scanner) openForeign() {
	if s.selfClosing || len(s.islands) == maxIslands {
		return
	}
	switch string(s.name) {
	case "svg", "math":
		s.islands = append(s.islands, island{name: string(s.name)})
	case "foreignobject", "desc", "title", "annotation-xml", "mi", "mo", "mn", "ms", "mtext":
		s.islands = append(s.islands, island{name: string(s.name), html: true})
	}
}

// close follows an end tag.
func (s *scanner) close() {
	for i := len(s.islands) - 1; i >= 0; i-- {
		if s.islands[i].name == string(s.name) {
			s.islands = s.islands[:i]
			break
		}
	}
	if !s.inHead {
		return
	}
	switch string(s.name) {
	case "template":
		s.template = max(s.template-1, 0)
	case "head":
		if s.template == 0 {
			s.afterHead = true
			if s.headEnd < 0 {
				s.headEnd = s.pos
			}
		}
	case "body", "html", "br":
		if s.template == 0 {
			s.endHead()
		}
	}
}

// breaksOut knows the elements that end SVG and MathML when they begin there.
func (s *scanner) breaksOut() bool {
	switch string(s.name) {
	case "b", "big", "blockquote", "body", "br", "center", "code", "dd", "div", "dl", "dt", "em", "embed", "h1", "h2", "h3",
		"h4", "h5", "h6", "head", "hr", "i", "img", "li", "listing", "menu", "meta", "nobr", "ol", "p", "pre", "ruby", "s",
		"small", "span", "strong", "strike", "sub", "sup", "table", "tt", "u", "ul", "var":
		return true
	case "font":
		for _, name := range []string{"color", "face", "size"} {
			if _, ok := s.attribute(name); ok {
				return true
			}
		}
	}
	return false
}
