package dummy

import (
	"math"
	"strings"

	"github.com/sockethub/sockethub/activity"
)

// text turns a JSON value into a text as JavaScript's String does.
func text(v any, present bool) string {
	switch v := v.(type) {
	case nil:
		if !present {
			return "undefined"
		}
	case string:
		return v
	case float64:
		switch { // numbers that are too large for a double
		case math.IsInf(v, 1):
			return "Infinity"
		case math.IsInf(v, -1):
			return "-Infinity"
		}
	case []any:
		var b strings.Builder
		for i, e := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			if e != nil {
				b.WriteString(text(e, true))
			}
		}
		return b.String()
	case *activity.Object:
		return "[object Object]"
	}
	return string(activity.AppendJSON(nil, v))
}
