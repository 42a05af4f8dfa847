package caldav

import (
	"bufio"
	"encoding/json"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav"
	"github.com/sockethub/sockethub/platform/dav/davtest"
)

// Expanded items have the occurrences that package recur finds, in the way of
// clients.
func TestOccurrences(t *testing.T) {
	file, err := os.Open("../dav/recur/testdata/recurrence.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	u, _ := url.Parse("https://dav.test/a.ics")
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c struct {
			ID, ICS     string
			From, To    time.Time
			Starts      []string
			Occurrences []map[string]any
			RuleError   bool
		}
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		f := &filter{start: &c.From, end: &c.To, expand: true}
		item, err := f.match(&dav.Item{URL: u, Data: []byte(c.ICS)})
		if err != nil {
			t.Errorf("%s: %v", c.ID, err)
			continue
		}
		if c.RuleError {
			if item.Text("recurrenceError") == "" || item.Get("occurrences") != nil {
				t.Errorf("%s: %s", c.ID, activity.AppendJSON(nil, item))
			}
			continue
		}
		if item == nil {
			if len(c.Starts)+len(c.Occurrences) > 0 {
				t.Errorf("%s: no item", c.ID)
			}
			continue
		}
		var got []map[string]any
		_ = json.Unmarshal(activity.AppendJSON(nil, item.Get("occurrences")), &got)
		var starts []string
		for i, o := range got {
			starts = append(starts, o["startTime"].(string))
			if c.Occurrences == nil || i >= len(c.Occurrences) {
				continue
			}
			for ours, theirs := range map[string]string{"startTime": "start", "endTime": "end", "recurrenceId": "recurrenceId", "name": "name"} {
				if want, ok := c.Occurrences[i][theirs]; ok && want != o[ours] {
					t.Errorf("%s: occurrence %d has %s %v, want %v", c.ID, i, ours, o[ours], want)
				}
			}
		}
		if c.Starts != nil && !slices.Equal(starts, c.Starts) || len(c.Occurrences) > 0 && len(got) != len(c.Occurrences) {
			t.Errorf("%s: %q, want %q and %d", c.ID, starts, c.Starts, len(c.Occurrences))
		}
	}
}

const weekly = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:w\r\nDTSTART;TZID=Central European Standard Time:20260601T090000\r\n" +
	"DTEND;TZID=Central European Standard Time:20260601T100000\r\nRRULE:FREQ=WEEKLY\r\nSUMMARY:Weekly\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

// One occurrence is changed and one cancelled; what is none is not.
func TestOneOccurrence(t *testing.T) {
	s := davtest.New(t)
	s.Docs["/dav/home/cal/w.ics"] = davtest.Doc{ETag: `"1"`, Data: weekly}
	s.Docs["/dav/home/cal/a.ics"] = davtest.Doc{ETag: `"1"`, Data: event("a", "Once")}
	p := open(t, davtest.Config)
	for _, step := range []struct{ message, want string }{
		{`{"type":"update","object":{"type":"event","id":"{{ORIGIN}}/dav/home/cal/w.ics","uid":"w","etag":"*","recurrenceId":"2026-06-08T09:00:00+02:00","name":"Moved","startTime":"2026-06-08T12:00:00","endTime":"2026-06-08T13:00:00"}}`, ""},
		{`{"type":"update","object":{"type":"event","id":"{{ORIGIN}}/dav/home/cal/w.ics","uid":"w","etag":"*","recurrenceId":"2026-06-09T09:00:00+02:00","name":"None"}}`,
			"caldav:invalid-update: recurrenceId names no occurrence"},
		{`{"type":"delete","object":{"type":"event","id":"{{ORIGIN}}/dav/home/cal/w.ics","etag":"*","recurrenceId":"2026-06-15T09:00:00+02:00"}}`, ""},
		{`{"type":"delete","object":{"type":"event","id":"{{ORIGIN}}/dav/home/cal/w.ics","etag":"*","recurrenceId":"2026-06-15T09:00:00+02:00"}}`, ""},
		{`{"type":"delete","object":{"type":"event","id":"{{ORIGIN}}/dav/home/cal/w.ics","etag":"*","recurrenceId":"2026-06-16"}}`,
			"caldav:invalid-delete: recurrenceId names no occurrence"},
		{`{"type":"delete","object":{"type":"event","id":"{{ORIGIN}}/dav/home/cal/a.ics","etag":"*","recurrenceId":"2026-06-01T08:00:00Z"}}`,
			"caldav:invalid-delete: recurrenceId names no occurrence"},
	} {
		if _, failure := do(t, p, s, step.message); failure != step.want {
			t.Errorf("%s: %q, want %q", step.message, failure, step.want)
		}
	}
	result, failure := do(t, p, s, `{"type":"query","object":{"type":"event","startTime":"2026-06-02T00:00:00Z","endTime":"2026-06-23T00:00:00Z","expand":true}}`)
	items, _ := result.Get("items").([]any)
	want := `[{"recurrenceId":"2026-06-08T09:00:00+02:00","startTime":"2026-06-08T12:00:00+02:00","endTime":"2026-06-08T13:00:00+02:00","name":"Moved"},` +
		`{"recurrenceId":"2026-06-22T09:00:00+02:00","startTime":"2026-06-22T09:00:00+02:00","endTime":"2026-06-22T10:00:00+02:00"}]`
	if failure != "" || len(items) != 1 || string(activity.AppendJSON(nil, items[0].(*activity.Object).Get("occurrences"))) != want {
		t.Errorf("%q %s\nwant %s", failure, activity.AppendJSON(nil, result), want)
	}
}

