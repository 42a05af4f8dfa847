package dav_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The documents name each code that the code has, and no other.
func TestCodesAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/client.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(doc), "Of `caldav` and `carddav` the text is a code")
	table, _, _ = strings.Cut(table, "```")
	documented := map[string]bool{}
	for line := range strings.Lines(table) {
		if cells := strings.Split(line, "|"); len(cells) > 3 {
			for _, m := range regexp.MustCompile("`([a-z-]+)`").FindAllStringSubmatch(cells[1], -1) {
				documented[m[1]] = true
			}
		}
	}

	known := map[string]bool{}
	for _, verb := range []string{"fetch", "query", "create", "update", "delete"} {
		known["invalid-"+verb] = true // see Protocol.Failure
	}
	for _, folder := range []string{".", "../caldav", "../carddav"} {
		files, err := filepath.Glob(folder + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatal(folder, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			constants, _, _ := strings.Cut(string(text), "// Fail returns")
			for _, m := range regexp.MustCompile(`(?:[Ff]ail\(|Code: |NotOne: )"([a-z-]+)"|"([a-z]+-failed)"`).FindAllStringSubmatch(string(text), -1) {
				known[m[1]+m[2]] = true
			}
			if filepath.Base(file) == "error.go" {
				for _, m := range regexp.MustCompile(`(?m)^\t[A-Z]\w+ += "([a-z-]+)"$`).FindAllStringSubmatch(constants, -1) {
					known[m[1]] = true
				}
			}
		}
	}
	if !maps.Equal(documented, known) {
		t.Errorf("documented %q\nknown      %q", slices.Sorted(maps.Keys(documented)), slices.Sorted(maps.Keys(known)))
	}
}
