package feeds

import (
	"bytes"
	"strings"
)

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
		case len(rest) < 2 || rest[0] != '<' || nameLength(rest[1:]) == 0:
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
	if n := len("<?") + nameLength(s.text[len("<?"):]); n > s.pos && n < len(s.text) && (isBlank(s.text[n]) || s.text[n] == '?') {
		s.pos = 0
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
	if s.blanks() {
		if encoding, _ := s.pseudo("encoding"); len(encoding) > 0 {
			if !isLetter(encoding[0]) || bytes.ContainsFunc(encoding, notEncoding) {
				s.fail(s.pos, "Invalid character in encoding name")
				return false
			}
			s.blanks()
		}
		if standalone, _ := s.pseudo("standalone"); len(standalone) > 0 {
			if string(standalone) != "yes" && string(standalone) != "no" {
				s.fail(s.pos, "Only \"yes\" and \"no\" are permitted as values of `standalone`")
				return false
			}
			s.blanks()
		}
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
		s.fail(s.pos+1, "Missing end quote")
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
		if _, ok := s.literal(); !ok {
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

// notEncoding tells what must not be in an encoding's name (production 81).
func notEncoding(r rune) bool {
	return r > 0x7F || !isAlphanumeric(byte(r)) && r != '.' && r != '_' && r != '-'
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
		if n := nameLength(word); n > 0 && len(s.entities) < maxNames {
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
	target := s.word()
	switch {
	case len(target) == 0:
		s.fail(s.pos, "Invalid processing instruction")
		return false
	case bytes.EqualFold(target, []byte("xml")):
		s.fail(at, "XML declaration isn't allowed here")
		return false
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
