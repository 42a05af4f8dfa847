package metadata

import (
	"strings"
	"unicode/utf8"

	"github.com/sockethub/sockethub/platform/webfetch"
	"github.com/sockethub/sockethub/platform/webfetch/markup"
)

// survey goes through the head of a page that is not decoded yet, for which any
// encoding will do that has ASCII in it. It returns where the head ends, -1 if
// that is not to be seen yet, and the encoding that a meta element declares, as
// it is written there.
//
// The first meta counts before others, then one with the name "charset", then
// one that stands for the header Content-Type, then any other (the reference
// server knows the first three), then an XML declaration.
func survey(page []byte) (headEnd int, declared string) {
	s := markup.NewScanner(page)
	var byName, byHeader, other string
	for metas := 0; s.HeadEnd < 0; {
		switch s.Next() {
		case markup.EndOfInput:
			return -1, firstOf(declared, byName, byHeader, other, webfetch.XMLEncoding(page))
		case markup.StartTag:
			if string(s.Name) != "meta" {
				continue
			}
			metas++
			charset := s.Get("charset")
			if metas == 1 {
				declared = charset
			} else if other == "" {
				other = charset
			}
			if byName == "" && strings.EqualFold(s.Get("name"), "charset") {
				byName = s.Get("content")
			}
			if byHeader == "" && strings.EqualFold(strings.TrimSpace(s.Get("http-equiv")), "content-type") {
				byHeader = webfetch.MetaCharset(s.Get("content"))
			}
		}
	}
	return s.HeadEnd, firstOf(declared, byName, byHeader, other, webfetch.XMLEncoding(page))
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
	text, used := webfetch.Decode(body, contentType, declared)
	if declared != "" && webfetch.Encoding(declared) == used {
		return text, declared
	}
	return text, used
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
