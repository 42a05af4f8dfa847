package ical

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav/shape"
)

// testdata/cases is what the reference server makes of resources and messages;
// see README.md there. better are the members in which ours is another answer;
// the package's documentation has the reasons.
var better = map[string]string{
	"p06-fold-splits-utf8":           `{"name":"España"}`,
	"p16-date-without-value-param":   `{"allDay":true}`,
	"p17-value-date-lowercase":       `{"allDay":true}`,
	"p18-rrule-weekly":               `{"endTime":"2026-09-07T16:00:00Z"}`,
	"p23-rrule-lowercase":            `{"recurrence":{"frequency":"daily","count":3}}`,
	"p24-rrule-bad-numbers":          `{"recurrence":{"frequency":"daily","byMonthDay":[3]}}`,
	"p25-rrule-exdate-recurrence-id": `{"updateSupported":true}`,
	"p26-override-stored-first":      `{"updateSupported":true,"name":"Usual hour","startTime":"2026-09-07T13:00:00Z","recurrence":{"frequency":"weekly"}}`,
	"p27-exdate-only":                `{"updateSupported":true}`,
	"p28-rdate":                      `{"updateSupported":true}`,
	"p30-duration-instead-of-dtend":  `{"endTime":"2026-09-14T08:45:00Z"}`,
	"p33-unknown-and-x-properties":   `{"status":"confirmed","classification":"private","priority":5,"categories":["Work","Travel"],"created":"2026-01-01T00:00:00Z"}`,
	"p37-vtodo-due-date-only":        `{"allDay":true}`,
	"p38-vtodo-due-with-tzid-only":   `{"timeZone":"Asia/Tokyo"}`,
	"p40-vtodo-empty-numbers":        `{"percentComplete":null,"sequence":null}`,
	"p46-attendee-params":            `{"attendees":[{"email":"bo@cases.test","name":"Bo","role":"required","status":"needs-action","rsvp":true},{"email":"boss@cases.test","name":"The \"Boss\"\nand ^co","role":"chair","status":"accepted","rsvp":false},{"email":"urn:uuid:5f0c2a00-0000-4000-8000-00000000abcd","role":"non-participant","status":"declined","rsvp":false},{"email":"d@cases.test","status":"delegated"}]}`,
	"p47-role-values-that-work":      `{"attendees":[{"email":"a@cases.test","role":"required"},{"email":"b@cases.test","role":"optional"}]}`,
	"p51-lowercase-component-names":  `{"uid":"p51@cases.test","name":"x","updateSupported":true}`,
	"p54-nested-unknown-component":   `{"location":"Outer place","url":null}`,
	"p56-missing-summary":            `{"uid":"p56@cases.test","name":""}`,
	"p57-empty-summary":              `{"uid":"p57@cases.test","name":""}`,
	"p65-line-separator-in-text":     `{"name":"Sneaky","content":"x\u2028BEGIN:VTODO"}`,
}

func TestReadCases(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/p*.expect.json")
	if err != nil || len(files) != 78 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".expect.json")
		t.Run(name, func(t *testing.T) {
			expect := readObject(t, file)
			text := readFile(t, "testdata/cases/"+name+".ics")
			args := expect.Object("args")
			var got *activity.Object
			cal, err := Parse(text)
			if err == nil {
				if cal.String() != text {
					t.Errorf("written as %q", cal.String())
				}
				got, err = cal.Item(args.Text("id"), args.Text("etag"))
			}
			want := expect.Object("result")
			if ours, ok := better[name]; ok {
				o, err := activity.ParseObject([]byte(ours))
				if err != nil {
					t.Fatal(err)
				}
				want = merged(want, o)
			}
			if want == nil {
				if err == nil || err.Error() != expect.Text("error") {
					t.Errorf("got %s, %v; want the error %q", activity.AppendJSON(nil, got), err, expect.Text("error"))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for i := range want.Len() {
				if name, v := want.Member(i); !within(v, got.Get(name)) {
					t.Errorf("%s is %s, want %s", name, activity.AppendJSON(nil, got.Get(name)), activity.AppendJSON(nil, v))
				}
			}
			if !got.Get("updateSupported").(bool) {
				return
			}
			// What was read can be sent back: nothing changes.
			back, err := cal.Patch(got, time.Now())
			if err != nil || back != text {
				t.Errorf("sent back: %v\n%s", err, back)
			}
		})
	}
}

// within reports whether got says all that want does: an additional member of an
// object is no difference.
func within(want, got any) bool {
	if o, ok := want.(*activity.Object); ok {
		g, ok := got.(*activity.Object)
		for i := range o.Len() {
			name, v := o.Member(i)
			if !ok || !within(v, g.Get(name)) {
				return false
			}
		}
		return ok
	}
	if b, ok := want.(bool); ok {
		return got == b
	}
	return shape.Equal(want, got)
}

func merged(a, b *activity.Object) *activity.Object {
	m := activity.NewObject()
	for _, o := range []*activity.Object{a, b} {
		for i := range o.Len() {
			m.Set(o.Member(i))
		}
	}
	return m
}

