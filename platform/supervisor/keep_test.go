package supervisor

import (
	"testing"
)

// keptBy asks a worker what it knows.
func keptBy(t *testing.T, in *Instance, key string) string {
	t.Helper()
	c := put(t, in, "kept", key)
	c.want(t, "ok")
	return c.out.Text("object")
}

// What a worker has kept the next one knows, and that of another actor; no other
// platform does.
func TestKeep(t *testing.T) {
	g := manage(t, nil)
	in, other := g.inn("al"), g.inn("zoe")
	connect(t, in, "connect", "", "toad").want(t, "ok")
	connect(t, other, "connect", "", "toad").want(t, "ok")
	put(t, in, "keep", "sts@irc.example 6697 1h").want(t, "ok")
	if got := keptBy(t, in, "sts@irc.example"); got != "6697" {
		t.Errorf("the worker itself knows %q", got)
	}
	if got := keptBy(t, other, "sts@irc.example"); got != "" {
		t.Errorf("a worker that ran before knows %q", got)
	}
	for _, in := range []*Instance{in, other} {
		put(t, in, "exit", "0").answer(t)
		connect(t, in, "connect", "", "toad").want(t, "ok")
		if got := keptBy(t, in, "sts@irc.example"); got != "6697" {
			t.Errorf("the next worker of %s knows %q", in.Key().Actor, got)
		}
	}
	if got := keptBy(t, g.mill(), "sts@irc.example"); got != "" {
		t.Errorf("another platform knows %q", got)
	}
	// What another worker does with the key changes nothing.
	put(t, other, "forget", "sts@irc.example").want(t, "ok")
	put(t, in, "exit", "0").answer(t)
	connect(t, in, "connect", "", "toad").want(t, "ok")
	if got := keptBy(t, in, "sts@irc.example"); got != "6697" {
		t.Errorf("after another worker forgot it, the next one knows %q", got)
	}
	put(t, in, "forget", "sts@irc.example").want(t, "ok")
	put(t, in, "exit", "0").answer(t)
	connect(t, in, "connect", "", "toad").want(t, "ok")
	if got := keptBy(t, in, "sts@irc.example"); got != "" {
		t.Errorf("after it was forgotten, the next worker knows %q", got)
	}
}

// A stateless platform keeps values too.
func TestKeepOfStatelessPlatform(t *testing.T) {
	g := manage(t, nil)
	put(t, g.mill(), "keep", "etag v1 1h").want(t, "ok")
	put(t, g.mill(), "exit", "0").answer(t)
	if got := keptBy(t, g.mill(), "etag"); got != "v1" {
		t.Errorf("the next worker knows %q", got)
	}
}
