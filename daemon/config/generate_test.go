package config

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity/schema"
	"github.com/sockethub/sockethub/testdata/peer"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// What is generated and what --help prints are what the table says.
func TestGolden(t *testing.T) {
	markdown, err := testTable(t).Generate("markdown")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"testdata/help.txt":     strings.ReplaceAll(testTable(t).Help(), Version, "VERSION"),
		"testdata/default.json": strings.ReplaceAll(string(testTable(t).DefaultDocument()), Version, "VERSION"),
		"testdata/settings.md":  string(markdown),
	}
	for path, want := range files {
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != want {
			t.Errorf("%s is not what the table says (%v): run go test ./daemon/config -update and read the difference", path, err)
		}
	}
}

// Editors that use the schema agree with what the server accepts.
func TestSchema(t *testing.T) {
	text, err := testTable(t).Generate("schema")
	if err != nil {
		t.Fatal(err)
	}
	s, err := schema.Compile(text)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		document string
		valid    bool
	}{
		{string(testTable(t).DefaultDocument()), true},
		{`{}`, true},
		{`{"packageConfig":{"irc":{"connectTimeoutMs":5},"@acme/x":{"y":1}}}`, true},
		{`{"redis":{"maxRetriesPerRequest":null},"sockethub":{"trustProxy":"loopback"}}`, true},
		{`{"logging":{"level":"trace"}}`, false},
		{`{"loging":{}}`, false},
		{`{"sockethub":{"port":70000}}`, false},
		{`{"platforms":[]}`, false},
		{`{"packageConfig":{"@sockethub/platform-irc":{"x":5}}}`, false},
	}
	for _, tt := range tests {
		var v any
		if err := json.Unmarshal([]byte(tt.document), &v); err != nil {
			t.Fatal(err)
		}
		if errs := s.Validate(v); (len(errs) == 0) != tt.valid {
			t.Errorf("%s: %v, want valid %v", tt.document, errs, tt.valid)
		}
	}
}

// The shells and the manual's formatter take what is made for them.
func TestGeneratedFor(t *testing.T) {
	tests := []struct {
		what    string
		program string
		args    []string
		has     string
	}{
		{"bash", "bash", []string{"-n"}, "--cors.origin"},
		{"man", "man", []string{"-l", "--warnings=w", "-"}, "sockethub.maxPayloadBytes"},
	}
	for _, tt := range tests {
		t.Run(tt.what, func(t *testing.T) {
			text, err := testTable(t).Generate(tt.what)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(strings.ReplaceAll(string(text), `\-`, "-"), tt.has) {
				t.Errorf("it does not mention %s", tt.has)
			}
			cmd := exec.Command(peer.Program(t, tt.program), tt.args...)
			cmd.Env = append(os.Environ(), "MANPAGER=cat", "LC_ALL=C.UTF-8")
			cmd.Stdin = bytes.NewReader(text)
			var complaints bytes.Buffer
			cmd.Stderr = &complaints
			if out, err := cmd.Output(); err != nil || complaints.Len() > 0 {
				t.Errorf("%s: %v\n%s\n%s", tt.program, err, &complaints, out)
			}
		})
	}
}

// bash really completes: the function is called as the shell would.
func TestBashCompletes(t *testing.T) {
	text, err := testTable(t).Generate("bash")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ words, want string }{
		{"sockethub ch", "check"},
		{"sockethub generate ma", "man markdown"},
		{"sockethub check --por", "--port"},
		{"sockethub --sentry-test", "--sentry-test --sentry-test-crash"},
	}
	for _, tt := range tests {
		script := string(text) + "COMP_WORDS=(" + tt.words + "); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _sockethub; echo ${COMPREPLY[*]}\n"
		cmd := exec.Command(peer.Program(t, "bash"))
		cmd.Stdin = strings.NewReader(script)
		out, err := cmd.CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != tt.want {
			t.Errorf("%q completes to %q, %v; want %q", tt.words, got, err, tt.want)
		}
	}
}

// What none of the shells here can check is at least there for each flag.
func TestCompletionsAreComplete(t *testing.T) {
	for _, shell := range []string{"zsh", "fish", "bash"} {
		text, err := testTable(t).Generate(shell)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range testTable(t).flagNames() {
			if shell == "fish" {
				name = "-l " + strings.TrimPrefix(name, "--")
			}
			if strings.HasSuffix(name, "no-info") {
				continue // there is nothing to take back
			}
			if !strings.Contains(string(text), name) {
				t.Errorf("%s: %s is missing", shell, name)
			}
		}
	}
	if _, err := testTable(t).Generate("csh"); err == nil {
		t.Error("csh is not known, and was made")
	}
}

// Keys, variables and flags are each there once.
func TestTableHasNoDoubles(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range testTable(t).settings {
		for _, name := range []string{"key " + s.Key, "variable " + s.Env, "flag " + s.Flag} {
			if strings.HasSuffix(name, " ") {
				continue
			}
			if seen[name] {
				t.Errorf("%s is there twice", name)
			}
			seen[name] = true
		}
		if s.Help == "" || s.Allowed == "" || !json.Valid([]byte(s.Default)) {
			t.Errorf("%s%s: help %q, allowed %q, default %q", s.Key, s.Env, s.Help, s.Allowed, s.Default)
		}
	}
}
