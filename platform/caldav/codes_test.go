package caldav

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav/davtest"
)

// Every code that clients may be told, what brings it about, and the whole text.
func TestCodes(t *testing.T) {
	const (
		ics    = "/dav/home/cal/a.ics"
		fetch  = `{"type":"fetch"}`
		query  = `{"type":"query","object":{"type":"event"}}`
		create = `{"type":"create","object":{"type":"event","uid":"n","name":"x","startTime":"2026-06-01T08:00:00Z"}}`
		update = `{"type":"update","object":{"type":"event","id":"{{ORIGIN}}` + ics + `","uid":"a","etag":"\"1\"","name":"x"}}`
		remove = `{"type":"delete","object":{"type":"event","id":"{{ORIGIN}}` + ics + `","etag":"\"1\""}}`
	)
	said := func(condition, words string) string {
		return `<error xmlns="DAV:">` + condition + `<responsedescription>` + words + `</responsedescription></error>`
	}
	header := func(name, value string) map[string]string { return map[string]string{name: value} }
	tests := []struct {
		message, want string
		fault         davtest.Fault
	}{
		{fetch, "caldav:not-caldav", davtest.Fault{Method: "PROPFIND", Status: 207, Body: davtest.Multistatus(davtest.Response("/dav/", `<d:current-user-principal><d:href>/dav/</d:href></d:current-user-principal>`))}},
		{fetch, "caldav:unsafe-redirect", davtest.Fault{Status: 307, Header: header("Location", "http://elsewhere.test/")}},
		{fetch, "caldav:too-many-redirects", davtest.Fault{Status: 307, Header: header("Location", "/again")}},
		{fetch, "caldav:authentication-failed", davtest.Fault{Status: 401, Header: header("WWW-Authenticate", `Basic realm="x"`)}},
		{fetch, "caldav:unavailable: retry after 30 s", davtest.Fault{Status: 503, Header: header("Retry-After", "30")}},
		{fetch, "caldav:invalid-response: not well-formed XML", davtest.Fault{Status: 207, Body: "what"}},
		{query, "caldav:query-failed: valid-filter: no", davtest.Fault{Method: "REPORT", Status: 400, Body: said("<valid-filter/>", "no")}},
		{query, "caldav:forbidden", davtest.Fault{Method: "REPORT", Status: 403}},
		{query, "caldav:not-found", davtest.Fault{Method: "REPORT", Status: 410}},
		{strings.Replace(query, `"type":"event"`, `"expand":true`, 1), "caldav:invalid-query: expand needs startTime and endTime", davtest.Fault{}},
		{create, "caldav:create-failed", davtest.Fault{Method: "PUT", Status: 500}},
		{create, "caldav:conflict", davtest.Fault{Method: "PUT", Status: 412, Body: said("<x/>", "clients compare the whole text")}},
		{create, "caldav:forbidden: need-privileges: read only", davtest.Fault{Method: "PUT", Status: 403, Body: said("<need-privileges/>", "read only")}},
		{create, "caldav:uid-conflict: /dav/home/cal/other.ics", davtest.Fault{Method: "PUT", Status: 409, Body: `<error xmlns="DAV:"><c:no-uid-conflict xmlns:c="urn:ietf:params:xml:ns:caldav"><href>/dav/home/cal/other.ics</href></c:no-uid-conflict></error>`}},
		{create, "caldav:too-large", davtest.Fault{Method: "PUT", Status: 413}},
		{create, "caldav:too-large: max-resource-size", davtest.Fault{Method: "PUT", Status: 403, Body: said(`<c:max-resource-size xmlns:c="urn:ietf:params:xml:ns:caldav"/>`, "")}},
		{create, "caldav:locked", davtest.Fault{Method: "PUT", Status: 423}},
		{create, "caldav:quota-exceeded", davtest.Fault{Method: "PUT", Status: 507}},
		{create, "caldav:unavailable", davtest.Fault{Method: "PUT", Status: 429}},
		{create, "caldav:unsupported-component", davtest.Fault{Method: "PROPFIND", Depth: "1", Path: "/dav/home/", Status: 207, Body: davtest.Multistatus(davtest.Response("/dav/home/cal/",
			`<d:resourcetype><c:calendar/></d:resourcetype><c:supported-calendar-component-set><c:comp name="VTODO"/></c:supported-calendar-component-set>`))}},
		{strings.Replace(create, "2026-06-01T08:00:00Z", "2026-06-31T08:00:00Z", 1), "caldav:invalid-create: invalid dtstart", davtest.Fault{}},
		{update, "caldav:update-failed", davtest.Fault{Method: "PUT", Status: 500}},
		{update, "caldav:unsupported-update", davtest.Fault{Method: "GET", Status: 200, Header: header("ETag", `"1"`), Body: "no calendar"}},
		{strings.Replace(update, `"uid":"a"`, `"uid":"b"`, 1), "caldav:uid-mismatch", davtest.Fault{}},
		{strings.Replace(update, "/cal/a", "/elsewhere/a", 1), "caldav:invalid-resource", davtest.Fault{}},
		{strings.Replace(update, `"etag":"\"1\"",`, "", 1), "caldav:invalid-update: object must have required property 'etag'", davtest.Fault{}},
		{remove, "caldav:delete-failed", davtest.Fault{Method: "DELETE", Status: 500}},
		{remove, "caldav:locked: lock-token-submitted", davtest.Fault{Method: "DELETE", Status: 207, Body: davtest.Multistatus(
			`<d:response><d:href>/dav/home/cal/a.ics</d:href><d:status>HTTP/1.1 423 Locked</d:status><d:error><d:lock-token-submitted/></d:error></d:response>`)}},
		{strings.Replace(remove, `,"etag":"\"1\""`, "", 1), "caldav:invalid-delete: object must have required property 'etag'", davtest.Fault{}},
	}
	var seen []string
	for _, tt := range tests {
		s := davtest.New(t)
		s.Docs[ics] = davtest.Doc{ETag: `"1"`, Data: event("a", "Old")}
		if tt.fault.Status != 0 {
			s.Faults = []davtest.Fault{tt.fault}
		}
		_, failure := do(t, open(t, davtest.Config), s, tt.message)
		if failure != tt.want {
			t.Errorf("%s with %d: %q, want %q", tt.message, tt.fault.Status, failure, tt.want)
		}
		seen = append(seen, codeIn(failure))
	}

	// And those that come before any calendar is looked for.
	noWay := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", "Negotiate")
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer noWay.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for _, tt := range []struct{ config, service, want string }{
		{davtest.Config, noWay.URL, "caldav:unsupported-authentication"},
		{davtest.Config, gone.URL, "caldav:connection-failed"},
		{davtest.Config, "nowhere", "Error: caldav:invalid-url"},
		{`{}`, "http://dav.test/", "Error: caldav:https-required"},
	} {
		message, err := activity.ParseObject([]byte(fetch))
		if err != nil {
			t.Fatal(err)
		}
		_, failure := davtest.Do(t.Context(), open(t, tt.config), "caldav", tt.service, message)
		if failure != tt.want {
			t.Errorf("%s: %q, want %q", tt.service, failure, tt.want)
		}
		seen = append(seen, codeIn(failure))
	}
	s := davtest.New(t)
	message, err := activity.ParseObject([]byte(`{"type":"query","target":{"id":"` + s.URL + `/dav/elsewhere/","type":"calendar"}}`))
	if err != nil {
		t.Fatal(err)
	}
	_, failure := davtest.Do(t.Context(), open(t, davtest.Config), "caldav", s.URL+"/dav/", message)
	if failure != "caldav:invalid-calendar" {
		t.Errorf("another calendar: %q", failure)
	}
	documented(t, append(seen, codeIn(failure)))
}

// codeIn is the code in what a client is told.
func codeIn(failure string) string {
	_, code, _ := strings.Cut(failure, "caldav:")
	code, _, _ = strings.Cut(code, ":")
	return code
}

// documented checks that the table of codes in the documentation has those that
// were seen, and no other.
func documented(t *testing.T, seen []string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/calendars.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "\n## What can go wrong\n")
	table, _, _ = strings.Cut(table, "\n## ")
	var rows []string
	for _, row := range regexp.MustCompile("(?m)^\\| (`.*?) \\|").FindAllStringSubmatch(table, -1) {
		for _, code := range regexp.MustCompile("`([a-z-]+)`").FindAllStringSubmatch(row[1], -1) {
			if !strings.Contains(code[1], "carddav") && code[1] != "invalid-address-book" {
				rows = append(rows, code[1])
			}
		}
	}
	// One that only the schemas bring about, which come first.
	rows = slices.DeleteFunc(rows, func(code string) bool { return code == "invalid-fetch" })
	for _, list := range []*[]string{&rows, &seen} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	if !slices.Equal(rows, seen) {
		t.Errorf("documented:\n%s\ntold:\n%s", strings.Join(rows, " "), strings.Join(seen, " "))
	}
}
