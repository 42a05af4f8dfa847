package activity

import (
	"fmt"
	"strconv"
)

// AppendJSON appends v in JSON, without blanks, as JavaScript's JSON.stringify
// writes it. v is what Parse returns, or an int, int64, uint64 or []string for
// the convenience of those who make activities; any other type is a mistake of
// the caller and panics. An Object that nobody changed since it was read is
// copied from its text.
func AppendJSON(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case float64:
		return appendNumber(dst, v)
	case string:
		return AppendString(dst, v)
	case []any:
		dst = append(dst, '[')
		for i, e := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendJSON(dst, e)
		}
		return append(dst, ']')
	case *Object:
		return v.appendJSON(dst)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case uint64:
		return strconv.AppendUint(dst, v, 10)
	case []string:
		dst = append(dst, '[')
		for i, s := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendString(dst, s)
		}
		return append(dst, ']')
	}
	panic(fmt.Sprintf("activity: cannot write a %T as JSON", v))
}

func (o *Object) appendJSON(dst []byte) []byte {
	if o == nil {
		return append(dst, "null"...)
	}
	if o.raw != "" {
		return append(dst, o.raw...)
	}
	dst = append(dst, '{')
	for i := range o.members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendString(dst, o.members[i].Name)
		dst = append(dst, ':')
		dst = AppendJSON(dst, o.members[i].Value)
	}
	return append(dst, '}')
}

// AppendString appends s as a JSON string. Only what must be escaped is; half a
// surrogate pair (see Parse) is written as an escape, other bytes that are not
// UTF-8 as U+FFFD.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	dst = appendEscaped(dst, s)
	return append(dst, '"')
}

const hexDigits = "0123456789abcdef"

func appendEscaped(dst []byte, s string) []byte {
	done := 0 // everything before it is in dst
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < 0x80 && c != '"' && c != '\\' {
			i++
			continue
		}
		if c >= 0x80 {
			n := sequence(s[i:])
			if n > 0 {
				i += n
				continue
			}
			dst = append(dst, s[done:i]...)
			if u, ok := surrogate(s[i:]); ok {
				dst = append(dst, '\\', 'u', 'd', hexDigits[u>>8&15], hexDigits[u>>4&15], hexDigits[u&15])
				i += 3
			} else {
				dst = append(dst, "\uFFFD"...)
				i += maximalSubpart(s[i:])
			}
			done = i
			continue
		}
		dst = append(dst, s[done:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		done = i
	}
	return append(dst, s[done:]...)
}
