package charset

import (
	"unicode/utf16"
	"unicode/utf8"
)

func appendUTF8(dst, src []byte) []byte { return append(dst, validUTF8(src)...) }

// validUTF8 returns b itself, or a copy with U+FFFD for each maximal part that
// is no UTF-8 (section 8.1; Unicode 15, section 3.9).
func validUTF8(b []byte) []byte {
	if utf8.Valid(b) {
		return b
	}
	text := make([]byte, 0, len(b)+len(b)/8)
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			n = broken(b)
		}
		text = utf8.AppendRune(text, r)
		b = b[n:]
	}
	return text
}

// broken is how many bytes at the start of b begin a sequence that could have
// become a character, at least one.
func broken(b []byte) int {
	first, low, high, want := b[0], byte(0x80), byte(0xBF), 0
	switch {
	case first >= 0xC2 && first <= 0xDF:
		want = 2
	case first >= 0xE0 && first <= 0xEF:
		want = 3
	case first >= 0xF0 && first <= 0xF4:
		want = 4
	}
	switch first {
	case 0xE0:
		low = 0xA0
	case 0xED:
		high = 0x9F
	case 0xF0:
		low = 0x90
	case 0xF4:
		high = 0x8F
	}
	n := 1
	for n < want && n < len(b) && b[n] >= low && b[n] <= high {
		low, high = 0x80, 0xBF
		n++
	}
	return n
}

func utf16LE(dst, src []byte) []byte { return appendUTF16(dst, src, 0, 1) }

func utf16BE(dst, src []byte) []byte { return appendUTF16(dst, src, 1, 0) }

// appendUTF16 decodes UTF-16 (section 14.2), of which low and high say where in a
// unit its bytes are. What is incomplete at the end is one error, be it half a
// pair, half a unit, or both.
func appendUTF16(dst, src []byte, low, high int) []byte {
	for len(src) >= 2 {
		r := rune(src[high])<<8 | rune(src[low])
		src = src[2:]
		if utf16.IsSurrogate(r) {
			second := rune(0)
			if len(src) >= 2 {
				second = rune(src[high])<<8 | rune(src[low])
			} else if r < 0xDC00 {
				return utf8.AppendRune(dst, utf8.RuneError)
			}
			if r = utf16.DecodeRune(r, second); r != utf8.RuneError {
				src = src[2:]
			}
		}
		if r >= 0x800 && r <= 0xFFFF {
			dst = append(dst, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
		} else {
			dst = utf8.AppendRune(dst, r)
		}
	}
	if len(src) > 0 {
		dst = utf8.AppendRune(dst, utf8.RuneError)
	}
	return dst
}
