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
	if c.isLatin1(l, v) {
		return fromLatin1(v)
	}
	return strings.ToValidUTF8(v, "\uFFFD")
}

// isLatin1 reports whether a value, without quoted-printable, is in ISO 8859-1: as
// the line says, or because it is no UTF-8 and need not be.
func (c *Card) isLatin1(l *contentline.Line, v string) bool {
	charset := strings.ToUpper(l.Param("CHARSET"))
	return strings.HasPrefix(charset, "ISO-8859-1") || charset == "WINDOWS-1252" ||
		(charset != "" || c.version == "2.1") && !utf8.ValidString(v)
}

// fromLatin1 decodes ISO 8859-1: each byte is a character's number.
func fromLatin1(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}

// toLatin1 is the opposite of fromLatin1; ok is false where that has no such
// character.
func toLatin1(s string) (latin string, ok bool) {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xFF {
			return "", false
		}
		b = append(b, byte(r))
	}
	return string(b), true
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
// is needed or was used; head is all before the colon. old is the value before,
// whose character set and spelling of semicolons are kept where that is possible.
func (c *Card) encode(head, value, old string) string {
	l := lineOf(head)
	quoted := l.IsQuotedPrintable()
	if !quoted && (c.version != "2.1" || isPlain(value)) {
		return head + ":" + value
	}
	if !quoted {
		head += ";ENCODING=QUOTED-PRINTABLE"
	}
	value = strings.ReplaceAll(value, "\n", "\r\n")
	latin, ok := toLatin1(value)
	switch {
	case isASCII(value):
	case quoted && ok && c.isLatin1(l, contentline.DecodeQuoted(old)) && c.isLatin1(l, latin):
		value = latin
	case !strings.EqualFold(l.Param("CHARSET"), "UTF-8"):
		head = withoutParams(head, func(name, _ string) bool { return strings.EqualFold(name, "CHARSET") }) + ";CHARSET=UTF-8"
	}
	value = contentline.EncodeQuoted(value)
	if strings.Contains(strings.ToUpper(old), "=3B") {
		value = strings.ReplaceAll(value, `\;`, "=3B")
	}
	return head + ":" + value
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
