package ical

import "github.com/sockethub/sockethub/activity"

// equal reports whether two values of messages say the same: of numbers, types
// do not matter, of objects, neither does the order of members. An empty text or
// list is as good as none, and so is false.
func equal(a, b any) bool {
	if isEmpty(a) || isEmpty(b) {
		return isEmpty(a) && isEmpty(b)
	}
	switch a := a.(type) {
	case []any:
		list, ok := b.([]any)
		if !ok || len(a) != len(list) {
			return false
		}
		for i := range a {
			if !equal(a[i], list[i]) {
				return false
			}
		}
		return true
	case *activity.Object:
		o, ok := b.(*activity.Object)
		return ok && covers(a, o) && covers(o, a)
	}
	return number(a) == number(b)
}

// covers reports whether b says the same as a for each member of a.
func covers(a, b *activity.Object) bool {
	for i := range a.Len() {
		name, v := a.Member(i)
		if !equal(v, b.Get(name)) {
			return false
		}
	}
	return true
}

// isEmpty reports whether a value removes what is there.
func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case bool:
		return !v
	case []any:
		return len(v) == 0
	case *activity.Object:
		return v == nil
	}
	return false
}

// number makes an int what numbers of messages are.
func number(v any) any {
	if n, ok := v.(int); ok {
		return float64(n)
	}
	return v
}
