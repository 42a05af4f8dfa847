package socketio

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// unquote returns the string that a JSON string literal spells. Half a
// surrogate pair reads as U+FFFD.
func unquote(b []byte) string {
	body := b[1 : len(b)-1]
	plain := true
	for _, c := range body {
		if c == '\\' {
			plain = false
			break
		}
	}
	if plain {
		return string(body)
	}
	out := make([]byte, 0, len(body))
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			out = append(out, body[i])
			continue
		}
		i++
		switch c := body[i]; c {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, n := unicode(body[i+1:])
			out = utf8.AppendRune(out, r)
			i += n
		default:
			out = append(out, c)
		}
	}
	return string(out)
}

// unicode reads the digits after \u, and a low surrogate after a high one. It
// returns how many bytes that were.
func unicode(b []byte) (rune, int) {
	n, err := strconv.ParseUint(string(b[:4]), 16, 16)
	if err != nil {
		return utf8.RuneError, 4
	}
	high := rune(n)
	if high < 0xD800 || high > 0xDBFF || len(b) < 10 || b[4] != '\\' || b[5] != 'u' {
		return high, 4
	}
	n, err = strconv.ParseUint(string(b[6:10]), 16, 16)
	if low := rune(n); err == nil && low >= 0xDC00 && low <= 0xDFFF {
		return (high-0xD800)<<10 + (low - 0xDC00) + 0x10000, 10
	}
	return high, 4
}

// appendText appends s as a JSON string. What is not UTF-8 reads as U+FFFD.
func appendText(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
