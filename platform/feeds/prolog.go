package feeds

import (
	"bytes"
	"strings"
)

// prolog reads what may stand before the root element (productions 22 to 28),
// and what should not: more than one declaration, and the warnings of programs.
func (s *scanner) prolog() bool {
	doctype, skipped := false, false
	for {
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
		case !s.html && !doctype && isWarning(rest) && s.skipWarnings(&skipped):
		case len(rest) < 2 || rest[0] != '<' || nameLength(rest[1:]) == 0:
			s.fail(s.pos, "Root element is missing or invalid")
			return false
		default:
			return true
		}
	}
}

// isWarning tells that a document begins with something else than a document:
// with text, or with an element of HTML in which programs wrap their warnings.
func isWarning(rest []byte) bool {
	if len(rest) == 0 || rest[0] != '<' {
		return len(rest) > 0
	}
	name := strings.ToLower(string(rest[1 : 1+nameLength(rest[1:])]))
	switch name {
	case "html", "head", "body", "title", "link", "meta", "base", "script", "style", "template":
		return false // a page
	}
	return isElement(name) || name == "font"
}

// maxWarnings is how much of a document is looked through for its beginning.
const maxWarnings = 64 << 10

// skipWarnings goes to where the root element of a feed begins, once.
//
//	<br /><b>Warning</b>: Undefined variable in <b>/x/feed.php</b><br />
//	<?xml version="1.0"?><rss version="2.0">…
func (s *scanner) skipWarnings(skipped *bool) bool {
	if !once(skipped) {
		return false
	}
	window := s.text[s.pos:min(len(s.text), s.pos+maxWarnings)]
	for i := 0; ; i++ {
		at := bytes.IndexByte(window[i:], '<')
		if at < 0 {
			return false
		}
		i += at
		if isBeginning(window[i+1:]) {
			s.pos += i
			return true
		}
	}
}

// isBeginning tells that a feed's root element begins behind a "<".
func isBeginning(rest []byte) bool {
	name := rest[:nameLength(rest)]
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	switch string(name) {
	case "rss", "feed", "RDF":
		return true
	}
	return false
}

// literal reads a quoted text (production 11).
func (s *scanner) literal() (value []byte, ok bool) {
	if s.pos >= len(s.text) || s.text[s.pos] != '"' && s.text[s.pos] != '\'' {
		return nil, false
	}
	end := bytes.IndexByte(s.text[s.pos+1:], s.text[s.pos])
	if end < 0 {
		s.fail(s.pos+1, "Missing end quote")
		return nil, false
	}
	value = s.text[s.pos+1 : s.pos+1+end]
	s.pos += end + 2
	return value, true
}

// doctype skips the document type (production 28) and remembers the entities
// that it declares.
func (s *scanner) doctype() bool {
	s.pos += len("<!DOCTYPE")
	var name []byte
	if s.blanks() {
		name = s.word()
	}
	if len(name) == 0 {
		s.fail(s.pos, "Expected a name")
		return false
	}
	s.html = bytes.EqualFold(name, []byte("html"))
	s.blanks()
	public := s.skip("PUBLIC")
	if public {
		if !s.blanks() {
			s.fail(s.pos, "Expected a public identifier")
			return false
		}
		at := s.pos
		switch id, ok := s.literal(); {
		case !ok:
			s.fail(s.pos, "Expected a public identifier")
			return false
		case bytes.ContainsFunc(id, notPublic):
			s.fail(at, "Invalid character in public identifier")
			return false
		}
		s.blanks()
	}
	if public || s.skip("SYSTEM") {
		s.blanks()
		// A public identifier alone is SGML's way.
		if _, ok := s.literal(); !ok && !public {
			s.fail(s.pos, "Expected a system identifier")
			return false
		}
		s.blanks()
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

// word reads a name without remembering it; it is empty if there is none.
func (s *scanner) word() []byte {
	start := s.pos
	s.pos += nameLength(s.text[start:])
	return s.text[start:s.pos]
}

// notPublic tells what must not be in a public identifier (production 13).
func notPublic(r rune) bool {
	return r > 0x7F || !isAlphanumeric(byte(r)) && !strings.ContainsRune("-'()+,./:=?;!*#@$_% \r\n", r)
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

// instruction skips a processing instruction (production 16), and declarations
// (production 23) wherever they are and whatever is in them: the encoding has
// done its work by now.
func (s *scanner) instruction() bool {
	s.pos += 2
	target := s.word()
	switch {
	case len(target) == 0:
		s.fail(s.pos, "Invalid processing instruction")
		return false
	case bytes.EqualFold(target, []byte("xml")):
		end := bytes.IndexByte(s.text[s.pos:], '>')
		if end < 0 {
			s.fail(s.pos, "Invalid or unclosed XML declaration")
			return false
		}
		s.pos += end + 1
		return true
	}
	if !s.blanks() {
		if !s.skip("?>") {
			s.fail(s.pos, "Whitespace is required after a processing instruction name")
			return false
		}
		return true
	}
	end := bytes.Index(s.text[s.pos:], []byte("?>"))
	if end < 0 {
		s.fail(s.pos, "Unterminated processing instruction")
		return false
	}
	s.pos += end + 2
	return true
}
