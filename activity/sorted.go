package activity

import (
	"slices"
	"strings"
)

// AppendSorted appends v as AppendJSON does, with the members of every object
// in the order of their names: what says the same has the same text, and hash.
func AppendSorted(dst []byte, v any) []byte {
	switch v := v.(type) {
	case *Object:
		var members []Member
		if v != nil {
			members = slices.Clone(v.members)
		}
		slices.SortFunc(members, func(a, b Member) int { return strings.Compare(a.Name, b.Name) })
		dst = append(dst, '{')
		for i, m := range members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(AppendString(dst, m.Name), ':')
			dst = AppendSorted(dst, m.Value)
		}
		return append(dst, '}')
	case []any:
		dst = append(dst, '[')
		for i, e := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendSorted(dst, e)
		}
		return append(dst, ']')
	}
	return AppendJSON(dst, v)
}
