package davtest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/activity/schema"
	"github.com/sockethub/sockethub/platform"
)

// CheckShapes reads the resources that match a pattern, and checks that what
// clients are told of each matches the schema of responses, and can be sent back in
// an update. read returns nil for what cannot be read.
func CheckShapes(t *testing.T, d *platform.Definition, pattern, target string, read func(text string) *activity.Object) {
	t.Helper()
	registry, err := activity.NewRegistry("1", []activity.Platform{{
		ID: d.Name, Version: d.Version, ContextURL: d.ContextURL, ContextVersion: "1", SchemaVersion: "1",
		Credentials: d.Schemas.Credentials, Messages: d.Schemas.Messages, Responses: d.Schemas.Responses, Constraints: d.Schemas.Constraints,
	}})
	if err != nil {
		t.Fatal(err)
	}
	p := registry.ByID(d.Name)
	files, err := filepath.Glob(pattern)
	if err != nil || files == nil {
		t.Fatalf("%s: no files, %v", pattern, err)
	}
	member := func(name string, value any) activity.Member { return activity.Member{Name: name, Value: value} }
	actor := activity.NewObject(member("id", "ann"), member("type", "person"))
	at := activity.NewObject(member("id", "https://dav.test/"), member("type", target))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		item := read(string(text))
		if item == nil {
			continue
		}
		context := activity.Canonical(d.ContextURL)
		update := activity.NewObject(member("@context", context), member("type", "update"), member("actor", actor), member("target", at), member("object", item))
		answer := activity.NewObject(member("@context", context), member("type", "collection"), member("summary", ""), member("totalItems", 1), member("items", []any{item}))
		for name, errors := range map[string][]schema.Error{
			"message":    p.MessageSchema.Validate(through(t, update)),
			"constraint": p.Constraint("update").Validate(through(t, update)),
			"response":   p.ResponseSchema.Validate(through(t, answer)),
		} {
			if errors != nil {
				t.Errorf("%s: %s: %v: %s", filepath.Base(file), name, errors, activity.AppendJSON(nil, item))
			}
		}
	}
}

// through sends an activity through JSON, as a client would.
func through(t *testing.T, o *activity.Object) *activity.Object {
	t.Helper()
	o, err := activity.ParseObject(activity.AppendJSON(nil, o))
	if err != nil {
		t.Fatal(err)
	}
	return o
}
