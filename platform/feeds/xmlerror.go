package feeds

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
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
// characters beyond U+FFFF before it make it too small. Only LF ends a line.
// Clients' tests compare these texts, so ours are the same.
func (e *syntaxError) Error() string {
	// The place in characters, then the line that has as many units before it.
	left := utf8.RuneCount(e.text[:e.at])
	line, column, start := 1, 1, 0
	for at := 0; left > 0 && at < len(e.text); {
		r, n := utf8.DecodeRune(e.text[at:])
		at += n
		units := utf16.RuneLen(r)
		column += min(units, left)
		left -= units
		if r == '\n' {
			line, column, start = line+1, 1, at
		}
	}
	excerpt, mark := e.excerpt(start, column), column
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

// excerpt is the line that begins at start, as far as it is needed.
func (e *syntaxError) excerpt(start, column int) (units []uint16) {
	for at := start; at < len(e.text) && len(units) < column+maxExcerpt; {
		r, n := utf8.DecodeRune(e.text[at:])
		if r == '\n' {
			break
		}
		units = utf16.AppendRune(units, r)
		at += n
	}
	return units
}
