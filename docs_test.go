package main

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/daemon"
	"github.com/sockethub/sockethub/daemon/config"
	"github.com/sockethub/sockethub/daemon/messages"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// update rewrites what is made from the code.
var update = flag.Bool("update", false, "rewrite the documents that are made")

// settings is the page of that name, which is made from the table of settings.
func settings(t *testing.T, program *config.Table) string {
	t.Helper()
	rows, err := program.Generate("markdown")
	if err != nil {
		t.Fatal(err)
	}
	want := "# Settings\n\nThis table is written by `sockethub generate markdown` from the same table in the code that reads the\n" +
		"settings. A flag is stronger than a variable, and that than the file. Keys are nested objects in the file:\n" +
		"`sockethub.port` is `{\"sockethub\": {\"port\": 10550}}`. A variable that is empty counts as not set.\n" +
		"`REDIS_HOST` and `REDIS_PORT` have no key. SIGHUP applies what is called reloadable.\n\n" + string(rows)
	if *update {
		if err := os.WriteFile("docs/settings.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if read(t, "docs/settings.md") != want {
		t.Error("docs/settings.md is not what the table says: run go test . -update and read the difference")
	}
	return want
}

// What is made from the platforms' schemas and examples is what they say.
func TestMessagesAreDocumented(t *testing.T) {
	pages, err := messages.Pages(platforms())
	if err != nil {
		t.Fatal(err)
	}
	golden := map[string]string{}
	for _, page := range pages {
		golden["docs/"+page.Path] = string(page.Text)
	}
	types, err := messages.TypeScript(platforms())
	if err != nil {
		t.Fatal(err)
	}
	const declared, mark = "gateway/web/files/sockethub-client.d.ts", "// Platforms. Written by \"sockethub generate typescript\".\n\n"
	written, _, _ := strings.Cut(read(t, declared), mark)
	golden[declared] = written + mark + string(types)
	for path, want := range golden {
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if text, _ := os.ReadFile(path); string(text) != want {
			t.Errorf("%s is not what the platforms say: run go test . -update and read the difference", path)
		}
	}
}

// Each platform says what each of its types of message does and what each member
// means, and shows each type of message and of object.
func TestPlatformsDescribeTheirMessages(t *testing.T) {
	undocumented := []string{"hang"} // its exchange takes a minute
	for _, d := range platforms() {
		open, err := messages.Undescribed(d)
		if err != nil {
			t.Fatal(err)
		}
		for _, what := range open {
			t.Errorf("%s does not say: %s", d.Name, what)
		}
		exchanges, err := messages.ParseExamples(d.Schemas.Examples)
		if err != nil {
			t.Fatal(err)
		}
		shown := map[string]bool{}
		for _, e := range exchanges {
			shown[e.Message.Text("type")] = true
		}
		var schema struct {
			Description string
			Properties  struct{ Type struct{ Enum []string } }
			Definitions struct {
				Types map[string]struct{ Title string }
			}
		}
		if err := json.Unmarshal(d.Schemas.Messages, &schema); err != nil {
			t.Fatal(err)
		}
		if schema.Description == "" {
			t.Errorf("%s does not say what it is", d.Name)
		}
		for _, kind := range schema.Properties.Type.Enum {
			if schema.Definitions.Types[kind].Title == "" {
				t.Errorf("%s does not say what %s does", d.Name, kind)
			}
			if !shown[kind] && !slices.Contains(undocumented, kind) {
				t.Errorf("%s shows no message of type %s", d.Name, kind)
			}
		}
	}
}

// The settings, variables, flags and commands that the documents name are
// those that there are.
func TestDocumentsNameWhatThereIs(t *testing.T) {
	program, err := config.New(daemon.BuiltIn(platforms())...)
	if err != nil {
		t.Fatal(err)
	}
	table := settings(t, program)
	help := program.Help()
	var keys []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)`").FindAllStringSubmatch(table, -1) {
		keys = append(keys, m[1])
	}
	groups := regexp.MustCompile("`((?:auth|policy|logging|platforms|packageConfig|credentials|credentialCheck|public|rateLimiter|limits|redis|sockethub|sentry|httpActions|admin|tls|recovery|shutdown|platformHeartbeat)\\.[A-Za-z.]+)")
	variables := regexp.MustCompile(`\b(?:SOCKETHUB|REDIS|SENTRY|LOG)_[A-Z][A-Z_]*\b`)
	flags := regexp.MustCompile("`(?:sockethub )?(--[a-z][a-z.-]+)")
	commands := regexp.MustCompile("`sockethub ([a-z]+)(?:`| -)")
	// Words of the reference, which the document about moving explains, and files.
	others := []string{"sockethub.config.json", "sockethub.service", "sockethub.socket", "--init"}
	checked := 0
	for _, path := range append(documents(t), "README.md", "ARCHITECTURE.md", "packaging/Dockerfile", "packaging/sockethub.service", "packaging/nginx.conf", "packaging/Caddyfile") {
		text := read(t, path)
		find := func(kind string, pattern *regexp.Regexp, known func(word string) bool) {
			for _, m := range pattern.FindAllStringSubmatch(text, -1) {
				checked++
				if word := m[len(m)-1]; !slices.Contains(others, word) && !known(word) {
					t.Errorf("%s: there is no %s %s", path, kind, word)
				}
			}
		}
		find("setting", groups, func(word string) bool {
			return slices.ContainsFunc(keys, func(key string) bool {
				return key == word || strings.HasPrefix(key, word) && strings.HasSuffix(word, ".")
			})
		})
		find("variable", variables, func(word string) bool { return strings.Contains(table, "`"+word+"`") || strings.Contains(help, word) })
		find("flag", flags, func(word string) bool { return strings.Contains(help, word) })
		find("command", commands, func(word string) bool { return strings.Contains(help, word) })
	}
	if len(keys) < 50 || checked < 50 {
		t.Errorf("looked at %d settings and %d words: the patterns find too little", len(keys), checked)
	}
}

