package middleware

import (
	"testing"

	"github.com/sockethub/sockethub/activity"
)

// What a message means to the platform after it was accepted.
func TestAccepted(t *testing.T) {
	p := New(publishedRegistry(t))
	in := parse(t, echo).(*activity.Object)
	a, err := p.Message(in)
	if err != nil {
		t.Fatal(err)
	}
	if a.Platform.ID != "dummy" || a.ActorID != "tulip@garden.test" || a.Type != "echo" || a.Legacy {
		t.Errorf("accepted as %s, %s, %s, legacy %v", a.Platform.ID, a.ActorID, a.Type, a.Legacy)
	}
	if a.Activity != in {
		t.Error("a message in which nothing was expanded was copied")
	}
	in.Set("object", "hi")
	a, err = p.Message(in)
	if err != nil {
		t.Fatal(err)
	}
	if got := a.Activity.Object("object").Text("content"); got != "hi" || in.Text("object") != "hi" {
		t.Errorf("the object became %q, and in the payload %v", got, in.Get("object"))
	}
}

// An empty actor id is a name like any other. It is accepted, as clients
// know it; that nobody else's instance is found by it is the scope's matter.
func TestEmptyActorID(t *testing.T) {
	p := New(publishedRegistry(t))
	o := parse(t, echo).(*activity.Object)
	o.Object("actor").Set("id", "")
	a, err := p.Message(o)
	if err != nil || a.ActorID != "" {
		t.Errorf("got %+v, %v; want it accepted", a, err)
	}
}

// The texts of a failed oneOf name types that no platform takes there. They
// are kept: clients know them.
func TestOneOfTextIsKept(t *testing.T) {
	p := New(publishedRegistry(t))
	o := parse(t, `{"@context":["https://www.w3.org/ns/activitystreams","https://sockethub.org/ns/context/v1.jsonld",`+
		`"https://sockethub.org/ns/context/platform/irc/v1.jsonld"],"type":"send","actor":{"id":"a","type":"person"},"object":{"type":"zzz"}}`)
	want := "[irc] /object: must match exactly one schema in oneOf: feed, person, room, service, website, address, calendar, addressBook"
	if _, err := p.Message(o); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// A platform says for some of its verbs what their messages need besides.
func TestConstraintsOfVerbs(t *testing.T) {
	registry, err := activity.NewRegistry("1", []activity.Platform{{
		ID: "x", Version: "1", ContextURL: activity.PlatformContextURL("x"), ContextVersion: "1", SchemaVersion: "1",
		Messages:    []byte(`{"properties":{"type":{"enum":["create","fetch"]}}}`),
		Constraints: []byte(`{"create":{"required":["object"],"properties":{"object":{"required":["content"]}}}}`),
	}})
	if err != nil {
		t.Fatal(err)
	}
	p := New(registry)
	const head = `{"@context":["https://www.w3.org/ns/activitystreams","https://sockethub.org/ns/context/v1.jsonld",` +
		`"https://sockethub.org/ns/context/platform/x/v1.jsonld"],"actor":{"id":"a","type":"person"},`
	for in, want := range map[string]string{
		`"type":"fetch"}`:                            "",
		`"type":"create","object":"text"}`:           "",
		`"type":"create"}`:                           "[x] activity stream: must have required property 'object'",
		`"type":"create","object":{"type":"event"}}`: "[x] /object: must have required property 'content'",
		`"type":"dance"}`:                            "[x] /type: must be equal to one of the allowed values",
	} {
		_, err := p.Message(parse(t, head+in))
		if got := errorText(err); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// A platform without a list of types takes none but those of its other schemas.
func TestTypeWithoutEnum(t *testing.T) {
	registry, err := activity.NewRegistry("1", []activity.Platform{{
		ID: "x", Version: "1", ContextURL: activity.PlatformContextURL("x"), ContextVersion: "1", SchemaVersion: "1",
		Messages: []byte(`{}`), Credentials: []byte(`{}`),
	}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = New(registry).Message(parse(t, `{"@context":["https://www.w3.org/ns/activitystreams","https://sockethub.org/ns/context/v1.jsonld",`+
		`"https://sockethub.org/ns/context/platform/x/v1.jsonld"],"type":"go","actor":{"id":"a","type":"person"}}`))
	if got, want := errorText(err), "platform type go not supported by x platform. (types: credentials)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Whatever a client sends is accepted or refused with a text, and comes out of
// it unchanged.
func FuzzPipeline(f *testing.F) {
	p := New(publishedRegistry(f))
	for _, tt := range validationCases(f) {
		f.Add(activity.AppendJSON(nil, tt.payload), tt.event == "credentials")
	}
	f.Add([]byte(`{"context":"irc","type":"join","actor":["a",{"id":"b"}],"target":"c"}`), false)
	f.Fuzz(func(t *testing.T, in []byte, credentials bool) {
		v, err := activity.Parse(in)
		if err != nil {
			return
		}
		before := string(activity.AppendJSON(nil, v))
		check := p.Message
		if credentials {
			check = p.Credentials
		}
		a, err := check(v)
		if after := string(activity.AppendJSON(nil, v)); after != before {
			t.Fatalf("%s became %s", before, after)
		}
		if err != nil {
			if a != nil || err.Error() == "" || len(err.Error()) > MaxErrorText {
				t.Fatalf("%s: %+v, %q", before, a, err)
			}
			if _, err := activity.ParseObject(FailureAck(v, err.Error())); err != nil {
				t.Fatalf("%s: the acknowledgement: %v", before, err)
			}
			return
		}
		// What was accepted is accepted again, as the same.
		again, err := check(a.Activity)
		if err != nil || again.ActorID != a.ActorID || again.Type != a.Type || again.Platform != a.Platform || again.Activity != a.Activity {
			t.Fatalf("%s was accepted as %s, and that as %+v, %v", before, activity.AppendJSON(nil, a.Activity), again, err)
		}
	})
}
