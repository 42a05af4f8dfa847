package dav

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// What a client is told of each refusal, and no more of a server's words than is
// fit to be shown.
func TestRefusals(t *testing.T) {
	dated := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
	for _, tt := range []struct {
		status           int
		retryAfter, body string
		want             string // a prefix if it ends with …
	}{
		{401, "", "", "authentication-failed"},
		{403, "", "", "forbidden"},
		{403, "", `<error xmlns="DAV:"><need-privileges/></error>`, "forbidden: need-privileges"},
		{403, "", `<error xmlns="DAV:"><no-uid-conflict xmlns="urn:ietf:params:xml:ns:caldav"><href xmlns="DAV:">/dav/x.ics</href></no-uid-conflict></error>`, "uid-conflict: /dav/x.ics"},
		{409, "", `<error xmlns="DAV:"><no-uid-conflict xmlns="urn:ietf:params:xml:ns:carddav"/></error>`, "uid-conflict"},
		{403, "", `<error xmlns="DAV:"><max-resource-size xmlns="urn:ietf:params:xml:ns:caldav"/></error>`, "too-large: max-resource-size"},
		{413, "", "", "too-large"},
		{423, "", "", "locked"},
		{507, "", "", "quota-exceeded"},
		{403, "", `<error xmlns="DAV:"><quota-not-exceeded/></error>`, "quota-exceeded: quota-not-exceeded"},
		{429, "17", "", "unavailable: retry after 17 s"},
		{503, "", "", "unavailable"},
		{503, "soon", "", "unavailable"},
		{503, dated, "", "unavailable: retry after 3…"},
		{503, "Thu, 01 Jan 1970 00:00:00 GMT", "", "unavailable: retry after 0 s"},
		{404, "", "", "not-found"},
		{410, "", "", "not-found"},
		{412, "", `<error xmlns="DAV:"><anything/></error>`, "conflict"},
		{500, "", "a stack trace", "create-failed"},
		{409, "", `<error xmlns="DAV:"><valid-calendar-data xmlns="urn:ietf:params:xml:ns:caldav"/><responsedescription>no DTSTART</responsedescription></error>`, "create-failed: valid-calendar-data: no DTSTART"},
	} {
		server := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if tt.retryAfter != "" {
				w.Header().Set("Retry-After", tt.retryAfter)
			}
			if tt.status == 401 {
				w.Header().Set("WWW-Authenticate", `Basic realm="r"`)
			}
			w.WriteHeader(tt.status)
			_, _ = io.WriteString(w, tt.body)
		})
		s := open(t, CalDAV, server.URL+"/dav/", Options{})
		_, err := s.Put(t.Context(), mustParse(t, server.URL+"/dav/x.ics"), "", []byte("x"), "create-failed")
		want, prefix := strings.CutSuffix(tt.want, "…")
		if err == nil || err.Error() != want && !(prefix && strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%d %s %s: %v, want %s", tt.status, tt.retryAfter, tt.body, err, tt.want)
		}
	}
}
