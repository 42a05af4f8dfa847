// Package shape compares what a message wants with what there is, as calendars
// and address books both need it: values of messages, and their lists entry by
// entry.
package shape

import (
	"errors"
	"sync"

	"github.com/sockethub/sockethub/activity"
)

// Members collects the members of an object: New, Add, Object.
type Members []activity.Member

// scratch are Members without members. A calendar of 2,000 events makes ten
// thousand objects one by one.
var scratch = sync.Pool{New: func() any { m := make(Members, 0, 32); return &m }}

// New returns Members to add to, until Object.
func New() *Members { return scratch.Get().(*Members) }

// Object returns the object. The Members are of no more use then.
func (m *Members) Object() *activity.Object {
	o := activity.NewObject(*m...)
	clear(*m)
	*m = (*m)[:0]
	scratch.Put(m)
	return o
}

// Add adds a member.
func (m *Members) Add(name string, value any) {
	*m = append(*m, activity.Member{Name: name, Value: value})
}

// Text adds a member that is a text, if it is not empty.
func (m *Members) Text(name, value string) {
	if value != "" {
		m.Add(name, value)
	}
}

// List adds a member that is a list, if it is not empty.
func (m *Members) List(name string, list []any) {
	if len(list) > 0 {
		m.Add(name, list)
	}
}

// Equal reports whether two values of messages say the same: of numbers, types
// do not matter, of objects, neither does the order of members. What is Empty is
// as good as nothing.
func Equal(a, b any) bool {
	if Empty(a) || Empty(b) {
		return Empty(a) && Empty(b)
	}
	switch a := a.(type) {
	case []any:
		list, ok := b.([]any)
		if !ok || len(a) != len(list) {
			return false
		}
		for i := range a {
			if !Equal(a[i], list[i]) {
				return false
			}
		}
		return true
	case *activity.Object:
		o, ok := b.(*activity.Object)
		return ok && Covers(a, o) && Covers(o, a)
	}
	return number(a) == number(b)
}

// Covers reports whether have says the same as want for each member of want.
func Covers(want, have *activity.Object) bool {
	for i := range want.Len() {
		name, v := want.Member(i)
		if !Equal(v, have.Get(name)) {
			return false
		}
	}
	return true
}

// Empty reports whether a value removes what is there: null, "", [] and false.
func Empty(v any) bool {
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

// Match finds for each wanted entry of a list the one that there is: for each of
// same in turn, the first that is taken by no other. -1 stands for none. Entries
// of have are objects or texts, as those of want should be.
func Match(want, have []any, same ...func(want, have any) bool) []int {
	of := make([]int, len(want))
	for i := range of {
		of[i] = -1
	}
	used := make([]bool, len(have))
	for _, is := range same {
		for i := range want {
			for j := 0; j < len(have) && of[i] < 0; j++ {
				if !used[j] && is(want[i], have[j]) {
					of[i], used[j] = j, true
				}
			}
		}
	}
	return of
}

// Key makes a rule for Match: entries with the same key, if it is not empty.
func Key(key func(*activity.Object) string) func(want, have any) bool {
	return func(want, have any) bool {
		w, okW := want.(*activity.Object)
		h, okH := have.(*activity.Object)
		return okW && okH && key(w) != "" && key(w) == key(h)
	}
}

// Objects is a member that is a list of objects, empty for none.
func Objects(o *activity.Object, member string) ([]any, error) {
	list, ok := o.Get(member).([]any)
	if !ok && !Empty(o.Get(member)) {
		return nil, errors.New("invalid " + member)
	}
	for _, v := range list {
		if entry, ok := v.(*activity.Object); !ok || entry == nil {
			return nil, errors.New("invalid " + member)
		}
	}
	return list, nil
}

// Texts is a value that is a list of texts, empty for none. field is its name in
// errors.
func Texts(v any, field string) ([]string, error) {
	list, ok := v.([]any)
	if !ok && !Empty(v) {
		return nil, errors.New("invalid " + field)
	}
	texts := make([]string, 0, len(list))
	for _, one := range list {
		text, ok := one.(string)
		if !ok {
			return nil, errors.New("invalid " + field)
		}
		texts = append(texts, text)
	}
	return texts, nil
}
