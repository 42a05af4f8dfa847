package ical

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
)

// What Outlook, Exchange, Google, Apple, Nextcloud, Zimbra and careless programs
// write is kept to the byte: sent back as it was read it changes nothing, and a new
// name changes one line.
func TestExports(t *testing.T) {
	files, err := filepath.Glob("testdata/exports/*.ics")
	if err != nil || len(files) < 20 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text := readFile(t, file)
			change := func(members string) string {
				t.Helper()
				cal, err := Parse(text)
				if err != nil {
					t.Fatal(err)
				}
				if cal.String() != text {
					t.Fatalf("written as %q", cal.String())
				}
				item, err := cal.Item("https://dav.test/a.ics", "1")
				if err != nil {
					t.Fatal(err)
				}
				got, err := cal.Patch(merged(throughJSON(t, item), parse(t, members)), now)
				if err != nil {
					t.Fatal(err)
				}
				return got
			}
			if got := change(`{}`); got != text {
				t.Errorf("sent back as it was:\n%s", diff(text, got))
			}
			changed := diff(text, change(`{"name":"Renamed"}`))
			for line := range strings.Lines(changed) {
				switch name, _, _ := strings.Cut(strings.ToUpper(line[1:]), ":"); {
				case strings.HasPrefix(name, "SUMMARY"), name == "DTSTAMP", name == "LAST-MODIFIED", strings.HasPrefix(name, "\t"):
					continue
				}
				t.Errorf("a new name changes %q in\n%s", line, changed)
			}
		})
	}
}

func parse(t *testing.T, text string) *activity.Object {
	t.Helper()
	o, err := activity.ParseObject([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// throughJSON is an item as a client sends it back.
func throughJSON(t *testing.T, o *activity.Object) *activity.Object {
	t.Helper()
	return parse(t, string(activity.AppendJSON(nil, o)))
}
