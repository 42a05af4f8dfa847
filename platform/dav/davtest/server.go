// Package davtest is a WebDAV server for tests that does what no real one does:
// whatever a list of faults says, and where it says nothing, what an ordinary
// server does.
//
//	s := davtest.New(t)
//	s.Docs["/dav/home/cal/e1.ics"] = davtest.Doc{ETag: `"1"`, Data: "BEGIN:VCALENDAR…"}
//	s.Faults = []davtest.Fault{{Method: "PUT", Status: 507}}
//
// It asks for Basic on every request without Authorization. At /dav/ are the
// principal and, below it, the home of both kinds, /dav/home/, with the calendar
// cal/ and the address book book/. REPORTs give everything there is, unfiltered;
// sync-collection is refused. It writes tags "put-1", "put-2", ….
package davtest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Doc is a resource.
type Doc struct{ ETag, Data string }

// Fault is an answer to the requests that it matches.
type Fault struct {
	Method, Path string // "" matches any
	Depth        string
	Report       string            // the root of the body, without its prefix
	Contains     string            // the body does
	WithToken    bool              // the body has a sync-token that is not empty
	Needs        map[string]string // a header of the request contains the text
	Times        int               // only so often; 0: always

	Status int
	Header map[string]string
	Body   string
}

// Request is one that the server was sent.
type Request struct {
	Method, Path string // the path as it was sent
	Header       http.Header
	Body         string
}

// Server is the server. Its fields may be changed until the first request.
type Server struct {
	URL    string
	Docs   map[string]Doc // by path, as it is in hrefs
	Faults []Fault

	mu       sync.Mutex // guards Docs and Faults while it serves, and the fields below
	requests []Request
	puts     int
}

// New starts a server that ends with the test.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{Docs: map[string]Doc{}}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	s.URL = h.URL
	return s
}

// Requests are those so far, without the ones that were only challenged.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// ServeHTTP makes Server a handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") == "" {
		w.Header().Set("WWW-Authenticate", `Basic realm="cases"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	path, _, _ := strings.Cut(r.RequestURI, "?")
	s.mu.Lock()
	defer s.mu.Unlock()
	request := Request{r.Method, path, r.Header, string(body)}
	s.requests = append(s.requests, request)
	for i := range s.Faults {
		f := &s.Faults[i]
		if !f.matches(request) {
			continue
		}
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				f.Times = -1
			}
		}
		w.Header().Set("Content-Type", "application/xml; charset=utf-8")
		for name, value := range f.Header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(f.Status)
		_, _ = io.WriteString(w, f.Body)
		return
	}
	s.usual(w, request)
}

var (
	root      = regexp.MustCompile(`<(?:[\w.-]+:)?([a-z-]+)[\s>]`)
	syncToken = regexp.MustCompile(`sync-token>\s*[^<\s]`)
	hrefs     = regexp.MustCompile(`<d:href>([^<]*)</d:href>`)
)

// reportOf is the name of the root of a body.
func reportOf(body string) string {
	if m := root.FindStringSubmatch(body); m != nil {
		return m[1]
	}
	return ""
}

func (f *Fault) matches(r Request) bool {
	switch {
	case f.Times < 0,
		f.Method != "" && f.Method != r.Method,
		f.Path != "" && f.Path != r.Path,
		f.Depth != "" && f.Depth != r.Header.Get("Depth"),
		f.Report != "" && f.Report != reportOf(r.Body),
		!strings.Contains(r.Body, f.Contains),
		f.WithToken && !syncToken.MatchString(r.Body):
		return false
	}
	for name, text := range f.Needs {
		if !strings.Contains(r.Header.Get(name), text) {
			return false
		}
	}
	return true
}

// Multistatus is a body of status 207 with so many responses, whose prefixes are
// d, c (CalDAV), r (CardDAV), a (Apple) and s (calendarserver.org).
func Multistatus(responses ...string) string {
	return `<?xml version="1.0" encoding="utf-8"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"` +
		` xmlns:r="urn:ietf:params:xml:ns:carddav" xmlns:a="http://apple.com/ns/ical/" xmlns:s="http://calendarserver.org/ns/">` +
		strings.Join(responses, "") + `</d:multistatus>`
}

// Response is a response with properties that are there.
func Response(href, props string) string {
	return `<d:response><d:href>` + href + `</d:href><d:propstat><d:prop>` + props +
		`</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`
}

// Missing is a response for what is not there.
func Missing(href string) string {
	return `<d:response><d:href>` + href + `</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>`
}

// Text makes data part of a body.
func Text(data string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;").Replace(data)
}