// What we write otherwise than the reference, with the reason; "" where the
// message is refused.
var writtenBetter = map[string]func(string) string{
	"w14-people":                     replace("ROLE=REQUIRED", "ROLE=REQ-PARTICIPANT", "ROLE=OPTIONAL", "ROLE=OPT-PARTICIPANT"),
	"w26-utc-zone":                   replace("DTSTART;TZID=UTC:20260914T070000", "DTSTART:20260914T070000Z"),
	"w28-zone-local-without-seconds": replace("T0700\r\n", "T070000\r\n"),
	"w29-zone-impossible-date":       func(string) string { return "invalid dtstart" },
	"w34-mediatype-not-quoted":       replace("FMTTYPE=text/plain; charset=utf-8:", `FMTTYPE="text/plain; charset=utf-8":`, "FMTTYPE=a/b:https://other.test/:", `FMTTYPE="a/b:https://other.test/":`),
	"w36-control-characters":         replace("\x07", "", "\x00", ""),
}

func replace(pairs ...string) func(string) string { return strings.NewReplacer(pairs...).Replace }

func TestWriteCases(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/[wx]*.in.json")
	if err != nil || len(files) != 74 {
		t.Fatal(len(files), err)
	}
	refused := map[string]string{
		"x16-uid-slash":     "", // resources are stored under a name of ours
		"x17-uid-percent":   "",
		"x19-uid-backslash": "",
		"x37-missing-name":  "name must be a string",
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".in.json")
		t.Run(name, func(t *testing.T) {
			in := readObject(t, file)
			now, err := time.Parse(time.RFC3339, in.Text("now"))
			if err != nil {
				t.Fatal(err)
			}
			text, uid, err := New(in.Object("object"), now)
			if name[0] == 'x' {
				want, ok := refused[name]
				if !ok {
					want = readObject(t, "testdata/cases/"+name+".expect.json").Text("error")
				}
				if want == "" && err != nil || want != "" && (err == nil || err.Error() != want) {
					t.Errorf("got %v, want %q", err, want)
				}
				return
			}
			want := readFile(t, "testdata/cases/"+name+".expect.ics")
			if change := writtenBetter[name]; change != nil {
				want = change(want)
			}
			if err != nil {
				if err.Error() != want {
					t.Error(err)
				}
				return
			}
			if want := in.Object("object").Text("uid"); uid != want {
				t.Errorf("uid %q, want %q", uid, want)
			}
			if got, want := withoutZone(unfold(text)), withoutZone(unfold(want)); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if !strings.Contains(want, "BEGIN:VTIMEZONE") && name != "w26-utc-zone" && name != "w34-mediatype-not-quoted" && name != "w14-people" && text != want {
				t.Errorf("folded otherwise:\n%s", text)
			}
		})
	}
}

func unfold(s string) string { return strings.ReplaceAll(s, "\r\n ", "") }

func withoutZone(s string) string {
	before, rest, ok := strings.Cut(s, "BEGIN:VTIMEZONE")
	if !ok {
		return s
	}
	_, after, _ := strings.Cut(rest, "END:VTIMEZONE\r\n")
	return before + after
}

// TestRoundTrip writes one change over odd but valid resources. Every line that
// it does not name stays as it is.
func TestRoundTrip(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/roundtrip/*.edit.json")
	if err != nil || len(files) != 18 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(file, ".edit.json")
		t.Run(filepath.Base(name), func(t *testing.T) {
			text := readFile(t, name+".ics")
			cal, err := Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			if cal.String() != text {
				t.Fatalf("written as %q", cal.String())
			}
			item, err := cal.Item("https://cal.cases.test/x.ics", "")
			if err != nil {
				t.Fatal(err)
			}
			got, err := cal.Patch(merged(item, readObject(t, file).Object("change")), time.Now())
			if err != nil {
				t.Fatal(err)
			}
			want := readFile(t, name+".edited.ics")
			bumped := strings.HasSuffix(name, "time-moves")
			if withoutStamps(got, bumped) != withoutStamps(want, bumped) {
				t.Errorf("got\n%q\nwant\n%q", got, want)
			}
		})
	}
}

// withoutStamps leaves out the lines that every change touches.
func withoutStamps(s string, sequence bool) string {
	var kept []string
	for line := range strings.SplitAfterSeq(s, "\n") {
		name := strings.ToUpper(line)
		if strings.HasPrefix(name, "DTSTAMP") || strings.HasPrefix(name, "LAST-MODIFIED") || !sequence && strings.HasPrefix(name, "SEQUENCE") {
			continue
		}
		kept = append(kept, line)
	}
	return strings.Join(kept, "")
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func readObject(t *testing.T, name string) *activity.Object {
	t.Helper()
	data := readFile(t, name)
	if !json.Valid([]byte(data)) {
		t.Fatal(name + " is no JSON")
	}
	o, err := activity.ParseObject([]byte(data))
	if err != nil {
		t.Fatal(name, err)
	}
	return o
}
