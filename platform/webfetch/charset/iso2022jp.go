package charset

import "unicode/utf8"

// Sets that ISO-2022-JP switches between, by escape sequences of three bytes.
const (
	ascii    = iota // ESC ( B
	roman           // ESC ( J
	katakana        // ESC ( I
	jis0208         // ESC $ @, ESC $ B
)

const escape = 0x1B

// iso2022JP decodes ISO-2022-JP, which has seven bits a byte and a state (section
// 11.2.1).
func iso2022JP(dst, src []byte) []byte {
	index := indexJIS0208()
	set, switched := ascii, false // switched: nothing came since the last escape sequence
	for len(src) > 0 {
		if src[0] == escape {
			to, ok := escapeSequence(src)
			if !ok {
				dst, switched = append(dst, "\uFFFD"...), false
				src = src[1:]
				continue
			}
			// Two in a row are an error, or else text could be hidden between them.
			if switched {
				dst = append(dst, "\uFFFD"...)
			}
			set, switched = to, true
			src = src[3:]
			continue
		}
		r, n := rune(0), 1
		if set == jis0208 {
			r, n = kanji(src, index)
		} else {
			r = sevenBits(set, src[0])
		}
		dst = utf8.AppendRune(dst, r)
		src, switched = src[n:], false
	}
	return dst
}

// escapeSequence is the set that a sequence at the start of b switches to.
func escapeSequence(b []byte) (set int, ok bool) {
	if len(b) < 3 {
		return 0, false
	}
	switch string(b[1:3]) {
	case "(B":
		return ascii, true
	case "(J":
		return roman, true
	case "(I":
		return katakana, true
	case "$@", "$B":
		return jis0208, true
	}
	return 0, false
}

// sevenBits is the character of a byte in a set of one byte a character.
func sevenBits(set int, c byte) rune {
	switch {
	case set == katakana:
		if c < 0x21 || c > 0x5F {
			return utf8.RuneError
		}
		return halfWidth(int(c) + 0x80)
	case c >= utf8.RuneSelf, c == 0x0E, c == 0x0F:
		return utf8.RuneError
	case set == roman && c == '\\':
		return '¥'
	case set == roman && c == '~':
		return '‾'
	}
	return rune(c)
}

// kanji reads a character of two bytes. A first byte alone is an error, and what
// follows it is read with it unless it begins an escape sequence.
func kanji(b []byte, index []rune) (rune, int) {
	switch {
	case b[0] < 0x21 || b[0] > 0x7E || len(b) == 1 || b[1] == escape:
		return utf8.RuneError, 1
	case b[1] < 0x21 || b[1] > 0x7E:
		return utf8.RuneError, 2
	}
	r := at(index, (int(b[0])-0x21)*94+int(b[1])-0x21)
	if r == 0 {
		r = utf8.RuneError
	}
	return r, 2
}
