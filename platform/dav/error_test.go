package dav

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav/davtest"
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

// A server may refuse a token in many ways: all of them lead to a new start, and
// none is an error.
func TestRefusedTokens(t *testing.T) {
	for _, status := range []int{400, 403, 409, 410, 500, 501, 507} {
		fake := davtest.New(t)
		server := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method != "REPORT" {
				fake.ServeHTTP(w, r)
				return
			}
			asked, _ := io.ReadAll(r.Body)
			if !bytes.Contains(asked, []byte("<d:sync-token/>")) && !bytes.Contains(asked, []byte("<d:sync-token></d:sync-token>")) {
				w.WriteHeader(status)
				return
			}
			multistatusTo(w, davtest.Response("/dav/home/cal/a.ics", `<d:getetag>"a"</d:getetag>`), "<d:sync-token>urn:t</d:sync-token>")
		})
		s := open(t, CalDAV, server.URL+"/dav/", Options{})
		c, err := s.Find(t.Context(), server.URL+"/dav/home/cal/")
		if err != nil {
			t.Fatal(err)
		}
		first, err := s.changes(t.Context(), c, "")
		if err != nil || first.Token != serverToken+"urn:t" {
			t.Fatal(first, err)
		}
		again, err := s.changes(t.Context(), c, first.Token)
		if err != nil || !again.Full || len(again.items) != 1 || again.Token != first.Token {
			t.Errorf("%d: %+v, %v", status, again, err)
		}
	}
}

// The log has no name, no password, no token, no address and nothing of a body,
// whatever fails.
func TestNothingOfUsersInTheLog(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	secrets := []string{"planted-user", "planted-password", "planted-token", "planted-path", "planted-body", "planted-answer"}
	for _, status := range []int{200, 207, 401, 403, 404, 412, 500, 301} {
		server := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("WWW-Authenticate", `Digest realm="planted-answer", nonce="n", qop="auth"`)
			w.Header().Set("Location", "/planted-path/planted-answer")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, `<error xmlns="DAV:"><x/><responsedescription>planted-answer</responsedescription></error>`)
		})
		client, err := New(Options{AllowPrivate: true, AllowHTTP: true, Log: logger}, CalDAV)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(client.Close)
		for _, who := range []secret{{user: "planted-user", password: "planted-password"}, {token: "planted-token"}} {
			stored := credentials(server.URL+"/planted-path/", who.user, who.password)
			if who.token != "" {
				stored.Object("object").Set("token", who.token)
			}
			s, err := client.Open(stored)
			if err != nil {
				t.Fatal(err)
			}
			u := mustParse(t, server.URL+"/planted-path/x.ics")
			_, found := s.Find(t.Context(), server.URL+"/planted-path/")
			_, got := s.Get(t.Context(), u, `"1"`, "update-failed")
			_, put := s.Put(t.Context(), u, "", []byte("planted-body"), "create-failed")
			for _, err := range []error{found, got, put, s.Delete(t.Context(), u, `"1"`, false, "delete-failed")} {
				if err != nil {
					_ = client.protocol.Failure(logger, activity.NewObject(activity.Member{Name: "type", Value: "query"}), err)
				}
			}
		}
	}
	if log.Len() == 0 {
		t.Error("nothing was logged")
	}
	for _, planted := range secrets[:5] {
		if strings.Contains(log.String(), planted) {
			t.Errorf("%s is in the log:\n%s", planted, log.String())
		}
	}
}

// A worker keeps 64 listings: those used least go.
func TestListingsAreBounded(t *testing.T) {
	l := newListings()
	c := &Collection{URL: mustParse(t, "https://x.test/c/")}
	token := func(n int) string {
		kept := newListing(accountKey{byte(n)}, c, "", nil)
		l.put(kept)
		return kept.token
	}
	first := token(0)
	second := token(1)
	for n := 2; n < 64; n++ {
		token(n)
	}
	if l.get(first, accountKey{0}, c) == nil {
		t.Error("one of 64 is forgotten")
	}
	token(64)
	if l.get(first, accountKey{0}, c) == nil {
		t.Error("the one that was used just now is forgotten")
	}
	if l.get(second, accountKey{1}, c) != nil {
		t.Error("the one used least is kept")
	}
	if n := l.order.Len(); n != 64 || len(l.byToken) != 64 {
		t.Errorf("%d listings", n)
	}
}
