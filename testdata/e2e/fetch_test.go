package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/activity/schema"
)

// fetch is a message that asks for an address.
func fetch(platform, actorType, url string) map[string]any {
	return map[string]any{
		"@context": contexts(platform), "type": "fetch", "id": url,
		"actor": map[string]any{"id": url, "type": actorType},
	}
}

// What the server publishes describes what it answers; clients that ask for one
// address cost one request; and a bomb for one client is nothing to the others.
func TestFetching(t *testing.T) {
	const clients = 5
	var requests atomic.Int32
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/bomb"):
			fmt.Fprint(w, "<rss><channel><title>", strings.Repeat("<b ", 1<<20))
		case r.URL.Path == "/feed":
			requests.Add(1)
			w.Header().Set("Content-Type", "application/rss+xml")
			fmt.Fprint(w, strings.Replace(feed, "<item>", `<item><enclosure url="/beans.mp3" type="audio/mpeg" length="5"/>`, 1))
		default:
			requests.Add(1)
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, `<!doctype html><html lang="en"><title>Garden</title><meta name="keywords" content="beans, frost">`+
				`<link rel="alternate" type="application/rss+xml" href="/feed">`)
		}
	}))
	defer pages.Close()
	s := startServer(t, withStore(map[string]any{
		"platforms":     []string{"feeds", "metadata"},
		"packageConfig": map[string]any{"feeds": map[string]any{"allowPrivateAddresses": true}, "metadata": map[string]any{"allowPrivateAddresses": true}},
	}))
	all := startClients(t)
	for _, tt := range []struct{ platform, actorType, path, member string }{
		{"feeds", "feed", "/feed", "attachment"}, {"metadata", "website", "/page", "keywords"},
	} {
		t.Run(tt.platform, func(t *testing.T) {
			requests.Store(0)
			first := all.connect(tt.platform, s.url, transports["websocket"])
			responses := published(t, first.emit("schemas", nil), tt.platform)
			bomb := first.start(1, "message", fetch(tt.platform, tt.actorType, pages.URL+"/bomb/"+tt.platform))
			for i := range clients {
				c := all.connect(fmt.Sprint(tt.platform, i), s.url, transports["websocket"])
				answer := c.emit("message", fetch(tt.platform, tt.actorType, pages.URL+tt.path))
				if broken := responses.Validate(answer); broken != nil || answer["error"] != nil {
					t.Errorf("%v is not as published: %v", answer, broken)
				}
				if text := fmt.Sprint(answer); !strings.Contains(text, tt.member+":") {
					t.Errorf("%v has no %s", answer, tt.member)
				}
			}
			if n := requests.Load(); n != 1 {
				t.Errorf("%d clients cost %d requests", clients, n)
			}
			ack(t, receive(t, bomb, "the bomb's answer"))
		})
	}
}

// published compiles what a registry says of a platform's answers.
func published(t *testing.T, registry map[string]any, platform string) *schema.Schema {
	t.Helper()
	list, _ := registry["platforms"].([]any)
	for _, v := range list {
		entry, _ := v.(map[string]any)
		if entry["id"] != platform {
			continue
		}
		text, err := json.Marshal(entry["schemas"].(map[string]any)["responses"])
		if err != nil {
			t.Fatal(err)
		}
		compiled, err := activity.CompileSchema(text)
		if err != nil {
			t.Fatal(err)
		}
		return compiled
	}
	t.Fatalf("%s is not published: %v", platform, registry)
	return nil
}
