package webfetch

import (
	"bytes"
	"encoding/binary"
	"mime"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Decode returns body in UTF-8 and the name, in lower case, of the encoding it
// was in. The encoding is that of the byte order mark, else the one that the
// header Content-Type names, else the declared one (which the caller found in
// the document; "" for none), else UTF-8. It is UTF-8 against header and
// declaration where the bytes are nothing else: text in another encoding hardly
// ever is by chance.
//
// Of an encoding that is not known the ASCII characters stay, and all else, as
// bytes that mean nothing, becomes U+FFFD. There are no errors. The text may
// share body's memory.
func Decode(body []byte, contentType, declared string) (text []byte, encoding string) {
	switch {
	case bytes.HasPrefix(body, []byte("\xEF\xBB\xBF")):
		return validUTF8(body[3:]), "utf-8"
	case bytes.HasPrefix(body, []byte("\xFF\xFE")):
		return decodeUTF16(body[2:], binary.LittleEndian), "utf-16le"
	case bytes.HasPrefix(body, []byte("\xFE\xFF")):
		return decodeUTF16(body[2:], binary.BigEndian), "utf-16be"
	case bytes.HasPrefix(body, []byte("<\x00")):
		return decodeUTF16(body, binary.LittleEndian), "utf-16le"
	case bytes.HasPrefix(body, []byte("\x00<")):
		return decodeUTF16(body, binary.BigEndian), "utf-16be"
	}
	name := Charset(contentType)
	if name == "" {
		name = declared
	}
	encoding = Encoding(name)
	switch encoding {
	case "", "utf-8", "utf-16": // a text whose ASCII can be read is not in UTF-16, whatever it declares
		return validUTF8(body), "utf-8"
	case "utf-16le":
		return decodeUTF16(body, binary.LittleEndian), encoding
	case "utf-16be":
		return decodeUTF16(body, binary.BigEndian), encoding
	}
	if utf8.Valid(body) {
		if isASCII(string(body)) {
			return body, encoding
		}
		return body, "utf-8"
	}
	switch encoding {
	case "shift_jis":
		return decodeJapanese(body, shiftJIS), encoding
	case "euc-jp":
		return decodeJapanese(body, eucJP), encoding
	}
	upper := table(encoding)
	return decodeTable(body, &upper), encoding
}

// Charset returns the parameter charset of a Content-Type, "" if there is none.
func Charset(contentType string) string {
	if _, params, err := mime.ParseMediaType(contentType); err == nil {
		return strings.TrimSpace(params["charset"])
	}
	// Some servers send what is no media type at all.
	lower := strings.ToLower(contentType)
	_, after, ok := strings.Cut(lower, "charset=")
	if !ok {
		return ""
	}
	after, _, _ = strings.Cut(after, ";")
	return strings.Trim(after, " \t\"'")
}

// MediaType returns the type of a Content-Type in lower case, as "text/html",
// without its parameters.
func MediaType(contentType string) string {
	kind, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(kind))
}

// Encoding is the name by which Decode calls an encoding that is known by
// several, else its name in lower case.
func Encoding(name string) string {
	plain := strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, name)
	plain = strings.TrimPrefix(plain, "x")
	switch plain {
	case "utf8", "unicode11utf8", "unicode", "unicode20utf8":
		return "utf-8"
	case "utf16", "ucs2", "iso10646ucs2", "csunicode":
		return "utf-16"
	case "utf16le", "unicodefeff":
		return "utf-16le"
	case "utf16be", "unicodefffe":
		return "utf-16be"
	// Browsers read ISO-8859-1 as the larger set, as authors meant it.
	case "iso88591", "88591", "latin1", "l1", "ascii", "usascii", "ansix341968", "cp819", "ibm819", "isoir100", "iso885911987",
		"windows1252", "cp1252", "win1252", "csisolatin1":
		return "windows-1252"
	case "iso88592", "88592", "latin2", "l2", "isoir101", "iso885921987", "csisolatin2":
		return "iso-8859-2"
	case "iso885915", "885915", "latin9", "l9", "csisolatin9":
		return "iso-8859-15"
	case "windows1250", "cp1250", "win1250":
		return "windows-1250"
	case "windows1251", "cp1251", "win1251":
		return "windows-1251"
	case "koi8r", "koi8", "koi", "koi8ru", "cskoi8r":
		return "koi8-r"
	case "shiftjis", "sjis", "mskanji", "windows31j", "ms932", "cp932", "csshiftjis":
		return "shift_jis"
	case "eucjp", "cseucpkdfmtjapanese":
		return "euc-jp"
	}
	return strings.ToLower(strings.TrimSpace(name))
}

func decodeTable(body []byte, upper *[128]rune) []byte {
	more := 0
	for _, c := range body {
		if c >= utf8.RuneSelf {
			more += utf8.RuneLen(upper[c-utf8.RuneSelf]) - 1
		}
	}
	text := make([]byte, 0, len(body)+more)
	for _, c := range body {
		if c < utf8.RuneSelf {
			text = append(text, c)
		} else {
			text = utf8.AppendRune(text, upper[c-utf8.RuneSelf])
		}
	}
	return text
}

func decodeUTF16(body []byte, order binary.ByteOrder) []byte {
	text := make([]byte, 0, len(body))
	for len(body) >= 2 {
		u := rune(order.Uint16(body))
		body = body[2:]
		if utf16.IsSurrogate(u) {
			low := rune(0)
			if len(body) >= 2 {
				low = rune(order.Uint16(body))
			}
			if u = utf16.DecodeRune(u, low); u != utf8.RuneError {
				body = body[2:]
			}
		}
		text = utf8.AppendRune(text, u)
	}
	if len(body) > 0 {
		text = utf8.AppendRune(text, utf8.RuneError)
	}
	return text
}

// validUTF8 returns b itself, or a copy with U+FFFD for each maximal part that
// is no UTF-8 (Unicode 15, section 3.9), as browsers decode.
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
