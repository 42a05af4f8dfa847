package vcard

import (
	"strings"
	"unicode/utf8"

	"github.com/sockethub/sockethub/platform/dav/contentline"
)

// value is a property's value as UTF-8, still with its escapes: what vCard 2.1
// wrote in quoted-printable, and in whatever character set, is decoded. A
// semicolon that was encoded is one that was escaped.
func (c *Card) value(l *contentline.Line) string {
	v := l.Value()
	if l.IsQuotedPrintable() {
		v = contentline.DecodeQuoted(strings.NewReplacer("=3B", `\;`, "=3b", `\;`).Replace(v))
	}
	charset := l.Param("CHARSET")
	latin := strings.HasPrefix(strings.ToUpper(charset), "ISO-8859-1") || strings.EqualFold(charset, "WINDOWS-1252")
	if latin || (charset != "" || c.version == "2.1") && !utf8.ValidString(v) {
		return fromLatin1(v)
	}
	return strings.ToValidUTF8(v, "\uFFFD")
}

// fromLatin1 decodes ISO 8859-1: each byte is a character's number.
func fromLatin1(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}

// unescape decodes a text value.
func (c *Card) unescape(v string) string {
	v = contentline.Unescape(v)
	if c.version == "2.1" {
		v = strings.ReplaceAll(v, "\r\n", "\n")
	}
	return v
}

// escape is the opposite of unescape. In vCard 2.1 a comma is one, and a line
// break is left to quoted-printable.
func (c *Card) escape(text string) string {
	if c.version == "2.1" {
		return strings.NewReplacer(`\`, `\\`, ";", `\;`, "\r\n", "\n", "\r", "\n").Replace(contentline.Clean(text))
	}
	return contentline.Escape(text)
}

// encode returns a property with an escaped value, in quoted-printable where that
// is needed or was used; head is all before the colon.
func (c *Card) encode(head, value string) string {
	l := lineOf(head)
	quoted := l.IsQuotedPrintable()
	if !quoted && (c.version != "2.1" || isPlain(value)) {
		return head + ":" + value
	}
	if !quoted {
		head += ";ENCODING=QUOTED-PRINTABLE"
	}
	if !isASCII(value) && !strings.EqualFold(l.Param("CHARSET"), "UTF-8") {
		head = withoutParams(head, func(name, _ string) bool { return strings.EqualFold(name, "CHARSET") }) + ";CHARSET=UTF-8"
	}
	return head + ":" + contentline.EncodeQuoted(strings.ReplaceAll(value, "\n", "\r\n"))
}

func isPlain(s string) bool { return isASCII(s) && !strings.Contains(s, "\n") }

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// lineOf is a line with an empty value.
func lineOf(head string) *contentline.Line { return contentline.NewLine(head + ":") }

// withoutParams is a head without the parameters that drop says.
func withoutParams(head string, drop func(name, value string) bool) string {
	l := lineOf(head)
	var b strings.Builder
	if group := l.Group(); group != "" {
		b.WriteString(group + ".")
	}
	b.WriteString(l.Name())
	for p := range l.Params() {
		if drop(p.Name, p.Value) {
			continue
		}
		b.WriteByte(';')
		if p.Name != "" {
			b.WriteString(p.Name + "=")
		}
		b.WriteString(p.Value)
	}
	return b.String()
}

// head is all of a line before the colon.
func head(l *contentline.Line) string { return strings.TrimSuffix(l.Text(), ":"+l.Value()) }
