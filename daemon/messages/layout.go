package messages

import (
	"strings"
	"unicode/utf8"

	"github.com/sockethub/sockethub/activity"
)

// lineWidth is how long a line of JSON may be that people read.
const lineWidth = 110

// AppendLayout appends JSON as a person would lay it out: on one line what fits
// there, and otherwise a line for each member or element.
func AppendLayout(dst []byte, v any) []byte { return appendLayout(dst, v, 0, 0) }

// appendLayout begins in column used of a line that is indented by depth.
func appendLayout(dst []byte, v any, depth, used int) []byte {
	flat := oneLine(v)
	if 2*depth+used+utf8.RuneCountInString(flat) <= lineWidth {
		return append(dst, flat...)
	}
	line := func(depth int) { dst = append(dst, "\n"+strings.Repeat("  ", depth)...) }
	switch v := v.(type) {
	case *activity.Object:
		dst = append(dst, '{')
		for i := range v.Len() {
			name, value := v.Member(i)
			if i > 0 {
				dst = append(dst, ',')
			}
			line(depth + 1)
			key := string(activity.AppendString(nil, name)) + ": "
			dst = appendLayout(append(dst, key...), value, depth+1, len(key)+1)
		}
		line(depth)
		return append(dst, '}')
	case []any:
		dst = append(dst, '[')
		for i, value := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			line(depth + 1)
			dst = appendLayout(dst, value, depth+1, 1)
		}
		line(depth)
		return append(dst, ']')
	}
	return append(dst, flat...)
}

// oneLine is JSON with a blank where people put one.
func oneLine(v any) string {
	switch v := v.(type) {
	case *activity.Object:
		if v.Len() == 0 {
			return "{}"
		}
		parts := make([]string, v.Len())
		for i := range parts {
			name, value := v.Member(i)
			parts[i] = string(activity.AppendString(nil, name)) + ": " + oneLine(value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = oneLine(v[i])
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return string(activity.AppendJSON(nil, v))
}
