package activity

import (
	"bytes"
	"os"
	"testing"
)

// publishedRegistry reads the answer to "schemas" of the server whose clients
// ours must satisfy, and the descriptions that lead to it.
func publishedRegistry(t testing.TB) (full *Object, platforms []Platform) {
	t.Helper()
	data, err := os.ReadFile("testdata/registry.json")
	if err != nil {
		t.Fatal(err)
	}
	file, err := ParseObject(data)
	if err != nil {
		t.Fatal(err)
	}
	full = file.Object("full")
	for _, v := range full.Get("platforms").([]any) {
		o := v.(*Object)
		p := Platform{
			ID: o.Text("id"), Version: o.Text("version"), ContextURL: o.Text("contextUrl"),
			ContextVersion: o.Text("contextVersion"), SchemaVersion: o.Text("schemaVersion"),
			Messages: AppendJSON(nil, o.Object("schemas").Get("messages")),
		}
		if o.Get("types").([]any)[0] == "credentials" {
			p.Credentials = AppendJSON(nil, o.Object("schemas").Get("credentials"))
		}
		platforms = append(platforms, p)
	}
	return full, platforms
}

// The fingerprint depends on every byte and on the order of all members.
func TestRegistryPayload(t *testing.T) {
	full, platforms := publishedRegistry(t)
	r, err := NewRegistry(full.Text("version"), platforms)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := r.Fingerprint(), "767cfb44151019f2"; got != want {
		t.Errorf("Fingerprint() = %s, want %s", got, want)
	}
	if got, want := r.Payload(), AppendJSON(nil, full); !bytes.Equal(got, want) {
		t.Errorf("Payload() = %s\nwant %s", got, want)
	}
	if got, want := string(r.Unchanged()), `{"fingerprint":"767cfb44151019f2","unchanged":true}`; got != want {
		t.Errorf("Unchanged() = %s, want %s", got, want)
	}
}

// What a platform answers with is published beside what it takes, and changes
// nothing else: a client that knows nothing of it finds all the rest as it was.
func TestRegistryPublishesResponses(t *testing.T) {
	full, platforms := publishedRegistry(t)
	responses := []byte(`{"type":"object","required":["type"]}`)
	platforms[1].Responses = responses
	r, err := NewRegistry(full.Text("version"), platforms)
	if err != nil {
		t.Fatal(err)
	}
	if r.Fingerprint() == full.Text("fingerprint") {
		t.Error("the fingerprint is that of a registry without responses")
	}
	payload, err := ParseObject(r.Payload())
	if err != nil {
		t.Fatal(err)
	}
	list := payload.Get("platforms").([]any)
	for i, v := range list {
		schemas := v.(*Object).Object("schemas")
		published, has := schemas.Lookup("responses")
		if has != (i == 1) || has && !bytes.Equal(AppendJSON(nil, published), responses) {
			t.Errorf("platform %d has the responses %s", i, AppendJSON(nil, published))
		}
		schemas.Delete("responses")
	}
	if got, want := AppendJSON(nil, list), AppendJSON(nil, full.Get("platforms")); !bytes.Equal(got, want) {
		t.Errorf("the rest is %s\nwant %s", got, want)
	}
}

func TestNewRegistryRefuses(t *testing.T) {
	good := Platform{
		ID: "x", Version: "1", ContextURL: PlatformContextURL("x"), ContextVersion: "1", SchemaVersion: "1",
		Messages: []byte(`{"properties":{"type":{"enum":["go"]}}}`),
	}
	tests := []struct {
		name   string
		change func(*Platform)
		want   string
	}{
		{"no version", func(p *Platform) { p.Version = "" }, "x platform schema failed to validate: /version must NOT have fewer than 1 characters"},
		{"no messages", func(p *Platform) { p.Messages = nil }, "x platform schema failed to validate: must have required property 'messages'"},
		{"messages that are no object", func(p *Platform) { p.Messages = []byte(`true`) }, "x platform schema failed to validate: /messages must be object"},
		{"messages that are no JSON", func(p *Platform) { p.Messages = []byte(`{`) }, "x platform schema failed to validate: /messages invalid JSON at byte 1: unexpected end"},
		{"context that is no URL", func(p *Platform) { p.ContextURL = "x" }, `x platform schema failed to validate: /contextUrl must match format "uri"`},
		{"a name for error texts", func(p *Platform) { p.Package, p.ContextURL = "@sockethub/platform-x", "x" },
			`@sockethub/platform-x platform schema failed to validate: /contextUrl must match format "uri"`},
		{"actor types that no envelope allows", func(p *Platform) {
			p.Messages = []byte(`{"properties":{"actor":{"properties":{"type":{"enum":["person","cat","dog"]}}}}}`)
		}, "x platform schema actor types are not registered in the shared ActivityStreams envelope: cat, dog"},
		{"target types that no envelope allows", func(p *Platform) {
			p.Messages = []byte(`{"properties":{"target":{"properties":{"type":{"enum":["address","cat"]}}}}}`)
		}, "x platform schema target types are not registered in the shared ActivityStreams envelope: cat"},
		{"a pattern that cannot be matched in linear time", func(p *Platform) { p.Responses = []byte(`{"pattern":"(?=a)"}`) },
			`x platform schema failed to validate: /responses schema: #: pattern "(?=a)": lookahead is not supported`},
		{"responses that are no JSON", func(p *Platform) { p.Responses = []byte(`{`) }, "x platform schema failed to validate: /responses invalid JSON at byte 1: unexpected end"},
		{"constraints that are no object", func(p *Platform) { p.Constraints = []byte(`[]`) },
			"x platform schema failed to validate: /messageConstraints invalid JSON at byte 0: the value is not an object"},
		{"a constraint that is no schema", func(p *Platform) { p.Constraints = []byte(`{"go":{"type":"cat"}}`) },
			"x platform schema failed to validate: /messageConstraints/go schema: #: type must be one of array, boolean, integer, null, number, object, string, or a list of these"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := good
			tt.change(&p)
			if _, err := NewRegistry("1", []Platform{p}); err == nil || err.Error() != tt.want {
				t.Errorf("NewRegistry: %v\nwant %s", err, tt.want)
			}
		})
	}
	other := good
	other.ID = "y"
	for want, list := range map[string][]Platform{
		"No platforms defined. Please check your sockethub.config.json":                              nil,
		"two platforms are named x":                                                                  {good, good},
		"platform y: context URL https://sockethub.org/ns/context/platform/x/v1.jsonld is another's": {good, other},
	} {
		if _, err := NewRegistry("1", list); err == nil || err.Error() != want {
			t.Errorf("NewRegistry of %d platforms: %v\nwant %s", len(list), err, want)
		}
	}
	if _, err := NewRegistry("1", []Platform{good}); err != nil {
		t.Errorf("NewRegistry: %v", err)
	}
}

func TestConstraint(t *testing.T) {
	r, err := NewRegistry("1", []Platform{{
		ID: "x", Version: "1", ContextURL: PlatformContextURL("x"), ContextVersion: "1", SchemaVersion: "1",
		Messages:    []byte(`{"properties":{"type":{"enum":["go","stop"]}}}`),
		Constraints: []byte(`{"go":{"required":["target"]}}`),
	}})
	if err != nil {
		t.Fatal(err)
	}
	p := r.ByID("x")
	if p.Constraint("go").Valid(NewObject()) || p.Constraint("stop") != nil {
		t.Errorf(`the constraint of "go" is not what was given, or "stop" has one`)
	}
	if r.ByID("y") != nil || len(r.Platforms()) != 1 {
		t.Errorf("the registry holds more than was given")
	}
}
