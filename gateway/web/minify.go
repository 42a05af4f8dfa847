package web

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// minify removes the comments, the indentation and the blanks between tokens
// of a script. Names stay, and so does every line break that may end a
// statement (ECMA-262, section 12.10): what it leaves means the same.
func minify(script []byte) []byte {
	m := minifier{src: script, out: make([]byte, 0, len(script))}
	for m.gap(); m.pos < len(m.src); m.gap() {
		m.token()
	}
	return m.out
}

// minifier reads tokens from src and writes them to out.
type minifier struct {
	src []byte
	pos int
	out []byte

	blank, newline bool // what stood between the last token and the next

	prev    string    // the last token; "" at the beginning
	value   bool      // it ended a value: a slash after it divides
	wordly  bool      // it was a word, number or regular expression
	opening []bracket // the brackets that are open
}

// bracket remembers what follows its closing half.
type bracket struct {
	text  byte // ( [ { or, inside a template, $
	value bool // what it closes is a value
}

// gap skips blanks and comments.
func (m *minifier) gap() {
	m.blank, m.newline = false, false
	for m.pos < len(m.src) {
		rest := m.src[m.pos:]
		size := 0
		switch {
		case bytes.IndexByte([]byte(" \t\v\f\r\n"), rest[0]) >= 0:
			size = 1
		case bytes.HasPrefix(rest, []byte("//")):
			// The line break is a gap of its own.
			if size = bytes.IndexByte(rest, '\n'); size < 0 {
				size = len(rest)
			}
		case bytes.HasPrefix(rest, []byte("/*")):
			end := bytes.Index(rest[2:], []byte("*/"))
			if size = end + 4; end < 0 {
				size = len(rest)
			}
		default:
			return
		}
		m.blank = true
		m.newline = m.newline || bytes.IndexByte(rest[:size], '\n') >= 0
		m.pos += size
	}
}

func (m *minifier) token() {
	rest := m.src[m.pos:]
	switch c := rest[0]; {
	case c == '"' || c == '\'':
		m.write(quoted(rest), true, false)
	case c == '`':
		m.template("`", 1)
	case c == '/' && !m.value:
		m.write(regularExpression(rest), true, true)
	case isWord(c) || c == '.' && len(rest) > 1 && isDigit(rest[1]):
		text := word(rest)
		m.write(text, !slices.Contains(beforeValue, string(text)), true)
	case c == '(' || c == '[' || c == '{':
		m.opening = append(m.opening, bracket{c, m.closesValue(c)})
		m.write(rest[:1], false, false)
	case c == ')' || c == ']' || c == '}':
		m.closing(c)
	case bytes.HasPrefix(rest, []byte("++")) || bytes.HasPrefix(rest, []byte("--")):
		// After a value it belongs to it; before one, a value follows anyway.
		m.write(rest[:2], m.value, false)
	case bytes.HasPrefix(rest, []byte("=>")) || bytes.HasPrefix(rest, []byte("?.")):
		m.write(rest[:2], false, false)
	default:
		m.write(rest[:1], false, false)
	}
}

// closesValue reports whether the bracket c, about to open, will have closed a
// value: `a[0] / 2` divides, `if (a) /re/.test(b)` does not.
func (m *minifier) closesValue(c byte) bool {
	switch c {
	case '(':
		return !slices.Contains([]string{"if", "while", "for", "with"}, m.prev)
	case '[':
		return true
	}
	switch m.prev {
	case "", ";", "{", "}", ")", "=>", "else", "do", "try", "finally":
		return false // a block
	case ":":
		// A member's value inside an object, a labelled block elsewhere.
		return len(m.opening) > 0 && m.opening[len(m.opening)-1].value
	}
	// A word before it is a class or a block's keyword, except where it asks
	// for a value: `return {}`.
	return !m.value
}

func (m *minifier) closing(c byte) {
	top := bracket{value: c != '}'}
	if n := len(m.opening); n > 0 {
		top = m.opening[n-1]
		m.opening = m.opening[:n-1]
	}
	if top.text == '$' && c == '}' {
		m.template("}", 1)
		return
	}
	m.write(m.src[m.pos:m.pos+1], top.value, false)
}

