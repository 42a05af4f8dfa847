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
// tokens, in one pass and without recursion. Comments, processing instructions
// and the document type are skipped; no entity is ever expanded or fetched.
//
// It forgives what is common on the web: stray ampersands and unknown entities
// are text, control characters are left out, and a document that is cut off ends
// there with all its elements closed. Everything else that is not well-formed
// is an error, in the words of the reference server.
type scanner struct {
	ctx  context.Context
	text []byte // UTF-8, without white space at its ends
	pos  int

	name       *name
	attributes []attribute
	raw        []byte // of tokenText
	cdata      bool   // raw has no references

	depth    int // of the element that the last token belongs to
	open     []element
	bindings []binding
	bases    []base

	names    map[string]*name
	entities map[string]bool // declared by the document type
	empty    bool            // the start tag was <empty/>: its end comes next
	rootSeen bool
	html     bool // the root element, or the document type, is that of HTML
	cut      bool // the text ended too early
	tokens   int
	buf      []byte // for texts
	markup   []byte
	err      error
}

// element is one that is open: its name, as end tags must repeat it.
type element struct{ name *name }

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
	if s.err == nil {
		s.epilog()
	}
	return tokenEOF
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

// prolog reads what may stand before the root element (productions 22 to 28).
func (s *scanner) prolog() bool {
	if !s.declaration() {
		return false
	}
	for doctype := false; ; {
		s.blanks()
		rest := s.text[s.pos:]
		switch {
		case bytes.HasPrefix(rest, []byte("<!--")):
			if !s.comment() {
				return false
			}
		case bytes.HasPrefix(rest, []byte("<?")):
			if !s.instruction() {
				return false
			}
		case !doctype && len(rest) >= 9 && bytes.EqualFold(rest[:9], []byte("<!DOCTYPE")):
			doctype = true
			if !s.doctype() {
				return false
			}
		case len(rest) < 2 || rest[0] != '<' || !isNameStart(rest[1]):
			s.fail(s.pos, "Root element is missing or invalid")
			return false
		default:
			return true
		}
	}
}

// epilog reads what may stand after the root element.
func (s *scanner) epilog() {
	for s.err == nil {
		s.blanks()
		rest := s.text[s.pos:]
		switch {
		case len(rest) == 0:
			return
		case bytes.HasPrefix(rest, []byte("<!--")):
			s.comment()
		case bytes.HasPrefix(rest, []byte("<?")):
			s.instruction()
		default:
			s.fail(s.pos, "Extra content at the end of the document")
		}
	}
}

// declaration reads <?xml version="1.0" encoding="…" standalone="…"?>
// (production 23), if there is one.
func (s *scanner) declaration() bool {
	if !s.skip("<?xml") {
		return true
	}
	if s.pos < len(s.text) && isName(s.text[s.pos]) {
		s.pos -= len("<?xml")
		return true // another instruction, such as xml-stylesheet
	}
	if !s.blanks() {
		s.fail(s.pos, "Invalid XML declaration")
		return false
	}
	version, ok := s.pseudo("version")
	if !ok {
		s.fail(s.pos, "XML version is missing or invalid")
		return false
	}
	if minor, ok := bytes.CutPrefix(version, []byte("1.")); !ok || len(minor) == 0 || len(bytes.Trim(minor, "0123456789")) > 0 {
		s.fail(s.pos, "Invalid character in version number")
		return false
	}
	s.blanks()
	if encoding, ok := s.pseudo("encoding"); ok {
		for i, c := range encoding {
			if !isLetter(c) && (i == 0 || !isName(c) || c >= 0x80 || c == ':') {
				ok = false
			}
		}
		if !ok || len(encoding) == 0 {
			s.fail(s.pos, "Invalid character in encoding name")
			return false
		}
		s.blanks()
	}
	if standalone, ok := s.pseudo("standalone"); ok {
		if string(standalone) != "yes" && string(standalone) != "no" {
			s.fail(s.pos, "Only \"yes\" and \"no\" are permitted as values of `standalone`")
			return false
		}
		s.blanks()
	}
	if !s.skip("?>") {
		s.fail(s.pos, "Invalid or unclosed XML declaration")
		return false
	}
	return true
}

// pseudo reads name="value" of the XML declaration.
func (s *scanner) pseudo(name string) (value []byte, ok bool) {
	if !s.skip(name) {
		return nil, false
	}
	s.blanks()
	if !s.skip("=") {
		return nil, false
	}
	s.blanks()
	return s.literal()
}

