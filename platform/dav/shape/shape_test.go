package shape

import (
	"slices"
	"testing"

	"github.com/sockethub/sockethub/activity"
)

func value(t *testing.T, text string) any {
	t.Helper()
	v, err := activity.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestEqual(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{`1`, `1.0`, true},
		{`"a"`, `"b"`, false},
		{`"1"`, `1`, false},
		{`null`, `""`, true},
		{`[]`, `false`, true},
		{`0`, `null`, false},
		{`[1,2]`, `[2,1]`, false},
		{`{"a":1,"b":[true]}`, `{"b":[true],"a":1}`, true},
		{`{"a":1,"b":""}`, `{"a":1}`, true},
		{`{"a":1}`, `{"a":1,"b":2}`, false},
		{`{}`, `{}`, true},
		{`{}`, `null`, false},
		{`{}`, `[1]`, false},
	}
	for _, tt := range tests {
		a, b := value(t, tt.a), value(t, tt.b)
		if Equal(a, b) != tt.want || Equal(b, a) != tt.want {
			t.Errorf("%s and %s: want %v", tt.a, tt.b, tt.want)
		}
	}
}

func TestMatch(t *testing.T) {
	want := value(t, `[{"id":"c","n":1},{"id":"a"},{"id":"b","n":2},{"id":"b","n":3}]`).([]any)
	have := value(t, `[{"id":"a","n":9},{"id":"b","n":3},{"id":"b","n":4}]`).([]any)
	got := Match(want, have, Equal, Key(func(o *activity.Object) string { return o.Text("id") }))
	if !slices.Equal(got, []int{-1, 0, 2, 1}) {
		t.Error(got)
	}
}

func TestMembers(t *testing.T) {
	for range 2 {
		m := New()
		m.Text("a", "")
		m.Text("b", "1")
		m.List("c", nil)
		m.Add("d", 2)
		if got := string(activity.AppendJSON(nil, m.Object())); got != `{"b":"1","d":2}` {
			t.Error(got)
		}
	}
}

func TestLists(t *testing.T) {
	o := value(t, `{"objects":[{"a":1}],"texts":["x"],"mixed":["x",{}],"none":null,"text":"x","nulls":[null]}`).(*activity.Object)
	for name, ok := range map[string]bool{"objects": true, "texts": false, "mixed": false, "none": true, "text": false, "missing": true, "nulls": false} {
		if _, err := Objects(o, name); (err == nil) != ok {
			t.Errorf("objects %s: %v", name, err)
		}
	}
	for name, ok := range map[string]bool{"objects": false, "texts": true, "mixed": false, "none": true, "text": false, "missing": true, "nulls": false} {
		if _, err := Texts(o.Get(name), name); (err == nil) != ok {
			t.Errorf("texts %s: %v", name, err)
		}
	}
}
