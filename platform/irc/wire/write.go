package wire

import (
	"errors"
	"strings"
)

// Errors of Append.
var (
	ErrControl = errors.New("a line must not contain CR, LF or NUL")
	ErrWord    = errors.New("only the last parameter may be empty, contain a blank or begin with a colon")
	ErrCommand = errors.New("a command is one word, without a colon or an at sign in front")
	ErrTooMany = errors.New("a message has at most 15 parameters")
)

// Append appends the line with CR LF to dst. With an error dst is returned as it
// was.
func (m *Message) Append(dst []byte) ([]byte, error) {
	start := len(dst)
	line, err := m.append(dst)
	if err != nil {
		return dst[:start], err
	}
	return append(line, '\r', '\n'), nil
}

func (m *Message) append(dst []byte) ([]byte, error) {
	start := len(dst)
	if len(m.Tags) > 0 {
		dst = appendTags(dst, m.Tags)
	}
	if m.Source != "" {
		if strings.IndexByte(m.Source, ' ') >= 0 {
			return dst, ErrWord
		}
		dst = append(append(append(dst, ':'), m.Source...), ' ')
	}
	if m.Command == "" || m.Command[0] == ':' || m.Command[0] == '@' || strings.IndexByte(m.Command, ' ') >= 0 {
		return dst, ErrCommand
	}
	if len(m.Params) > MaxParams {
		return dst, ErrTooMany
	}
	dst = append(dst, m.Command...)
	for i, param := range m.Params {
		dst = append(dst, ' ')
		last := i == len(m.Params)-1
		single := param != "" && param[0] != ':' && strings.IndexByte(param, ' ') < 0
		if !single && !last {
			return dst, ErrWord
		}
		if last && (m.Text || !single) {
			dst = append(dst, ':')
		}
		dst = append(dst, param...)
	}
	for _, c := range dst[start:] {
		if c == '\r' || c == '\n' || c == 0 {
			return dst, ErrControl
		}
	}
	return dst, nil
}

// appendTags appends tags with their values escaped, and a blank.
func appendTags(dst []byte, tags []Tag) []byte {
	for i, tag := range tags {
		c := byte(';')
		if i == 0 {
			c = '@'
		}
		dst = append(append(dst, c), tag.Key...)
		if tag.Value == "" {
			continue
		}
		dst = append(dst, '=')
		for j := range len(tag.Value) {
			switch c := tag.Value[j]; c {
			case ';':
				dst = append(dst, `\:`...)
			case ' ':
				dst = append(dst, `\s`...)
			case '\r':
				dst = append(dst, `\r`...)
			case '\n':
				dst = append(dst, `\n`...)
			case '\\':
				dst = append(dst, `\\`...)
			default:
				dst = append(dst, c)
			}
		}
	}
	return append(dst, ' ')
}
