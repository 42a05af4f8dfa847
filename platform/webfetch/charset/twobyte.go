package charset

import "unicode/utf8"

// character reads what is not ASCII at the start of b, which is not empty: it
// returns the character, U+FFFD where there is none, and how many bytes it took.
type character func(b []byte, index []rune) (r rune, n int)

// multibyte returns the decoder of an encoding in which all characters but those
// of ASCII have a first byte from 0x80 on, most of them by an index.
func multibyte(next character, index func() []rune) func(dst, src []byte) []byte {
	return func(dst, src []byte) []byte {
		index := index()
		for i := 0; i < len(src); {
			if c := src[i]; c < utf8.RuneSelf {
				dst = append(dst, c)
				i++
				continue
			}
			r, n := next(src[i:], index)
			i += n
			switch {
			case r >= 0x800 && r <= 0xFFFF:
				dst = append(dst, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
			case r > utf8.MaxRune: // with an accent
				dst = utf8.AppendRune(utf8.AppendRune(dst, r&0xFFFF), r>>16)
			default:
				dst = utf8.AppendRune(dst, r)
			}
		}
		return dst
	}
}

// pair is the character that two bytes mean, by its pointer into an index. Where
// there is none it is an error, of which a second byte in ASCII is no part.
func pair(b []byte, index []rune, pointer int) (rune, int) {
	if r := at(index, pointer); r != 0 {
		return r, 2
	}
	if b[1] < utf8.RuneSelf {
		return utf8.RuneError, 1
	}
	return utf8.RuneError, 2
}

// big5 reads a character of Big5 with the extensions of Hong Kong (section 12.1.1).
func big5(b []byte, index []rune) (rune, int) {
	if lead := b[0]; lead < 0x81 || lead > 0xFE || len(b) < 2 {
		return utf8.RuneError, 1
	}
	lead, trail, pointer := int(b[0]), int(b[1]), none
	switch {
	case trail >= 0x40 && trail <= 0x7E:
		pointer = (lead-0x81)*157 + trail - 0x40
	case trail >= 0xA1 && trail <= 0xFE:
		pointer = (lead-0x81)*157 + trail - 0x62
	}
	switch pointer { // these have an accent, which is a character of its own
	case 1133:
		return 0xCA | 0x304<<16, 2
	case 1135:
		return 0xCA | 0x30C<<16, 2
	case 1164:
		return 0xEA | 0x304<<16, 2
	case 1166:
		return 0xEA | 0x30C<<16, 2
	}
	return pair(b, index, pointer)
}

// eucKR reads a character of EUC-KR with the extensions of Windows (section 13.1.1).
func eucKR(b []byte, index []rune) (rune, int) {
	if lead := b[0]; lead < 0x81 || lead > 0xFE || len(b) < 2 {
		return utf8.RuneError, 1
	}
	pointer := none
	if trail := int(b[1]); trail >= 0x41 && trail <= 0xFE {
		pointer = (int(b[0])-0x81)*190 + trail - 0x41
	}
	return pair(b, index, pointer)
}

// shiftJIS reads a character of Shift_JIS (section 11.3.1).
func shiftJIS(b []byte, index []rune) (rune, int) {
	lead := int(b[0])
	switch {
	case lead == 0x80:
		return 0x80, 1
	case lead >= 0xA1 && lead <= 0xDF:
		return halfWidth(lead), 1
	case lead == 0xA0 || lead > 0xFC || len(b) < 2:
		return utf8.RuneError, 1
	}
	trail, pointer := int(b[1]), none
	if trail >= 0x40 && trail != 0x7F && trail <= 0xFC {
		row, cell := lead-0x81, trail-0x40
		if lead >= 0xE0 {
			row = lead - 0xC1
		}
		if trail > 0x7F {
			cell--
		}
		pointer = row*188 + cell
	}
	if pointer >= 8836 && pointer <= 10715 { // for private use
		return rune(0xE000 + pointer - 8836), 2
	}
	return pair(b, index, pointer)
}

// eucJP reads a character of EUC-JP (section 11.1.1).
func eucJP(b []byte, index []rune) (rune, int) {
	if lead := b[0]; lead < 0x8E || lead > 0x8F && lead < 0xA1 || lead == 0xFF || len(b) < 2 {
		return utf8.RuneError, 1
	}
	lead, trail := int(b[0]), int(b[1])
	switch {
	case lead == 0x8E && trail >= 0xA1 && trail <= 0xDF:
		return halfWidth(trail), 2
	case lead == 0x8F && trail >= 0xA1 && trail <= 0xFE: // of JIS X 0212, in two more bytes
		if len(b) == 2 {
			return utf8.RuneError, 2
		}
		r, n := pair(b[1:], indexJIS0212(), eucPointer(b[1:]))
		return r, 1 + n
	case lead < 0xA1:
		return pair(b, nil, none)
	}
	return pair(b, index, eucPointer(b))
}

// eucPointer is the pointer of two bytes that are both from 0xA1 to 0xFE.
func eucPointer(b []byte) int {
	if b[1] < 0xA1 || b[1] == 0xFF {
		return none
	}
	return (int(b[0])-0xA1)*94 + int(b[1]) - 0xA1
}

// halfWidth is a katakana of half width by its byte in JIS X 0201.
func halfWidth(b int) rune { return rune(0xFF61 + b - 0xA1) }
