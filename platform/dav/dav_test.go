package dav

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav/davtest"
)

// open returns a session of ann's with the service at url.
func open(t testing.TB, p Protocol, url string, o Options) *Session {
	t.Helper()
	o.AllowPrivate, o.AllowHTTP = true, true
	c, err := New(o, p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return session(t, c, url)
}

func session(t testing.TB, c *Client, url string) *Session {
	t.Helper()
	s, err := c.Open(credentials(url, "ann", "secret-1"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func credentials(url, user, password string) *activity.Object {
	return activity.NewObject(activity.Member{Name: "object", Value: activity.NewObject(
		activity.Member{Name: "url", Value: url}, activity.Member{Name: "username", Value: user}, activity.Member{Name: "password", Value: password})})
}

// serve starts a server that answers what f says.
func serve(t testing.TB, f http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return s
}

func names(list []*Collection) []string {
	var names []string
	for _, c := range list {
		names = append(names, c.Name)
	}
	return names
}

func multistatusTo(w http.ResponseWriter, responses ...string) {
	w.WriteHeader(http.StatusMultiStatus)
	_, _ = w.Write([]byte(davtest.Multistatus(responses...)))
}

// A second job of the same user asks for nothing that the first one learnt, and
// no password is sent before the server has asked for one.
func TestKept(t *testing.T) {
	fake := davtest.New(t)
	fake.Docs["/dav/home/cal/e1.ics"] = davtest.Doc{ETag: `"1"`, Data: "BEGIN:VCALENDAR\r\n"}
	s := open(t, CalDAV, fake.URL+"/dav/", Options{})
	ctx := t.Context()
	c, err := s.Find(ctx, fake.URL+"/dav/home/cal")
	if err != nil || c == nil {
		t.Fatalf("Find: %v, %v", c, err)
	}
	before := len(fake.Requests())
	c, err = session(t, s.client, fake.URL+"/dav/").Find(ctx, fake.URL+"/dav/home/c%61l/")
	if err != nil || c == nil || c.URL.Path != "/dav/home/cal/" {
		t.Fatalf("Find again: %v, %v", c, err)
	}
	if n := len(fake.Requests()) - before; n != 0 {
		t.Errorf("%d requests for what is known", n)
	}
	if other, err := s.client.Open(credentials(fake.URL+"/dav/", "ann", "secret-2")); err != nil || other.account == s.account {
		t.Errorf("another password shares the account: %v", err)
	}
	var got []string
	_, err = s.Query(ctx, c, []string{"<x/>"}, s.NewPage(0, ""), func(i *Item) error {
		got = append(got, i.URL.Path+" "+i.ETag+" "+string(i.Data))
		return nil
	})
	if want := "/dav/home/cal/e1.ics \"1\" BEGIN:VCALENDAR\r\n"; err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("Query: %q, %v", got, err)
	}
}

// Accounts are forgotten after ten minutes, and when there are too many.
func TestAccounts(t *testing.T) {
	a := newAccounts()
	first := a.open(accountKey{1}, nil)
	if a.open(accountKey{1}, nil) != first {
		t.Error("an account is not kept")
	}
	first.born = time.Now().Add(-accountAge)
	second := a.open(accountKey{1}, nil)
	if second == first {
		t.Error("an old account is kept")
	}
	for i := range maxAccounts {
		a.open(accountKey{2, byte(i), byte(i >> 8)}, nil)
	}
	if a.open(accountKey{1}, nil) == second || a.order.Len() != maxAccounts {
		t.Errorf("%d accounts", a.order.Len())
	}
}

func TestDiscovery(t *testing.T) {
	home := func(hrefs ...string) string {
		list := ""
		for _, h := range hrefs {
			list += "<d:href>" + h + "</d:href>"
		}
		return davtest.Response("/dav/", `<c:calendar-home-set>`+list+`</c:calendar-home-set>`)
	}
	calendar := func(path, name string) string {
		return davtest.Response(path, `<d:resourcetype><d:collection/><c:calendar/></d:resourcetype><d:displayname>`+name+`</d:displayname>`)
	}
	folder := func(path string) string {
		return davtest.Response(path, `<d:resourcetype><d:collection/></d:resourcetype>`)
	}
	tests := []struct {
		name   string
		at     string
		serve  map[string][]string // path and depth: responses
		status map[string]int
		want   []string
		err    string
	}{
		{name: "two homes, one calendar in both", at: "/dav/", serve: map[string][]string{
			"/dav/ 0": {home("/a/", "/b/")},
			"/a/ 1":   {folder("/a/"), calendar("/a/x/", "X"), calendar("/shared/", "S")},
			"/b/ 1":   {folder("/b/"), calendar("/shared", "S"), calendar("/b/y/", "Y")},
		}, want: []string{"X", "S", "Y"}},
		{name: "one of two homes fails", at: "/dav/", serve: map[string][]string{
			"/dav/ 0": {home("/a/", "/b/")}, "/b/ 1": {calendar("/b/y/", "Y")},
		}, want: []string{"Y"}},
		{name: "a home on another server", at: "/dav/", serve: map[string][]string{"/dav/ 0": {home("http://other.test/a/")}}, err: UnsafeRedirect},
		{name: "a foreign collection is left out", at: "/dav/", serve: map[string][]string{
			"/dav/ 0": {home("/a/")}, "/a/ 1": {calendar("http://other.test/x/", "O"), calendar("/a/x/", "X")},
		}, want: []string{"X"}},
		{name: "the address is a home that says so of nothing", at: "/a/", serve: map[string][]string{
			"/a/ 0": {folder("/a/")}, "/a/ 1": {folder("/a/"), calendar("/a/x/", "X")},
		}, want: []string{"X"}},
		{name: "the address is a calendar outside of the home", at: "/o/", serve: map[string][]string{
			"/o/ 0":   {davtest.Response("/o/", `<d:current-user-principal><d:href>/dav/</d:href></d:current-user-principal><d:resourcetype><c:calendar/></d:resourcetype><d:displayname>O</d:displayname>`)},
			"/dav/ 0": {home("/a/")}, "/a/ 1": {calendar("/a/x/", "X")},
		}, want: []string{"X", "O"}},
		{name: "403, then well-known", at: "/", status: map[string]int{"/ 0": 403}, serve: map[string][]string{
			"/.well-known/caldav 0": {home("/a/")}, "/a/ 1": {calendar("/a/x/", "X")},
		}, want: []string{"X"}},
		{name: "405, then nothing", at: "/", status: map[string]int{"/ 0": 405}, err: InvalidResponse},
		{name: "403, then nothing", at: "/", status: map[string]int{"/ 0": 403}, err: Forbidden},
		{name: "404, then nothing", at: "/", err: NotFound},
		{name: "no principal", at: "/", serve: map[string][]string{
			"/ 0": {davtest.Response("/", `<d:current-user-principal><d:unauthenticated/></d:current-user-principal>`)}}, err: NotFound},
		{name: "503", at: "/", status: map[string]int{"/ 0": 503}, err: Unavailable},
		{name: "the resource itself is missing", at: "/.well-known/caldav", serve: map[string][]string{
			"/.well-known/caldav 0": {davtest.Missing("/.well-known/caldav")}}, err: NotFound},
		{name: "too many homes", at: "/dav/", serve: map[string][]string{
			"/dav/ 0": {home(slices.Repeat([]string{"/a/"}, 10_000)...)}}, err: InvalidResponse},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := serve(t, func(w http.ResponseWriter, r *http.Request) {
				key := r.RequestURI + " " + r.Header.Get("Depth")
				if responses, ok := tt.serve[key]; ok {
					multistatusTo(w, responses...)
					return
				}
				if status := tt.status[key]; status != 0 {
					w.WriteHeader(status)
					return
				}
				w.WriteHeader(http.StatusNotFound)
			})
			list, err := open(t, CalDAV, server.URL+tt.at, Options{}).Collections(t.Context())
			if CodeOf(err) != tt.err || !slices.Equal(names(list), tt.want) {
				t.Errorf("%q, %v; want %q, %q", names(list), err, tt.want, tt.err)
			}
		})
	}
}

// What a server tells of a collection, in its own order and spread over propstats.
func TestCollection(t *testing.T) {
	body := davtest.Multistatus(`<d:response><d:href>/c/</d:href>
		<d:propstat><d:prop><d:displayname xmlns:d="urn:else">Wrong</d:displayname></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat>
		<d:propstat><d:prop><d:resourcetype><d:collection/><c:calendar/></d:resourcetype>
			<d:displayname xml:lang="en"> 20<![CDATA[26 &lt;]]> &amp; on<!-- really --> </d:displayname></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>
		<d:propstat><d:prop><a:calendar-color>#ff0000</a:calendar-color><c:supported-calendar-component-set><c:comp name="vevent"/></c:supported-calendar-component-set>
			<d:current-user-privilege-set><d:privilege><d:read/></d:privilege></d:current-user-privilege-set></d:prop><d:status>HTTP/2 200</d:status></d:propstat>
		</d:response>`)
	var c *Collection
	_, err := readMultistatus(strings.NewReader(body), name{}, func(r *Response) error {
		u, err := resolve(mustParse(t, "https://x.test/"), r.Href)
		c = CalDAV.newCollection(u, r)
		return err
	})
	if err != nil || c == nil {
		t.Fatal(c, err)
	}
	if c.Name != "2026 &lt; & on" || *c.Color != "#ff0000" || !slices.Equal(c.Components, []string{"VEVENT"}) || !c.ReadOnly {
		t.Errorf("%+v", c)
	}
}

func TestSync(t *testing.T) {
	fake := davtest.New(t)
	fake.Docs["/dav/home/cal/a.ics"] = davtest.Doc{ETag: `"a"`, Data: "A"}
	fake.Docs["/dav/home/cal/b.ics"] = davtest.Doc{ETag: `"b"`, Data: "B"}
	s := open(t, CalDAV, fake.URL+"/dav/", Options{})
	ctx := t.Context()
	c, err := s.Find(ctx, fake.URL+"/dav/home/cal/")
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.changes(ctx, c, "")
	if err != nil || !all.Full || len(all.items) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	same, err := s.changes(ctx, c, all.Token)
	if err != nil || same.Full || len(same.items)+len(same.Removed) != 0 || same.Token != all.Token {
		t.Fatalf("%+v, %v", same, err)
	}
	if err := s.Delete(ctx, all.items[0].URL, `"a"`, false, "delete-failed"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(ctx, all.items[1].URL, `"b"`, []byte("B2"), "update-failed"); err != nil {
		t.Fatal(err)
	}
	next, err := s.changes(ctx, c, same.Token)
	if err != nil || next.Full || len(next.items) != 1 || len(next.Removed) != 1 || next.Removed[0] != fake.URL+"/dav/home/cal/a.ics" {
		t.Fatalf("%+v, %v", next, err)
	}
	if unknown, err := s.changes(ctx, c, "l:nobody-knows"); err != nil || !unknown.Full || len(unknown.items) != 1 {
		t.Fatalf("%+v, %v", unknown, err)
	}
	// The token of another user's listing says nothing.
	stranger, err := s.client.Open(credentials(fake.URL+"/dav/", "bob", "secret-2"))
	if err != nil {
		t.Fatal(err)
	}
	if other, err := stranger.changes(ctx, c, next.Token); err != nil || !other.Full {
		t.Fatalf("%+v, %v", other, err)
	}
}

// A server with pages of changes: all of them are read, and one that never ends
// is not.
func TestSyncPages(t *testing.T) {
	page := 0
	endless := false
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		page++
		list := []string{
			`<d:response><d:href>/c/</d:href><d:status>HTTP/1.1 507 Insufficient Storage</d:status></d:response>`,
			davtest.Response("/c/"+strings.Repeat("x", page%300)+".ics", `<d:getetag>"1"</d:getetag>`),
		}
		if page == 3 && !endless {
			list = list[1:]
		}
		w.WriteHeader(http.StatusMultiStatus)
		body := davtest.Multistatus(list...)
		_, _ = w.Write([]byte(strings.Replace(body, "</d:multistatus>", "<d:sync-token>t"+strings.Repeat("y", page)+"</d:sync-token></d:multistatus>", 1)))
	})
	s := open(t, CalDAV, server.URL, Options{})
	c := &Collection{URL: mustParse(t, server.URL+"/c/")}
	changes, err := s.changes(t.Context(), c, "")
	if err != nil || len(changes.items) != 3 || changes.Token != "s:tyyy" {
		t.Errorf("%+v, %v", changes, err)
	}
	endless = true
	if _, err := s.changes(t.Context(), c, "s:t"); CodeOf(err) != InvalidResponse {
		t.Errorf("pages without an end: %v", err)
	}
}

