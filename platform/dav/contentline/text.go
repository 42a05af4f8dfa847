package contentline

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Unescape decodes a TEXT value (RFC 5545, section 3.3.11; RFC 6350, section
// 3.4) in one pass: \n, \N, \, \; and \\. Any other backslash stays. Bytes that
// are not UTF-8 become U+FFFD.
func Unescape(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	at := strings.IndexByte(s, '\\')
	if at < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for at >= 0 && at+1 < len(s) {
		b.WriteString(s[:at])
		switch c := s[at+1]; c {
		case 'n', 'N':
			b.WriteByte('\n')
		case ',', ';', '\\':
			b.WriteByte(c)
		default:
			b.WriteString(s[at : at+2])
		}
		s = s[at+2:]
		at = strings.IndexByte(s, '\\')
	}
	b.WriteString(s)
	return b.String()
}

// Escape is the opposite of Unescape. CRLF and CR are written as \n too; other
// control characters than a tab cannot be written and are left out.
func Escape(s string) string { return escaper.Replace(Clean(s)) }

var escaper = strings.NewReplacer(`\`, `\\`, "\r\n", `\n`, "\r", `\n`, "\n", `\n`, ";", `\;`, ",", `\,`)

// Clean returns s as valid UTF-8 and without control characters other than tab,
// CR and LF.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\r' && r != '\n' || r == 0x7F {
			return -1
		}
		return r
	}, s)
}

// Split cuts a value at every separator, a comma or a semicolon, that has no
// backslash before it. The parts are as they are written.
func Split(s string, separator byte) []string {
	parts := make([]string, 0, strings.Count(s, string(separator))+1)
	start := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case separator:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}

// foldAt is how many bytes a physical line should have at most without its end
// (RFC 5545, section 3.1).
const foldAt = 75

// appendFolded appends a logical line, folded between characters, and not behind
// a "=", which quoted-printable would take for its own way to go on.
func appendFolded(b []byte, text, end string) []byte {
	for limit := foldAt; len(text) > limit; limit = foldAt - 1 {
		n := limit
		for n > limit-utf8.UTFMax && (!utf8.RuneStart(text[n]) || text[n-1] == '=') {
			n--
		}
		b = append(append(append(b, text[:n]...), end...), ' ')
		text = text[n:]
	}
	return append(append(b, text...), end...)
}

// Retain cuts a list of TEXT values, as CATEGORIES is one, to those that are
// wanted, as they are written, and returns what of want is not among them.
func Retain(list string, want []string) (kept string, missing []string) {
	var values []string
	missing = slices.Clone(want)
	for _, raw := range Split(list, ',') {
		if at := slices.Index(missing, Unescape(raw)); at >= 0 {
			values = append(values, raw)
			missing = slices.Delete(missing, at, at+1)
		}
	}
	return strings.Join(values, ","), missing
}
