package activity

import "unicode/utf8"

// sequence is the length of the UTF-8 sequence that begins s, 0 if none does.
func sequence(s string) int {
	u, n := utf8.DecodeRuneInString(s)
	if u == utf8.RuneError && n == 1 {
		return 0
	}
	return n
}

// surrogate decodes half a surrogate pair at the start of s, in WTF-8.
func surrogate(s string) (rune, bool) {
	if len(s) < 3 || s[0] != 0xED || s[1] < 0xA0 || s[1] > 0xBF || s[2] < 0x80 || s[2] > 0xBF {
		return 0, false
	}
	return 0xD000 | rune(s[1]&0x3F)<<6 | rune(s[2]&0x3F), true
}

// writtenAs reports whether AppendString would write s as literal, which is
// what stands between the quotes.
func writtenAs(s, literal string) bool {
	if len(literal) < len(s) {
		return false
	}
	var scratch [256]byte
	return string(appendEscaped(scratch[:0], s)) == literal
}