// template copies the text of a template literal up to its end or to the next
// substitution, whose tokens are then read as any others.
func (m *minifier) template(start string, size int) {
	rest := m.src[m.pos:]
	for size < len(rest) {
		switch {
		case rest[size] == '\\' && size+1 < len(rest):
			size += 2
			continue
		case rest[size] == '`':
			m.write(rest[:size+1], true, false)
			return
		case bytes.HasPrefix(rest[size:], []byte("${")):
			m.opening = append(m.opening, bracket{text: '$'})
			m.write(rest[:size+2], false, false)
			m.prev = start + "${"
			return
		}
		size++
	}
	m.write(rest, true, false)
}

// write appends a token, and before it what must stay of the gap.
func (m *minifier) write(text []byte, value, wordly bool) {
	switch {
	case m.newline && m.mayEndStatement(text):
		m.out = append(m.out, '\n')
	case m.blank && m.wouldJoin(text, wordly):
		m.out = append(m.out, ' ')
	}
	m.out = append(m.out, text...)
	m.pos += len(text)
	m.prev, m.value, m.wordly = string(text), value, wordly
}

// mayEndStatement reports whether the line break between the last token and
// next could stand for a semicolon.
func (m *minifier) mayEndStatement(next []byte) bool {
	if m.prev == "" || next[0] == '.' && m.wordly {
		return m.prev != "" && isDigit(m.prev[0])
	}
	if bytes.IndexByte([]byte(")]},;:?=&|.<>%^*"), next[0]) >= 0 && len(next) <= 2 {
		return next[0] == '*' // a generator method of a class
	}
	return len(m.prev) > 2 || bytes.IndexByte([]byte("{([,;:?=&|<>%^*!~"), m.prev[0]) < 0
}

// wouldJoin reports whether the last token and next mean something else, or
// nothing, without a blank between them.
func (m *minifier) wouldJoin(next []byte, wordly bool) bool {
	if m.prev == "" {
		return false
	}
	last := m.prev[len(m.prev)-1]
	switch {
	case m.wordly && wordly && next[0] != '/':
		return true
	case m.wordly && next[0] == '.':
		return isDigit(m.prev[0]) // 1 .toFixed()
	case last == '.' && isDigit(next[0]):
		return true // no script has this, but it would become a number
	case last == '+' || last == '-' || last == '/':
		return next[0] == last
	case last == '?' || last == '<' || last == '=' || last == '>' || last == '&' || last == '|' || last == '*' || last == '.':
		return !m.value && !wordly && bytes.IndexByte([]byte("?.<>=&|*!"), next[0]) >= 0
	}
	return false
}

// beforeValue are the words that a value follows, so that a slash after them
// begins a regular expression.
var beforeValue = []string{
	"return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "instanceof",
	"do", "else", "yield", "await", "default", "extends",
}

func quoted(src []byte) []byte {
	for i := 1; i < len(src); i++ {
		switch src[i] {
		case '\\':
			i++
		case src[0]:
			return src[:i+1]
		}
	}
	return src
}

func regularExpression(src []byte) []byte {
	class := false
	for i := 1; i < len(src); i++ {
		switch c := src[i]; {
		case c == '\\':
			i++
		case c == '\n':
			return src[:1] // no regular expression after all
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			for i++; i < len(src) && isWord(src[i]); i++ {
			}
			return src[:i]
		}
	}
	return src[:1]
}

// word reads an identifier, a keyword, a private name or a number.
func word(src []byte) []byte {
	number, dotted := isDigit(src[0]) || src[0] == '.', false
	i := 0
	for ; i < len(src); i++ {
		c := src[i]
		exponent := number && i > 0 && (c == '+' || c == '-') && (src[i-1]|0x20) == 'e' && !(len(src) > 1 && (src[1]|0x20) == 'x')
		switch {
		case isWord(c) || exponent:
		case number && c == '.' && !dotted:
			dotted = true
		default:
			return src[:i]
		}
	}
	return src[:i]
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || isDigit(c) || c == '_' || c == '$' || c == '#' || c == '\\' || c >= utf8.RuneSelf
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
