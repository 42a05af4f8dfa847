package ical

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav/contentline"
)

// What is read is written back; what clients see can be sent back and changes
// nothing; a change is what clients see then, and nothing else is.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/cases/*.ics")
	if err != nil || len(files) == 0 {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Add(series)
	f.Fuzz(func(t *testing.T, text string) {
		cal, err := Parse(text)
		if err != nil {
			return
		}
		if cal.String() != text {
			t.Fatalf("%q was written as %q", text, cal.String())
		}
		item, err := cal.Item("https://dav.test/x.ics", "")
		if err != nil || item.Get("updateSupported") != true {
			return
		}
		back, err := activity.ParseObject(activity.AppendJSON(nil, item))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := cal.Patch(back, now); err != nil || got != text {
			t.Fatalf("%q sent back: %v %q", text, err, got)
		}
		const location = "a; b, c\\\nd"
		back.Set("location", location)
		got, err := cal.Patch(back, now)
		if errors.Is(err, contentline.ErrTooManyLines) {
			return
		}
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		again, err := Parse(got)
		if err != nil {
			t.Fatalf("%q became %q: %v", text, got, err)
		}
		changed, err := again.Item("https://dav.test/x.ics", "")
		if err != nil || changed.Text("location") != location {
			t.Fatalf("%q became %q", text, got)
		}
		for i := range item.Len() {
			name, v := item.Member(i)
			switch name {
			case "location", "lastModified", "exceptions": // which are told by how they differ from the series
				continue
			}
			if string(activity.AppendJSON(nil, v)) != string(activity.AppendJSON(nil, changed.Get(name))) {
				t.Fatalf("%q became %q: another %s", text, got, name)
			}
		}
	})
}

// A message of any shape makes a resource that can be read, or an error.
func FuzzNew(f *testing.F) {
	f.Add(`{"type":"event","uid":"u","name":"x","startTime":"2026-09-14T09:00:00","timeZone":"Europe/Madrid","recurrence":{"frequency":"daily","count":3},"reminders":[{"trigger":"-PT5M"}]}`)
	f.Add(`{"type":"task","name":"x","due":"2026-09-30","allDay":true,"attendees":[{"email":"a@b.test","name":"\"^\n"}],"categories":["a,b"],"exceptions":[{"recurrenceId":"2026-09-14"}]}`)
	f.Fuzz(func(t *testing.T, message string) {
		o, err := activity.ParseObject([]byte(message))
		if err != nil {
			return
		}
		text, uid, err := New(o, now)
		if err != nil {
			return
		}
		cal, err := Parse(text)
		if err != nil {
			if errors.Is(err, contentline.ErrLineTooLong) {
				return
			}
			t.Fatalf("%s became %q: %v", message, text, err)
		}
		item, err := cal.Item("https://dav.test/x.ics", "")
		if err != nil || item.Text("uid") != contentline.Clean(uid) {
			t.Fatalf("%s became %q: %v", message, text, err)
		}
		if got, err := cal.Patch(item, now); err != nil || got != text {
			t.Fatalf("%q sent back: %v %q", text, err, got)
		}
	})
}
