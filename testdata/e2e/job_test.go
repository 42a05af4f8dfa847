package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
)

const (
	contextAS        = "https://www.w3.org/ns/activitystreams"
	contextSockethub = "https://sockethub.org/ns/context/v1.jsonld"
)

// contexts is the "@context" of messages for a platform.
func contexts(platform string) []any {
	return []any{contextAS, contextSockethub, "https://sockethub.org/ns/context/platform/" + platform + "/v1.jsonld"}
}

// dummy is a message for the dummy platform.
func dummy(verb, content string) map[string]any {
	return map[string]any{
		"@context": contexts("dummy"),
		"type":     verb,
		"actor":    map[string]any{"id": "wren@hedge.test", "type": "person"},
		"object":   map[string]any{"type": "message", "content": content},
	}
}

const feed = `<?xml version="1.0"?>
<rss version="2.0"><channel>
<title>Garden news</title><link>http://garden.test/</link><description>What grows</description>
<item><title>Beans are up</title><link>http://garden.test/beans</link><guid>http://garden.test/beans</guid>
<pubDate>Tue, 04 Feb 2031 05:06:07 GMT</pubDate><description>Six rows.</description></item>
<item><title>Frost</title><link>http://garden.test/frost</link><guid>http://garden.test/frost</guid>
<pubDate>Mon, 03 Feb 2031 05:06:07 GMT</pubDate><description>Cover the beans.</description></item>
</channel></rss>`

// The main job, over each way that a client may connect.
func TestMainJob(t *testing.T) {
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/rss+xml")
		w.Write([]byte(feed))
	}))
	defer pages.Close()
	s := startServer(t, unlimited)
	all := startClients(t)
	for name, options := range transports {
		t.Run(name, func(t *testing.T) {
			c := all.connect(name, s.url, options)
			registry := c.emit("schemas", nil)
			fingerprint, _ := registry["fingerprint"].(string)
			if list, _ := registry["platforms"].([]any); fingerprint == "" || len(list) < 2 {
				t.Fatalf("schemas: %v", registry)
			}
			if got, want := c.emit("schemas", fingerprint), map[string]any{"fingerprint": fingerprint, "unchanged": true}; !reflect.DeepEqual(got, want) {
				t.Errorf("schemas for the second time: %v, want %v", got, want)
			}

			echo := c.emit("message", dummy("echo", "Grüße, 日本, 🧦 \u2028 </script>"))
			want := map[string]any{
				"@context": contexts("dummy"),
				"type":     "echo",
				"actor":    map[string]any{"id": "dummy", "type": "platform"},
				"object":   map[string]any{"type": "message", "content": "Grüße, 日本, 🧦 \u2028 </script>"},
				"target":   map[string]any{"id": "wren@hedge.test", "type": "person"},
			}
			if !reflect.DeepEqual(echo, want) {
				t.Errorf("echo: %v\nwant %v", echo, want)
			}

			failed := dummy("fail", "rain by noon")
			if got := c.emit("message", failed); got["error"] != "Error: rain by noon" || got["type"] != "fail" {
				t.Errorf("fail: %v", got)
			}

			wrong := dummy("nope", "x")
			if got, want := c.emit("message", wrong)["error"], "[dummy] /type: must be equal to one of the allowed values"; got != want {
				t.Errorf("a wrong type: %v, want %s", got, want)
			}

			entries := c.emit("message", map[string]any{
				"@context": contexts("feeds"),
				"type":     "fetch",
				"actor":    map[string]any{"id": pages.URL + "/feed.xml", "type": "feed"},
			})
			titles := fmt.Sprint(titlesOf(entries))
			if entries["error"] != nil || titles != "[Beans are up Frost]" {
				t.Errorf("fetch: titles %s in %v", titles, entries)
			}
		})
	}
}

// transports are the options of socket.io-client for each way to connect.
var transports = map[string]map[string]any{
	"polling":   {"transports": []string{"polling"}},
	"websocket": {"transports": []string{"websocket"}},
	"upgrade":   {"transports": []string{"polling", "websocket"}, "upgrade": true},
}

// titlesOf reads the titles of a collection of entries.
func titlesOf(collection map[string]any) []string {
	var titles []string
	items, _ := collection["items"].([]any)
	for _, item := range items {
		entry, _ := item.(map[string]any)
		object, _ := entry["object"].(map[string]any)
		title, _ := object["title"].(string)
		titles = append(titles, title)
	}
	return titles
}

// The answer says what was wrong in the words that clients know.
func TestRefusals(t *testing.T) {
	s := startServer(t, unlimited)
	c := startClients(t).connect("c", s.url, transports["websocket"])
	tests := []struct {
		name  string
		event string
		args  string // JSON of the arguments
		want  string
	}{
		{"no object", "message", `[null]`, "message received is not an object."},
		{"text", "message", `["hello"]`, "message received is not an object."},
		{"no arguments", "message", `[]`, "message received is not an object."},
		{"no context", "message", `[{}]`, "activity stream must contain an @context array."},
		{"two platforms", "message", `[{"@context":["https://a","https://b"],"type":"echo","actor":"a"}]`,
			"platform context URL not registered with this Sockethub instance. Multiple platform @context values were provided: https://a, https://b."},
		{"credentials of another type", "credentials", `[{"@context":["` + strings.Join([]string{contextAS, contextSockethub, "https://sockethub.org/ns/context/platform/dummy/v1.jsonld"}, `","`) + `"],"type":"cred","actor":"a"}]`,
			"credential activity streams must have credentials set as type"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var args []any
			if err := json.Unmarshal([]byte(tt.args), &args); err != nil {
				t.Fatal(err)
			}
			if got := c.emit(tt.event, args...)["error"]; got != tt.want {
				t.Errorf("%s %s: error %v, want %s", tt.event, tt.args, got, tt.want)
			}
		})
	}
}