// A zone that nobody knows is told, and the times are floating.
func TestUnknownZone(t *testing.T) {
	f := &filter{}
	u, _ := url.Parse("https://dav.test/a.ics")
	item, err := f.match(&dav.Item{URL: u, Data: []byte(strings.ReplaceAll(weekly, "Central European Standard Time", "Mars/Base One"))})
	if err != nil || item.Text("unknownTimeZone") != "Mars/Base One" || item.Text("startTime") != "2026-06-01T09:00:00" {
		t.Errorf("%v %s", err, activity.AppendJSON(nil, item))
	}
}

// Which items lie in a window (RFC 4791, section 9.9).
func TestWindow(t *testing.T) {
	tests := []struct {
		lines, start, end string
		want              bool
	}{
		{"VEVENT|DTSTART:20260601T080000Z|DTEND:20260601T090000Z", "2026-06-01T08:30:00Z", "2026-06-01T08:40:00Z", true},
		{"VEVENT|DTSTART:20260601T080000Z|DTEND:20260601T090000Z", "2026-06-01T09:00:00Z", "2026-06-01T10:00:00Z", false},
		{"VEVENT|DTSTART:20260601T080000Z|DTEND:20260601T090000Z", "2026-06-01T07:00:00Z", "2026-06-01T08:00:00Z", false},
		{"VEVENT|DTSTART:20260601T080000Z", "2026-06-01T08:00:00Z", "2026-06-01T08:00:01Z", true},
		{"VEVENT|DTSTART;VALUE=DATE:20260601", "2026-06-01T23:00:00Z", "2026-06-02T08:00:00Z", true},
		{"VEVENT|DTSTART;VALUE=DATE:20260601", "2026-06-02T00:00:00Z", "2026-06-02T08:00:00Z", false},
		{"VEVENT|DTSTART:20200101T080000Z|RRULE:FREQ=DAILY", "2026-06-01T00:00:00Z", "", true},
		{"VEVENT|DTSTART:20200229T080000Z|RRULE:FREQ=YEARLY", "2026-06-01T00:00:00Z", "", true},
		{"VEVENT|DTSTART:20200101T080000Z|RRULE:FREQ=DAILY;COUNT=3", "2026-06-01T00:00:00Z", "", false},
		{"VEVENT|DTSTART:20260701T080000Z|RRULE:FREQ=DAILY", "", "2026-06-01T00:00:00Z", false},
		{"VEVENT|DTSTART:20200101T080000Z|RRULE:FREQ=DAILY", "", "2026-06-01T00:00:00Z", true},
		{"VTODO|DUE:20260601T080000Z", "2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z", true},
		{"VTODO|DUE:20260603T080000Z", "2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z", false},
		{"VTODO|SUMMARY:any time", "2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z", true},
		{"VTODO|COMPLETED:20260601T080000Z|STATUS:COMPLETED", "2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z", true},
		{"VTODO|COMPLETED:20260501T080000Z|STATUS:COMPLETED", "2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z", false},
		{"VTODO|CREATED:20260501T080000Z", "2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z", true},
		{"VTODO|CREATED:20260701T080000Z", "2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z", false},
		{"VTODO|CREATED:20260501T080000Z|COMPLETED:20260701T080000Z", "2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z", true},
	}
	u, _ := url.Parse("https://dav.test/a.ics")
	for _, tt := range tests {
		kind, rest, _ := strings.Cut(tt.lines, "|")
		text := "BEGIN:VCALENDAR\r\nBEGIN:" + kind + "\r\nUID:a\r\n" + strings.ReplaceAll(rest, "|", "\r\n") + "\r\nEND:" + kind + "\r\nEND:VCALENDAR\r\n"
		o := activity.NewObject()
		if tt.start != "" {
			o.Set("startTime", tt.start)
		}
		if tt.end != "" {
			o.Set("endTime", tt.end)
		}
		f, err := readFilter(o)
		if err != nil {
			t.Fatal(err)
		}
		if item, err := f.match(&dav.Item{URL: u, Data: []byte(text)}); err != nil || (item != nil) != tt.want {
			t.Errorf("%s from %s to %s: %s, %v", tt.lines, tt.start, tt.end, activity.AppendJSON(nil, item), err)
		} else if item.Text("recurrenceError") != "" {
			t.Errorf("%s: %s", tt.lines, item.Text("recurrenceError"))
		}
	}
}