// literal reads a quoted text (production 11).
func (s *scanner) literal() (value []byte, ok bool) {
	if s.pos >= len(s.text) || s.text[s.pos] != '"' && s.text[s.pos] != '\'' {
		return nil, false
	}
	end := bytes.IndexByte(s.text[s.pos+1:], s.text[s.pos])
	if end < 0 {
		return nil, false
	}
	value = s.text[s.pos+1 : s.pos+1+end]
	s.pos += end + 2
	return value, true
}

// doctype skips the document type (production 28) and remembers the names of
// the entities that it declares.
func (s *scanner) doctype() bool {
	s.pos += len("<!DOCTYPE")
	s.blanks()
	start := s.pos
	for s.pos < len(s.text) && isName(s.text[s.pos]) {
		s.pos++
	}
	if s.pos == start {
		s.fail(s.pos, "Expected a name")
		return false
	}
	s.html = bytes.EqualFold(s.text[start:s.pos], []byte("html"))
	s.blanks()
	if public := s.skip("PUBLIC"); public || s.skip("SYSTEM") {
		s.blanks()
		if _, ok := s.literal(); !ok {
			s.fail(s.pos, "Expected an identifier")
			return false
		}
		s.blanks()
		if public { // the address may be missing, as in HTML 4
			s.literal()
			s.blanks()
		}
	}
	if s.skip("[") {
		end := s.subset()
		if end < 0 {
			s.fail(s.pos, "Unclosed internal subset")
			return false
		}
		s.declared(s.text[s.pos:end])
		s.pos = end + 1
		s.blanks()
	}
	if !s.skip(">") {
		s.fail(s.pos, "Unclosed doctype declaration")
		return false
	}
	return true
}

// subset finds the "]" that ends the internal subset: one with ">" after it.
func (s *scanner) subset() int {
	for i := s.pos; i < len(s.text); i++ {
		if s.text[i] != ']' {
			continue
		}
		rest := bytes.TrimLeft(s.text[i+1:], " \t\r\n")
		if len(rest) > 0 && rest[0] == '>' {
			return i
		}
		// What was looked at is blank: go on after it, so that no byte is
		// looked at more than twice.
		i = len(s.text) - len(rest) - 1
	}
	return -1
}

// declared collects the names of entities: using one of them is an error, as
// what it stands for is never looked at.
func (s *scanner) declared(subset []byte) {
	for {
		_, after, ok := bytes.Cut(subset, []byte("<!ENTITY"))
		if !ok {
			return
		}
		subset = after
		word := bytes.TrimLeft(after, " \t\r\n%")
		n := 0
		for n < len(word) && isName(word[n]) {
			n++
		}
		if n > 0 && len(s.entities) < maxNames {
			if s.entities == nil {
				s.entities = map[string]bool{}
			}
			s.entities[string(word[:n])] = true
		}
	}
}

// instruction skips a processing instruction (production 16).
func (s *scanner) instruction() bool {
	at := s.pos
	s.pos += 2
	start := s.pos
	for s.pos < len(s.text) && isName(s.text[s.pos]) {
		s.pos++
	}
	target := s.text[start:s.pos]
	switch {
	case len(target) == 0:
		s.fail(s.pos, "Invalid processing instruction")
		return false
	case bytes.EqualFold(target, []byte("xml")):
		s.fail(at, "XML declaration isn't allowed here")
		return false
	}
	end := bytes.Index(s.text[s.pos:], []byte("?>"))
	if end < 0 {
		s.fail(s.pos, "Unterminated processing instruction")
		return false
	}
	s.pos += end + 2
	return true
}

