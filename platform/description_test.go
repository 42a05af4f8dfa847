package platform

import (
	"reflect"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/internal/workertest"
)

// A description that is read, and written again, says the same.
func FuzzDescription(f *testing.F) {
	for _, d := range []*Definition{parrotDefinition(), {
		Name: "owl", Version: "1", ContextURL: "http://owl.test/", Persist: true, NoHeartbeat: true, Ports: []int{443, 80, 80},
		Schemas: Schemas{Credentials: []byte(`{}`), Messages: []byte(`{"a":1}`), Responses: []byte(`{}`), Constraints: []byte(`{"fetch":{}}`)},
		Verbs:   map[string]Verb{"connect": {Credentials: true}, "fetch": {Idempotent: true}},
	}} {
		line, err := appendDescription(nil, d)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(line)
	}
	f.Add([]byte(`{"type":"describe","protocol":1,"name":"owl","version":"1","contextUrl":"https://owl.test","schemas":{"messages":{}},"verbs":{"a":{"credentials":null}},"ports":[]}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		o, err := activity.ParseObject(line)
		if err != nil {
			return
		}
		d, err := ReadDescription(o)
		if err != nil {
			return
		}
		if d.Concurrency == 0 || d.Persist {
			d.Concurrency = d.Parallel()
		}
		text, err := appendDescription(nil, d)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		o, err = activity.ParseObject(text)
		if err != nil {
			t.Fatalf("%s became %s: %v", line, text, err)
		}
		again, err := ReadDescription(o)
		if err != nil || !reflect.DeepEqual(d, again) {
			t.Fatalf("%s became %s\n%+v\n%+v\n%v", line, text, d, again, err)
		}
	})
}

// A program with several platforms cannot be named by its path.
func TestDescribeOfSeveral(t *testing.T) {
	out := new(workertest.Buffer)
	err := serveWorker(strings.NewReader(`{"type":"describe"}`+"\n"), out, out, []*Definition{parrotDefinition(), {Name: "owl"}}, drainTime)
	if want := "this program has 2 platforms, only one with a single one can be named in the config"; err == nil || err.Error() != want || out.String() != "" {
		t.Errorf("got %v and %q, want %q", err, out, want)
	}
}
