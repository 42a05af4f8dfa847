package contentline

import "strings"

// isQuotedPrintable reports whether the parameters of a line say that its value
// is in quoted-printable: ENCODING=QUOTED-PRINTABLE, or that word alone.
func isQuotedPrintable(text string) bool {
	if strings.IndexByte(text, ';') < 0 {
		return false
	}
	for p := range NewLine(text).Params() {
		if (p.Name == "" || strings.EqualFold(p.Name, "ENCODING")) && strings.EqualFold(p.Value, "QUOTED-PRINTABLE") {
			return true
		}
	}
	return false
}

// IsQuotedPrintable reports whether the value is in quoted-printable (vCard 2.1).
func (l *Line) IsQuotedPrintable() bool { return l.value > 0 && isQuotedPrintable(l.text[:l.value]) }

// DecodeQuoted decodes quoted-printable (RFC 2045, section 6.7) without soft
// line breaks, which Parse has taken out. What is no escape stays.
func DecodeQuoted(s string) string {
	at := strings.IndexByte(s, '=')
	if at < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for at >= 0 {
		b = append(b, s[:at]...)
		if high, low := unhex(s, at+1), unhex(s, at+2); high < 16 && low < 16 {
			b = append(b, high<<4|low)
			s = s[at+3:]
		} else {
			b = append(b, '=')
			s = s[at+1:]
		}
		at = strings.IndexByte(s, '=')
	}
	return string(append(b, s...))
}

// EncodeQuoted is the opposite of DecodeQuoted. Everything but printable ASCII
// is escaped.
func EncodeQuoted(s string) string {
	const hex = "0123456789ABCDEF"
	b := make([]byte, 0, len(s)+len(s)/2)
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c > '~' || c == '=' || c == ' ' && i == len(s)-1 {
			b = append(b, '=', hex[c>>4], hex[c&15])
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}

// unhex is the value of the hexadecimal digit at s[i], 255 when there is none.
func unhex(s string, i int) byte {
	if i >= len(s) {
		return 255
	}
	switch c := s[i]; {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	}
	return 255
}
