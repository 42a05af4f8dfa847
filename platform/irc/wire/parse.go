package wire

import (
	"errors"
	"strings"
)

// ErrNoCommand reports a line that has no command: it is empty, or has nothing
// but tags and a source.
var ErrNoCommand = errors.New("the line has no command")

// Parse reads a line without its end. CR and LF at its end are passed over; the
// blanks at the end of a text are part of it.
func Parse(line string) (Message, error) {
	p := parser{rest: strings.TrimLeft(strings.TrimRight(line, "\r\n"), " ")}
	var m Message
	if strings.HasPrefix(p.rest, "@") {
		m.Tags = parseTags(p.word()[1:])
	}
	if strings.HasPrefix(p.rest, ":") {
		m.Source = p.word()[1:]
	}
	m.Command = upper(p.word())
	if m.Command == "" || m.Command[0] == ':' {
		return Message{}, ErrNoCommand
	}
	m.Params, m.Text = p.params()
	return m, nil
}

// parser goes through a line. rest begins with a word, or is empty.
type parser struct{ rest string }

// word takes the next word and the blanks behind it.
func (p *parser) word() string {
	word, rest, _ := strings.Cut(p.rest, " ")
	p.rest = strings.TrimLeft(rest, " ")
	return word
}

// params takes what is left: middle parameters and, behind a colon or as the
// fifteenth, the trailing one with its blanks.
func (p *parser) params() (params []string, text bool) {
	for p.rest != "" {
		if p.rest[0] == ':' {
			return append(params, p.rest[1:]), true
		}
		if len(params) == MaxParams-1 {
			return append(params, p.rest), false
		}
		params = append(params, p.word())
	}
	return params, false
}

// parseTags reads "time=2024-…;+draft/reply=m7;bot". Of two tags with one name
// the last counts, an empty name does not.
func parseTags(s string) []Tag {
	tags := make([]Tag, 0, min(strings.Count(s, ";")+1, maxTags))
	for part := range strings.SplitSeq(s, ";") {
		key, value, _ := strings.Cut(part, "=")
		if key == "" || key == "+" {
			continue
		}
		value = unescapeTag(value)
		known := false
		for i := range tags {
			if tags[i].Key == key {
				tags[i].Value, known = value, true
			}
		}
		if !known && len(tags) < maxTags {
			tags = append(tags, Tag{key, value})
		}
	}
	if len(tags) == 0 {
		return nil
	}
	return tags
}

// maxTags is how many tags of a message are kept. Real ones have ten.
const maxTags = 64

// unescapeTag resolves the escapes of a value (IRCv3 message tags, "Escaping
// values"): \: is a semicolon, \s a blank, a stray backslash goes.
func unescapeTag(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\\' {
			i++
			if i == len(s) {
				break
			}
			switch c = s[i]; c {
			case ':':
				c = ';'
			case 's':
				c = ' '
			case 'r':
				c = '\r'
			case 'n':
				c = '\n'
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}

// upper is strings.ToUpper for ASCII: commands have no other letters.
func upper(s string) string {
	for i := range len(s) {
		if s[i] >= 'a' && s[i] <= 'z' {
			b := []byte(s)
			for j := i; j < len(b); j++ {
				if b[j] >= 'a' && b[j] <= 'z' {
					b[j] -= 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}
