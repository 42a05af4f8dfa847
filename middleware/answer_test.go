package middleware

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sockethub/sockethub/activity"
)

func parse(t testing.TB, text string) any {
	t.Helper()
	v, err := activity.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// What is no object at all, or nothing, is answered with a text too.
func TestFailureAck(t *testing.T) {
	for in, want := range map[string]string{
		`null`:              `{"error":"no"}`,
		`"hello"`:           `{"error":"no"}`,
		`[{"secret":1}]`:    `{"error":"no"}`,
		`{"a":1}`:           `{"a":1,"error":"no"}`,
		`{"error":1,"b":2}`: `{"error":"no","b":2}`,
		`{"sessionSecret":"s","a":{"sessionSecret":"t"}}`: `{"a":{"sessionSecret":"t"},"error":"no"}`,
	} {
		v := parse(t, in)
		if got := string(FailureAck(v, "no")); got != want {
			t.Errorf("FailureAck(%s) = %s, want %s", in, got, want)
		}
		if got := string(activity.AppendJSON(nil, v)); got != in {
			t.Errorf("the payload became %s, was %s", got, in)
		}
	}
	if got := string(FailureAck(nil, "no")); got != `{"error":"no"}` {
		t.Errorf("FailureAck(nil) = %s", got)
	}
}

func TestCredentialsAckKeepsSecretsBack(t *testing.T) {
	p := New(publishedRegistry(t))
	const contexts = `"@context":["https://www.w3.org/ns/activitystreams","https://sockethub.org/ns/context/v1.jsonld","https://sockethub.org/ns/context/platform/irc/v1.jsonld"]`
	credentials := func(context string) *Accepted {
		a, err := p.Credentials(parse(t, `{"type":"credentials",`+context+`,"actor":{"id":"newt@pond.test","type":"person"},`+
			`"object":{"type":"credentials","nick":"newt","server":"pond.test","password":"duckweed"}}`))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := credentials(contexts)
	want := `{"type":"credentials",` + contexts + `,"actor":{"id":"newt@pond.test","type":"person"},"object":{"type":"credentials"}}`
	if got := CredentialsAck(credentials(`"context":"irc"`)); got != nil {
		t.Errorf("an older client gets %s", got)
	}
	if got := string(CredentialsAck(a)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if !strings.Contains(string(activity.AppendJSON(nil, a.Activity)), "duckweed") {
		t.Error("what is to be stored lost its secret")
	}
}

func TestErrorTextIsCut(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		length   int
	}{
		{"short", "short", 5},
		{"exactly as long as it may be", strings.Repeat("x", 1000), 1000},
		{"too long", strings.Repeat("x", 1001), 1000},
		{"too long, inside of a character", "x" + strings.Repeat("🫖", 300), 1000},
		{"no text at all", strings.Repeat("\x80", 2000), 3},
	} {
		got := Text(errors.New(tt.in))
		if len(got) > tt.length || !utf8.ValidString(got) || len(tt.in) > 1000 != strings.HasSuffix(got, "…") {
			t.Errorf("%s: %d bytes, want at most %d: %.20q…", tt.name, len(got), tt.length, got)
		}
	}
	p := New(publishedRegistry(t))
	_, err := p.Message(parse(t, `{"@context":["`+strings.Repeat("y", 5000)+`"],"type":"echo","actor":"a"}`))
	if err == nil || len(err.Error()) != MaxErrorText || !strings.HasSuffix(err.Error(), "yyy…") {
		t.Errorf("an error with the client's own text in it: %v", err)
	}
}

func TestOutbound(t *testing.T) {
	registry, err := activity.NewRegistry("1", []activity.Platform{{
		ID: "x", Version: "1", ContextURL: activity.PlatformContextURL("x"), ContextVersion: "1", SchemaVersion: "1",
		Messages:  []byte(`{"type":"object"}`),
		Responses: []byte(`{"required":["actor"],"properties":{"type":{"enum":["join","error"]}}}`),
	}})
	if err != nil {
		t.Fatal(err)
	}
	p := New(registry)
	const context = `"@context":["https://www.w3.org/ns/activitystreams","https://sockethub.org/ns/context/v1.jsonld","https://sockethub.org/ns/context/platform/x/v1.jsonld"]`
	for _, tt := range []struct{ name, in, actor, want, refused string }{
		{"as it should be", `{"type":"join","actor":{}}`, "a", `{"type":"join","actor":{},` + context + `}`, ""},
		{"context and secret are the server's", `{"sessionSecret":"s","context":"y","@context":1,"type":"join","actor":{}}`, "a",
			`{` + context + `,"type":"join","actor":{}}`, ""},
		{"an error gets the instance's actor", `{"type":"error"}`, "al@x", `{"type":"error",` + context + `,"actor":{"id":"al@x","type":"service"}}`, ""},
		{"or the platform's name", `{"type":"error"}`, "", `{"type":"error",` + context + `,"actor":{"id":"x","type":"service"}}`, ""},
		{"a failure is not checked", `{"type":"dance","error":"no"}`, "a", `{"type":"dance","error":"no",` + context + `}`, ""},
		{"what the platform's schema forbids", `{"type":"dance","actor":{}}`, "a", "", "/type: must be equal to one of the allowed values"},
	} {
		a := parse(t, tt.in).(*activity.Object)
		err := p.Outbound(registry.ByID("x"), a, tt.actor)
		var malformed *MalformedError
		switch {
		case tt.refused != "":
			if !errors.As(err, &malformed) || err.Error() != tt.refused {
				t.Errorf("%s: %v, want %s", tt.name, err, tt.refused)
			}
		case err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case string(activity.AppendJSON(nil, a)) != tt.want:
			t.Errorf("%s: got  %s\nwant %s", tt.name, activity.AppendJSON(nil, a), tt.want)
		}
	}
}
