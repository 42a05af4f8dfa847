package webfetch

import (
	_ "embed"
	"unicode/utf8"
)

// jis0208 is the index of the same name in the Encoding Standard (section 5):
// two bytes, the larger first, for each pointer; zero where there is no
// character.
//
//go:embed jis0208.bin
var jis0208 string

// kanji returns the character at a pointer into jis0208.
func kanji(pointer int) rune {
	if 2*pointer+1 >= len(jis0208) {
		return utf8.RuneError
	}
	r := rune(jis0208[2*pointer])<<8 | rune(jis0208[2*pointer+1])
	if r == 0 {
		return utf8.RuneError
	}
	return r
}

// decodeJapanese decodes a set in which character reads one that is not ASCII
// (Encoding Standard, section 12). What is no character becomes U+FFFD, but
// ASCII is never lost.
func decodeJapanese(body []byte, character func([]byte) (rune, int)) []byte {
	text := make([]byte, 0, len(body)+len(body)/2)
	for len(body) > 0 {
		if body[0] < utf8.RuneSelf {
			text, body = append(text, body[0]), body[1:]
			continue
		}
		r, n := character(body)
		if r == utf8.RuneError && n == 2 && body[1] < utf8.RuneSelf {
			n = 1
		}
		text, body = utf8.AppendRune(text, r), body[n:]
	}
	return text
}

// shiftJIS reads a character that is not ASCII, and the number of its bytes.
func shiftJIS(b []byte) (rune, int) {
	lead := int(b[0])
	switch {
	case lead >= 0xA1 && lead <= 0xDF: // half-width katakana
		return rune(0xFF61 + lead - 0xA1), 1
	case lead == 0x80:
		return 0x80, 1
	case lead == 0xA0 || lead > 0xFC || len(b) < 2:
		return utf8.RuneError, 1
	}
	trail := int(b[1])
	if trail < 0x40 || trail == 0x7F || trail > 0xFC {
		return utf8.RuneError, 2
	}
	row, cell := lead-0x81, trail-0x40
	if lead >= 0xE0 {
		row = lead - 0xC1
	}
	if trail > 0x7F {
		cell--
	}
	pointer := row*188 + cell
	if pointer >= 8836 && pointer <= 10715 { // for private use
		return rune(0xE000 + pointer - 8836), 2
	}
	return kanji(pointer), 2
}

// eucJP reads a character that is not ASCII, and the number of its bytes.
// Those of JIS X 0212 are not known.
func eucJP(b []byte) (rune, int) {
	if len(b) < 2 {
		return utf8.RuneError, 1
	}
	lead, trail := int(b[0]), int(b[1])
	switch {
	case lead == 0x8E && trail >= 0xA1 && trail <= 0xDF:
		return rune(0xFF61 + trail - 0xA1), 2
	case lead == 0x8F && len(b) > 2 && trail >= 0xA1 && b[2] >= 0xA1:
		return utf8.RuneError, 3
	case lead < 0x8E || lead > 0x8F && lead < 0xA1 || lead > 0xFE:
		return utf8.RuneError, 1
	case lead < 0xA1 || trail < 0xA1 || trail > 0xFE:
		return utf8.RuneError, 2
	}
	return kanji((lead-0xA1)*94 + trail - 0xA1), 2
}
