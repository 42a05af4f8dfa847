package charset

import (
	"sync"
	"unicode/utf8"
)

// singleByte returns the decoder of an encoding of one byte a character (section
// 9.1).
func singleByte(name string) func(dst, src []byte) []byte {
	table := sync.OnceValue(func() *[128]rune { return upper(name) })
	return func(dst, src []byte) []byte {
		upper := table()
		for _, c := range src {
			if c < utf8.RuneSelf {
				dst = append(dst, c)
				continue
			}
			if r := upper[c-utf8.RuneSelf]; r < 0x800 {
				dst = append(dst, 0xC0|byte(r>>6), 0x80|byte(r)&0x3F)
			} else {
				dst = append(dst, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
			}
		}
		return dst
	}
}

// upper is the characters from 0x80 on.
func upper(name string) *[128]rune {
	var t [128]rune
	if name == "x-user-defined" { // section 14.5
		for i := range t {
			t[i] = rune(0xF780 + i)
		}
		return &t
	}
	list := []rune(upperHalf(name))
	for i := range len(t) - len(list) { // control characters
		t[i] = rune(0x80 + i)
	}
	copy(t[len(t)-len(list):], list)
	return &t
}
