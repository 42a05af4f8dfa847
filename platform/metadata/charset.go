package metadata

import (
	_ "embed"
	"strings"
	"unicode/utf8"

	"github.com/sockethub/server/platform/webfetch"
)

// survey goes through the head of a page that is not decoded yet, for which any
// encoding will do that has ASCII in it. It returns where the head ends, -1 if
// that is not to be seen yet, and the encoding that a meta element declares, as
// it is written there.
//
// The first meta counts before others, then one with the name "charset", then
// one that stands for the header Content-Type, then any other (the reference
// server knows the first three).
func survey(page []byte) (headEnd int, declared string) {
	s := newScanner(page)
	var byName, byHeader, other string
	for metas := 0; s.headEnd < 0; {
		switch s.next() {
		case endOfInput:
			return -1, firstOf(declared, byName, byHeader, other)
		case startTag:
			if string(s.name) != "meta" {
				continue
			}
			metas++
			charset := s.get("charset")
			if metas == 1 {
				declared = charset
			} else if other == "" {
				other = charset
			}
			if byName == "" && s.get("name") == "charset" {
				byName = s.get("content")
			}
			if byHeader == "" && strings.EqualFold(s.get("http-equiv"), "content-type") {
				_, byHeader, _ = strings.Cut(s.get("content"), "charset=")
				byHeader, _, _ = strings.Cut(byHeader, ";")
				byHeader = strings.TrimSpace(byHeader)
			}
		}
	}
	return s.headEnd, firstOf(declared, byName, byHeader, other)
}

// firstOf returns the first that may be the name of an encoding.
func firstOf(names ...string) string {
	for _, name := range names {
		if strings.TrimSpace(name) != "" && len(name) <= maxWord {
			return name
		}
	}
	return ""
}

// decode returns a page in UTF-8 and the encoding that clients are told: as the
// page declares it, if that was the one used. whole is false when the page was
// cut, perhaps inside a character.
func decode(body []byte, contentType, declared string, whole bool) (text []byte, charset string) {
	if !whole {
		body = wholeCharacters(body)
	}
	name := webfetch.Charset(contentType)
	if name == "" {
		name = declared
	}
	if name == "" && !utf8.Valid(body) {
		// What says nothing and is not UTF-8 is what Western Windows writes.
		name = "windows-1252"
		declared = name
	}
	used := ""
	if kind := japanese(name); kind != "" && !utf8.Valid(body) && !hasMark(body) {
		text, used = decodeJapanese(body, kind), kind
	} else {
		text, used = webfetch.Decode(body, contentType, declared)
	}
	if declared != "" && canonical(declared) == used {
		return text, declared
	}
	return text, used
}

// canonical is the name by which decode calls an encoding.
func canonical(name string) string {
	if kind := japanese(name); kind != "" {
		return kind
	}
	_, encoding := webfetch.Decode(nil, "", name)
	return encoding
}

// hasMark tells that a page begins as nothing but UTF-16 does.
func hasMark(body []byte) bool {
	return len(body) >= 2 && (body[0] == 0xFF && body[1] == 0xFE || body[0] == 0xFE && body[1] == 0xFF ||
		body[0] == '<' && body[1] == 0 || body[0] == 0 && body[1] == '<')
}

// wholeCharacters cuts off a character of UTF-8 that is not complete.
func wholeCharacters(b []byte) []byte {
	for n := 1; n <= utf8.UTFMax && n <= len(b); n++ {
		if c := b[len(b)-n]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(b[len(b)-n:]) {
				return b[:len(b)-n]
			}
			break
		}
	}
	return b
}

// japanese returns "shift_jis" or "euc-jp" for the names these have, else "".
func japanese(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(name))
	switch name {
	case "shiftjis", "sjis", "xsjis", "mskanji", "windows31j", "ms932", "cp932", "csshiftjis":
		return "shift_jis"
	case "eucjp", "xeucjp", "cseucpkdfmtjapanese":
		return "euc-jp"
	}
	return ""
}

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

// decodeJapanese decodes Shift_JIS or EUC-JP (Encoding Standard, section 12).
// What is no character becomes U+FFFD, but ASCII is never lost.
func decodeJapanese(body []byte, encoding string) []byte {
	character := shiftJIS
	if encoding == "euc-jp" {
		character = eucJP
	}
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
