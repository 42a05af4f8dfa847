package feeds

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// trim removes white space as ECMAScript knows it from both ends.
func trim(b []byte) []byte { return bytes.TrimFunc(b, isSpace) }

func isSpace(r rune) bool {
	return r <= ' ' && (r == ' ' || r >= '\t' && r <= '\r') || r == '\uFEFF' || r == '\u2028' || r == '\u2029' ||
		r > 0x7F && unicode.Is(unicode.Zs, r)
}

// value reads what is inside the element that has just begun, to its end, for
// members that are no prose: its text up to a child element, trimmed.
func (s *scanner) value() string {
	depth, ended := s.depth, false
	s.buf = s.buf[:0]
	for first := true; ; first = false {
		switch s.next() {
		case tokenText:
			if first && s.plain() && s.endsHere() {
				text := string(trim(cut(s.raw)))
				s.next()
				return text
			}
			if s.depth == depth && !ended && len(s.buf) < maxText {
				s.buf = s.appendRaw(s.buf)
			}
		case tokenStart:
			ended = ended || len(s.buf) > 0
		case tokenEnd:
			if s.depth < depth {
				return string(trim(cut(s.buf)))
			}
		default:
			return ""
		}
	}
}

// content reads what is inside the element that has just begun, to its end:
// its text without tags, and where it has child elements also the text with
// them, as HTML. Both are trimmed, and cut at maxText.
func (s *scanner) content() (text, markup string) { return s.contentOf(false) }

// contentOf is content. isHTML tells that the text is HTML already, as far as it
// is escaped; otherwise it is what it looks like.
func (s *scanner) contentOf(isHTML bool) (text, markup string) {
	depth := s.depth
	s.buf, s.markup = s.buf[:0], s.markup[:0]
	hasMarkup := false
	open := -1 // the end of a start tag in s.markup that nothing has followed yet
	for first := true; ; first = false {
		switch s.next() {
		case tokenText:
			if first && s.plain() && s.endsHere() {
				text = string(trim(cut(s.raw)))
				s.next()
				return text, ""
			}
			before := len(s.buf)
			s.buf = s.appendRaw(s.buf)
			if hasMarkup {
				s.markup = appendAs(s.markup, s.buf[before:], isHTML)
			}
		case tokenStart:
			if !hasMarkup {
				hasMarkup = true
				isHTML = isHTML || looksLikeHTML(string(s.buf))
				s.markup = appendAs(s.markup, s.buf, isHTML)
			}
			s.markup = s.appendStart(s.markup)
			open = len(s.markup)
		case tokenEnd:
			if s.depth < depth {
				text = string(trim(cut(s.buf)))
				if hasMarkup {
					markup = string(trim(cut(s.markup)))
				}
				return text, markup
			}
			s.markup = s.appendEnd(s.markup, open == len(s.markup))
		default:
			return "", ""
		}
		if len(s.markup) > 2*maxText || len(s.buf) > 2*maxText {
			// Nothing of what follows will be kept.
			s.buf, s.markup = s.buf[:min(len(s.buf), maxText+1)], s.markup[:min(len(s.markup), maxText+1)]
		}
	}
}

// endsHere tells that the text that was just read is the whole content.
func (s *scanner) endsHere() bool {
	rest := s.text[s.pos:]
	return len(rest) > 1 && rest[0] == '<' && rest[1] == '/'
}

// plain tells that the text that was just read stands for itself.
func (s *scanner) plain() bool {
	for _, c := range s.raw {
		if c == '&' && !s.cdata || c < ' ' && c != '\n' && c != '\t' {
			return false
		}
	}
	return true
}

// cut shortens a text to maxText, between two characters.
func cut(b []byte) []byte {
	if len(b) <= maxText {
		return b
	}
	n := maxText
	for n > 0 && !utf8.RuneStart(b[n]) {
		n--
	}
	return b[:n]
}

// appendRaw appends what the token that was just read stands for.
func (s *scanner) appendRaw(dst []byte) []byte {
	if s.cdata {
		return appendLines(dst, s.raw)
	}
	return s.appendText(dst, s.raw)
}

// appendLines appends text in which only line breaks and control characters
// need care (section 2.11).
func appendLines(dst, raw []byte) []byte {
	for i, c := range raw {
		switch {
		case c == '\r':
			if i+1 < len(raw) && raw[i+1] == '\n' {
				continue
			}
			dst = append(dst, '\n')
		case c < ' ' && c != '\n' && c != '\t':
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// appendStart appends the start tag that was just read, in HTML's spelling:
// there a prefix has no meaning.
func (s *scanner) appendStart(dst []byte) []byte {
	bare := false
	if s.name.prefix != "" {
		switch s.space() {
		case spaceXHTML, spaceSVG, spaceMathML:
			bare = true
		}
	}
	s.open[len(s.open)-1].bare = bare
	base := s.declaredBase()
	dst = append(dst, '<')
	dst = append(dst, s.name.shown(bare)...)
	for _, a := range s.attributes {
		name := a.name.full
		switch {
		case name == "xmlns":
			continue
		case a.name.prefix == "":
		case s.spaceOf(a.name.prefix) == spaceXLink:
			name = "xlink:" + a.name.own
		default:
			continue
		}
		value := s.decodeAttribute(a.raw)
		if base != nil {
			if resolved, ok := rebaseAttribute(s.name.local, strings.ToLower(name), value, base); ok {
				value = resolved
			}
		}
		dst = append(dst, ' ')
		dst = append(dst, name...)
		dst = append(dst, '=', '"')
		dst = append(appendQuoted(dst, value), '"')
	}
	return append(dst, '>')
}

// appendEnd appends the end tag that was just read, unless the element is one
// of those that have none and is empty.
func (s *scanner) appendEnd(dst []byte, empty bool) []byte {
	if empty && s.name.void {
		return dst
	}
	dst = append(dst, '<', '/')
	dst = append(dst, s.name.shown(s.bare)...)
	return append(dst, '>')
}

// shown is the name in content: without a prefix that stands for what HTML has.
func (n *name) shown(bare bool) string {
	if bare {
		return n.own
	}
	return n.full
}

// appendAs appends text as HTML.
func appendAs(dst, text []byte, isHTML bool) []byte {
	if isHTML {
		return append(dst, text...)
	}
	for _, c := range text {
		switch c {
		case '&':
			dst = append(dst, "&amp;"...)
		case '<':
			dst = append(dst, "&lt;"...)
		case '>':
			dst = append(dst, "&gt;"...)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

func appendQuoted(dst []byte, text string) []byte {
	for i := range len(text) {
		switch c := text[i]; c {
		case '&':
			dst = append(dst, "&amp;"...)
		case '"':
			dst = append(dst, "&quot;"...)
		case '<':
			dst = append(dst, "&lt;"...)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
