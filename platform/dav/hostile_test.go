package dav

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/platform/dav/davtest"
	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
)

// Servers that mean harm end within the limits, with an error that says why.
func TestHostile(t *testing.T) {
	const head = `<multistatus xmlns="DAV:">`
	endless := func(head, block string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusMultiStatus)
			_, err := io.WriteString(w, head)
			for text := strings.Repeat(block, 1+(32<<10)/len(block)); err == nil; {
				_, err = io.WriteString(w, text)
			}
		}
	}
	bomb := fetchtest.Bomb(t, bytes.Repeat([]byte(" "), 100<<10), 1000)
	tests := []struct {
		name, want string
		serve      http.HandlerFunc
	}{
		{"a body without an end", "invalid-response: response too large", endless(head+"<response><href>", "x")},
		{"elements without an end", "invalid-response: more than 100000 elements", endless(head, "<a/>")},
		{"nesting without an end", "invalid-response: elements are nested more than 64 deep", endless(head, "<a>")},
		{"a tag without an end", "invalid-response: a tag is longer than 65536 bytes", endless("<a ", "x")},
		{"a gzip bomb", "invalid-response: response too large", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.WriteHeader(http.StatusMultiStatus)
			_, _ = w.Write(bomb)
		}},
		{"entities", "invalid-response: document type declarations are not allowed", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusMultiStatus)
			_, _ = io.WriteString(w, `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>`+head+`&b;</multistatus>`)
		}},
		{"words of the server", "invalid-response: what: see https://x.test/a now", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusConflict)
			_, _ = io.WriteString(w, `<error xmlns="DAV:"><what/><responsedescription>see https://ann:secret@x.test/a`+"\n\t&#9;\u202E"+` now</responsedescription></error>`)
		}},
		{"many words", "invalid-response: " + strings.Repeat("é", 100), func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, `<error xmlns="DAV:"><responsedescription>`+strings.Repeat("é", 10_000)+`</responsedescription></error>`)
		}},
		{"an answer that is not HTTP", "connection-failed", func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_, _ = io.WriteString(conn, "SSH-2.0-OpenSSH\r\n")
				conn.Close()
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := serve(t, tt.serve)
			s := open(t, CalDAV, server.URL+"/", Options{})
			_, err := s.Collections(t.Context())
			if err == nil || err.Error() != tt.want {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}

// Nothing is sent to another origin, whichever way a server names it, and nothing
// with credentials in a URL.
func TestElsewhere(t *testing.T) {
	asked := 0
	other := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.WriteHeader(http.StatusMultiStatus)
	})
	redirect := func(to string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusTemporaryRedirect)
		}
	}
	tests := map[string]http.HandlerFunc{
		"redirect":                  redirect(other.URL + "/"),
		"redirect without a scheme": redirect("//" + strings.TrimPrefix(other.URL, "http://") + "/"),
		"principal": func(w http.ResponseWriter, r *http.Request) {
			multistatusTo(w, davtest.Response("/", `<d:current-user-principal><d:href>`+other.URL+`/</d:href></d:current-user-principal>`))
		},
		"home": func(w http.ResponseWriter, r *http.Request) {
			multistatusTo(w, davtest.Response("/", `<c:calendar-home-set><d:href>`+other.URL+`/</d:href></c:calendar-home-set>`))
		},
	}
	for name, handler := range tests {
		server := serve(t, handler)
		s := open(t, CalDAV, server.URL+"/", Options{})
		if _, err := s.Collections(t.Context()); CodeOf(err) != UnsafeRedirect {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := s.send(t.Context(), request{method: "PUT", url: mustParse(t, other.URL+"/x"), body: "x"}); CodeOf(err) != UnsafeRedirect {
			t.Errorf("%s: PUT: %v", name, err)
		}
	}
	if asked != 0 {
		t.Errorf("the other server was asked %d times", asked)
	}
	// An operator who says that both are one provider's lets it be asked.
	server := serve(t, redirect(other.URL+"/"))
	s := open(t, CalDAV, server.URL+"/", Options{Partitions: []Partition{{server.URL, other.URL}}})
	if _, err := s.Collections(t.Context()); CodeOf(err) != InvalidResponse || asked == 0 {
		t.Errorf("partition: %v", err)
	}
}

// A user's name in the service's address is never sent.
func TestUserInfo(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Errorf("sent %q before a challenge", r.Header.Get("Authorization"))
		}
		w.WriteHeader(http.StatusNotFound)
	})
	s := open(t, CalDAV, strings.Replace(server.URL, "//", "//bob:secret-2@", 1)+"/", Options{})
	if _, err := s.Collections(t.Context()); CodeOf(err) != NotFound {
		t.Errorf("%v", err)
	}
}

// A private address is not told from a server that does not answer.
func TestPrivateAddress(t *testing.T) {
	server := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the server was asked") })
	c, err := New(Options{AllowHTTP: true}, CalDAV)
	if err != nil {
		t.Fatal(err)
	}
	s := session(t, c, server.URL)
	if _, err := s.Collections(t.Context()); err == nil || err.Error() != ConnectionFailed {
		t.Errorf("%v", err)
	}
}

func TestOpen(t *testing.T) {
	c, err := New(Options{}, CalDAV)
	if err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{
		"https://": InvalidURL, "nope": InvalidURL, "": InvalidURL, "http://x.test/": HTTPSRequired, "https://x.test/": "",
		"ftp://x.test/": HTTPSRequired, "https://x.test:22/": ConnectionFailed,
	} {
		if _, err := c.Open(credentials(url, "ann", "secret-1")); CodeOf(err) != want {
			t.Errorf("%q: %v, want %q", url, err, want)
		}
	}
}

// An answer of 10 MiB is read without ten times as much memory.
func TestLargeAnswer(t *testing.T) {
	item := davtest.Response("/dav/home/cal/x.ics", `<d:getetag>"1"</d:getetag><c:calendar-data>`+strings.Repeat("x", 1000)+`</c:calendar-data>`)
	body := davtest.Multistatus(slices.Repeat([]string{item}, 5000)...)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusMultiStatus)
		_, _ = io.WriteString(w, body)
	}))
	defer server.Close()
	s := open(t, CalDAV, server.URL+"/", Options{})
	c := &Collection{URL: mustParse(t, server.URL+"/dav/home/cal/")}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	n := 0
	if _, err := s.Query(t.Context(), c, []string{"<x/>"}, s.NewPage(0, ""), func(i *Item) error { n += len(i.Data); return nil }); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if n != 5_000_000 {
		t.Errorf("%d bytes of items", n)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 40<<20 {
		t.Errorf("%d MiB were allocated for a body of %d MiB", used>>20, len(body)>>20)
	}
}
