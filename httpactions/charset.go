package httpactions

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// decodeText turns a body in the charset of its Content-Type, in lower case,
// into UTF-8, without the byte order mark. JSON is one of the UTFs and nothing
// else: known is false for any other charset.
func decodeText(text []byte, charset string) (decoded []byte, known bool) {
	switch charset {
	case "", "utf-8":
		if len(text) >= 3 && text[0] == 0xEF && text[1] == 0xBB && text[2] == 0xBF {
			text = text[3:]
		}
		return text, true
	case "utf-16", "utf-16le", "utf-16be":
		order := binary.ByteOrder(binary.LittleEndian)
		switch {
		case charset == "utf-16be", charset == "utf-16" && len(text) >= 2 && text[0] == 0xFE && text[1] == 0xFF:
			order = binary.BigEndian
		}
		return fromUTF16(text, order), true
	case "utf-32", "utf-32le", "utf-32be":
		order := binary.ByteOrder(binary.LittleEndian)
		switch {
		case charset == "utf-32be", charset == "utf-32" && len(text) >= 4 && text[0] == 0 && text[1] == 0 && text[2] == 0xFE && text[3] == 0xFF:
			order = binary.BigEndian
		}
		return fromUTF32(text, order), true
	}
	return nil, false
}

const byteOrderMark = '\uFEFF'

func fromUTF16(text []byte, order binary.ByteOrder) []byte {
	decoded := make([]byte, 0, len(text))
	for i := 0; i+1 < len(text); i += 2 {
		r := rune(order.Uint16(text[i:]))
		if utf16.IsSurrogate(r) {
			low := rune(0)
			if i+3 < len(text) {
				low = rune(order.Uint16(text[i+2:]))
			}
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				i += 2
			}
		}
		if i > 0 || r != byteOrderMark {
			decoded = utf8.AppendRune(decoded, r)
		}
	}
	if len(text)%2 != 0 {
		decoded = utf8.AppendRune(decoded, utf8.RuneError)
	}
	return decoded
}

func fromUTF32(text []byte, order binary.ByteOrder) []byte {
	decoded := make([]byte, 0, len(text))
	for i := 0; i+3 < len(text); i += 4 {
		// What is no character becomes U+FFFD.
		u := order.Uint32(text[i:])
		r := rune(min(u, utf8.MaxRune+1))
		if i > 0 || r != byteOrderMark {
			decoded = utf8.AppendRune(decoded, r)
		}
	}
	if len(text)%4 != 0 {
		decoded = utf8.AppendRune(decoded, utf8.RuneError)
	}
	return decoded
}
