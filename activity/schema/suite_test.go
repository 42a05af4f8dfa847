package schema_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/activity/schema"
	"github.com/sockethub/sockethub/testdata/peer"
)

// The JSON Schema organisation's test suite, as Debian packages it.
var suiteDirs = []string{
	"/usr/share/json-schema-test-suite/tests/draft7",
	"/usr/share/perl5/auto/share/dist/Test-JSON-Schema-Acceptance/tests/draft7",
}

// notInSuite names the cases that do not hold here, by file and group, and why.
var notInSuite = map[string]string{
	"refRemote.json: remote ref":                                                      fetches,
	"refRemote.json: fragment within remote ref":                                      fetches,
	"refRemote.json: ref within remote ref":                                           fetches,
	"refRemote.json: base URI change":                                                 fetches,
	"refRemote.json: base URI change - change folder":                                 fetches,
	"refRemote.json: base URI change - change folder in subschema":                    fetches,
	"refRemote.json: root ref in remote ref":                                          fetches,
	"refRemote.json: remote ref with ref to definitions":                              fetches,
	"refRemote.json: Location-independent identifier in remote ref":                   fetches,
	"refRemote.json: retrieved nested refs resolve relative to their URI not $id":     fetches,
	"optional/cross-draft.json: refs to future drafts are processed as future drafts": fetches,

	"optional/content.json: validation of string-encoded content based on media type":     unused,
	"optional/content.json: validation of binary string-encoding":                         unused,
	"optional/content.json: validation of binary-encoded media type documents":            unused,
	"optional/format/idn-email.json: validation of an internationalized e-mail addresses": unused,
	"optional/format/idn-hostname.json: validation of internationalized host names":       unused,
}

const (
	fetches = "needs fetching: nothing outside of the document is ever read"
	unused  = "optional, and no schema of a platform uses it: says nothing here, as the specification allows"
)

func TestSuite(t *testing.T) {
	found := false
	for _, dir := range suiteDirs {
		if _, err := os.Stat(dir); err != nil {
			continue
		}
		found = true
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".json") {
				name, _ := filepath.Rel(dir, path)
				t.Run(name, func(t *testing.T) { runSuiteFile(t, path, name) })
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if !found {
		peer.Missing(t, "the JSON Schema test suite is not installed: apt-get install json-schema-test-suite")
	}
}

func runSuiteFile(t *testing.T, path, name string) {
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var groups []struct {
		Description string
		Schema      json.RawMessage
		Tests       []struct {
			Description string
			Data        json.RawMessage
			Valid       bool
		}
	}
	if err := json.Unmarshal(data, &groups); err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		t.Run(g.Description, func(t *testing.T) {
			if why, ok := notInSuite[name+": "+g.Description]; ok {
				t.Skip(why)
			}
			s, err := schema.Compile(g.Schema)
			if err != nil {
				t.Fatalf("Compile(%s): %v", g.Schema, err)
			}
			for _, tt := range g.Tests {
				var decoded any
				if err := json.Unmarshal(tt.Data, &decoded); err != nil {
					t.Fatal(err)
				}
				ordered, err := activity.Parse(tt.Data)
				if err != nil {
					t.Fatal(err)
				}
				for _, v := range []any{decoded, ordered} {
					errors := s.Validate(v)
					if valid := errors == nil; valid != tt.Valid || s.Valid(v) != tt.Valid {
						t.Errorf("%s: schema %s, value %s (%T): got %v, want valid: %v", tt.Description, g.Schema, tt.Data, v, errors, tt.Valid)
					}
				}
			}
		})
	}
}
