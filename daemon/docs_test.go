package daemon

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/daemon/config"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The settings, variables, flags and commands that the documents name are
// those that there are.
func TestDocumentsNameWhatThereIs(t *testing.T) {
	table := read(t, "docs/settings.md") // made from the settings, as its own test sees to
	help := config.Help()
	var keys []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)`").FindAllStringSubmatch(table, -1) {
		keys = append(keys, m[1])
	}
	groups := regexp.MustCompile("`((?:logging|platforms|packageConfig|credentials|credentialCheck|public|rateLimiter|limits|redis|sockethub|sentry|httpActions|admin|tls|recovery|shutdown|platformHeartbeat)\\.[A-Za-z.]+)")
	variables := regexp.MustCompile(`\b(?:SOCKETHUB|REDIS|SENTRY|LOG)_[A-Z][A-Z_]*\b`)
	flags := regexp.MustCompile("`(?:sockethub )?(--[a-z][a-z.-]+)")
	commands := regexp.MustCompile("`sockethub ([a-z]+)(?:`| -)")
	// Words of the reference, which the document about moving explains, and files.
	others := []string{"sockethub.config.json", "sockethub.service", "sockethub.socket", "--init"}
	checked := 0
	for _, path := range []string{"README.md", "ARCHITECTURE.md", "docs/moving.md", "packaging/Dockerfile", "packaging/sockethub.service", "packaging/nginx.conf", "packaging/Caddyfile"} {
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

// The codes that the README explains are those that clients get.
func TestDocumentsNameAllErrorCodes(t *testing.T) {
	explained := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|").FindAllStringSubmatch(read(t, "README.md"), -1) {
		explained[m[1]] = true
	}
	delete(explained, "code") // the head of the table
	given := map[string]bool{}
	code := regexp.MustCompile(`(?m)\b[cC]ode(?:[A-Z]\w*\s*=|:)\s*"([a-z_]+)"`)
	for _, pattern := range []string{"platform/*.go", "platform/supervisor/*.go", "gateway/*.go"} {
		files, err := filepath.Glob(filepath.Join("..", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, m := range code.FindAllStringSubmatch(read(t, strings.TrimPrefix(file, "../")), -1) {
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
