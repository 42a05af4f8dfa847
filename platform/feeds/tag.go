package feeds

import "bytes"

// startTag reads a start tag or an empty element's (productions 40 and 44).
func (s *scanner) startTag() token {
	at := s.pos
	s.pos++
	s.name = s.readName()
	if s.name == nil {
		if s.pos >= len(s.text) {
			return s.next()
		}
		s.pos = at
		return s.missing()
	}
	if !s.readAttributes() {
		return s.cutTag()
	}
	s.empty = s.skip("/>")
	if !s.empty && !s.skip(">") {
		if s.pos+1 >= len(s.text) {
			return s.cutTag()
		}
		return s.fail(s.pos, "Unclosed start tag for element `"+s.name.full+"`")
	}
	if len(s.open) == maxDepth {
		return s.fail(at, "Elements are nested deeper than 512 levels")
	}
	if len(s.open) == 0 {
		s.root = s.name.local
		s.html = s.html || s.root == "html"
	}
	s.open = append(s.open, element{name: s.name})
	s.depth = len(s.open)
	s.declare()
	return tokenStart
}

// cutTag deals with a text that ends inside a start tag: as if that had not
// begun, unless it is the root's.
func (s *scanner) cutTag() token {
	switch {
	case s.err != nil:
		return tokenEOF
	case len(s.open) == 0:
		return s.fail(s.pos, "Unclosed start tag for element `"+s.name.full+"`")
	}
	s.pos = len(s.text)
	return s.next()
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
	n := nameLength(rest)
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
	s.name, s.bare = s.open[depth-1].name, s.open[depth-1].bare
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