// Redirects may go up to https on the same host, and never come back.
func TestUpgrade(t *testing.T) {
	s := open(t, CalDAV, "http://dav.test/", Options{})
	steps := []struct{ url, want string }{
		{"http://dav.test/x", ""}, {"http://other.test/", UnsafeRedirect}, {"https://other.test/", HTTPSRequired},
		{"https://dav.test/", ""},
	}
	for _, step := range steps {
		if err := s.allow(mustParse(t, step.url)); CodeOf(err) != step.want {
			t.Errorf("%s: %v, want %q", step.url, err, step.want)
		}
	}
	s.rose(mustParse(t, "https://dav.test/"))
	if err := s.allow(mustParse(t, "http://dav.test/")); CodeOf(err) != HTTPSRequired {
		t.Errorf("back to http: %v", err)
	}
	p := open(t, CalDAV, "https://caldav.icloud.com/", Options{})
	for url, want := range map[string]string{
		"https://p07-caldav.icloud.com/1/": "", "https://icloud.com.evil.test/": UnsafeRedirect, "https://evilicloud.com/": UnsafeRedirect,
		"http://p07-caldav.icloud.com/": HTTPSRequired, "https://p07-caldav.icloud.com:8443/": UnsafeRedirect,
	} {
		if err := p.allow(mustParse(t, url)); CodeOf(err) != want {
			t.Errorf("%s: %v, want %q", url, err, want)
		}
	}
}

