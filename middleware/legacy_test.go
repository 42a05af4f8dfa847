package middleware

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
)

const ircContexts = `"@context":["https://www.w3.org/ns/activitystreams","https://sockethub.org/ns/context/v1.jsonld","https://sockethub.org/ns/context/platform/irc/v1.jsonld"]`

// Clients from before contexts name the platform by "context", and objects they
// have told of before by their ids.
func TestOlderClients(t *testing.T) {
	p := New(publishedRegistry(t))
	objects := &Objects{}
	for _, text := range []string{
		`{"id":"newt@pond.test","type":"person","name":"newt"}`,
		`{"id":"#reeds@pond.test","type":"room","name":"#reeds"}`,
	} {
		if err := objects.Remember(parse(t, text)); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ name, in, want string }{
		{"ids stand for what is known of them",
			`{"context":"irc","type":"join","actor":"newt@pond.test","target":"#reeds@pond.test"}`,
			`{"type":"join","actor":{"id":"newt@pond.test","type":"person","name":"newt"},"target":{"id":"#reeds@pond.test","type":"room","name":"#reeds"},` +
				`"@context":["https://www.w3.org/ns/activitystreams","https://sockethub.org/ns/context/v1.jsonld","https://sockethub.org/ns/context/platform/irc/v1.jsonld"]}`},
		{"whole objects need not be known",
			`{"context":"irc","type":"join","actor":{"id":"eft","type":"person"},"target":{"id":"#mud","type":"room"}}`,
			`{"type":"join","actor":{"id":"eft","type":"person"},"target":{"id":"#mud","type":"room"},` +
				`"@context":["https://www.w3.org/ns/activitystreams","https://sockethub.org/ns/context/v1.jsonld","https://sockethub.org/ns/context/platform/irc/v1.jsonld"]}`},
		{"what is null is absent",
			`{"context":"irc","type":"join","actor":{"id":"eft","type":"person","name":null},"target":null,"published":null}`,
			`{"type":"join","actor":{"id":"eft","type":"person"},` + ircContexts + `}`},
		{"an action", `{"context":"irc","type":"send","actor":"newt@pond.test","target":"#reeds@pond.test","object":{"type":"me","content":"waves"}}`,
			`{"type":"send","actor":{"id":"newt@pond.test","type":"person","name":"newt"},"target":{"id":"#reeds@pond.test","type":"room","name":"#reeds"},` +
				`"object":{"type":"message","content":"/me waves"},` + ircContexts + `}`},
		{"a topic", `{"context":"irc","type":"update","actor":"newt@pond.test","target":"#reeds@pond.test","object":{"type":"topic","topic":"Low tide"}}`,
			`{"type":"update","actor":{"id":"newt@pond.test","type":"person","name":"newt"},"target":{"id":"#reeds@pond.test","type":"room","name":"#reeds"},` +
				`"object":{"type":"topic","content":"Low tide"},` + ircContexts + `}`},
		{"an object that says nothing", `{"context":"irc","type":"leave","actor":"newt@pond.test","target":"#reeds@pond.test","object":{}}`,
			`{"type":"leave","actor":{"id":"newt@pond.test","type":"person","name":"newt"},"target":{"id":"#reeds@pond.test","type":"room","name":"#reeds"},` + ircContexts + `}`},
		{"an id that is not known has no type", `{"context":"irc","type":"join","actor":"eft","target":"#reeds@pond.test"}`,
			"[irc] /actor: must match exactly one schema in oneOf: person, room, service, feed, website"},
		{"a platform that is not there", `{"context":"fax","type":"join","actor":"newt@pond.test"}`, "activity stream must contain an @context array."},
		{"both forms at once",
			`{"context":"irc","@context":["https://www.w3.org/ns/activitystreams","https://sockethub.org/ns/context/v1.jsonld","https://sockethub.org/ns/context/platform/irc/v1.jsonld"],` +
				`"type":"join","actor":{"id":"eft","type":"person"}}`,
			"[irc] activity stream: must NOT have additional properties: context"},
		{"known objects are not for the newer form",
			`{"@context":["https://www.w3.org/ns/activitystreams","https://sockethub.org/ns/context/v1.jsonld","https://sockethub.org/ns/context/platform/irc/v1.jsonld"],` +
				`"type":"join","actor":"newt@pond.test"}`,
			"[irc] /actor: must match exactly one schema in oneOf: person, room, service, feed, website"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &Call{Event: "message", Payload: parse(t, tt.in), Objects: objects}
			err := p.Run(context.Background(), c)
			got := errorText(err)
			if err == nil {
				got = string(activity.AppendJSON(nil, c.Accepted.Activity))
				if !c.Accepted.Legacy {
					t.Error("not known as an older client's")
				}
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestStampForOlderClients(t *testing.T) {
	p := New(publishedRegistry(t))
	a := parse(t, `{"context":"xmpp","type":"join"}`).(*activity.Object)
	Stamp(p.Registry().ByID("irc"), a, true)
	want := `{"context":"irc","type":"join","@context":["https://www.w3.org/ns/activitystreams","https://sockethub.org/ns/context/v1.jsonld",` +
		`"https://sockethub.org/ns/context/platform/irc/v1.jsonld"]}`
	if got := string(activity.AppendJSON(nil, a)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// What comes by itself is for older clients as they know it.
func TestOlder(t *testing.T) {
	irc := New(publishedRegistry(t)).Registry().ByID("irc")
	for in, want := range map[string]string{
		`{"type":"send","object":{"type":"message","content":"hi"}}`: `{"type":"send","object":{"type":"message","content":"hi"},"context":"irc"}`,
		`{"type":"join"}`: `{"type":"join","context":"irc"}`,
		`{"type":"update","object":{"type":"topic","content":"Low tide"}}`:                                      `{"type":"update","object":{"type":"topic","content":"Low tide","topic":"Low tide"},"context":"irc"}`,
		`{"type":"query","object":{"type":"attendance","members":[{"name":"newt","role":"owner"},{"id":"x"}]}}`: `{"type":"query","object":{"type":"attendance","members":["newt",{"id":"x"}]},"context":"irc"}`,
		`{"type":"update","error":"No"}`: `{"type":"update","error":"No","context":"irc","object":{"type":"error","content":"No"}}`,
		`{"type":"error","error":"No"}`:  `{"type":"error","error":"No","context":"irc"}`,
	} {
		a := parse(t, in).(*activity.Object)
		if got := string(activity.AppendJSON(nil, Older(irc, a))); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", in, got, want)
		}
		if got := string(activity.AppendJSON(nil, a)); got != in {
			t.Errorf("%s became %s for the others", in, got)
		}
	}
}

func TestObjectsAreBounded(t *testing.T) {
	b := &Objects{}
	for _, bad := range []string{`null`, `"a"`, `{}`, `{"id":""}`, `{"id":1}`} {
		if err := b.Remember(parse(t, bad)); err != errObjectID {
			t.Errorf("Remember(%s): %v", bad, err)
		}
	}
	for i := range maxObjects {
		if err := b.Remember(parse(t, fmt.Sprintf(`{"id":"%d"}`, i))); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Remember(parse(t, `{"id":"one more"}`)); err != errObjectFull {
		t.Errorf("one more than is allowed: %v", err)
	}
	if err := b.Remember(parse(t, `{"id":"0","type":"person"}`)); err != nil || b.lookup("0").Text("type") != "person" {
		t.Errorf("a known one told anew: %v, %v", err, b.lookup("0"))
	}
	if err := b.Remember(parse(t, `{"id":"1","name":"`+strings.Repeat("x", maxObjectBytes)+`"}`)); err != errObjectFull {
		t.Errorf("one that is too large: %v", err)
	}
	if b.lookup("1").Len() != 1 {
		t.Errorf("what was refused is remembered")
	}
}
