package caldav

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/dav/davtest"
)

func event(uid, name string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:" + uid + "\r\nDTSTART:20260601T080000Z\r\nDTEND:20260601T090000Z\r\nSUMMARY:" + name +
		"\r\nX-KEPT:1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
}

// do does a message for a calendar of the fake server.
func do(t *testing.T, p platform.Platform, s *davtest.Server, text string) (*activity.Object, string) {
	t.Helper()
	message, err := activity.ParseObject([]byte(strings.ReplaceAll(text, "{{ORIGIN}}", s.URL)))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if message.Text("type") != "fetch" {
		message.Set("target", activity.NewObject(activity.Member{Name: "id", Value: s.URL + "/dav/home/cal/"}, activity.Member{Name: "type", Value: "calendar"}))
	}
	return davtest.Do(t.Context(), p, "caldav", s.URL+"/dav/", message)
}

// An update over whatever is there is tried three times, and each time reads what
// is there.
func TestUpdateOverAnything(t *testing.T) {
	for refusals, want := range map[int]string{0: "", 2: "", 3: "caldav:conflict"} {
		s := davtest.New(t)
		s.Docs["/dav/home/cal/a.ics"] = davtest.Doc{ETag: `"1"`, Data: event("a", "Old")}
		if refusals > 0 {
			s.Faults = []davtest.Fault{{Method: "PUT", Times: refusals, Status: 412}}
		}
		result, failure := do(t, open(t, davtest.Config), s,
			`{"type":"update","object":{"type":"event","id":"{{ORIGIN}}/dav/home/cal/a.ics","uid":"a","etag":"*","name":"New"}}`)
		if failure != want {
			t.Errorf("%d refusals: %q, want %q", refusals, failure, want)
		}
		if current := result.Object("current"); want != "" && (current.Text("name") != "Old" || current.Text("etag") != `"1"`) {
			t.Errorf("current: %s", activity.AppendJSON(nil, result))
		}
		puts := 0
		for _, r := range s.Requests() {
			if r.Method == "PUT" {
				puts++
				if r.Header.Get("If-Match") != `"1"` || !strings.Contains(r.Body, "SUMMARY:New\r\nX-KEPT:1") {
					t.Errorf("PUT with %q: %s", r.Header.Get("If-Match"), r.Body)
				}
			}
		}
		if puts != min(refusals+1, attempts) {
			t.Errorf("%d refusals: %d PUTs", refusals, puts)
		}
	}
}

// Every conflict comes with the item as it is.
func TestCurrent(t *testing.T) {
	s := davtest.New(t)
	s.Docs["/dav/home/cal/a.ics"] = davtest.Doc{ETag: `"2"`, Data: event("a", "Theirs")}
	p := open(t, davtest.Config)
	for _, message := range []string{
		`{"type":"create","object":{"type":"event","uid":"a","name":"Mine","startTime":"2026-06-01T08:00:00Z"}}`,
		`{"type":"update","object":{"type":"event","id":"{{ORIGIN}}/dav/home/cal/a.ics","uid":"a","etag":"\"1\"","name":"Mine"}}`,
		`{"type":"delete","object":{"type":"event","id":"{{ORIGIN}}/dav/home/cal/a.ics","etag":"\"1\""}}`,
	} {
		result, failure := do(t, p, s, message)
		if failure != "caldav:conflict" || result.Object("current").Text("name") != "Theirs" || result.Object("current").Text("etag") != `"2"` {
			t.Errorf("%s: %q, %s", message, failure, activity.AppendJSON(nil, result))
		}
	}
}

// notify:false asks the server to be quiet, and nothing else does.
func TestQuietDelete(t *testing.T) {
	for notify, want := range map[string]string{"": "", `,"notify":true`: "", `,"notify":false`: "F"} {
		s := davtest.New(t)
		s.Docs["/dav/home/cal/a.ics"] = davtest.Doc{ETag: `"1"`, Data: event("a", "Meeting")}
		_, failure := do(t, open(t, davtest.Config), s,
			`{"type":"delete","object":{"type":"event","id":"{{ORIGIN}}/dav/home/cal/a.ics","etag":"\"1\""`+notify+`}}`)
		requests := s.Requests()
		if got := requests[len(requests)-1].Header.Get("Schedule-Reply"); failure != "" || got != want {
			t.Errorf("%s: Schedule-Reply %q, want %q, %s", notify, got, want, failure)
		}
	}
}

// The same on create and update: the guests are the client's to write to
// (RFC 6638, section 7.1), and without it nothing is said of that.
func TestQuietly(t *testing.T) {
	for notify, want := range map[string]int{"": 0, `,"notify":true`: 0, `,"notify":false`: 2} {
		s := davtest.New(t)
		p := open(t, davtest.Config)
		members := `"organizer":{"email":"ann@cases.test"},"attendees":[{"email":"bob@cases.test"},{"email":"cy@cases.test"}]` + notify
		made, failure := do(t, p, s, `{"type":"create","object":{"type":"event","uid":"q","name":"Meeting","startTime":"2026-06-01T08:00:00Z",`+members+`}}`)
		if failure != "" {
			t.Fatal(failure)
		}
		for range 2 { // once more without a word: what was said stays
			stored := strings.ReplaceAll(s.Docs["/dav/home/cal/q.ics"].Data, "\r\n ", "")
			if n := strings.Count(stored, "SCHEDULE-AGENT=CLIENT"); n != want || strings.Count(stored, "SCHEDULE-AGENT") != want {
				t.Errorf("%s: %d guests are not written to, want %d:\n%s", notify, n, want, stored)
			}
			if _, failure := do(t, p, s, `{"type":"update","object":{"type":"event","id":"`+made.Object("object").Text("id")+`","uid":"q","etag":"*","name":"Later"}}`); failure != "" {
				t.Fatal(failure)
			}
		}
	}
}

