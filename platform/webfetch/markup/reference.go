package markup

import (
	"bytes"
	"html"
	"strings"
	"unicode/utf8"
)

// maxReference is more letters than the longest name of a character has.
const maxReference = 40

// Unescape returns a text or an attribute's value as it is meant: character
// references resolved once (HTML Standard, section 13.2.5.72), line breaks as
// "\n", and U+FFFD for NUL. In an attribute a name without its ";" is no
// reference where "=", a letter or a digit follows, so that addresses like
// "?a=1&copy=2" stay what they are.
func Unescape(s []byte, attribute bool) string {
	if bytes.IndexByte(s, '&') < 0 && bytes.IndexByte(s, '\r') < 0 && bytes.IndexByte(s, 0) < 0 {
		return string(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		switch c := s[i]; c {
		case '&':
			n := reference(&b, s[i:], attribute)
			i += n
		case '\r':
			b.WriteByte('\n')
			i++
			if i < len(s) && s[i] == '\n' {
				i++
			}
		case 0:
			b.WriteRune(utf8.RuneError)
			i++
		default:
			b.WriteByte(c)
			i++
		}
	}
	return b.String()
}

// reference writes what the reference at the start of s stands for, and returns
// how many bytes it has; just the "&" when it is none.
func reference(b *strings.Builder, s []byte, attribute bool) int {
	if len(s) > 1 && s[1] == '#' {
		if r, n := number(s); n > 0 {
			b.WriteRune(r)
			return n
		}
		b.WriteByte('&')
		return 1
	}
	end := 1
	for end < len(s) && end <= maxReference && (isLetter(s[end]) || isDigit(s[end])) {
		end++
	}
	name := string(s[1:end])
	if name == "" || !isLetter(name[0]) {
		b.WriteByte('&')
		return 1
	}
	if end < len(s) && s[end] == ';' {
		if whole := html.UnescapeString("&" + name + ";"); !strings.HasSuffix(whole, name[len(name)-1:]+";") {
			b.WriteString(whole)
			return end + 1
		}
	}
	// The oldest names need no ";". Where the longest one is only a part of what
	// stands there, what follows it is a letter or a digit.
	whole := html.UnescapeString("&" + name + " ")
	rest := len(commonSuffix(whole, name+" ")) - 1
	switch matched := len(name) - rest; {
	case strings.HasPrefix(whole, "&"+name):
	case attribute && (rest > 0 || end < len(s) && s[end] == '='):
	default:
		b.WriteString(whole[:len(whole)-rest-1])
		return 1 + matched
	}
	b.WriteByte('&')
	return 1
}

func commonSuffix(a, b string) string {
	n := 0
	for n < len(a) && n < len(b) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	return a[len(a)-n:]
}

// number reads "&#8211;" or "&#x2013;", with or without its ";". n is 0 where
// there are no digits.
func number(s []byte) (r rune, n int) {
	i, base := 2, rune(10)
	if i < len(s) && s[i]|0x20 == 'x' {
		i, base = i+1, 16
	}
	first := i
	for ; i < len(s); i++ {
		digit := rune(-1)
		switch c := s[i]; {
		case isDigit(c):
			digit = rune(c - '0')
		case base == 16 && c|0x20 >= 'a' && c|0x20 <= 'f':
			digit = rune(c|0x20-'a') + 10
		}
		if digit < 0 {
			break
		}
		r = min(r*base+digit, utf8.MaxRune+1)
	}
	if i == first {
		return 0, 0
	}
	if i < len(s) && s[i] == ';' {
		i++
	}
	switch {
	case r == 0 || !utf8.ValidRune(r):
		r = utf8.RuneError
	case r >= 0x80 && r <= 0x9F && c1[r-0x80] != 0:
		r = c1[r-0x80]
	}
	return r, i
}

// c1 is what the numbers of control characters from 0x80 on mean: the
// characters that windows-1252 has there.
var c1 = [32]rune{
	'€', 0, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0, 'Ž', 0,
	0, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0, 'ž', 'Ÿ',
}
