package activity

import (
	"fmt"
	"testing"
)

func parseObject(t testing.TB, text string) *Object {
	t.Helper()
	o, err := ParseObject([]byte(text))
	if err != nil {
		t.Fatalf("ParseObject(%q): %v", text, err)
	}
	return o
}

func text(v any) string { return string(AppendJSON(nil, v)) }

func TestObjectRead(t *testing.T) {
	o := parseObject(t, `{"s":"text","n":null,"o":{"x":1},"l":[]}`)
	if got, ok := o.Lookup("n"); got != nil || !ok {
		t.Errorf(`Lookup("n") = %v, %v; want a null that is there`, got, ok)
	}
	if got, ok := o.Lookup("none"); got != nil || ok {
		t.Errorf(`Lookup("none") = %v, %v; want nothing`, got, ok)
	}
	if got := o.Text("s") + o.Text("n") + o.Text("l") + o.Text("none"); got != "text" {
		t.Errorf("Text of members = %q, want only that of the string", got)
	}
	if o.Object("o").Get("x") != 1.0 || o.Object("s") != nil || o.Object("none") != nil {
		t.Errorf("Object of members: %v, %v, %v", o.Object("o"), o.Object("s"), o.Object("none"))
	}
	var none *Object
	if none.Len() != 0 || none.Get("x") != nil || none.Text("x") != "" || none.Object("x").Object("y") != nil || none.Clone() != nil {
		t.Error("a nil *Object is not empty")
	}
	if got := text(none); got != "null" {
		t.Errorf("a nil *Object is written as %s, want null", got)
	}
}

func TestObjectSet(t *testing.T) {
	tests := []struct {
		name, in string
		change   func(o *Object)
		want     string
	}{
		{"in place", `{"a":1,"b":2}`, func(o *Object) { o.Set("a", "x") }, `{"a":"x","b":2}`},
		{"at the end", `{"a":1}`, func(o *Object) { o.Set("c", true); o.Set("b", nil) }, `{"a":1,"c":true,"b":null}`},
		{"an index among the indices", `{"1":1,"9":9,"a":1}`, func(o *Object) { o.Set("3", 3.0) }, `{"1":1,"3":3,"9":9,"a":1}`},
		{"an index before all others", `{"a":1}`, func(o *Object) { o.Set("0", 0.0) }, `{"0":0,"a":1}`},
		{"the same text", `{ "a" : "x" }`, func(o *Object) { o.Set("a", "x") }, `{"a":"x"}`},
		{"delete", `{"a":1,"b":2,"c":3}`, func(o *Object) { o.Delete("b"); o.Delete("none") }, `{"a":1,"c":3}`},
		{"inside", `{"a":{"b":{"c":1}}}`, func(o *Object) { o.Object("a").Object("b").Set("c", 2.0) }, `{"a":{"b":{"c":2}}}`},
		{"inside a list", `{"a":[{"b":1}]}`, func(o *Object) { o.Get("a").([]any)[0].(*Object).Delete("b") }, `{"a":[{}]}`},
		{"moved to another object, and changed there", `{"a":{"b":1}}`, func(o *Object) {
			child := o.Object("a")
			o.Set("c", child)
			child.Set("b", 2.0)
		}, `{"a":{"b":2},"c":{"b":2}}`},
		{"inside of a clone", `{"a":{"b":1}}`, func(o *Object) { o.Clone().Object("a").Set("b", 2.0) }, `{"a":{"b":1}}`},
		{"a copy", `{"a":{"b":1}}`, func(o *Object) { o.Copy().Set("a", 2.0) }, `{"a":{"b":1}}`},
		{"what a copy shares", `{"a":{"b":1}}`, func(o *Object) { o.Copy().Object("a").Set("b", 2.0) }, `{"a":{"b":2}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := parseObject(t, tt.in)
			tt.change(o)
			if got := text(o); got != tt.want {
				t.Errorf("%s became %s, want %s", tt.in, got, tt.want)
			}
		})
	}
}

// Objects with many members find them by a map, which must follow every change.
func TestObjectWithManyMembers(t *testing.T) {
	o := NewObject()
	want := map[string]any{}
	for i := range 200 {
		name := fmt.Sprintf("m%d", i)
		if i%7 == 0 {
			name = fmt.Sprint(1000 - i)
		}
		o.Set(name, float64(i))
		want[name] = float64(i)
		if i%3 == 0 {
			gone := fmt.Sprintf("m%d", i/2)
			o.Delete(gone)
			delete(want, gone)
		}
	}
	for _, o := range []*Object{o, o.Clone(), o.Copy(), parseObject(t, text(o)), NewObject(membersOf(o)...)} {
		if o.Len() != len(want) {
			t.Fatalf("Len() = %d, want %d", o.Len(), len(want))
		}
		for name, value := range want {
			if got, ok := o.Lookup(name); got != value || !ok {
				t.Errorf("Lookup(%s) = %v, %v; want %v", name, got, ok, value)
			}
		}
		last := uint64(0)
		for i := range o.Len() {
			name, value := o.Member(i)
			if want[name] != value {
				t.Errorf("Member(%d) = %s, %v; want %v", i, name, value, want[name])
			}
			if n, ok := arrayIndex(name); ok {
				if n < last {
					t.Errorf("index %d stands behind %d", n, last)
				}
				last = n
			}
		}
	}
}

func membersOf(o *Object) []Member {
	var members []Member
	for i := range o.Len() {
		name, value := o.Member(i)
		members = append(members, Member{name, value})
	}
	return members
}

// What an object remembers of its text must never be seen after a change.
func FuzzObjectChanges(f *testing.F) {
	f.Add([]byte(`{"a":{"b":[{"c":1},2]},"d":"e"}`), []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Add([]byte(`[{"1":{"x":{}},"0":[]}]`), []byte{9, 200, 3, 77})
	f.Fuzz(func(t *testing.T, in, changes []byte) {
		v, err := Parse(in)
		if err != nil {
			return
		}
		for _, c := range changes {
			all := objectsIn(v, nil)
			if len(all) == 0 {
				return
			}
			o := all[int(c>>2)%len(all)]
			switch c & 3 {
			case 0:
				o.Set("new", float64(c))
			case 1:
				if o.Len() > 0 {
					name, _ := o.Member(int(c) % o.Len())
					o.Delete(name)
				}
			case 2:
				o.Set("from", all[0].Clone())
			case 3:
				v = clone(v)
			}
			if len(AppendJSON(nil, v)) > 1<<16 {
				return
			}
			if got, want := text(v), text(retype(v)); got != want {
				t.Fatalf("%q after %d of %v: written as %s, is %s", in, c, changes, got, want)
			}
		}
	})
}

func clone(v any) any {
	if o, ok := v.(*Object); ok {
		return o.Clone()
	}
	return v
}

func objectsIn(v any, found []*Object) []*Object {
	switch v := v.(type) {
	case *Object:
		found = append(found, v)
		for i := range v.Len() {
			_, value := v.Member(i)
			found = objectsIn(value, found)
		}
	case []any:
		for _, e := range v {
			found = objectsIn(e, found)
		}
	}
	return found
}

func ExampleObject_Set() {
	o, err := ParseObject([]byte(`{"type":"send","object":{"type":"message","content":"hi"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	o.Object("object").Set("content", "hello")
	o.Set("id", "7")
	fmt.Printf("%s\n", AppendJSON(nil, o))
	// Output: {"type":"send","object":{"type":"message","content":"hello"},"id":"7"}
}