// comment skips a comment (production 15).
func (s *scanner) comment() bool {
	s.pos += 4
	end := bytes.Index(s.text[s.pos:], []byte("--"))
	if end < 0 {
		s.fail(s.pos, "Unclosed comment")
		return false
	}
	s.pos += end
	if !s.skip("-->") {
		s.fail(s.pos, "The string `--` isn't allowed inside a comment")
		return false
	}
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
		if i == 0 {
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

// undefined looks for references to entities that the document declares.
func (s *scanner) undefined(run []byte) (token, bool) {
	if s.entities == nil {
		return tokenEOF, false
	}
	start := s.offset(run)
	for i := 0; i < len(run); {
		at := bytes.IndexByte(run[i:], '&')
		if at < 0 {
			break
		}
		i += at + 1
		n := 0
		for i+n < len(run) && isName(run[i+n]) {
			n++
		}
		if i+n >= len(run) || run[i+n] != ';' || !s.entities[string(run[i:i+n])] {
			continue
		}
		if _, ok := entity(run[i : i+n]); !ok {
			return s.fail(start+i-1, "Named entity isn't defined: &"+string(run[i:i+n])+";"), true
		}
	}
	return tokenEOF, false
}

// offset is where a part of the text begins.
func (s *scanner) offset(part []byte) int { return cap(s.text) - cap(part) }

// startTag reads a start tag or an empty element's (productions 40 and 44).
func (s *scanner) startTag() token {
	at := s.pos
	s.pos++
	s.name = s.readName()
	if s.name == nil {
		s.pos = at
		if at+1 >= len(s.text) {
			s.pos = len(s.text)
			return s.next()
		}
		return s.missing()
	}
	if !s.readAttributes() {
		if s.err == nil { // cut inside the tag: as if it had not begun
			s.pos = len(s.text)
			return s.next()
		}
		return tokenEOF
	}
	s.empty = s.skip("/>")
	if !s.empty && !s.skip(">") {
		if s.pos+1 >= len(s.text) {
			s.pos = len(s.text)
			return s.next()
		}
		return s.fail(s.pos, "Unclosed start tag for element `"+s.name.full+"`")
	}
	if len(s.open) == maxDepth {
		return s.fail(at, "Elements are nested deeper than 512 levels")
	}
	if len(s.open) == 0 && s.name.local == "html" {
		s.html = true
	}
	s.open = append(s.open, element{s.name})
	s.depth = len(s.open)
	s.declare()
	return tokenStart
}

// readAttributes reads the attributes of a start tag (production 41). It
// returns false without an error where the text ends.
func (s *scanner) readAttributes() bool {
	s.attributes = s.attributes[:0]
	for s.blanks() {
		name := s.readName()
		if name == nil {
			break
		}
		s.blanks()
		if s.pos >= len(s.text) {
			return false
		}
		equal := s.skip("=")
		if equal {
			s.blanks()
			if s.pos >= len(s.text) {
				return false
			}
		}
		if quote := s.text[s.pos]; !equal || quote != '"' && quote != '\'' {
			s.fail(s.pos, "Attribute value expected")
			return false
		}
		end := bytes.IndexByte(s.text[s.pos+1:], s.text[s.pos])
		if end < 0 {
			end = len(s.text) - s.pos - 1
		}
		raw := s.text[s.pos+1 : s.pos+1+end]
		if less := bytes.IndexByte(raw, '<'); less >= 0 {
			s.fail(s.pos+1+less, "Unescaped `<` is not allowed in an attribute value")
			return false
		}
		s.pos += 1 + end
		if s.pos >= len(s.text) {
			return false
		}
		s.pos++
		if _, bad := s.undefined(raw); bad {
			return false
		}
		for _, other := range s.attributes {
			if other.name == name {
				s.fail(s.pos, "Duplicate attribute: "+name.full)
				return false
			}
		}
		if len(s.attributes) == maxAttributes {
			s.fail(s.pos, "Element has more than 256 attributes")
			return false
		}
		s.attributes = append(s.attributes, attribute{name, raw})
	}
	return true
}

// endTag reads the end tag of the innermost open element (production 42).
func (s *scanner) endTag() token {
	at := s.pos
	want := s.open[len(s.open)-1].name.full
	s.pos += 2
	rest := s.text[s.pos:]
	n := 0
	for n < len(rest) && isName(rest[n]) {
		n++
	}
	if string(rest[:n]) != want {
		if n == len(rest) && bytes.HasPrefix([]byte(want), rest) {
			s.pos = len(s.text)
			return s.next()
		}
		s.pos = at
		return s.missing()
	}
	s.pos += n
	s.blanks()
	if s.pos >= len(s.text) {
		return s.next()
	}
	if !s.skip(">") {
		return s.fail(s.pos, "Unclosed end tag for element "+want)
	}
	return s.leave()
}

// missing is the error where an end tag was expected.
func (s *scanner) missing() token {
	if len(s.open) == 0 {
		return s.fail(s.pos, "Root element is missing or invalid")
	}
	return s.fail(s.pos, "Missing end tag for element "+s.open[len(s.open)-1].name.full)
}

// leave closes the innermost element.
func (s *scanner) leave() token {
	depth := len(s.open)
	s.name = s.open[depth-1].name
	s.open = s.open[:depth-1]
	for n := len(s.bindings); n > 0 && s.bindings[n-1].depth == depth; n-- {
		s.bindings = s.bindings[:n-1]
	}
	if n := len(s.bases); s.bases[n-1].depth == depth && n > 1 {
		s.bases = s.bases[:n-1]
	}
	s.depth = depth - 1
	return tokenEnd
}

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

func isBlank(c byte) bool     { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }
func isLetter(c byte) bool    { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isNameStart(c byte) bool { return isLetter(c) || c == '_' || c == ':' || c >= 0x80 }
func isName(c byte) bool {
	return isNameStart(c) || c >= '0' && c <= '9' || c == '-' || c == '.'
}
