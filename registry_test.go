package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/activity/schema"
)

// published is a platform as a registry describes it.
type published struct {
	ID, Version, ContextURL string
	Types                   []string
	Schemas                 struct{ Credentials, Messages json.RawMessage }
}

// recordedRegistry is what clients were told before, by platform.
func recordedRegistry(t *testing.T) map[string]published {
	t.Helper()
	text, err := os.ReadFile("middleware/testdata/registry.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Full struct{ Platforms []published }
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	byID := map[string]published{}
	for _, p := range file.Full.Platforms {
		byID[p.ID] = p
	}
	return byID
}

// Each platform that the reference has describes itself as clients know it: the same
// types, context and version; and its schemas take the same payloads, of the
// recorded ones and of others that differ from them in a few places.
func TestPlatformsAreAsPublished(t *testing.T) {
	recorded := recordedRegistry(t)
	for _, d := range platforms() {
		t.Run(d.Name, func(t *testing.T) {
			want, ok := recorded[d.Name]
			if !ok {
				return // one of ours
			}
			if d.Version != want.Version || d.ContextURL != want.ContextURL {
				t.Errorf("version %s, context %s; want %s, %s", d.Version, d.ContextURL, want.Version, want.ContextURL)
			}
			var types []string
			if len(d.Schemas.Credentials) > 0 {
				types = append(types, "credentials")
			}
			var messages struct {
				Properties struct{ Type struct{ Enum []string } }
			}
			if err := json.Unmarshal(d.Schemas.Messages, &messages); err != nil {
				t.Fatal(err)
			}
			if types = append(types, messages.Properties.Type.Enum...); !reflect.DeepEqual(types, want.Types) {
				t.Errorf("types %v, want %v", types, want.Types)
			}
			// What is stored on a server, odd as it may be, can be sent back: these
			// platforms take more than was recorded, and nothing less.
			wider := d.Name == "caldav" || d.Name == "carddav"
			tried := compareSchemas(t, "messages", d.Schemas.Messages, want.Schemas.Messages, recordedPayloads(t, d.Name, "message"), wider)
			if want.Types[0] == "credentials" {
				tried += compareSchemas(t, "credentials", d.Schemas.Credentials, want.Schemas.Credentials, recordedPayloads(t, d.Name, "credentials"), false)
			}
			if tried == 0 {
				t.Error("no payload was compared")
			}
		})
	}
}

// What platforms answer with is published too, so that clients can check the
// members that no client knew before.
func TestResponsesArePublished(t *testing.T) {
	var described []activity.Platform
	answering := map[string][]byte{}
	for _, d := range platforms() {
		described = append(described, activity.Platform{
			ID: d.Name, Version: d.Version, ContextURL: d.ContextURL, ContextVersion: "1", SchemaVersion: "1",
			Credentials: d.Schemas.Credentials, Messages: d.Schemas.Messages, Responses: d.Schemas.Responses,
		})
		answering[d.Name] = d.Schemas.Responses
	}
	registry, err := activity.NewRegistry("1", described)
	if err != nil {
		t.Fatal(err)
	}
	var payload struct {
		Platforms []struct {
			ID      string
			Schemas map[string]any
		}
	}
	if err := json.Unmarshal(registry.Payload(), &payload); err != nil {
		t.Fatal(err)
	}
	for _, p := range payload.Platforms {
		var want any
		if text := answering[p.ID]; text != nil {
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			withoutWords(want)
		}
		if got := p.Schemas["responses"]; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: published %v, want %v", p.ID, got, want)
		}
		if recorded := recordedRegistry(t); p.Schemas["responses"] == nil && p.ID != "dummy" && recorded[p.ID].ID != "" {
			t.Errorf("%s does not say what it answers", p.ID)
		}
	}
}

// withoutWords takes from a schema what it says to people.
func withoutWords(v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if _, text := value.(string); text && (name == "title" || name == "description") {
				delete(v, name)
			}
			withoutWords(value)
		}
	case []any:
		for _, element := range v {
			withoutWords(element)
		}
	}
}

