package socketio

import (
	"errors"
	"strconv"
)

// maxDepth is how deep an argument may nest: handlers are bound to recurse over
// it.
const maxDepth = 200

var (
	errJSON        = errors.New("not JSON")
	errPlaceholder = errors.New("a placeholder for no attachment")
)

// splitArray returns the elements of a JSON array, as parts of b, appended to
// dst. It checks the whole of b, and with attachments that each placeholder
// names one of them. Without attachments "_placeholder" is a word like any other.
func splitArray(dst [][]byte, b []byte, attachments int) ([][]byte, error) {
	s := scanner{b: b, attachments: attachments}
	s.blanks()
	if !s.take('[') {
		return dst, errJSON
	}
	s.blanks()
	if s.take(']') {
		return dst, s.end()
	}
	for {
		s.blanks()
		start := s.i
		if !s.value(1) {
			if s.misplaced {
				return dst, errPlaceholder
			}
			return dst, errJSON
		}
		dst = append(dst, b[start:s.i:s.i])
		s.blanks()
		if s.take(',') {
			continue
		}
		if !s.take(']') {
			return dst, errJSON
		}
		return dst, s.end()
	}
}

// isObject reports whether b is a JSON object.
func isObject(b []byte) bool {
	s := scanner{b: b}
	s.blanks()
	return s.i < len(b) && b[s.i] == '{' && s.value(1) && s.end() == nil
}

// member returns a string member of a JSON object that isObject has checked;
// of several the last, as everywhere in JavaScript.
func member(object []byte, name string) string {
	s := scanner{b: object}
	s.blanks()
	s.take('{')
	found := ""
	for {
		s.blanks()
		key, value, ok := s.member(0)
		if !ok {
			return found
		}
		if unquote(key) == name {
			found = ""
			if value[0] == '"' {
				found = unquote(value)
			}
		}
		s.blanks()
		if !s.take(',') {
			return found
		}
	}
}

// scanner walks over JSON text (RFC 8259) and keeps nothing of it.
type scanner struct {
	b           []byte
	i           int
	attachments int  // that placeholders may name; 0: they are not looked for
	misplaced   bool // one names none
}

func (s *scanner) blanks() {
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case ' ', '\t', '\n', '\r':
			s.i++
		default:
			return
		}
	}
}

func (s *scanner) take(c byte) bool {
	if s.i < len(s.b) && s.b[s.i] == c {
		s.i++
		return true
	}
	return false
}

func (s *scanner) end() error {
	s.blanks()
	if s.i < len(s.b) {
		return errJSON
	}
	return nil
}

func (s *scanner) value(depth int) bool {
	if s.i >= len(s.b) || depth > maxDepth {
		return false
	}
	switch c := s.b[s.i]; c {
	case '{':
		return s.object(depth)
	case '[':
		return s.array(depth)
	case '"':
		return s.text()
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	default:
		return s.number()
	}
}

func (s *scanner) array(depth int) bool {
	s.i++
	s.blanks()
	if s.take(']') {
		return true
	}
	for {
		s.blanks()
		if !s.value(depth + 1) {
			return false
		}
		s.blanks()
		if !s.take(',') {
			return s.take(']')
		}
	}
}

func (s *scanner) object(depth int) bool {
	var marked bool // as a placeholder
	var num []byte
	s.i++
	s.blanks()
	if s.take('}') {
		return true
	}
	for {
		s.blanks()
		key, value, ok := s.member(depth)
		if !ok {
			return false
		}
		if s.attachments > 0 {
			switch unquote(key) {
			case "_placeholder":
				marked = string(value) == "true"
			case "num":
				num = value
			}
		}
		s.blanks()
		if s.take(',') {
			continue
		}
		s.misplaced = marked && !s.attached(num)
		return !s.misplaced && s.take('}')
	}
}

// member walks over one member of an object, and returns where its parts are.
func (s *scanner) member(depth int) (key, value []byte, ok bool) {
	start := s.i
	if s.i >= len(s.b) || s.b[s.i] != '"' || !s.text() {
		return nil, nil, false
	}
	key = s.b[start:s.i]
	s.blanks()
	if !s.take(':') {
		return nil, nil, false
	}
	s.blanks()
	start = s.i
	ok = s.value(depth + 1)
	return key, s.b[start:s.i], ok
}

// attached reports whether num is the number of an attachment.
func (s *scanner) attached(num []byte) bool {
	n := digits(num)
	if n == 0 || n != len(num) {
		return false
	}
	index, err := strconv.Atoi(string(num))
	return err == nil && index < s.attachments
}

func (s *scanner) word(w string) bool {
	if len(s.b)-s.i < len(w) || string(s.b[s.i:s.i+len(w)]) != w {
		return false
	}
	s.i += len(w)
	return true
}

func (s *scanner) number() bool {
	s.take('-')
	if !s.take('0') && !s.digits() {
		return false
	}
	if s.take('.') && !s.digits() {
		return false
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		return s.digits()
	}
	return true
}

func (s *scanner) digits() bool {
	n := digits(s.b[s.i:])
	s.i += n
	return n > 0
}

func (s *scanner) text() bool {
	for s.i++; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return true
		case c < ' ':
			return false
		case c == '\\':
			s.i++
			if s.i >= len(s.b) || !s.escape() {
				return false
			}
		}
	}
	return false
}

func (s *scanner) escape() bool {
	switch s.b[s.i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		if len(s.b)-s.i < 5 {
			return false
		}
		for _, c := range s.b[s.i+1 : s.i+5] {
			if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
				return false
			}
		}
		s.i += 4
		return true
	}
	return false
}
