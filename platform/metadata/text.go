package metadata

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of texts, in bytes.
const (
	maxLine        = 2 << 10 // of a title, a name
	maxDescription = 32 << 10
	maxWord        = 128 // of a language, a date, a size
)

// lines returns a text as descriptions are told: in each line runs of blanks are
// one blank and the ends are trimmed; empty lines at both ends go, and in
// between at most one of several stays.
func lines(s string) string {
	if len(s) > 4*maxDescription {
		s = cut(s, 4*maxDescription)
	}
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	var b strings.Builder
	empty := 0
	for line := range strings.SplitSeq(s, "\n") {
		line = blanks(line)
		if line == "" {
			empty++
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
			if empty > 0 {
				b.WriteByte('\n')
			}
		}
		empty = 0
		b.WriteString(line)
	}
	return shorten(b.String(), maxDescription)
}

// oneLine returns a text as titles and names are told.
func oneLine(s string) string {
	return shorten(strings.Join(strings.FieldsFunc(printable(cut(s, 4*maxLine)), unicode.IsSpace), " "), maxLine)
}

// word returns a text that is a token, such as a language: as it was written,
// but for the blanks around it; "" when it is none.
func word(s string) string {
	s = printable(strings.TrimSpace(s))
	if len(s) > maxWord {
		return ""
	}
	return s
}

// blanks trims a line and makes one blank of each run of them.
func blanks(line string) string {
	return strings.Join(strings.FieldsFunc(printable(line), func(r rune) bool { return r == '\t' || unicode.Is(unicode.Zs, r) }), " ")
}

// printable leaves out control characters but for white space.
func printable(s string) string {
	if strings.IndexFunc(s, isControl) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if isControl(r) {
			return -1
		}
		return r
	}, s)
}

func isControl(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\f' && r != '\r' || r == 0x7F
}

// shorten cuts a text that is longer than n bytes, and shows it.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.TrimRightFunc(cut(s, n-len("…")), unicode.IsSpace) + "…"
}

// cut returns at most n bytes of s, and whole characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
