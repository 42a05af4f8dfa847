package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

// recordedEvent is an event and how it was acknowledged.
type recordedEvent struct {
	I        int
	Group    string
	Event    string
	Payload  json.RawMessage // which of several errors is named depends on the order of members
	Ack      map[string]any
	Volatile []string
}

// Each recorded event that concerns the envelope or a platform of this build is
// refused with the same words by the running server, or accepted as it was.
func TestRecordedValidation(t *testing.T) {
	s := startServer(t, withStore(map[string]any{
		"platforms":     []string{"dummy", "feeds", "irc", "metadata"},
		"packageConfig": map[string]any{"feeds": map[string]any{"connectTimeoutMs": 200}},
	}))
	all := startClients(t)
	text, err := os.ReadFile("../../middleware/testdata/validation.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	type pending struct {
		recorded recordedEvent
		answer   chan report
	}
	var asked []pending
	for line := range bytes.Lines(text) {
		var r recordedEvent
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		if concernsOthers(line) {
			continue
		}
		asked = append(asked, pending{r, nil})
	}
	if len(asked) < 300 {
		t.Fatalf("only %d events concern the platforms of this server", len(asked))
	}
	const window = 50
	for from := 0; from < len(asked); from += window {
		batch := asked[from:min(from+window, len(asked))]
		for i := range batch {
			// Each was recorded on a connection of its own.
			c := all.connect(fmt.Sprint(batch[i].recorded.I), s.url, transports["websocket"])
			batch[i].answer = c.start(1, batch[i].recorded.Event, batch[i].recorded.Payload)
		}
		for _, p := range batch {
			compareAck(t, p.recorded, ack(t, receive(t, p.answer, "the acknowledgement of "+p.recorded.Group)))
		}
	}
}

// concernsOthers reports whether an event names a platform that is not loaded.
func concernsOthers(line []byte) bool {
	for _, name := range []string{"xmpp", "caldav", "carddav"} {
		if bytes.Contains(line, []byte("context/platform/"+name+"/")) || bytes.Contains(line, []byte(`"context":"`+name)) {
			return true
		}
	}
	return false
}

func compareAck(t *testing.T, r recordedEvent, got map[string]any) {
	t.Helper()
	var value any
	if err := json.Unmarshal(r.Payload, &value); err != nil {
		t.Fatal(err)
	}
	payload, isObject := value.(map[string]any)
	recorded, _ := r.Ack["error"].(string)
	text, _ := got["error"].(string)
	switch {
	case !isObject:
		// An answer that says what is wrong, and nothing of what was sent.
		if want := map[string]any{"error": "message received is not an object."}; !reflect.DeepEqual(got, want) {
			t.Errorf("%d %s: %s answered %v, want %v", r.I, r.Group, r.Payload, got, want)
		}
	case payload["context"] != nil && payload["@context"] == nil:
		// How older clients name a platform: understood now.
		if text != "" {
			t.Errorf("%d %s: %s answered %v", r.I, r.Group, r.Payload, got)
		}
	case recorded != "" && !fromPlatform(recorded):
		if !reflect.DeepEqual(got, r.Ack) {
			t.Errorf("%d %s: %s\nanswered %v\nwant     %v", r.I, r.Group, r.Payload, got, r.Ack)
		}
	case text != "" && !fromPlatform(text):
		t.Errorf("%d %s: %s was accepted once, and is now refused: %s", r.I, r.Group, r.Payload, text)
	case r.Event == "credentials":
		object, _ := got["object"].(map[string]any)
		delete(object, "type")
		if len(object) != 0 {
			t.Errorf("%d %s: credentials are sent back: %v", r.I, r.Group, got)
		}
	case recorded == "" && len(r.Volatile) == 0 && !reflect.DeepEqual(got, r.Ack):
		t.Errorf("%d %s: %s\nanswered %v\nwant     %v", r.I, r.Group, r.Payload, got, r.Ack)
	}
}

// fromPlatform reports whether an error is a platform's own: what it answers to an
// event was accepted by the server.
func fromPlatform(text string) bool {
	return strings.HasPrefix(text, "Error: ") || strings.HasPrefix(text, "TypeError: ") || strings.HasPrefix(text, "credentials not found for ") ||
		strings.HasSuffix(text, "called on uninitialized platform")
}
