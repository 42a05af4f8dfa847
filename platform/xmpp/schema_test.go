package xmpp

import (
	"encoding/json"
	"errors"
	"os"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/middleware"
)

// schemaFile is one of the schemas that the platform publishes.
func schemaFile(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("schemas/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// pipeline is what events of clients go through before a platform sees them, and
// activities on their way back.
func pipeline(t testing.TB) (*middleware.Pipeline, *activity.RegisteredPlatform) {
	t.Helper()
	registry, err := activity.NewRegistry("1", []activity.Platform{{
		ID: "xmpp", Version: "5.0.0-alpha.22", ContextURL: activity.PlatformContextURL("xmpp"), ContextVersion: "1", SchemaVersion: "1",
		Credentials: schemaFile(t, "credentials"), Messages: schemaFile(t, "messages"), Responses: schemaFile(t, "responses"),
		Constraints: schemaFile(t, "constraints"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	return middleware.New(registry), registry.ByID("xmpp")
}

// whySchema says which values we take that the reference refuses.
var whySchema = map[string]string{
	`{"type":"topic","content":"x"}`: "the subject of a room can be set",
	`{"type":"address","name":"x"}`:  "the nick in a room can be changed",
	"make-friend":                    "the other sessions of a connection are told",
	"remove-friend":                  "the other sessions of a connection are told",
	"disconnect":                     "the other sessions of a connection are told",
}

// Whatever clients send is accepted and refused with the words that they know.
func TestSchemas(t *testing.T) {
	p, platform := pipeline(t)
	for _, c := range readLines[struct {
		Kind  string
		Value json.RawMessage
		Error string
		Note  string
	}](t, "testdata/xmpp-schema.jsonl") {
		o, err := activity.ParseObject(c.Value)
		if err != nil {
			t.Fatal(err)
		}
		kind := o.Text("type")
		object := activity.AppendJSON(nil, o.Get("object"))
		switch c.Kind {
		case "credentials":
			_, err = p.Credentials(o)
		case "message":
			_, err = p.Message(o)
		case "response":
			// Errors are told whatever they look like, so their schema is of no use.
			if o.Text("type") != "error" || o.Object("object") == nil {
				err = p.Outbound(platform, o, "")
			} else {
				c.Error = ""
			}
			if err != nil {
				err = errors.New("[xmpp] " + err.Error())
			}
		}
		got := ""
		if err != nil {
			got = err.Error()
		}
		switch c.Kind {
		case "message":
			if whySchema[string(object)] != "" {
				c.Error = ""
			}
		case "response":
			if whySchema[kind] != "" {
				c.Error = ""
			}
		}
		if got != c.Error {
			t.Errorf("%s %s (%s): %q, want %q", c.Kind, c.Value, c.Note, got, c.Error)
		}
	}
}

// What ours takes besides, with which verb, and the words for what it does not.
func TestSchemaAdditions(t *testing.T) {
	const unknown = "[xmpp] /object: must match exactly one schema in oneOf: feed, person, room, service, website, address, calendar, addressBook"
	p, _ := pipeline(t)
	for _, tt := range []struct{ verb, object, want string }{
		{"send", `{"type":"message","content":"x","inReplyTo":"m1","receipt":true,"attachment":[{"type":"link","href":"https://a.example/b"}]}`, ""},
		{"update", `{"type":"chat-state","state":"composing"}`, ""},
		{"update", `{"type":"chat-state","state":"asleep"}`, "[xmpp] /object/state: must be equal to one of the allowed values: active, composing, paused, inactive, gone"},
		{"update", `{"type":"receipt","id":"m1","state":"displayed"}`, ""},
		{"update", `{"type":"reaction","id":"m1","reactions":["👍"]}`, ""},
		{"update", `{"type":"reaction","id":"m1"}`, "[xmpp] /object: must have required property 'reactions'"},
		{"update", `{"type":"retraction","id":"m1"}`, ""},
		{"update", `{"type":"topic","content":"x"}`, ""},
		{"send", `{"type":"topic","content":"x"}`, unknown},
		{"update", `{"type":"address","name":"x"}`, ""},
		{"query", `{"type":"address","name":"x"}`, unknown},
		{"update", `{"type":"role","name":"otto","role":"none","content":"noise"}`, ""},
		{"update", `{"type":"role","name":"otto","role":"boss"}`, "[xmpp] /object/role: must be equal to one of the allowed values: none, visitor, participant, moderator"},
		{"update", `{"type":"affiliation","id":"otto@quay.example","affiliation":"outcast"}`, ""},
		{"update", `{"type":"invite","id":"decks@rooms.harbor.example"}`, ""},
		{"update", `{"type":"contact","groups":["Crew"]}`, ""},
		{"join", `{"type":"history","limit":0}`, ""},
		{"query", `{"type":"history","before":"a7","limit":20}`, ""},
		{"query", `{"type":"history","limit":1001}`, "[xmpp] /object/limit: must be <= 1000"},
		{"send", `{"type":"history"}`, unknown},
		{"query", `{"type":"roster"}`, ""},
		{"query", `{"type":"members","affiliation":"owner"}`, ""},
		{"query", `{"type":"rooms"}`, ""},
		{"query", `{"type":"bookmarks"}`, ""},
		{"query", `{"type":"upload","name":"a.png","size":12,"mediaType":"image/png"}`, ""},
		{"query", `{"type":"profile"}`, ""},
		{"query", `{"type":"tide"}`, unknown},
		{"query", `{"type":"roster","items":[]}`, "[xmpp] /object: must NOT have additional properties: items"},
		{"disconnect", `{"type":"room-info"}`, ""},
	} {
		o := parse(t, `{"@context":["https://www.w3.org/ns/activitystreams","https://sockethub.org/ns/context/v1.jsonld",`+
			`"https://sockethub.org/ns/context/platform/xmpp/v1.jsonld"],"type":"`+tt.verb+`","actor":{"id":"mara@harbor.example","type":"person"},"object":`+tt.object+`}`)
		got := ""
		if _, err := p.Message(o); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s %s: %q, want %q", tt.verb, tt.object, got, tt.want)
		}
	}
}

// What a session does, the others of its connection are told as well; what it asks
// for it learns alone.
func TestWhatPeersAreTold(t *testing.T) {
	p, platform := pipeline(t)
	for in, told := range map[string]bool{
		`"join","object":{"type":"history","limit":20}`:                              true,
		`"update","object":{"type":"role","name":"otto","role":"none"}`:              true,
		`"update","object":{"type":"invite","id":"decks@rooms.harbor.example"}`:      true,
		`"update","object":{"type":"contact","groups":["Crew"]}`:                     true,
		`"send","object":{"type":"message","content":"x","id":"m1","receipt":true}`:  true,
		`"query","object":{"type":"history","totalItems":2,"complete":true}`:         false,
		`"query","object":{"type":"roster","items":[]}`:                              false,
		`"query","object":{"type":"upload","put":"https://a.example/b"}`:             false,
		`"query","object":{"type":"profile","name":"Otto"}`:                          false,
		`"query","object":{"type":"attendance","members":["otto"],"occupants":[{}]}`: false,
	} {
		a := parse(t, `{"actor":{"id":"mara@harbor.example/web","type":"person"},"type":`+in+`}`)
		if err := p.Outbound(platform, a, ""); (err == nil) != told {
			t.Errorf("%s: %v", in, err)
		}
	}
}
