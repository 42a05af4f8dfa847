package xml

import "unicode/utf8"

// String is the element as XML. It is for tests and errors; streams use Append.
func (e *Element) String() string { return string(e.Append(nil)) }

// Append appends the element as XML to dst: names, prefixes and attributes as
// they are, none added, childless elements closed at once. A character that XML
// cannot say becomes U+FFFD: whoever makes an element of a stranger's text asks
// Valid first.
func (e *Element) Append(dst []byte) []byte {
	dst = e.AppendStart(dst)
	if len(e.Children) == 0 {
		return append(dst[:len(dst)-1], "/>"...)
	}
	for _, n := range e.Children {
		if n.Element != nil {
			dst = n.Element.Append(dst)
			continue
		}
		dst = appendEscaped(dst, n.Text, false)
	}
	dst = append(dst, "</"...)
	dst = append(dst, e.Name...)
	return append(dst, '>')
}

// AppendStart appends the start tag alone, as a stream's header is written.
func (e *Element) AppendStart(dst []byte) []byte {
	dst = append(dst, '<')
	dst = append(dst, e.Name...)
	for _, a := range e.Attrs {
		dst = append(dst, ' ')
		dst = append(dst, a.Name...)
		dst = append(dst, `="`...)
		dst = appendEscaped(dst, a.Value, true)
		dst = append(dst, '"')
	}
	return append(dst, '>')
}

// appendEscaped writes a text or, with quotes and blanks that a reader would
// change, a value.
func appendEscaped(dst []byte, s string, value bool) []byte {
	from := 0
	for i := 0; i < len(s); {
		c, size, with := s[i], 1, ""
		switch {
		case c == '&':
			with = "&amp;"
		case c == '<':
			with = "&lt;"
		case c == '>':
			with = "&gt;"
		case c == '\r':
			with = "&#13;"
		case value && c == '"':
			with = "&quot;"
		case value && c == '\'':
			with = "&apos;"
		case value && c == '\n':
			with = "&#10;"
		case value && c == '\t':
			with = "&#9;"
		case c < 0x20 && c != '\t' && c != '\n':
			with = "\uFFFD"
		case c >= utf8.RuneSelf:
			var r rune
			if r, size = utf8.DecodeRuneInString(s[i:]); r == utf8.RuneError && size == 1 || !isChar(r) {
				with = "\uFFFD"
			}
		}
		if with != "" {
			dst = append(append(dst, s[from:i]...), with...)
			from = i + size
		}
		i += size
	}
	return append(dst, s[from:]...)
}
