package caldav

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/dav/davtest"
	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
)

// logged is a host whose log, of every level, is kept.
type logged struct {
	fetchtest.Host
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (l *logged) Log() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// Passwords, tokens and what is stored are in no log and in no error, whatever a
// server answers.
func TestNoSecretsInLog(t *testing.T) {
	const (
		item   = "/dav/home/cal/a.ics"
		update = `{"type":"update","object":{"type":"event","id":"{{ORIGIN}}` + item + `","uid":"uid-of-it","etag":"\"1\"","name":"name-of-mine"}}`
		create = `{"type":"create","object":{"type":"event","uid":"uid-of-it","name":"name-of-mine","startTime":"2026-06-01T08:00:00Z","content":"body-of-mine"}}`
		query  = `{"type":"query","object":{"type":"event","startTime":"2026-06-01T00:00:00Z","text":"text-of-mine"}}`
	)
	secrets := []string{"secret-1", "c2VjcmV0LTE", "YW5uOnNlY3JldC0x", "token-1", "uid-of-it", "name-of-mine", "body-of-mine", "text-of-mine", "name-of-theirs", "PRIVATE-LINE"}
	faults := []davtest.Fault{
		{},
		{Status: 401, Header: map[string]string{"WWW-Authenticate": `Basic realm="x"`}},
		{Status: 401, Header: map[string]string{"WWW-Authenticate": `Digest realm="r", nonce="n", qop="auth"`}},
		{Status: 500, Body: "name-of-theirs PRIVATE-LINE"},
		{Status: 307, Header: map[string]string{"Location": "https://ann:secret-1@elsewhere.test/?token-1"}},
		{Method: "PUT", Status: 412},
		{Method: "PUT", Status: 403, Body: `<error xmlns="DAV:"><valid-calendar-data/></error>`},
		{Method: "REPORT", Status: 207, Body: `<multistatus xmlns="DAV:">name-of-theirs<`},
		{Method: "REPORT", Status: 501},
	}
	for _, token := range []bool{false, true} {
		for _, fault := range faults {
			s := davtest.New(t)
			s.Docs[item] = davtest.Doc{ETag: `"1"`, Data: strings.Replace(event("uid-of-it", "name-of-theirs"), "X-KEPT", "X-KEPT:PRIVATE-LINE\r\nbroken", 1)}
			if fault.Status != 0 {
				s.Faults = []davtest.Fault{fault}
			}
			host := &logged{}
			p := openOn(t, host, davtest.Config)
			for _, text := range []string{`{"type":"fetch"}`, query, create, update} {
				message, err := activity.ParseObject([]byte(strings.ReplaceAll(text, "{{ORIGIN}}", s.URL)))
				if err != nil {
					t.Fatal(err)
				}
				message.Set("target", activity.NewObject(activity.Member{Name: "id", Value: s.URL + "/dav/home/cal/"}, activity.Member{Name: "type", Value: "calendar"}))
				credentials := davtest.Credentials(s.URL+"/dav/", "ann", "secret-1")
				if token {
					credentials.Object("object").Delete("password")
					credentials.Object("object").Set("token", "token-1")
				}
				_, err = p.Do(t.Context(), platform.Job{Activity: message, Credentials: credentials})
				for _, secret := range secrets {
					if strings.Contains(davtest.ErrorText(err), secret) {
						t.Errorf("%d: %s: the error is %v", fault.Status, message.Text("type"), err)
					}
				}
			}
			for _, secret := range secrets {
				if strings.Contains(host.text.String(), secret) {
					t.Errorf("%d: %q is in the log:\n%s", fault.Status, secret, host.text.String())
				}
			}
		}
	}
}

// Wherever a tag is read or will be used, the answer must not be compressed: it
// would have another tag.
func TestIdentityEncoding(t *testing.T) {
	s := davtest.New(t)
	s.Docs["/dav/home/cal/a.ics"] = davtest.Doc{ETag: `"1"`, Data: event("a", "Old")}
	s.Faults = []davtest.Fault{{Method: "PUT", Status: 204}} // and no tag: it is asked for
	_, failure := do(t, open(t, davtest.Config), s,
		`{"type":"update","object":{"type":"event","id":"{{ORIGIN}}/dav/home/cal/a.ics","uid":"a","etag":"\"1\"","name":"New"}}`)
	if failure != "" {
		t.Fatal(failure)
	}
	asked := 0
	for _, r := range s.Requests() {
		if r.Method == "GET" || r.Method == "PUT" {
			if asked++; r.Header.Get("Accept-Encoding") != "identity" {
				t.Errorf("%s with Accept-Encoding %q", r.Method, r.Header.Get("Accept-Encoding"))
			}
		}
	}
	if asked != 3 {
		t.Errorf("%d requests, want GET, PUT, GET", asked)
	}
}