// documents are those that people write.
func documents(t *testing.T) []string {
	paths, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(paths, func(path string) bool { return path == "docs/settings.md" || path == "docs/messages.md" })
}

// The codes that the README explains are those that clients get.
func TestDocumentsNameAllErrorCodes(t *testing.T) {
	explained := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|").FindAllStringSubmatch(read(t, "README.md"), -1) {
		explained[m[1]] = true
	}
	delete(explained, "code") // the head of the table
	given := map[string]bool{}
	code := regexp.MustCompile(`(?m)\b[cC]ode(?:[A-Z]\w*\s*=|:)\s*"([a-z_]+)"`)
	for _, pattern := range []string{"platform/*.go", "platform/supervisor/*.go", "gateway/*.go", "auth/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, m := range code.FindAllStringSubmatch(read(t, file), -1) {
				given[m[1]] = true
			}
		}
	}
	if len(given) < 10 {
		t.Errorf("found only %d codes in the source", len(given))
	}
	for name := range given {
		if !explained[name] {
			t.Errorf("the README does not explain %s", name)
		}
	}
	for name := range explained {
		if !given[name] {
			t.Errorf("no client gets %s, which the README explains", name)
		}
	}
}

// Messages in the README are what the server takes: no "context" of old,
// and valid JSON where it says so.
func TestDocumentsShowWhatIsTaken(t *testing.T) {
	text := read(t, "README.md")
	examples := regexp.MustCompile("(?s)```json\n(.*?)```|-d '(.*?)'").FindAllStringSubmatch(text, -1)
	if len(examples) < 2 {
		t.Fatalf("found %d examples", len(examples))
	}
	for _, m := range examples {
		var body map[string]any
		if err := json.Unmarshal([]byte(m[1]+m[2]), &body); err != nil {
			t.Errorf("%v in\n%s", err, m[1]+m[2])
		} else if body["context"] != nil || body["@context"] == nil {
			t.Errorf("an example without @context, or with context: %v", body)
		}
	}
}
