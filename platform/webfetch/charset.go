package webfetch

import (
	"bytes"
	"mime"
	"strings"
	"unicode/utf8"

	"github.com/sockethub/sockethub/platform/webfetch/charset"
)

// Decode returns body in UTF-8 and the name, in lower case, of the encoding it
// was in (see package charset). The encoding is that of the byte order mark, else
// the one that the header Content-Type names, else the declared one (which the
// caller found in the document; "" for none), else UTF-8. It is UTF-8 against
// header and declaration where the bytes are nothing else: text in another
// encoding hardly ever is by chance.
//
// Of an encoding that is not known the ASCII characters stay, and all else, as
// bytes that mean nothing, becomes U+FFFD. There are no errors. The text may
// share body's memory.
func Decode(body []byte, contentType, declared string) (text []byte, encoding string) {
	if name, mark := byMark(body); name != "" {
		return charset.Lookup(name).Decode(body[mark:]), name
	}
	name := Charset(contentType)
	e := charset.Lookup(name)
	if name == "" {
		name, e = declared, byDeclaration(declared)
	}
	switch {
	case e == nil && strings.TrimSpace(name) == "":
		e = charset.Lookup("utf-8")
	case e == nil && !utf8.Valid(body):
		return asciiOnly(body), Encoding(name)
	case e == nil || isUTF8(body, e):
		if isASCII(body) {
			return body, Encoding(name)
		}
		return body, "utf-8"
	}
	return e.Decode(body), e.Name()
}

// byMark is the encoding that a body begins with the byte order mark of, which
// has so many bytes, or that it must be in as its first character is "<".
func byMark(body []byte) (encoding string, mark int) {
	switch {
	case bytes.HasPrefix(body, []byte("\xEF\xBB\xBF")):
		return "utf-8", 3
	case bytes.HasPrefix(body, []byte("\xFF\xFE")):
		return "utf-16le", 2
	case bytes.HasPrefix(body, []byte("\xFE\xFF")):
		return "utf-16be", 2
	case bytes.HasPrefix(body, []byte("<\x00")):
		return "utf-16le", 0
	case bytes.HasPrefix(body, []byte("\x00<")):
		return "utf-16be", 0
	}
	return "", 0
}

// byDeclaration is the encoding that a document means by a name that could be
// read in it as ASCII (HTML Standard, section 13.2.3.2).
func byDeclaration(name string) *charset.Encoding {
	e := charset.Lookup(name)
	if e == nil {
		return nil
	}
	switch e.Name() {
	case "utf-16le", "utf-16be":
		return charset.Lookup("utf-8")
	case "x-user-defined":
		return charset.Lookup("windows-1252")
	}
	return e
}

// isUTF8 reports whether body is UTF-8, or just ASCII, although e was named.
func isUTF8(body []byte, e *charset.Encoding) bool {
	switch e.Name() {
	case "utf-8", "replacement":
		return false // which is for the decoder to say
	case "utf-16le", "utf-16be":
		return bytes.IndexByte(body, 0) < 0 && utf8.Valid(body)
	case "iso-2022-jp":
		return bytes.IndexByte(body, 0x1B) < 0 && utf8.Valid(body)
	case "gbk", "gb18030", "big5", "euc-kr", "euc-jp", "shift_jis":
		// A short text in these may look like letters of two bytes in UTF-8; one in
		// UTF-8 has characters of three.
		return utf8.Valid(body) && (isASCII(body) || bytes.ContainsFunc(body, func(r rune) bool { return r >= 0x800 }))
	}
	return utf8.Valid(body)
}

func asciiOnly(body []byte) []byte {
	text := make([]byte, 0, len(body)+len(body)/4)
	for _, c := range body {
		if c < utf8.RuneSelf {
			text = append(text, c)
		} else {
			text = append(text, "\uFFFD"...)
		}
	}
	return text
}

// Charset returns the parameter charset of a Content-Type, "" if there is none.
func Charset(contentType string) string {
	if _, params, err := mime.ParseMediaType(contentType); err == nil {
		return strings.TrimSpace(params["charset"])
	}
	return MetaCharset(contentType) // some servers send what is no media type at all
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
	if e := charset.Lookup(name); e != nil {
		return e.Name()
	}
	return strings.ToLower(strings.TrimSpace(name))
}
