package feeds

import (
	"bytes"
	"context"
	"net/url"
)

// Limits of the scanner. They are far above what feeds need, and keep what one
// document costs within its size.
const (
	maxDepth      = 512     // elements inside each other
	maxAttributes = 256     // of one element
	maxText       = 1 << 20 // bytes of one text that are kept
	maxNames      = 4096    // different names that are remembered
)

// token is what next has found.
type token uint8

const (
	tokenEOF   token = iota // the end, or an error
	tokenStart              // a start tag: name and attributes are set
	tokenEnd                // an end tag, also that of <empty/>
	tokenText               // character data or a CDATA section: raw is set
)

// scanner reads XML 1.0 (W3C Recommendation, fifth edition) as a stream of
// tokens, in one pass and without recursion. Comments and processing
// instructions are skipped; of the document type the entities that it declares
// are kept (entity.go). Nothing is ever fetched.
//
// It forgives what is common on the web: stray ampersands and unknown entities
// are text, control characters are left out, a document that is cut off ends
// there with all its elements closed, and what stands before or behind it is
// passed over. Everything else that is not well-formed is an error, in the words
// of the reference server.
type scanner struct {
	ctx  context.Context
	text []byte // UTF-8, without white space at its ends
	pos  int

	name       *name
	bare       bool // of tokenEnd: the element's
	attributes []attribute
	raw        []byte // of tokenText
	cdata      bool   // raw has no references

	depth    int // of the element that the last token belongs to
	open     []element
	bindings []binding
	bases    []base

	names    map[string]*name
	entities map[string]*entity // declared by the document type
	grown    int                // bytes that entities have become
	empty    bool               // the start tag was <empty/>: its end comes next
	rootSeen bool
	root     string
	html     bool // the root element, or the document type, is that of HTML
	cut      bool // the text ended too early
	tokens   int
	buf      []byte // for texts
	markup   []byte
	err      error
}

// element is one that is open: its name, as end tags must repeat it, and
// whether content shows it without its prefix.
type element struct {
	name *name
	bare bool
}

// binding is a prefix that an element at depth declares.
type binding struct {
	prefix string
	space  space
	depth  int
}

// base is what an element's xml:base makes of the one around it.
type base struct {
	url   *url.URL
	depth int
}

type attribute struct {
	name *name
	raw  []byte
}

func newScanner(ctx context.Context, text []byte, at *url.URL) *scanner {
	s := &scanner{ctx: ctx, text: trim(text), names: make(map[string]*name, 64)}
	s.bases = append(s.bases, base{url: at})
	return s
}

// next reads the next token. Having returned tokenEOF it does so for ever.
func (s *scanner) next() token {
	if s.empty {
		s.empty = false
		return s.leave()
	}
	if s.tokens++; s.tokens&1023 == 0 && s.ctx.Err() != nil {
		return s.stop(context.Cause(s.ctx))
	}
	if !s.rootSeen {
		s.rootSeen = true
		if !s.prolog() {
			return tokenEOF
		}
		return s.startTag()
	}
	for s.err == nil && len(s.open) > 0 {
		if s.pos >= len(s.text) {
			s.cut = true
			return s.leave()
		}
		if s.text[s.pos] != '<' {
			if t, ok := s.characters(); ok {
				return t
			}
			continue
		}
		rest := s.text[s.pos:]
		switch {
		case len(rest) > 1 && rest[1] == '/':
			return s.endTag()
		case len(rest) > 1 && rest[1] == '?':
			s.instruction()
		case bytes.HasPrefix(rest, []byte("<!--")):
			s.comment()
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			if s.section() {
				return tokenText
			}
		default:
			return s.startTag()
		}
	}
	return tokenEOF // what stands behind the root element is nobody's business
}

// child goes to the next child element of the one at depth, over whatever is
// left of the last one, and returns false at the end tag.
func (s *scanner) child(depth int) bool {
	for {
		switch s.next() {
		case tokenStart:
			if s.depth == depth+1 {
				return true
			}
		case tokenEnd:
			if s.depth < depth {
				return false
			}
		case tokenEOF:
			return false
		}
	}
}

// drain reads the rest of the document, as its errors count also where nobody
// looks at the elements.
func (s *scanner) drain() {
	for s.next() != tokenEOF {
	}
}

// stop ends scanning with an error.
func (s *scanner) stop(err error) token {
	if s.err == nil {
		s.err = err
	}
	s.empty = false
	return tokenEOF
}

// fail ends scanning with an error of the document at an offset.
func (s *scanner) fail(at int, reason string) token {
	return s.stop(&syntaxError{text: s.text, at: at, reason: reason})
}

// comment skips a comment (production 15). Two hyphens may be in it, as in HTML.
func (s *scanner) comment() bool {
	s.pos += len("<!--")
	end := bytes.Index(s.text[s.pos:], []byte("-->"))
	if end < 0 {
		s.fail(s.pos, "Unclosed comment")
		return false
	}
	s.pos += end + len("-->")
	return true
}

// section reads a CDATA section (production 18); false if it is empty.
func (s *scanner) section() bool {
	s.pos += len("<![CDATA[")
	end := bytes.Index(s.text[s.pos:], []byte("]]>"))
	if end < 0 {
		s.fail(s.pos, "Unclosed CDATA section")
		return false
	}
	s.raw, s.cdata = s.text[s.pos:s.pos+end], true
	s.pos += end + 3
	return end > 0
}

// characters reads text up to the next tag (production 14).
func (s *scanner) characters() (token, bool) {
	end := bytes.IndexByte(s.text[s.pos:], '<')
	if end < 0 {
		end = len(s.text) - s.pos
	}
	run := s.text[s.pos : s.pos+end]
	if i := bytes.Index(run, []byte("]]>")); i >= 0 {
		if i == 0 || s.endsInReference(run[:i]) {
			s.pos += i
			return s.missing(), true
		}
		return s.fail(s.pos+i, "Element content may not contain the CDATA section close delimiter `]]>`"), true
	}
	if at, ok := s.undefined(run); ok {
		return at, true
	}
	s.raw, s.cdata = run, false
	s.pos += end
	return tokenText, true
}

// endsInReference tells that a text ends with a reference: the reference server
// words what follows one as if it were no text.
func (s *scanner) endsInReference(run []byte) bool {
	at := bytes.LastIndexByte(run, '&')
	if at < 0 || run[len(run)-1] != ';' {
		return false
	}
	_, ok := s.reference(run[at+1 : len(run)-1])
	return ok
}

// undefined looks for references to entities that the document declares, and
// that stand for nothing.
func (s *scanner) undefined(run []byte) (token, bool) {
	if s.entities == nil {
		return tokenEOF, false
	}
	if at, name := s.useless(run); at >= 0 {
		return s.fail(s.offset(run)+at, "Named entity isn't defined: &"+string(name)+";"), true
	}
	return tokenEOF, false
}

// offset is where a part of the text begins.
func (s *scanner) offset(part []byte) int { return cap(s.text) - cap(part) }

func (s *scanner) skip(word string) bool {
	if rest := s.text[s.pos:]; len(rest) >= len(word) && string(rest[:len(word)]) == word {
		s.pos += len(word)
		return true
	}
	return false
}

// blanks skips white space and reports whether there was any.
func (s *scanner) blanks() bool {
	start := s.pos
	for s.pos < len(s.text) && isBlank(s.text[s.pos]) {
		s.pos++
	}
	return s.pos > start
}

func isBlank(c byte) bool  { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