// A server that looks at no If-Match on GET, and lies on PUT, overwrites nothing.
func TestGetIgnoresIfMatch(t *testing.T) {
	s := davtest.New(t)
	s.Faults = []davtest.Fault{{Method: "GET", Status: 200, Header: map[string]string{"ETag": `"2"`}, Body: event("a", "Theirs")}}
	_, failure := do(t, open(t, davtest.Config), s,
		`{"type":"update","object":{"type":"event","id":"{{ORIGIN}}/dav/home/cal/a.ics","uid":"a","etag":"\"1\"","name":"Mine"}}`)
	if failure != "caldav:conflict" {
		t.Errorf("%q", failure)
	}
	for _, r := range s.Requests() {
		if r.Method == "PUT" {
			t.Error("it was written")
		}
	}
}

// What the server stored is told whole where it is something else.
func TestStoredOtherwise(t *testing.T) {
	s := davtest.New(t)
	s.Faults = []davtest.Fault{{Method: "PUT", Status: 201}}
	s.Docs["/dav/home/cal/n.ics"] = davtest.Doc{ETag: `"7"`, Data: event("n", "Corrected")}
	result, failure := do(t, open(t, davtest.Config), s, `{"type":"create","object":{"type":"event","uid":"n","name":"Mine","startTime":"2026-06-01T08:00:00Z"}}`)
	if o := result.Object("object"); failure != "" || o.Text("name") != "Corrected" || o.Text("etag") != `"7"` {
		t.Errorf("%q, %s", failure, activity.AppendJSON(nil, result))
	}
}

// Many jobs at once, each of which needs two requests at a time if it is careless,
// do not wait for each other for ever.
func TestManyAtOnce(t *testing.T) {
	s := davtest.New(t)
	s.Faults = []davtest.Fault{{Method: "PUT", Status: 201, Body: strings.Repeat("x", 100<<10)}}
	p := open(t, `{"allowPrivateAddresses":true,"allowInsecureHttp":true,"connectTimeoutMs":60000}`)
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			if _, failure := do(t, p, s, fmt.Sprintf(`{"type":"create","object":{"type":"event","uid":"%d","name":"x","startTime":"2026-06-01T08:00:00Z"}}`, i)); failure != "" {
				t.Error(failure)
			}
		})
	}
	all.Wait()
}

func TestQueryInput(t *testing.T) {
	s := davtest.New(t)
	p := open(t, davtest.Config)
	for object, want := range map[string]string{
		`{"startTime":"2026-06-01T00:00:00+02","endTime":"2026-06-02T00:00:00Z"}`: "caldav:invalid-query",
		`{"startTime":"2026-06-01T23:59:60Z"}`:                                    "caldav:invalid-query",
		`{"startTime":"2026-06-02T00:00:00Z","endTime":"2026-06-01T00:00:00Z"}`:   "caldav:invalid-query: endTime must be after startTime",
		`{"expand":true}`:                              "caldav:invalid-query: expand needs startTime and endTime",
		`{"syncToken":"","text":"x"}`:                  "caldav:invalid-query: syncToken goes with type, limit and after only",
		`{"syncToken":"","after":"x"}`:                 "caldav:invalid-query: after is not the next of a synchronisation",
		`{"startTime":"2026-06-01t00:00:00.5z"}`:       "",
		`{"startTime":"2026-06-01 00:00:00"}`:          "",
		`{"startTime":"2026-06-01T02:00:00.123+0200"}`: "",
	} {
		if _, failure := do(t, p, s, `{"type":"query","object":`+object+`}`); failure != want {
			t.Errorf("%s: %q, want %q", object, failure, want)
		}
	}
}

// Pages of a query have each item once.
func TestQueryPages(t *testing.T) {
	s := davtest.New(t)
	for i := range 25 {
		s.Docs[fmt.Sprintf("/dav/home/cal/%02d.ics", i)] = davtest.Doc{ETag: `"1"`, Data: event(fmt.Sprint(i), "x")}
	}
	s.Docs["/dav/home/cal/05.ics"] = davtest.Doc{ETag: `"1"`, Data: "nothing"}
	p := open(t, davtest.Config)
	for _, refused := range []bool{false, true} {
		if refused {
			s.Faults = []davtest.Fault{{Method: "REPORT", Report: "calendar-query", Status: 501}}
		}
		items, failed, pages, after := 0, 0, 0, ""
		for pages < 5 {
			result, failure := do(t, p, s, `{"type":"query","object":{"type":"event","limit":10`+after+`}}`)
			if failure != "" {
				t.Fatal(failure)
			}
			list, _ := result.Get("items").([]any)
			errors, _ := result.Get("errors").([]any)
			items, failed, pages = items+len(list), failed+len(errors), pages+1
			if result.Text("next") == "" {
				break
			}
			after = `,"after":"` + result.Text("next") + `"`
		}
		if items != 24 || failed != 1 || pages != 3 {
			t.Errorf("refused %v: %d items, %d failed, %d pages", refused, items, failed, pages)
		}
	}
}
