package vcard

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
)

// What Apple, Google, Outlook, Nextcloud, Zimbra, Exchange, Evolution and careless
// programs write is kept to the byte, in the version that it has: sent back as it
// was read it changes nothing, and a new note changes the note.
func TestExports(t *testing.T) {
	files, err := filepath.Glob("testdata/exports/*.vcf")
	if err != nil || len(files) < 20 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			const id = "https://dav.test/a.vcf"
			text := readFile(t, file)
			change := func(members string) string {
				t.Helper()
				card, err := Parse(text)
				if err != nil {
					t.Fatal(err)
				}
				contact, err := activity.ParseObject(activity.AppendJSON(nil, card.Contact(id, "1")))
				if err != nil {
					t.Fatal(err)
				}
				message, err := activity.ParseObject([]byte(members))
				if err != nil {
					t.Fatal(err)
				}
				got, err := card.Patch(merged(contact, message), id, now)
				if err != nil {
					t.Fatal(err)
				}
				return got
			}
			if got := change(`{}`); got != text {
				t.Errorf("sent back as it was:\n%s\nwas\n%s", got, text)
			}
			if got := change(`{"note":"Other"}`); without(got) != without(text) || !strings.Contains(got, "NOTE") {
				t.Errorf("with another note:\n%s\nwas\n%s", got, text)
			}
		})
	}
}

// without leaves out the note and when the card was changed.
func without(card string) string {
	var kept []string
	in := false
	for line := range strings.SplitSeq(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(card), "\n") {
		name := strings.ToUpper(line)
		if in && (strings.HasPrefix(line, " ") || strings.HasPrefix(line, "b=")) {
			continue
		}
		if in = strings.HasPrefix(name, "NOTE") || strings.HasPrefix(name, "REV:"); !in {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}
