package contentline

import (
	"iter"
	"strings"
)

// Param is a parameter as it is written.
type Param struct {
	Name  string // "TYPE"; "" for a word alone, as vCard 2.1 writes types
	Value string // with its quotes and escapes: `"x;y",WORK`

	start, end int // of the whole parameter in the line, without its semicolon
}

// Params goes through the parameters in their order.
func (l *Line) Params() iter.Seq[Param] {
	return func(yield func(Param) bool) {
		if l.value == 0 {
			return
		}
		end := int(l.value) - 1
		for start := int(l.nameEnd) + 1; start <= end; {
			stop := start
			for quoted := false; stop < end && (quoted || l.text[stop] != ';'); stop++ {
				if l.text[stop] == '"' {
					quoted = !quoted
				}
			}
			p := Param{Value: l.text[start:stop], start: start, end: stop}
			if i := strings.IndexByte(p.Value, '='); i >= 0 {
				p.Name, p.Value = p.Value[:i], p.Value[i+1:]
			}
			if !yield(p) {
				return
			}
			start = stop + 1
		}
	}
}

// Param returns the value of the last parameter with a name, given in upper
// case, without quotes and escapes; "" when there is none.
func (l *Line) Param(name string) string {
	if int(l.value) <= int(l.nameEnd)+1 {
		return ""
	}
	found := ""
	for p := range l.Params() {
		if len(p.Name) == len(name) && strings.EqualFold(p.Name, name) {
			found = p.Value
		}
	}
	return Unquote(found)
}

// Values goes through the parts of a parameter's value that commas outside of
// quotes separate, each without quotes and escapes.
func (p Param) Values() iter.Seq[string] {
	return func(yield func(string) bool) {
		for rest, more := p.Value, true; more; {
			end := 0
			for quoted := false; end < len(rest) && (quoted || rest[end] != ','); end++ {
				if rest[end] == '"' {
					quoted = !quoted
				}
			}
			if !yield(Unquote(rest[:end])) {
				return
			}
			if more = end < len(rest); more {
				rest = rest[end+1:]
			}
		}
	}
}

// Unquote takes the quotes around a parameter's value away and decodes the
// escapes of RFC 6868: ^n, ^' and ^^. Bytes that are not UTF-8 become U+FFFD.
func Unquote(s string) string {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		s = s[1 : len(s)-1]
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	if strings.IndexByte(s, '^') < 0 {
		return s
	}
	return unquoter.Replace(s)
}

var unquoter = strings.NewReplacer("^n", "\n", "^N", "\n", "^'", `"`, "^^", "^")

// Quote encodes a parameter's value: escapes of RFC 6868, and quotes around
// what has a blank or a character that would end the value. Control characters
// cannot be written and are left out.
func Quote(s string) string {
	s = quoter.Replace(Clean(s))
	if strings.ContainsAny(s, ",:; \t") {
		return `"` + s + `"`
	}
	return s
}

var quoter = strings.NewReplacer("^", "^^", "\r\n", "^n", "\r", "^n", "\n", "^n", `"`, "^'")