// recordedPayloads are events for a platform.
func recordedPayloads(t *testing.T, platform, event string) []any {
	t.Helper()
	text, err := os.ReadFile("middleware/testdata/validation.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var list []any
	for line := range bytes.Lines(text) {
		var c struct {
			Event   string
			Payload any
		}
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		if c.Event == event && bytes.Contains(line, []byte("context/platform/"+platform+"/")) {
			list = append(list, c.Payload)
		}
	}
	return list
}

// compareSchemas validates payloads and what becomes of them by chance with both
// schemas, and returns how many were tried. With wider, ours may take what becomes
// of a payload where theirs does not.
func compareSchemas(t *testing.T, name string, ours, theirs []byte, payloads []any, wider bool) int {
	t.Helper()
	compile := func(text []byte) *schema.Schema {
		s, err := activity.CompileSchema(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return s
	}
	a, b := compile(ours), compile(theirs)
	r := rand.New(rand.NewPCG(1, 2))
	tried, accepted := 0, 0
	for _, payload := range payloads {
		for round := range 40 {
			v := payload
			for range round % 4 {
				v = mutate(r, v, payloads)
			}
			gotErrors, wantErrors := a.Validate(v), b.Validate(v)
			tried++
			if len(wantErrors) == 0 {
				accepted++
			}
			if len(gotErrors) == 0 && (isNewKind(v, theirs) || wider && round%4 > 0) {
				continue
			}
			if (len(gotErrors) == 0) != (len(wantErrors) == 0) {
				text, _ := json.Marshal(v)
				t.Errorf("%s: %s\nours   %v\ntheirs %v", name, text, gotErrors, wantErrors)
			}
		}
	}
	if tried > 0 && (accepted == 0 || accepted == tried) && name == "messages" {
		t.Errorf("%s: %d of %d payloads are accepted, which tells nothing", name, accepted, tried)
	}
	return tried
}

// isNewKind reports whether a payload has an object of a type that the recorded
// schema does not name: ours may take it.
func isNewKind(v any, theirs []byte) bool {
	m, _ := v.(map[string]any)
	object, _ := m["object"].(map[string]any)
	kind, ok := object["type"].(string)
	return ok && kind != "" && !bytes.Contains(theirs, []byte(`["`+kind+`"]`))
}

// mutate returns a value that differs from v in one place, which it may share
// with one of the others.
func mutate(r *rand.Rand, v any, others []any) any {
	odd := []any{nil, true, 0.0, 1.5, -1.0, "", "x", "http://a.test/", "2031-01-02T03:04:05Z", []any{}, []any{"x"}, map[string]any{}, map[string]any{"type": "message"}}
	switch v := v.(type) {
	case map[string]any:
		c := map[string]any{}
		var names []string
		for name, value := range v {
			c[name] = value
			names = append(names, name)
		}
		if len(names) == 0 {
			return map[string]any{"type": odd[r.IntN(len(odd))]}
		}
		// A map has no order, and the test is to do the same each time.
		slices.Sort(names)
		name := names[r.IntN(len(names))]
		switch r.IntN(6) {
		case 0:
			delete(c, name)
		case 1:
			c[name] = odd[r.IntN(len(odd))]
		case 2:
			c["extra"] = odd[r.IntN(len(odd))]
		case 3:
			if other, ok := others[r.IntN(len(others))].(map[string]any); ok && other[name] != nil {
				c[name] = other[name]
			}
		default:
			c[name] = mutate(r, c[name], others)
		}
		return c
	case []any:
		if len(v) == 0 {
			return []any{odd[r.IntN(len(odd))]}
		}
		c := append([]any(nil), v...)
		i := r.IntN(len(c))
		if r.IntN(3) == 0 {
			return append(c[:i], c[i+1:]...)
		}
		c[i] = mutate(r, c[i], others)
		return c
	}
	return odd[r.IntN(len(odd))]
}

// What a session keeps for its accounts is bounded text by text, whatever platform
// it is for.
func TestTextsOfCredentialsAreBounded(t *testing.T) {
	for _, d := range platforms() {
		if len(d.Schemas.Credentials) == 0 {
			continue
		}
		var root any
		if err := json.Unmarshal(d.Schemas.Credentials, &root); err != nil {
			t.Fatal(err)
		}
		eachSchema(root, d.Name, func(s map[string]any, at string) {
			_, long := s["maxLength"]
			_, listed := s["enum"]
			_, fixed := s["const"]
			kinds, _ := s["type"].([]any)
			if text := s["type"] == "string" || slices.Contains(kinds, "string"); text && !long && !listed && !fixed {
				t.Errorf("%s is a text of any length", at)
			}
		})
	}
}

// eachSchema calls visit with a JSON Schema and all objects in it.
func eachSchema(v any, at string, visit func(s map[string]any, at string)) {
	switch v := v.(type) {
	case map[string]any:
		visit(v, at)
		for name, inner := range v {
			eachSchema(inner, at+"/"+name, visit)
		}
	case []any:
		for i, inner := range v {
			eachSchema(inner, fmt.Sprint(at, "/", i), visit)
		}
	}
}
