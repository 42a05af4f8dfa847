package activity

import (
	"math"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// MaxDepth is how deep lists and objects may be nested in a text. Activities
// are four or five levels deep; what is deeper only costs stack.
const MaxDepth = 64

// SyntaxError reports a text that is not JSON, or nested too deep.
type SyntaxError struct {
	Offset int    // of the byte at which reading stopped
	Reason string // what was expected or found; nothing of the text itself
}

func (e *SyntaxError) Error() string {
	return "invalid JSON at byte " + strconv.Itoa(e.Offset) + ": " + e.Reason
}

// Parse reads a JSON value (RFC 8259) that may have blanks around it and
// nothing else. The value is nil, bool, float64, string, []any or *Object. It
// keeps no reference to data, but one copy of it: every string without escapes
// is a part of that copy.
//
// Numbers are doubles, as in JavaScript; one too large for a double is infinite
// and is written as null. Bytes that are not UTF-8 become U+FFFD, as in every
// browser. A surrogate escape without its other half stays what it is: in the
// string it is the three bytes that UTF-8 would need for it (WTF-8), and
// AppendJSON writes it as an escape again.
func Parse(data []byte) (any, error) {
	src := string(data)
	if !utf8.ValidString(src) {
		src = replaceInvalid(src)
	}
	open := stacks.Get().(*stack)
	defer func() {
		*open = stack{} // no references, also after an error
		stacks.Put(open)
	}()
	r := reader{src: src, members: open.members[:0], values: open.values[:0]}
	r.blanks()
	v := r.value(nil, 0)
	r.blanks()
	if r.err == nil && r.pos < len(r.src) {
		r.fail("unexpected text after the value")
	}
	if r.err != nil {
		return nil, r.err
	}
	return v, nil
}

// ParseObject is Parse for a text that must be an object.
func ParseObject(data []byte) (*Object, error) {
	v, err := Parse(data)
	if err != nil {
		return nil, err
	}
	o, ok := v.(*Object)
	if !ok {
		return nil, &SyntaxError{0, "the value is not an object"}
	}
	return o, nil
}

// stack is where members and elements of what is open are kept, of a small text.
type stack struct {
	members [16]Member
	values  [8]any
}

var stacks = sync.Pool{New: func() any { return new(stack) }}

// reader walks the text once. Members and elements of what is still open are
// stacked in two slices; what closes is cut from slabs, so that a small message
// costs one allocation for all its members and one for all its objects.
type reader struct {
	src string
	pos int
	err *SyntaxError // the first one; everything returns at once after it

	// loose counts what AppendJSON would write in another form: blanks,
	// needless escapes, long numbers, double names. An object during which it
	// did not grow can be copied as it stands.
	loose int

	members []Member
	values  []any
	slab    []Member
	objects []Object
}

func (r *reader) value(parent *Object, depth int) any {
	if r.pos >= len(r.src) {
		r.fail("unexpected end")
		return nil
	}
	switch c := r.src[r.pos]; c {
	case '{':
		return r.object(parent, depth+1)
	case '[':
		return r.list(parent, depth+1)
	case '"':
		return r.text()
	case 't':
		r.word("true")
		return true
	case 'f':
		r.word("false")
		return false
	case 'n':
		r.word("null")
		return nil
	default:
		if c == '-' || c >= '0' && c <= '9' {
			return r.number()
		}
		r.fail("expected a value")
		return nil
	}
}

func (r *reader) object(parent *Object, depth int) any {
	start, loose, base := r.pos, r.loose, len(r.members)
	if !r.enter(depth) {
		return nil
	}
	o := r.newObject()
	o.parent = parent
	for first := true; !r.closes('}', first); first = false {
		if r.pos >= len(r.src) || r.src[r.pos] != '"' {
			r.fail("expected a member's name")
			break
		}
		name := r.text()
		r.blanks()
		if r.pos >= len(r.src) || r.src[r.pos] != ':' {
			r.fail("expected ':' after a member's name")
			break
		}
		r.pos++
		r.blanks()
		v := r.value(o, depth)
		r.members = append(r.members, Member{name, v})
		r.blanks()
	}
	if r.err != nil {
		return nil
	}
	o.members = r.cut(r.members[base:])
	clear(r.members[base:])
	r.members = r.members[:base]
	if !o.arrange() {
		r.loose++
	}
	if r.loose == loose {
		o.raw = r.src[start:r.pos]
	}
	return o
}

func (r *reader) list(parent *Object, depth int) any {
	base := len(r.values)
	if !r.enter(depth) {
		return nil
	}
	for first := true; !r.closes(']', first); first = false {
		r.values = append(r.values, r.value(parent, depth))
		r.blanks()
	}
	if r.err != nil {
		return nil
	}
	list := make([]any, len(r.values)-base)
	copy(list, r.values[base:])
	clear(r.values[base:])
	r.values = r.values[:base]
	return list
}

// enter steps into the object or list that opens here.
func (r *reader) enter(depth int) bool {
	if depth > MaxDepth {
		r.fail("nested deeper than " + strconv.Itoa(MaxDepth) + " levels")
		return false
	}
	r.pos++
	r.blanks()
	return true
}

// closes reports whether the object or list ends here, by end or by an error;
// else it has stepped over the comma before the next member or element.
func (r *reader) closes(end byte, first bool) bool {
	if r.err != nil {
		return true
	}
	if r.pos >= len(r.src) {
		r.fail("unexpected end")
		return true
	}
	switch c := r.src[r.pos]; {
	case c == end:
		r.pos++
		return true
	case first:
		return false
	case c == ',':
		r.pos++
		r.blanks()
		return false
	}
	r.fail("expected ',' or '" + string(end) + "'")
	return true
}

func (r *reader) newObject() *Object {
	if len(r.objects) == cap(r.objects) {
		r.objects = make([]Object, 0, 4)
	}
	r.objects = r.objects[:len(r.objects)+1]
	return &r.objects[len(r.objects)-1]
}

// cut copies members into the slab. Their capacity ends with them, so that a
// later append moves them instead of overwriting a neighbour's.
func (r *reader) cut(members []Member) []Member {
	n := len(members)
	if n == 0 {
		return nil
	}
	if cap(r.slab)-len(r.slab) < n {
		r.slab = make([]Member, 0, max(n, 12))
	}
	at := len(r.slab)
	r.slab = append(r.slab, members...)
	return r.slab[at : at+n : at+n]
}

func (r *reader) word(w string) {
	if !strings.HasPrefix(r.src[r.pos:], w) {
		r.fail("expected a value")
		return
	}
	r.pos += len(w)
}

func (r *reader) number() any {
	start := r.pos
	negative := r.src[r.pos] == '-'
	if negative {
		r.pos++
	}
	whole := r.pos
	if !r.digits() {
		r.fail("expected a digit")
		return nil
	}
	if r.src[whole] == '0' && r.pos > whole+1 {
		r.pos = whole + 1
		r.fail("a number must not begin with 0")
		return nil
	}
	integer := true
	if r.pos < len(r.src) && r.src[r.pos] == '.' {
		integer = false
		r.pos++
		if !r.digits() {
			r.fail("expected a digit")
			return nil
		}
	}
	if r.pos < len(r.src) && (r.src[r.pos]|0x20) == 'e' {
		integer = false
		r.pos++
		if r.pos < len(r.src) && (r.src[r.pos] == '+' || r.src[r.pos] == '-') {
			r.pos++
		}
		if !r.digits() {
			r.fail("expected a digit")
			return nil
		}
	}
	text := r.src[start:r.pos]
	// Fifteen digits are exact in a double and are written as they stand.
	if integer && r.pos-whole <= 15 && text != "-0" {
		n, _ := strconv.ParseInt(text, 10, 64)
		return float64(n)
	}
	// The grammar was checked: the only error left is a number out of range,
	// for which ParseFloat returns an infinity as JavaScript does.
	f, _ := strconv.ParseFloat(text, 64)
	var scratch [32]byte
	if string(appendNumber(scratch[:0], f)) != text {
		r.loose++
	}
	return f
}

func (r *reader) digits() bool {
	start := r.pos
	for r.pos < len(r.src) && r.src[r.pos]-'0' <= 9 {
		r.pos++
	}
	return r.pos > start
}

func (r *reader) blanks() {
	start := r.pos
	for r.pos < len(r.src) {
		switch r.src[r.pos] {
		case ' ', '\t', '\n', '\r':
			r.pos++
			continue
		}
		break
	}
	if r.pos > start {
		r.loose++
	}
}

// text reads the string that begins here.
func (r *reader) text() string {
	r.pos++
	start := r.pos
	for r.pos < len(r.src) {
		switch c := r.src[r.pos]; {
		case c == '"':
			r.pos++
			return r.src[start : r.pos-1]
		case c == '\\':
			return r.escaped(start)
		case c < ' ':
			r.fail("control character in a string")
			return ""
		}
		r.pos++
	}
	r.fail("string without an end")
	return ""
}

// escaped reads the rest of a string that begins at start and has its first
// escape here.
func (r *reader) escaped(start int) string {
	buf := append(make([]byte, 0, 2*(r.pos-start)+32), r.src[start:r.pos]...)
	for r.pos < len(r.src) {
		c := r.src[r.pos]
		switch {
		case c == '"':
			r.pos++
			s := string(buf)
			if !writtenAs(s, r.src[start:r.pos-1]) {
				r.loose++
			}
			return s
		case c < ' ':
			r.fail("control character in a string")
			return ""
		case c != '\\':
			buf = append(buf, c)
			r.pos++
			continue
		}
		r.pos++
		if r.pos >= len(r.src) {
			break
		}
		switch c := r.src[r.pos]; c {
		case '"', '\\', '/':
			buf = append(buf, c)
		case 'b':
			buf = append(buf, '\b')
		case 'f':
			buf = append(buf, '\f')
		case 'n':
			buf = append(buf, '\n')
		case 'r':
			buf = append(buf, '\r')
		case 't':
			buf = append(buf, '\t')
		case 'u':
			u, ok := r.hex4(r.pos + 1)
			if !ok {
				r.fail("expected four hexadecimal digits after \\u")
				return ""
			}
			r.pos += 4
			if isHighSurrogate(u) && strings.HasPrefix(r.src[r.pos+1:], `\u`) {
				if low, ok := r.hex4(r.pos + 3); ok && isLowSurrogate(low) {
					u = 0x10000 + (u-0xD800)<<10 + (low - 0xDC00)
					r.pos += 6
				}
			}
			buf = appendWTF8(buf, u)
		default:
			r.fail("unknown escape in a string")
			return ""
		}
		r.pos++
	}
	r.fail("string without an end")
	return ""
}

func (r *reader) hex4(at int) (rune, bool) {
	if at+4 > len(r.src) {
		return 0, false
	}
	var u rune
	for _, c := range []byte(r.src[at : at+4]) {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		u = u<<4 | rune(c)
	}
	return u, true
}

func (r *reader) fail(reason string) {
	if r.err == nil {
		r.err = &SyntaxError{r.pos, reason}
	}
}

func isHighSurrogate(u rune) bool { return u >= 0xD800 && u <= 0xDBFF }
func isLowSurrogate(u rune) bool  { return u >= 0xDC00 && u <= 0xDFFF }

// appendWTF8 is utf8.AppendRune that also encodes surrogates.
func appendWTF8(dst []byte, u rune) []byte {
	if u >= 0xD800 && u <= 0xDFFF {
		return append(dst, 0xED, byte(0x80|u>>6&0x3F), byte(0x80|u&0x3F))
	}
	return utf8.AppendRune(dst, u)
}

// replaceInvalid returns s with U+FFFD for every maximal part that is no UTF-8
// (Unicode 15, section 3.9, "U+FFFD Substitution of Maximal Subparts").
func replaceInvalid(s string) string {
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := 0; i < len(s); {
		u, n := utf8.DecodeRuneInString(s[i:])
		if u == utf8.RuneError && n == 1 {
			n = maximalSubpart(s[i:])
		}
		b.WriteRune(u)
		i += n
	}
	return b.String()
}

// maximalSubpart is how many bytes at the start of s are the beginning of some
// well-formed sequence, at least one.
func maximalSubpart(s string) int {
	var follow int
	low, high := byte(0x80), byte(0xBF)
	switch c := s[0]; {
	case c >= 0xC2 && c <= 0xDF:
		follow = 1
	case c >= 0xE0 && c <= 0xEF:
		follow = 2
		switch c {
		case 0xE0:
			low = 0xA0
		case 0xED:
			high = 0x9F
		}
	case c >= 0xF0 && c <= 0xF4:
		follow = 3
		switch c {
		case 0xF0:
			low = 0x90
		case 0xF4:
			high = 0x8F
		}
	}
	n := 1
	for n <= follow && n < len(s) && s[n] >= low && s[n] <= high {
		low, high = 0x80, 0xBF
		n++
	}
	return n
}

// appendNumber appends f as JavaScript's JSON.stringify writes it.
func appendNumber(dst []byte, f float64) []byte {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return append(dst, "null"...)
	}
	if f == 0 {
		return append(dst, '0') // also for -0
	}
	if n := int64(f); float64(n) == f && n < 1<<53 && n > -1<<53 {
		return strconv.AppendInt(dst, n, 10)
	}
	format := byte('f')
	if abs := math.Abs(f); abs < 1e-6 || abs >= 1e21 {
		format = 'e'
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, format, -1, 64)
	// Go writes at least two digits of exponent: 1e-07 is 1e-7 in JavaScript.
	if n := len(dst); format == 'e' && n-start >= 4 && dst[n-4] == 'e' && dst[n-2] == '0' {
		dst[n-2] = dst[n-1]
		dst = dst[:n-1]
	}
	return dst
}