// The limit of time ends a request whose body never ends.
func TestTimeout(t *testing.T) {
	done := make(chan struct{})
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusMultiStatus)
		_, _ = w.Write([]byte(`<multistatus xmlns="DAV:">`))
		w.(http.Flusher).Flush()
		select {
		case <-r.Context().Done():
		case <-done:
		}
	})
	defer close(done)
	s := open(t, CalDAV, server.URL, Options{Timeout: 50 * time.Millisecond})
	_, err := s.Collections(context.Background())
	if err == nil || err.Error() != "invalid-response: timeout" {
		t.Errorf("%v", err)
	}
}

// A job has one deadline, however many requests it takes: nothing is asked after
// it.
func TestDeadline(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	asked := 0
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if asked++; asked == 3 {
			cancel() // as the deadline does
		}
		w.WriteHeader(http.StatusMultiStatus)
		more := davtest.Multistatus(`<d:response><d:href>/c/</d:href><d:status>HTTP/1.1 507 Insufficient Storage</d:status></d:response>`)
		_, _ = fmt.Fprint(w, strings.Replace(more, "</d:multistatus>", fmt.Sprintf("<d:sync-token>%d</d:sync-token></d:multistatus>", asked), 1))
	})
	s := open(t, CalDAV, server.URL, Options{})
	_, err := s.changes(ctx, &Collection{URL: mustParse(t, server.URL+"/c/")}, "")
	if code := CodeOf(err); code != ConnectionFailed && code != InvalidResponse {
		t.Errorf("%v", err)
	}
	if asked != 3 {
		t.Errorf("%d requests, want 3", asked)
	}
}

