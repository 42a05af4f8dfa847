package contentline

import (
	"errors"
	"math"
	"strings"
)

// Limits of a resource. A line is long when it carries a picture: the largest
// that servers take is about a megabyte. A calendar of one event has some
// hundred lines, one with a thousand guests and overrides a few thousand.
const (
	MaxLine  = 1 << 20 // bytes of one logical line
	MaxLines = 10_000  // logical lines of a resource
)

// Errors of Parse.
var (
	ErrLineTooLong  = errors.New("a line has more than 1 MiB")
	ErrTooManyLines = errors.New("more than 10000 lines")
)

// Format says what ends a line, and what continues one.
type Format uint8

const (
	// Calendar is iCalendar: lines end with CRLF or LF.
	Calendar Format = iota
	// Card is vCard 3.0 and 4.0: a CR alone ends a line too, and quoted-printable
	// values, which some programs write there as well, go on after a "=" at the
	// end of a line.
	Card
	// Card21 is vCard 2.1: as Card, but the blank of a fold belongs to the value.
	// It is folded nowhere when written.
	Card21
)

// Line is a logical line. The zero Line is an empty one.
type Line struct {
	raw  string // the physical lines with their ends
	text string // unfolded, without line end

	// text[name:nameEnd] is the name; before it stand the group and a dot, from
	// nameEnd to value-1 the parameters. value is 0 when this is no content line,
	// or one with a name of 64 KiB.
	name, nameEnd uint16
	value         int32
}

// Raw returns the line as it was written, with folds and line ends.
func (l *Line) Raw() string { return l.raw }

// Text returns the line without folds and line end.
func (l *Line) Text() string { return l.text }

// Group returns what stands before the dot of the name (vCard), "" for none.
func (l *Line) Group() string {
	if l.name == 0 {
		return ""
	}
	return l.text[:l.name-1]
}

// Name returns the name as it is written, "" when this is no content line.
func (l *Line) Name() string { return l.text[l.name:l.nameEnd] }

// Is reports whether the line has this name, given in upper case.
func (l *Line) Is(name string) bool {
	return int(l.nameEnd-l.name) == len(name) && strings.EqualFold(l.Name(), name)
}

// Value returns what stands behind the colon.
func (l *Line) Value() string {
	if l.value == 0 {
		return ""
	}
	return l.text[l.value:]
}

// split finds the parts of the text: the value begins behind the first colon
// that is not in quotes. A text that begins with a blank is no content line: in
// a file it would be taken for a fold.
func (l *Line) split() {
	l.name, l.nameEnd, l.value = 0, 0, 0
	if l.text == "" || l.text[0] == ' ' || l.text[0] == '\t' {
		return
	}
	quoted, end, dot := false, -1, -1
	for i := 0; i < len(l.text); i++ {
		switch l.text[i] {
		case '"':
			quoted = !quoted
		case '.':
			if end < 0 {
				dot = i
			}
		case ';':
			if end < 0 && !quoted {
				end = i
			}
		case ':':
			if quoted {
				continue
			}
			if end < 0 {
				end = i
			}
			if dot+1 < end && end <= math.MaxUint16 {
				l.name, l.nameEnd, l.value = uint16(dot+1), uint16(end), int32(i+1)
			}
			return
		}
	}
}

// logical returns the first logical line of text. One without folds is a part
// of it; of another, the parts are counted first, so that one allocation holds
// it and none that is too long is made.
func logical(text string, format Format) (Line, error) {
	end, size, folds := 0, 0, 0
	physical(text, format, func(part string, to int) {
		end, size, folds = to, size+len(part), folds+1
	})
	line := Line{raw: text[:end]}
	if size > MaxLine {
		return line, ErrLineTooLong
	}
	if folds == 1 {
		line.text = trimEnd(line.raw)
		return line, nil
	}
	var b strings.Builder
	b.Grow(size)
	physical(text, format, func(part string, _ int) { b.WriteString(part) })
	line.text = b.String()
	return line, nil
}

// physical hands on what each physical line of the first logical line of text
// has of it, and where in text that physical line ends.
func physical(text string, format Format, take func(part string, end int)) {
	end := lineLen(text, format)
	part := trimEnd(text[:end])
	quoted := format != Calendar && isQuotedPrintable(part)
	for {
		soft := quoted && strings.HasSuffix(part, "=") && end < len(text)
		folded := !soft && end < len(text) && (text[end] == ' ' || text[end] == '\t')
		if soft {
			part = part[:len(part)-1]
		}
		take(part, end)
		if !soft && !folded {
			return
		}
		from := end
		end += lineLen(text[from:], format)
		if folded && format != Card21 {
			from++
		}
		part = trimEnd(text[min(from, end):end])
	}
}

// lineLen is the length of the first physical line of text with its end.
func lineLen(text string, format Format) int {
	n := strings.IndexByte(text, '\n') + 1
	if n == 0 {
		n = len(text)
	}
	if format == Calendar {
		return n
	}
	if i := strings.IndexByte(text[:n], '\r'); i >= 0 && i != n-2 {
		return i + 1
	}
	return n
}

// trimEnd takes the line end from a physical line.
func trimEnd(s string) string {
	s = strings.TrimSuffix(s, "\n")
	return strings.TrimSuffix(s, "\r")
}

// NewLine is a line of a file that does not exist: its text cut into parts.
func NewLine(text string) *Line {
	l := Line{text: text}
	l.split()
	return &l
}