// A server that finds a series by its first occurrence only is asked for all
// series; one that does better is not, once that was seen.
func TestFirstOccurrenceOnly(t *testing.T) {
	more := func(s *davtest.Server) (n int) {
		for _, r := range s.Requests() {
			if strings.Contains(r.Body, `<c:prop-filter name="R`) {
				n++
			}
		}
		return n
	}
	const later = `{"type":"query","object":{"type":"event","startTime":"2026-07-01T00:00:00Z","endTime":"2026-07-08T00:00:00Z"}}`
	for _, right := range []bool{false, true} {
		s := davtest.New(t)
		s.Docs["/dav/home/cal/w.ics"] = davtest.Doc{ETag: `"1"`, Data: weekly}
		if !right {
			s.Faults = []davtest.Fault{{Method: "REPORT", Contains: "time-range", Status: 207, Body: davtest.Multistatus()}}
		}
		p := open(t, davtest.Config)
		for range 2 {
			result, failure := do(t, p, s, later)
			if items, _ := result.Get("items").([]any); failure != "" || len(items) != 1 {
				t.Errorf("right %v: %q %s", right, failure, activity.AppendJSON(nil, result))
			}
		}
		if want := map[bool]int{false: 4, true: 0}[right]; more(s) != want {
			t.Errorf("right %v: asked for all series %d times, want %d", right, more(s), want)
		}
	}
}

// The same for a series of dates without a rule: no filter can ask for both.
func TestDatesOnly(t *testing.T) {
	s := davtest.New(t)
	s.Docs["/dav/home/cal/d.ics"] = davtest.Doc{ETag: `"1"`, Data: strings.Replace(weekly, "RRULE:FREQ=WEEKLY",
		"RDATE;TZID=Central European Standard Time:20260702T090000,20260901T090000", 1)}
	// It finds what has the property that is asked for, and nothing by time.
	for _, what := range []string{"time-range", `"RRULE"`} {
		s.Faults = append(s.Faults, davtest.Fault{Method: "REPORT", Contains: what, Status: 207, Body: davtest.Multistatus()})
	}
	result, failure := do(t, open(t, davtest.Config), s,
		`{"type":"query","object":{"type":"event","startTime":"2026-07-01T00:00:00Z","endTime":"2026-07-08T00:00:00Z","expand":true}}`)
	items, _ := result.Get("items").([]any)
	if failure != "" || len(items) != 1 {
		t.Fatalf("%q %s", failure, activity.AppendJSON(nil, result))
	}
	const want = `[{"recurrenceId":"2026-07-02T09:00:00+02:00","startTime":"2026-07-02T09:00:00+02:00","endTime":"2026-07-02T10:00:00+02:00"}]`
	if got := string(activity.AppendJSON(nil, items[0].(*activity.Object).Get("occurrences"))); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
