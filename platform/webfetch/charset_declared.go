package webfetch

import (
	"bytes"
	"strings"
)

// MetaCharset returns the encoding that a meta element names which stands for the
// header Content-Type, by its attribute content; "" if it names none (HTML
// Standard, section 2.7.3, "extracting a character encoding from a meta element").
func MetaCharset(content string) string {
	const word = "charset"
	lower := strings.ToLower(content)
	if len(lower) != len(content) { // a letter whose lower case has another length is no part of a name
		return ""
	}
	for at := 0; ; {
		i := strings.Index(lower[at:], word)
		if i < 0 {
			return ""
		}
		at += i + len(word)
		value, ok := strings.CutPrefix(strings.TrimLeft(content[at:], blanks), "=")
		if !ok {
			continue
		}
		value = strings.TrimLeft(value, blanks)
		if value == "" {
			return ""
		}
		if quote := value[0]; quote == '"' || quote == '\'' {
			inside, _, closed := strings.Cut(value[1:], value[:1])
			if !closed {
				return ""
			}
			return strings.Trim(inside, blanks)
		}
		if end := strings.IndexAny(value, blanks+";"); end >= 0 {
			value = value[:end]
		}
		return value
	}
}

// blanks are white space in HTML.
const blanks = " \t\n\f\r"

// XMLEncoding returns the encoding that an XML declaration at the start of a
// document names, "" if there is none (HTML Standard, section 13.2.3.2, "get an
// XML encoding").
func XMLEncoding(body []byte) string {
	if !bytes.HasPrefix(body, []byte("<?xml")) {
		return ""
	}
	declaration, _, closed := bytes.Cut(body[:min(len(body), maxDeclaration)], []byte(">"))
	_, after, ok := bytes.Cut(declaration, []byte("encoding"))
	if !closed || !ok {
		return ""
	}
	value, ok := strings.CutPrefix(strings.TrimLeft(string(after), blanks), "=")
	value = strings.TrimLeft(value, blanks)
	if !ok || value == "" || value[0] != '"' && value[0] != '\'' {
		return ""
	}
	name, _, closed := strings.Cut(value[1:], value[:1])
	if !closed {
		return ""
	}
	return strings.Trim(name, blanks)
}

// maxDeclaration is more bytes than an XML declaration has.
const maxDeclaration = 1 << 10