const (
	entry = `<d:current-user-principal><d:href>/dav/</d:href></d:current-user-principal>` +
		`<c:calendar-home-set><d:href>/dav/home/</d:href></c:calendar-home-set>` +
		`<r:addressbook-home-set><d:href>/dav/home/</d:href></r:addressbook-home-set>`
	folder   = `<d:resourcetype><d:collection/></d:resourcetype>`
	calendar = `<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>`
	book     = `<d:resourcetype><d:collection/><r:addressbook/></d:resourcetype>`
)

// usual is what an ordinary server answers.
func (s *Server) usual(w http.ResponseWriter, r Request) {
	switch r.Method {
	case "PROPFIND":
		s.propfind(w, r)
	case "REPORT":
		s.report(w, r)
	case "GET":
		if d, ok := s.found(w, r); ok {
			w.Header().Set("ETag", d.ETag)
			_, _ = io.WriteString(w, d.Data)
		}
	case "PUT":
		s.put(w, r)
	case "DELETE":
		if _, ok := s.found(w, r); ok {
			delete(s.Docs, r.Path)
			w.WriteHeader(http.StatusNoContent)
		}
	default:
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

func (s *Server) propfind(w http.ResponseWriter, r Request) {
	shallow := r.Header.Get("Depth") == "0"
	switch r.Path {
	case "/dav/":
		multistatus(w, Response(r.Path, entry+folder))
	case "/dav/home/":
		list := []string{Response(r.Path, folder)}
		if !shallow {
			list = append(list, Response("/dav/home/cal/", calendar), Response("/dav/home/book/", book))
		}
		multistatus(w, list...)
	case "/dav/home/cal/", "/dav/home/book/":
		kind := calendar
		if r.Path == "/dav/home/book/" {
			kind = book
		}
		list := []string{Response(r.Path, kind)}
		for _, path := range s.below(r.Path) {
			if !shallow {
				list = append(list, Response(path, `<d:getetag>`+Text(s.Docs[path].ETag)+`</d:getetag>`))
			}
		}
		multistatus(w, list...)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (s *Server) report(w http.ResponseWriter, r Request) {
	paths := s.below(r.Path)
	switch reportOf(r.Body) {
	case "sync-collection":
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `<d:error xmlns:d="DAV:"><d:supported-report/></d:error>`)
		return
	case "calendar-multiget", "addressbook-multiget":
		paths = nil
		for _, m := range hrefs.FindAllStringSubmatch(r.Body, -1) {
			paths = append(paths, strings.TrimPrefix(m[1], s.URL))
		}
	}
	data := "c:calendar-data"
	if strings.HasPrefix(r.Path, "/dav/home/book/") {
		data = "r:address-data"
	}
	var list []string
	for _, path := range paths {
		d, ok := s.Docs[path]
		if !ok {
			list = append(list, Missing(path))
			continue
		}
		list = append(list, Response(path, `<d:getetag>`+Text(d.ETag)+`</d:getetag><`+data+`>`+Text(d.Data)+`</`+data+`>`))
	}
	multistatus(w, list...)
}

func (s *Server) put(w http.ResponseWriter, r Request) {
	_, exists := s.Docs[r.Path]
	if r.Header.Get("If-None-Match") == "*" && exists {
		w.WriteHeader(http.StatusPreconditionFailed)
		return
	}
	if r.Header.Get("If-Match") != "" {
		if _, ok := s.found(w, r); !ok {
			return
		}
	}
	s.puts++
	tag := fmt.Sprintf(`"put-%d"`, s.puts)
	s.Docs[r.Path] = Doc{tag, r.Body}
	w.Header().Set("ETag", tag)
	w.WriteHeader(http.StatusCreated)
}

// found returns the resource that a request is for, if there is one and it is
// the version that the request names.
func (s *Server) found(w http.ResponseWriter, r Request) (Doc, bool) {
	d, ok := s.Docs[r.Path]
	match := r.Header.Get("If-Match")
	switch {
	case !ok && match == "":
		w.WriteHeader(http.StatusNotFound)
	case !ok, match != "" && match != "*" && strings.TrimPrefix(match, "W/") != strings.TrimPrefix(d.ETag, "W/"):
		w.WriteHeader(http.StatusPreconditionFailed)
	default:
		return d, true
	}
	return d, false
}

// below are the paths of the resources in a collection.
func (s *Server) below(collection string) []string {
	var list []string
	for path := range s.Docs {
		if strings.HasPrefix(path, collection) {
			list = append(list, path)
		}
	}
	slices.Sort(list)
	return list
}

func multistatus(w http.ResponseWriter, responses ...string) {
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	w.WriteHeader(http.StatusMultiStatus)
	_, _ = io.WriteString(w, Multistatus(responses...))
}
