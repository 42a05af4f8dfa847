package xml

import (
	"bytes"
	"unicode/utf8"
)

// Valid reports whether XML can say s: it is UTF-8 and has no control
// characters but tab, line feed and carriage return (XML 1.0, "Char").
func Valid(s string) bool {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return false
			}
		}
		if !isChar(r) {
			return false
		}
	}
	return true
}

func isChar(r rune) bool {
	return r >= 0x20 && r != 0xFFFE && r != 0xFFFF || r == '\t' || r == '\n' || r == '\r'
}

// special are the bytes that resolve cannot pass over.
var special = func() (is [256]bool) {
	for c := range is {
		is[c] = c < 0x20 && c != '\t' && c != '\n' || c == '&' || c == '<' || c == '>' || c >= utf8.RuneSelf
	}
	is['\t'], is['\n'] = false, false
	return is
}()

// resolve replaces entities and ends of lines in place (it never gets longer)
// and checks all characters. In a value blanks of all kinds are spaces (XML 1.0,
// section 3.3.3).
func resolve(raw []byte, value bool) ([]byte, error) {
	i := 0
	for i < len(raw) && !special[raw[i]] && !(value && (raw[i] == '\t' || raw[i] == '\n')) {
		i++
	}
	out := raw[:i]
	for i < len(raw) {
		c := raw[i]
		switch {
		case c == '&':
			r, size, err := reference(raw[i:])
			if err != nil {
				return nil, err
			}
			out = utf8.AppendRune(out, r)
			i += size
			continue
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRune(raw[i:])
			if r == utf8.RuneError && size == 1 || !isChar(r) {
				return nil, notWellFormed("bytes that are no characters")
			}
			out = append(out, raw[i:i+size]...)
			i += size
			continue
		case c == '<':
			return nil, notWellFormed("a < in a value")
		case c == '>' && !value && bytes.HasSuffix(raw[:i], []byte("]]")):
			return nil, notWellFormed("]]> in a text")
		case c == '\r':
			if i+1 < len(raw) && raw[i+1] == '\n' {
				i++
			}
			if c = '\n'; value {
				c = ' '
			}
		case value && (c == '\t' || c == '\n'):
			c = ' '
		case c < 0x20 && c != '\t' && c != '\n':
			return nil, notWellFormed("a control character")
		}
		out = append(out, c)
		i++
	}
	return out, nil
}

// literal is resolve for a CDATA section, which has no entities.
func literal(raw []byte) ([]byte, error) {
	out := raw[:0]
	for i := 0; i < len(raw); {
		r, size := utf8.DecodeRune(raw[i:])
		if r == utf8.RuneError && size == 1 || !isChar(r) {
			return nil, notWellFormed("bytes that are no characters")
		}
		if r == '\r' {
			if i+1 < len(raw) && raw[i+1] == '\n' {
				i++
			}
			out = append(out, '\n')
			i++
			continue
		}
		out = append(out, raw[i:i+size]...)
		i += size
	}
	return out, nil
}

// maxReference is the longest reference to a character, with zeros in front.
const maxReference = 16

// reference reads "&amp;", "&#38;" or "&#x26;" at the start of raw.
func reference(raw []byte) (r rune, size int, err error) {
	end := bytes.IndexByte(raw[:min(len(raw), maxReference)], ';')
	if end < 0 {
		return 0, 0, notWellFormed("a & that begins no entity")
	}
	name := raw[1:end]
	switch string(name) {
	case "amp":
		return '&', end + 1, nil
	case "lt":
		return '<', end + 1, nil
	case "gt":
		return '>', end + 1, nil
	case "quot":
		return '"', end + 1, nil
	case "apos":
		return '\'', end + 1, nil
	}
	if len(name) == 0 || name[0] != '#' {
		return 0, 0, restricted("an entity of its own")
	}
	base, digits := rune(10), name[1:]
	if len(digits) > 0 && digits[0] == 'x' {
		base, digits = 16, digits[1:]
	}
	if len(digits) == 0 {
		return 0, 0, notWellFormed("a reference to no character")
	}
	for _, c := range digits {
		d := digit(c)
		if d >= base || r > utf8.MaxRune {
			return 0, 0, notWellFormed("a reference to no character")
		}
		r = r*base + d
	}
	if !isChar(r) || !utf8.ValidRune(r) {
		return 0, 0, notWellFormed("a reference to a character that XML forbids")
	}
	return r, end + 1, nil
}

func digit(c byte) rune {
	switch {
	case c >= '0' && c <= '9':
		return rune(c - '0')
	case c >= 'a' && c <= 'f':
		return rune(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return rune(c-'A') + 10
	}
	return 99
}
