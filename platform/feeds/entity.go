package feeds

import (
	"bytes"
	"html"
	"strconv"
	"strings"
	"unicode"
)

// Limits of what entities of a document's own may become, in bytes.
const (
	maxLiteral  = 4 << 10 // of what is written in the declaration
	maxGrowth   = 1 << 10 // by which others in it make one longer
	maxExpanded = 1 << 20 // of all, wherever they are used
)

// entity is a general entity that the document type declares (XML 1.0, section
// 4.2), and what it stands for once that was asked for.
type entity struct {
	literal  []byte // nil for one that is not in the document
	value    string
	expanded bool
	useless  bool // it has no value, contains itself, or grows too large
}

// declared collects the entities of an internal subset. The first declaration
// of a name counts. What is outside of the document is never fetched.
func (s *scanner) declared(subset []byte) {
	for {
		_, after, ok := bytes.Cut(subset, []byte("<!ENTITY"))
		if !ok {
			return
		}
		subset = after
		word := bytes.TrimLeft(after, " \t\r\n")
		parameter := len(word) > 0 && word[0] == '%'
		word = bytes.TrimLeft(word, " \t\r\n%")
		n := nameLength(word)
		if n == 0 || len(s.entities) >= maxNames || s.entities[string(word[:n])] != nil {
			continue
		}
		e := &entity{useless: true}
		if rest := bytes.TrimLeft(word[n:], " \t\r\n"); !parameter && len(rest) > 0 && (rest[0] == '"' || rest[0] == '\'') {
			if end := bytes.IndexByte(rest[1:], rest[0]); end >= 0 && end <= maxLiteral {
				e.literal, e.useless = rest[1:1+end], false
			}
		}
		if s.entities == nil {
			s.entities = map[string]*entity{}
		}
		s.entities[string(word[:n])] = e
	}
}

// expand returns what an entity of the document's own stands for, as text: its
// elements, too, are told as they are written.
func (s *scanner) expand(e *entity) (string, bool) {
	if !e.expanded && !e.useless {
		e.useless = true // as long as it is not finished
		literal := numericOnly(e.literal)
		if at, _ := s.useless(literal); at < 0 {
			value := string(s.appendText(nil, literal))
			if len(value) <= len(literal)+maxGrowth {
				e.value, e.expanded, e.useless = value, true, false
			}
		}
	}
	if s.grown += len(e.value); s.grown > maxExpanded {
		e.useless = true
	}
	return e.value, !e.useless
}

// useless finds the first reference to a declared entity that stands for
// nothing: its place, and its name. It is -1 if there is none.
func (s *scanner) useless(run []byte) (at int, name []byte) {
	for i := 0; i < len(run); {
		next := bytes.IndexByte(run[i:], '&')
		if next < 0 {
			break
		}
		i += next + 1
		n := nameLength(run[i:])
		if i+n >= len(run) || run[i+n] != ';' || s.entities[string(run[i:i+n])] == nil {
			continue
		}
		if _, ok := s.reference(run[i : i+n]); !ok {
			return i - 1, run[i : i+n]
		}
	}
	return -1, nil
}

// numericOnly resolves the numeric references of a literal (section 4.5): the
// others count where the entity is used.
func numericOnly(literal []byte) []byte {
	if !bytes.Contains(literal, []byte("&#")) {
		return literal
	}
	var out []byte
	for {
		before, after, ok := bytes.Cut(literal, []byte("&#"))
		out = append(out, before...)
		if !ok {
			return out
		}
		literal = after
		if end := bytes.IndexByte(after[:min(len(after), maxReference)], ';'); end > 0 {
			if value, ok := character(after[:end]); ok {
				out = append(out, value...)
				literal = after[end+1:]
				continue
			}
		}
		out = append(out, "&#"...)
	}
}

// appendText appends text with its references resolved. What is no reference,
// or one to something unknown, stays as it is written.
func (s *scanner) appendText(dst, raw []byte) []byte {
	for {
		i := bytes.IndexByte(raw, '&')
		if i < 0 {
			return appendLines(dst, raw)
		}
		dst = appendLines(dst, raw[:i])
		raw = raw[i+1:]
		end := bytes.IndexByte(raw[:min(len(raw), maxReference)], ';')
		if end > 0 {
			if value, ok := s.reference(raw[:end]); ok {
				dst = append(dst, value...)
				raw = raw[end+1:]
				continue
			}
		}
		dst = append(dst, '&')
	}
}

// maxReference is the length of the longest reference that is looked up.
const maxReference = 40

// reference returns what a reference without its "&" and ";" stands for.
func (s *scanner) reference(ref []byte) (string, bool) {
	switch string(ref) {
	case "amp":
		return "&", true
	case "lt":
		return "<", true
	case "gt":
		return ">", true
	case "quot":
		return `"`, true
	case "apos":
		return "'", true
	case "nbsp": // clients of the reference server get an ordinary blank
		return " ", true
	}
	if e := s.entities[string(ref)]; e != nil {
		if value, ok := s.expand(e); ok {
			return value, true
		}
	}
	switch string(ref) {
	case "acirc": // and, in what that server reads, the capital letter
		if s.root == "rss" {
			return "Â", true
		}
	case "wj":
		return "\u2060", true
	case "semi":
		return ";", true
	}
	if len(ref) > 1 && ref[0] == '#' {
		return character(ref[1:])
	}
	for _, c := range ref {
		if !isAlphanumeric(c) {
			return "", false
		}
	}
	written := "&" + string(ref) + ";"
	value := html.UnescapeString(written)
	// A ";" that is left shows that only the beginning was known.
	return value, !strings.HasSuffix(value, ";")
}

// character resolves "8364" and "x20AC". A number that is no character of XML
// stands for nothing, and one of a control character from 128 to 159 for the
// character that windows-1252 has there (HTML Standard, section 13.2.5.80).
func character(digits []byte) (string, bool) {
	base := 10
	if digits[0] == 'x' || digits[0] == 'X' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(string(digits), base, 32)
	if err != nil && len(digits) < 9 || len(digits) == 0 {
		return "", false
	}
	switch {
	case err != nil || n > unicode.MaxRune || n >= 0xD800 && n < 0xE000:
		return "\uFFFD", true
	case n < ' ' && n != '\n' && n != '\t' && n != '\r' || n == 0xFFFE || n == 0xFFFF:
		return "", true
	case n >= 0x80 && n < 0xA0:
		return html.UnescapeString("&#" + strconv.FormatUint(n, 10) + ";"), true
	}
	return string(rune(n)), true
}
