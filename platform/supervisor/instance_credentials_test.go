package supervisor

import (
	"bytes"
	"testing"

	"github.com/sockethub/sockethub/activity"
)

// step is a message of the session ann to the actor al, and what it is told.
type step struct {
	kind, content string
	credentials   *activity.Object
	want          string
}

func TestCredentials(t *testing.T) {
	empty := activity.NewObject(activity.Member{Name: "object", Value: activity.NewObject()})
	list := activity.NewObject(activity.Member{Name: "object", Value: []any{"nick"}})
	tests := []struct {
		name     string
		platform string
		steps    []step
		starts   uint64 // of workers
		refused  string // sessions that were reported as unauthorised
	}{
		{"what needs a connection starts no process without one", "inn", []step{
			{"echo", "hi", nil, "echo called on uninitialized platform"},
			{"dance", "", nil, "dance called on uninitialized platform"},
			{"connect", "", nil, "credentials not found for inn:al"},
			{"connect", "", empty, "invalid credentials for inn:al"},
			{"connect", "", list, "invalid credentials for inn:al"},
		}, 0, ""},
		{"connected", "inn", []step{
			{"connect", "", secrets("toad"), "ok"},
			{"echo", "hi", nil, "ok"},
			{"dance", "", nil, "platform method dance not available"},
			{"connect", "", secrets("toad"), "ok"},
			{"connect", "", secrets("frog"), "Error: invalid credentials for inn:al"},
			{"update", "", nil, "Error: credentials not found for inn:al"},
			{"echo", "hi", nil, "ok"},
		}, 1, "ann|ann"},
		{"an error of the platform is none of credentials", "inn", []step{
			{"connect", "", secrets("toad"), "ok"},
			{"update", "nil pointer", secrets("toad"), "Error: nil pointer"},
			{"fail", "", nil, "Error"},
			{"echo", "hi", nil, "ok"},
		}, 1, ""},
		{"after a disconnect the connection must be made again, with the same secret", "inn", []step{
			{"connect", "", secrets("toad"), "ok"},
			{"disconnect", "", nil, "ok"},
			{"echo", "hi", nil, "echo called on uninitialized platform"},
			{"connect", "", secrets("toad"), "ok"},
		}, 1, ""},
		{"another secret after a disconnect fails once", "inn", []step{
			{"connect", "", secrets("toad"), "ok"},
			{"disconnect", "", nil, "ok"},
			{"connect", "", secrets("frog"), "invalid credentials for inn:al"},
			{"connect", "", secrets("frog"), "ok"},
		}, 2, ""},
		{"a failed connect can be tried again at once", "inn", []step{
			{"connect", "refuse", secrets("toad"), "Error: connection refused"},
			{"connect", "refuse", secrets("toad"), "Error: connection refused"},
			{"connect", "", secrets("toad"), "ok"},
		}, 3, ""},
		{"stateless", "mill", []step{
			{"secret", "", nil, "Error: credentials not found for mill:al"},
			{"secret", "", empty, "Error: invalid credentials for mill:al"},
			{"secret", "", secrets("toad"), "ok"},
			{"secret", "", secrets("frog"), "ok"},
			{"dance", "", nil, "platform method dance not available"},
		}, 1, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := manage(t, nil)
			in := g.instance(Key{Platform: tt.platform, Actor: "al", Scope: "ann"})
			for _, s := range tt.steps {
				c, m := newMessage(in, s.kind, s.content)
				m.Activity, m.Credentials = message(s.kind, "al", s.content), s.credentials
				submit(t, in, m)
				c.want(t, s.want)
			}
			if n := g.Stats().Platforms[tt.platform].Starts; n != tt.starts {
				t.Errorf("%d workers were started, want %d", n, tt.starts)
			}
			if got := g.sink.list(&g.sink.refused); got != tt.refused {
				t.Errorf("unauthorised: %q, want %q", got, tt.refused)
			}
			if got := g.sink.list(&g.sink.ended); got != "" {
				t.Errorf("clients were told of the end of a connection: %s", got)
			}
		})
	}
}

// What was sent behind a connect that fails is answered, and a connect
// among it is tried.
func TestPipelinedBehindFailedConnect(t *testing.T) { testPipelinedBehindFailedConnect(t, manage) }

func testPipelinedBehindFailedConnect(t *testing.T, manage starts) {
	g := manage(t, nil)
	in := g.inn("al")
	first := connect(t, in, "connect", "refuse", "toad")
	behind := []*call{put(t, in, "echo", "one"), put(t, in, "echo", "two")}
	second := connect(t, in, "connect", "", "toad")
	after := put(t, in, "echo", "three")

	first.want(t, "Error: connection refused")
	for _, c := range behind {
		c.want(t, "echo called on uninitialized platform")
	}
	second.want(t, "ok")
	after.want(t, "ok")
	if a, b := second.worker(t), after.worker(t); a != b {
		t.Errorf("the connection is in worker %d, the message went to %d", a, b)
	}
	if s := g.Stats().Platforms["inn"]; s.Starts != 2 {
		t.Errorf("%d workers were started, want 2", s.Starts)
	}
}

func TestCredentialsHash(t *testing.T) {
	parse := func(s string) *activity.Object {
		o, err := activity.ParseObject([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	base := credentialsHash(parse(`{"object":{"nick":"al","tls":{"a":1,"b":[true,{"x":1,"y":2}]}}}`))
	tests := []struct {
		name, in string
		same     bool
	}{
		{"another order", `{"object":{"tls":{"b":[true,{"y":2,"x":1}],"a":1},"nick":"al"}}`, true},
		{"another form", `{ "object" : { "nick": "al", "tls": { "a": 1.0, "b": [ true, {"x":1,"y":2} ] } } }`, true},
		{"another value", `{"object":{"nick":"al","tls":{"a":2,"b":[true,{"x":1,"y":2}]}}}`, false},
		{"one more member", `{"object":{"nick":"al","tls":{"a":1,"b":[true,{"x":1,"y":2}]},"sasl":false}}`, false},
		{"a list in another order", `{"object":{"nick":"al","tls":{"a":1,"b":[{"x":1,"y":2},true]}}}`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := bytes.Equal(credentialsHash(parse(tt.in)), base); got != tt.same {
				t.Errorf("the hashes of %s are equal: %v, want %v", tt.in, got, tt.same)
			}
		})
	}
	if h := credentialsHash(parse(`{"object":[1]}`)); h != nil {
		t.Errorf("the hash of no object is %x", h)
	}
}
