package feeds

import (
	"strconv"
	"strings"
	"unicode/utf16"
)

// syntaxError is a document that is not well-formed.
type syntaxError struct {
	text   []byte
	at     int // offset in text
	reason string
}

// Error is what clients of the reference server read: the reason, the place,
// and the line with a mark below it.
//
//	XmlError: Missing end tag for element b (line 5, column 20)
//	    <item><title><b>x</title></b></item>
//	                     ^
//
// The place is counted in characters and shown as if they were UTF-16 units:
// characters beyond U+FFFF before it make it too small. Positions of the
// reference are compared by clients' tests, so ours are the same.
func (e *syntaxError) Error() string {
	before := len([]rune(lines(e.text[:e.at])))
	units := utf16.Encode([]rune(lines(e.text)))
	start, line := 0, 1
	for i, u := range units[:min(before, len(units))] {
		if u == '\n' {
			start = i + 1
			line++
		}
	}
	end := start
	for end < len(units) && units[end] != '\n' {
		end++
	}
	column := before - start + 1
	excerpt, mark := units[start:end], column
	if len(excerpt) > maxExcerpt {
		if column < 40 {
			excerpt = excerpt[:maxExcerpt]
		} else {
			from := min(column-20, len(excerpt))
			excerpt = excerpt[from:min(column+30, len(excerpt))]
			mark = 20
		}
	}
	return "XmlError: " + e.reason + " (line " + strconv.Itoa(line) + ", column " + strconv.Itoa(column) + ")\n  " +
		string(utf16.Decode(excerpt)) + "\n" + strings.Repeat(" ", mark+1) + "^\n"
}

// maxExcerpt is the length of the longest line that is shown whole.
const maxExcerpt = 50

// lines returns text with LF for each line break.
func lines(text []byte) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(text))
}
