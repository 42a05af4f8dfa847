package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/testdata/peer"
)

// What the dummy platform answers, as it was recorded.
func TestRecordedDummy(t *testing.T) {
	s := startServer(t, unlimited)
	c := startClients(t).connect("c", s.url, transports["websocket"])
	text, err := os.ReadFile("testdata/dummy.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var recorded struct {
			I       int
			Kind    string
			Payload any
			Ack     any
		}
		if err := json.Unmarshal(lines.Bytes(), &recorded); err != nil {
			t.Fatal(err)
		}
		if recorded.Kind != "ack" {
			continue
		}
		n++
		if got := c.emit("message", recorded.Payload); !reflect.DeepEqual(any(got), recorded.Ack) {
			t.Errorf("%d: %v\nanswered %v\nwant     %v", recorded.I, recorded.Payload, got, recorded.Ack)
		}
	}
	if n == 0 {
		t.Fatal("no recorded acknowledgement was found")
	}
}

// Each verb that ends the worker is answered with how it ended; who asks next,
// here or elsewhere, is answered by another worker.
func TestCrashVerbs(t *testing.T) {
	s := startServer(t, withStore(map[string]any{"platformHeartbeat": map[string]any{"intervalMs": 100, "timeoutMs": 4000}}))
	all := startClients(t)
	a := all.connect("a", s.url, transports["websocket"])
	b := all.connect("b", s.url, transports["polling"])
	for verb, want := range map[string]string{
		"exit0":               "exited with status 0",
		"exit1":               "exited with status 1",
		"throwTypeError":      "exited with status 2",
		"throwReferenceError": "exited with status 2",
		"sigterm":             "killed by SIGTERM",
		"sigkill":             "killed by SIGKILL",
		"hang":                "stopped responding",
	} {
		t.Run(verb, func(t *testing.T) {
			for _, c := range []*client{a, b} {
				if got := c.emit("message", dummy("echo", "before")); got["error"] != nil {
					t.Fatalf("echo before: %v", got)
				}
			}
			got := a.emit("message", dummy(verb, ""))
			text, _ := got["error"].(string)
			if !strings.Contains(text, want) || got["code"] != "outcome_unknown" || got["type"] != verb {
				t.Errorf("answered %v, want an error with %q", got, want)
			}
			for _, c := range []*client{b, a} {
				if got := c.emit("message", dummy("echo", "after")); got["error"] != nil {
					t.Errorf("echo after: %v", got)
				}
			}
		})
	}
}

// Platforms in other languages answer and send events like ours.
func TestExternalPlatforms(t *testing.T) {
	for name, file := range map[string]string{"echo-python": "echo.py", "echo-shell": "echo.sh"} {
		t.Run(name, func(t *testing.T) {
			if strings.HasSuffix(file, ".py") {
				peer.Program(t, "python3")
			}
			path, err := filepath.Abs(filepath.Join("..", "platforms", file))
			if err != nil {
				t.Fatal(err)
			}
			s := startServer(t, withStore(map[string]any{"platforms": []string{"dummy", path}}))
			all := startClients(t)
			message := func(verb string) map[string]any {
				return map[string]any{
					"@context": contexts(name), "type": verb,
					"actor":  map[string]any{"id": "wren@hedge.test", "type": "person"},
					"object": map[string]any{"type": "message", "content": "hello"},
				}
			}
			var clients []*client
			for _, id := range []string{"a", "b"} {
				c := all.connect(id, s.url, transports["websocket"])
				credentials := message("credentials")
				credentials["object"] = map[string]any{"type": "credentials", "password": "acorn"}
				if got := c.emit("credentials", credentials); got["error"] != nil {
					t.Fatalf("credentials: %v", got)
				}
				if got := c.emit("message", message("connect")); got["error"] != nil {
					t.Fatalf("connect: %v", got)
				}
				clients = append(clients, c)
			}
			if got := clients[0].emit("message", message("echo")); got["error"] != nil || got["type"] != "echo" {
				t.Errorf("echo: %v", got)
			}
			// The other session hears of it: by the result, and by an event of
			// the platform's own.
			for range 2 {
				if got := clients[1].event("message"); got.Event != "message" {
					t.Errorf("event: %v", got)
				}
			}
		})
	}
}

// Applications with the client library that was published before contexts.
func TestOldClientLibrary(t *testing.T) {
	s := startServer(t, unlimited)
	all := startClients(t)
	c := all.connect("old", s.url, transports["websocket"])
	receive(t, all.command(1, map[string]any{"op": "library", "client": "old"}), "the library")
	receive(t, all.command(1, map[string]any{"op": "object", "client": "old",
		"object": map[string]any{"id": "wren@hedge.test", "type": "person", "name": "Wren"}}), "the object")
	got := c.emit("message", map[string]any{"context": "dummy", "type": "echo", "actor": "wren@hedge.test", "object": map[string]any{"type": "message", "content": "hi"}})
	want := map[string]any{
		"@context": contexts("dummy"),
		"context":  "dummy",
		"type":     "echo",
		"actor":    map[string]any{"id": "dummy", "type": "platform"},
		"object":   map[string]any{"type": "message", "content": "hi"},
		"target":   map[string]any{"id": "wren@hedge.test", "type": "person", "name": "Wren"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("echo: %v\nwant  %v", got, want)
	}
}
