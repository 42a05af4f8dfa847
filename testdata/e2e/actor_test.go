package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// nest starts a server with the platform of testdata/nest.sh, and clients.
func nest(t *testing.T) (login func(id, actor string) *client) {
	t.Helper()
	path, err := filepath.Abs("testdata/nest.sh")
	if err != nil {
		t.Fatal(err)
	}
	s := startServer(t, withStore(map[string]any{"platforms": []string{path}}))
	all := startClients(t)
	return func(id, actor string) *client {
		t.Helper()
		c := all.connect(id, s.url, transports["websocket"])
		credentials := nestMessage("credentials", actor, "")
		credentials["object"] = map[string]any{"type": "credentials", "password": "twig"}
		if got := c.emit("credentials", credentials); got["error"] != nil {
			t.Fatalf("credentials: %v", got)
		}
		c.nest("connect", actor, "")
		return c
	}
}

func nestMessage(verb, actor, content string) map[string]any {
	return map[string]any{
		"@context": contexts("nest"), "type": verb,
		"actor":  map[string]any{"id": actor, "type": "person"},
		"object": map[string]any{"type": "message", "content": content},
	}
}

// nest has something done and returns what the answer says.
func (cl *client) nest(verb, actor, content string) string {
	cl.all.t.Helper()
	got := cl.emit("message", nestMessage(verb, actor, content))
	object, _ := got["object"].(map[string]any)
	answer, _ := object["content"].(string)
	if got["error"] != nil || answer == "" {
		cl.all.t.Errorf("%s as %s: %v", verb, actor, got)
	}
	return answer
}

// After a change of nick those who were there go on under the old id and the
// new one, in the same process; whoever comes under the old one gets another.
func TestChangeOfActor(t *testing.T) {
	login := nest(t)
	const wren, robin = "wren@hedge.test", "robin@hedge.test"
	a, b := login("a", wren), login("b", wren)
	process := a.nest("rename", wren, robin)
	for _, c := range []*client{a, b} {
		for _, actor := range []string{wren, robin, wren} {
			for _, verb := range []string{"send", "connect"} {
				if got := c.nest(verb, actor, ""); got != process {
					t.Errorf("%s of %s as %s was done in the process %s, want %s", verb, c.name, actor, got, process)
				}
			}
		}
	}
	c := login("c", wren)
	other := c.nest("send", wren, "")
	if other == process {
		t.Error("a session that came later has the connection by the old id")
	}
	if got := a.nest("send", wren, ""); got != process {
		t.Errorf("who was there is led to the process %s by the old id, want %s", got, process)
	}
	if got := login("d", robin).nest("send", robin, ""); got != process {
		t.Errorf("the new id leads to the process %s, want %s", got, process)
	}

	// The client library signs in again after a loss of the connection as it did
	// at first.
	if got := login("a again", wren).nest("send", wren, ""); got != other {
		t.Errorf("who signs in again is in the process %s, want %s", got, other)
	}
}

// What a worker has the server keep, the next one is told.
func TestKeptBeyondTheWorker(t *testing.T) {
	login := nest(t)
	a := login("a", "wren@hedge.test")
	if got := a.nest("kept", "wren@hedge.test", ""); got != "nothing" {
		t.Errorf("the first worker knows %q", got)
	}
	a.nest("keep", "wren@hedge.test", "moss")
	got := a.emit("message", nestMessage("exit", "wren@hedge.test", ""))
	if text, _ := got["error"].(string); !strings.Contains(text, "exited with status 7") {
		t.Errorf("exit: %v", got)
	}
	for _, actor := range []string{"wren@hedge.test", "robin@hedge.test"} {
		if got := login("later "+actor, actor).nest("kept", actor, ""); got != "moss" {
			t.Errorf("the next worker, of %s, knows %q", actor, got)
		}
	}
}