// A synchronisation in pages ends with the token of its first page, tells of all
// changes once, and of what changes meanwhile the next time.
func TestSyncInPages(t *testing.T) {
	fake := davtest.New(t)
	path := func(n int) string { return fmt.Sprintf("/dav/home/cal/%03d.ics", n) }
	for n := range 120 {
		fake.Docs[path(n)] = davtest.Doc{ETag: `"1"`, Data: "x"}
	}
	s := open(t, CalDAV, fake.URL+"/dav/", Options{})
	c, err := s.Find(t.Context(), fake.URL+"/dav/home/cal/")
	if err != nil {
		t.Fatal(err)
	}
	pages := func(token string, between func()) (told, removed []string, full bool, next string) {
		after := ""
		for {
			changes, page, err := s.SyncPage(t.Context(), c, token, after, 50, func(p *Page, i *Item) error {
				p.Add(i, activity.NewObject(activity.Member{Name: "id", Value: i.URL.Path}))
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			items, _, _ := page.Members()
			for _, item := range items {
				told = append(told, item.(*activity.Object).Text("id"))
			}
			removed = append(removed, changes.Removed...)
			if after = changes.Next; after == "" {
				return told, removed, changes.Full, changes.Token
			}
			if changes.Token != "" {
				t.Errorf("a page with a next has the token %q", changes.Token)
			}
			between()
		}
	}
	once := sync.OnceFunc(func() {
		if _, err := s.Put(t.Context(), mustParse(t, fake.URL+path(1)), `"1"`, []byte("y"), "update-failed"); err != nil {
			t.Error(err)
		}
	})
	told, removed, full, token := pages("", once)
	if len(told) != 120 || len(removed) != 0 || !full {
		t.Errorf("first: %d items, %q removed, full %v", len(told), removed, full)
	}
	told, removed, full, token = pages(token, func() {})
	if len(told) != 1 || told[0] != path(1) || len(removed) != 0 || full {
		t.Errorf("then: %q, %q removed, full %v", told, removed, full)
	}
	for n := range 70 {
		etag := `"1"`
		if n == 1 {
			etag = `"put-1"`
		}
		var err error
		if n%7 == 0 {
			err = s.Delete(t.Context(), mustParse(t, fake.URL+path(n)), etag, false, "delete-failed")
		} else {
			_, err = s.Put(t.Context(), mustParse(t, fake.URL+path(n)), etag, []byte("z"), "update-failed")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	told, removed, full, _ = pages(token, func() {})
	if len(told) != 60 || len(removed) != 10 || full {
		t.Errorf("at last: %d items, %d removed, full %v", len(told), len(removed), full)
	}
}
