package markup

import "bytes"

// Scanner is a Tokenizer that knows as much of the tree as a preview needs:
// which elements have no markup inside, what is in the head, and what belongs to
// SVG or MathML (HTML Standard, section 13.2.6, "tree construction").
type Scanner struct {
	Tokenizer
	InHead    bool // a meta that comes now is meant for the head
	Template  int  // how many templates surround what comes now, as long as InHead
	HeadEnd   int  // where the head ended, by its end tag or by a body's start; -1 before
	begun     bool // something of a head was there
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

// NewScanner returns a Scanner for a page in an encoding that has ASCII in it.
func NewScanner(page []byte) *Scanner {
	return &Scanner{Tokenizer: Tokenizer{in: page}, InHead: true, HeadEnd: -1}
}

// Next reads a token.
func (s *Scanner) Next() Kind {
	s.Foreign = s.isForeign()
	kind := s.Tokenizer.next()
	switch kind {
	case StartTag:
		s.open()
	case EndTag:
		s.close()
	case Text:
		if s.InHead && s.Template == 0 && !s.Raw && len(bytes.TrimLeft(s.Text, " \t\r\n\f")) > 0 {
			s.stray()
		}
	}
	return kind
}

// Element returns the text of the element without markup whose start tag was just
// read, as it was written.
func (s *Scanner) Element() []byte { return s.in[s.Pos:s.rawTextEnd(s.RawText)] }

// isForeign tells that what comes now is SVG or MathML.
func (s *Scanner) isForeign() bool {
	return len(s.islands) > 0 && !s.islands[len(s.islands)-1].html
}

// stray notes something that no head has. In browsers it ends the head wherever it
// stands, but those who have written a counter's picture before their metas meant
// them for the head: it lasts until its end tag, or until the body begins. A page
// that begins with such a thing has no head.
func (s *Scanner) stray() {
	if s.afterHead || !s.begun {
		s.endHead()
	}
}

// endHead notes that from here on it is the body.
func (s *Scanner) endHead() {
	s.InHead = false
	if s.HeadEnd < 0 {
		s.HeadEnd = s.start
	}
}

// open follows a start tag.
func (s *Scanner) open() {
	if s.isForeign() {
		if s.breaksOut() {
			for s.isForeign() {
				s.islands = s.islands[:len(s.islands)-1]
			}
			s.Foreign = false
		} else {
			s.openForeign()
			return
		}
	}
	switch string(s.Name) {
	case "title", "textarea", "style", "xmp", "iframe", "noembed", "noframes", "noscript", "script", "plaintext":
		s.RawText = string(s.Name)
	case "svg", "math":
		if !s.SelfClosing && len(s.islands) < maxIslands {
			s.islands = append(s.islands, island{name: string(s.Name)})
		}
	}
	if !s.InHead {
		return
	}
	switch string(s.Name) {
	case "template":
		s.begun = true
		s.Template++
	case "html", "head", "base", "basefont", "bgsound", "link", "meta", "title", "noframes", "script", "style":
		s.begun = true
	case "noscript":
		if s.Template == 0 && s.afterHead {
			s.endHead()
		}
		s.begun = true
	case "body", "frameset":
		if s.Template == 0 {
			s.endHead()
		}
	default:
		if s.Template == 0 {
			s.stray()
		}
	}
}

// openForeign follows a start tag in SVG or MathML.
func (s *Scanner) openForeign() {
	if s.SelfClosing || len(s.islands) == maxIslands {
		return
	}
	switch string(s.Name) {
	case "svg", "math":
		s.islands = append(s.islands, island{name: string(s.Name)})
	case "foreignobject", "desc", "title", "annotation-xml", "mi", "mo", "mn", "ms", "mtext":
		s.islands = append(s.islands, island{name: string(s.Name), html: true})
	}
}

// close follows an end tag.
func (s *Scanner) close() {
	for i := len(s.islands) - 1; i >= 0; i-- {
		if s.islands[i].name == string(s.Name) {
			s.islands = s.islands[:i]
			break
		}
	}
	if !s.InHead {
		return
	}
	switch string(s.Name) {
	case "template":
		s.Template = max(s.Template-1, 0)
	case "head":
		if s.Template == 0 {
			s.afterHead = true
			if s.HeadEnd < 0 {
				s.HeadEnd = s.Pos
			}
		}
	case "body", "html":
		if s.Template == 0 {
			s.endHead()
		}
	}
}

// breaksOut knows the elements that end SVG and MathML when they begin there.
func (s *Scanner) breaksOut() bool {
	switch string(s.Name) {
	case "b", "big", "blockquote", "body", "br", "center", "code", "dd", "div", "dl", "dt", "em", "embed", "h1", "h2", "h3",
		"h4", "h5", "h6", "head", "hr", "i", "img", "li", "listing", "menu", "meta", "nobr", "ol", "p", "pre", "ruby", "s",
		"small", "span", "strong", "strike", "sub", "sup", "table", "tt", "u", "ul", "var":
		return true
	case "font":
		for _, name := range []string{"color", "face", "size"} {
			if _, ok := s.Attribute(name); ok {
				return true
			}
		}
	}
	return false
}
