package activity

import (
	"slices"
	"strconv"
)

// Member is a name and its value in an Object.
type Member struct {
	Name  string
	Value any
}

// Object is a JSON object whose members keep the order that JavaScript gives
// them: names that are array indices ("0", "17") first and ascending, then the
// others as they came. Methods that read work on a nil *Object, which is empty.
//
// Any number of goroutines may read an Object; none may while one writes.
type Object struct {
	members []Member
	index   map[string]int // position by name; nil for few members

	// raw is the text the object was read from while it is what AppendJSON
	// would write: never touched since, nor any object inside it.
	raw    string
	parent *Object // the object that this one was read in; its raw contains ours
}

// indexFrom is how many members make looking for a name from the front slower
// than a map, and building the map worth its memory.
const indexFrom = 24

// NewObject returns an object of members; of two with one name the later value
// is kept, at the place of the first.
func NewObject(members ...Member) *Object {
	o := &Object{members: slices.Clone(members)}
	o.arrange()
	return o
}

// Len is the number of members.
func (o *Object) Len() int {
	if o == nil {
		return 0
	}
	return len(o.members)
}

// Member returns the member at position i, 0 <= i < Len.
func (o *Object) Member(i int) (name string, value any) {
	m := &o.members[i]
	return m.Name, m.Value
}

// Lookup returns the value of a member and whether there is one.
func (o *Object) Lookup(name string) (any, bool) {
	if i := o.find(name); i >= 0 {
		return o.members[i].Value, true
	}
	return nil, false
}

// Get returns the value of a member, nil when there is none.
func (o *Object) Get(name string) any {
	v, _ := o.Lookup(name)
	return v
}

// Text returns the value of a member that is a string, else "".
func (o *Object) Text(name string) string {
	s, _ := o.Get(name).(string)
	return s
}

// Object returns the value of a member that is an object, else nil.
func (o *Object) Object(name string) *Object {
	child, _ := o.Get(name).(*Object)
	return child
}

// Set gives a member a value: in place when it exists, else at the end (an
// array index goes to its place among the indices). A list that was set or read
// must not be changed afterwards; set a new one.
func (o *Object) Set(name string, v any) {
	i := o.find(name)
	if i >= 0 {
		if same(o.members[i].Value, v) {
			return
		}
		o.touch()
		o.members[i].Value = v
		return
	}
	o.touch()
	at := len(o.members)
	if n, ok := arrayIndex(name); ok {
		at = 0
		for at < len(o.members) {
			if m, ok := arrayIndex(o.members[at].Name); !ok || m > n {
				break
			}
			at++
		}
	}
	o.members = slices.Insert(o.members, at, Member{name, v})
	switch {
	case o.index != nil && at == len(o.members)-1:
		o.index[name] = at
	case len(o.members) >= indexFrom:
		o.reindex()
	}
}

// Delete removes a member if there is one.
func (o *Object) Delete(name string) {
	i := o.find(name)
	if i < 0 {
		return
	}
	o.touch()
	o.members = slices.Delete(o.members, i, i+1)
	if o.index != nil {
		o.reindex()
	}
}

// Copy returns an object with the same members, whose values it shares: other
// members can be set in it without a change to o.
func (o *Object) Copy() *Object {
	c := &Object{members: slices.Clone(o.members)}
	if o.index != nil {
		c.reindex()
	}
	return c
}

// Clone returns a copy that shares nothing that can change.
func (o *Object) Clone() *Object {
	if o == nil {
		return nil
	}
	return o.clone(nil)
}

func (o *Object) clone(parent *Object) *Object {
	c := &Object{members: make([]Member, len(o.members)), raw: o.raw, parent: parent}
	for i, m := range o.members {
		c.members[i] = Member{m.Name, cloneValue(m.Value, c)}
	}
	if o.index != nil {
		c.reindex()
	}
	return c
}

func cloneValue(v any, parent *Object) any {
	switch v := v.(type) {
	case *Object:
		if v == nil {
			return v
		}
		return v.clone(parent)
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = cloneValue(e, parent)
		}
		return list
	}
	return v
}

func (o *Object) find(name string) int {
	if o == nil {
		return -1
	}
	if o.index != nil {
		if i, ok := o.index[name]; ok {
			return i
		}
		return -1
	}
	for i := range o.members {
		if o.members[i].Name == name {
			return i
		}
	}
	return -1
}

// touch forgets the texts that contain o. An object that was put into another
// one by Set needs no way back to it: that one lost its own text then.
func (o *Object) touch() {
	for p := o; p != nil && p.raw != ""; p = p.parent {
		p.raw = ""
	}
}

// arrange puts members from the order of a text into that of a JavaScript object.
// It reports whether they already were.
func (o *Object) arrange() (unchanged bool) {
	unchanged = o.dropDoubles()
	hasIndex := slices.ContainsFunc(o.members, func(m Member) bool { return isDigit(m.Name) })
	if hasIndex && !slices.IsSortedFunc(o.members, byIndex) {
		slices.SortStableFunc(o.members, byIndex)
		unchanged = false
		if o.index != nil {
			o.reindex()
		}
	}
	return unchanged
}

// dropDoubles lets the last of members with one name win, at the first's place.
func (o *Object) dropDoubles() (unchanged bool) {
	unchanged = true
	if len(o.members) >= indexFrom {
		o.index = make(map[string]int, len(o.members))
	}
	kept := o.members[:0]
	for _, m := range o.members {
		i := -1
		if o.index != nil {
			if at, ok := o.index[m.Name]; ok {
				i = at
			} else {
				o.index[m.Name] = len(kept)
			}
		} else {
			i = slices.IndexFunc(kept, func(k Member) bool { return k.Name == m.Name })
		}
		if i < 0 {
			kept = append(kept, m)
			continue
		}
		kept[i].Value = m.Value
		unchanged = false
	}
	clear(o.members[len(kept):])
	o.members = kept
	return unchanged
}

func (o *Object) reindex() {
	o.index = make(map[string]int, len(o.members))
	for i, m := range o.members {
		o.index[m.Name] = i
	}
}

func byIndex(a, b Member) int {
	i, isIndex := arrayIndex(a.Name)
	j, other := arrayIndex(b.Name)
	switch {
	case isIndex && other:
		if i < j {
			return -1
		}
		return 1
	case isIndex:
		return -1
	case other:
		return 1
	}
	return 0
}

func isDigit(name string) bool {
	return name != "" && name[0] >= '0' && name[0] <= '9'
}

// arrayIndex reports whether name is what ECMAScript calls an array index: the
// decimal form of a number below 2^32 - 1.
func arrayIndex(name string) (uint64, bool) {
	if !isDigit(name) || len(name) > 10 || len(name) > 1 && name[0] == '0' {
		return 0, false
	}
	n, err := strconv.ParseUint(name, 10, 64)
	return n, err == nil && n < 1<<32-1
}

// same reports whether b may stand for a without a difference in the text: both
// are equal scalars or lists of scalars.
func same(a, b any) bool {
	switch a := a.(type) {
	case nil, string, bool:
		switch b.(type) {
		case nil, string, bool:
			return a == b
		}
	case []any:
		list, ok := b.([]any)
		if !ok || len(list) != len(a) {
			return false
		}
		for i := range a {
			if !same(a[i], list[i]) {
				return false
			}
		}
		return true
	}
	return false
}
