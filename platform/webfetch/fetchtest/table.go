package fetchtest

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// Table reads a file of documents with their answers:
//
//	=== name
//	<rss>…
//	---
//	{"summary":…}
//
// and compares what f answers to each document. One that begins with a quotation
// mark is a text in Go's syntax, for bytes that are none in UTF-8. update
// rewrites the answers.
func Table(t *testing.T, file string, update bool, f func(document string) string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for i, entry := range strings.Split("\n"+strings.TrimSuffix(string(text), "\n"), "\n=== ") {
		if i == 0 { // what stands before the first is a comment
			out.WriteString(strings.TrimPrefix(entry, "\n"))
			continue
		}
		name, rest, _ := strings.Cut(entry, "\n")
		written, want, ok := strings.Cut("\n"+rest, "\n---")
		if !ok {
			t.Fatalf("%s: %s has no answer", file, name)
		}
		document := strings.TrimPrefix(written, "\n")
		if strings.HasPrefix(document, `"`) {
			if document, err = strconv.Unquote(document); err != nil {
				t.Fatalf("%s: %s: %v", file, name, err)
			}
		}
		got := f(document)
		out.WriteString("\n=== " + name + written + "\n---\n" + got)
		if want = strings.TrimPrefix(want, "\n"); got != want && !update {
			t.Errorf("%s:\n%.500s\nanswer\n%s\nwant\n%s", name, document, got, want)
		}
	}
	if update {
		if err := os.WriteFile(file, []byte(out.String()+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
