package charset

import "unicode/utf8"

// gb18030 reads a character of GB 18030, in two or four bytes (section 10.2.1).
// GBK, of which GB2312 is a part, is read in the same way.
func gb18030(b []byte, index []rune) (rune, int) {
	lead := int(b[0])
	switch {
	case lead == 0x80: // as Windows has it
		return '€', 1
	case lead == 0xFF || len(b) < 2:
		return utf8.RuneError, 1
	case b[1] >= '0' && b[1] <= '9':
		return fourBytes(b)
	}
	trail, pointer := int(b[1]), none
	switch {
	case trail >= 0x40 && trail <= 0x7E:
		pointer = (lead-0x81)*190 + trail - 0x40
	case trail >= 0x80 && trail <= 0xFE:
		pointer = (lead-0x81)*190 + trail - 0x41
	}
	return pair(b, index, pointer)
}

// fourBytes reads a character of four bytes: the second and fourth are digits,
// the others are not in ASCII. Where that breaks, only the first byte is wrong.
func fourBytes(b []byte) (rune, int) {
	switch {
	case len(b) == 2:
		return utf8.RuneError, 2
	case b[2] < 0x81 || b[2] == 0xFF:
		return utf8.RuneError, 1
	case len(b) == 3:
		return utf8.RuneError, 3
	case b[3] < '0' || b[3] > '9':
		return utf8.RuneError, 1
	}
	pointer := ((int(b[0]-0x81)*10+int(b[1]-'0'))*126+int(b[2]-0x81))*10 + int(b[3]-'0')
	r := at(indexGB18030Ranges(), pointer)
	if pointer >= 189000 && pointer <= 1237575 { // the planes above the first, in order
		r = rune(pointer - 189000 + 0x10000)
	}
	if r == 0 {
		return utf8.RuneError, 4
	}
	return r, 4
}
