package metadata

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/webfetch"
	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
)

// site serves pages by their paths.
func site(t testing.TB, pages map[string]string) *httptest.Server {
	return fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		page, ok := pages[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, page)
	})
}

// pageOf asks for an address and returns the page object.
func pageOf(t *testing.T, p *metadata, url string) *activity.Object {
	t.Helper()
	answer, err := activity.ParseObject([]byte(ask(t.Context(), p, url)))
	if err != nil {
		t.Fatal(err)
	}
	if answer.Object("object") == nil {
		t.Fatalf("%s: %s", url, activity.AppendJSON(nil, answer))
	}
	return answer.Object("object")
}

// member returns a member of an object in JSON.
func member(o *activity.Object, name string) string {
	v, ok := o.Lookup(name)
	if !ok {
		return ""
	}
	return string(activity.AppendJSON(nil, v))
}

// Ten clients ask for one link, and there is one request; each gets the answer
// to its own message. Later it is asked again only whether it has changed.
func TestShared(t *testing.T) {
	var requests, conditional atomic.Int32
	inside, proceed := make(chan struct{}), make(chan struct{})
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) == 1 {
			close(inside)
			<-proceed
		}
		if r.Header.Get("If-None-Match") == `"1"` && r.Header.Get("If-Modified-Since") != "" {
			conditional.Add(1)
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Last-Modified", "Fri, 09 Feb 2024 10:30:00 GMT")
		io.WriteString(w, "<title>One</title>")
	})
	p := newTest(t, settings{})
	var all sync.WaitGroup
	for i := range 10 {
		all.Go(func() {
			url := fmt.Sprintf("%s/page#%d", s.URL, i)
			if got := ask(t.Context(), p, url); !strings.Contains(got, `"title":"One"`) || !strings.Contains(got, `"id":"`+url+`"`) {
				t.Errorf("%s: %s", url, got)
			}
		})
	}
	<-inside
	close(proceed)
	all.Wait()
	if n := requests.Load(); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
	old := p.cache
	p.cache = webfetch.NewCache[*preview](cacheEntries, cacheBytes)
	_, err := p.cache.Get(t.Context(), s.URL+"/page", func(ctx context.Context, _ *webfetch.Entry[*preview]) (entry webfetch.Entry[*preview], err error) {
		entry.Value, err = old.Get(ctx, s.URL+"/page", nil)
		entry.ETag, entry.LastModified = `"1"`, "Fri, 09 Feb 2024 10:30:00 GMT"
		return entry, err // not fresh
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := ask(t.Context(), p, s.URL+"/page"); !strings.Contains(got, `"title":"One"`) || conditional.Load() != 1 {
		t.Errorf("after expiry, %d conditional requests: %s", conditional.Load(), got)
	}
}

// Failures are remembered for a while, too.
func TestFailuresAreShared(t *testing.T) {
	var requests atomic.Int32
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		w.WriteHeader(http.StatusUnauthorized)
	})
	p := newTest(t, settings{})
	for range 3 {
		if got := ask(t.Context(), p, s.URL+"/gone"); got != `{"error":"Error: 401 Unauthorized"}` {
			t.Error(got)
		}
	}
	if n := requests.Load(); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestFreshUntil(t *testing.T) {
	tests := []struct {
		control string
		want    time.Duration
	}{
		{"", freshPage}, {"max-age=600", 10 * time.Minute}, {`public, Max-Age="600"`, 10 * time.Minute}, {"max-age=0", minFresh},
		{"max-age=999999", maxFresh}, {"max-age=x", freshPage}, {"max-age=600, no-store", freshNoStore}, {"No-Store", freshNoStore},
	}
	for _, tt := range tests {
		got := time.Until(freshUntil(http.Header{"Cache-Control": {tt.control}}))
		if got > tt.want || got < tt.want-20*time.Second {
			t.Errorf("%q: %v, want %v", tt.control, got, tt.want)
		}
	}
}

// What is no page is known by its header, before its body is read.
func TestTypeIsReadFirst(t *testing.T) {
	ended := make(chan struct{})
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/zip")
		w.(http.Flusher).Flush()
		<-r.Context().Done() // until nobody reads any more
		close(ended)
	})
	if got := ask(t.Context(), newTest(t, settings{}), s.URL+"/a.html"); got != `{"error":"Error: Page must return a header content-type with text/"}` {
		t.Error(got)
	}
	<-ended
}

// There is one deadline, which the client's patience has nothing to do with.
func TestDeadline(t *testing.T) {
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "<title>")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	p := newTest(t, settings{})
	p.timeout = 50 * time.Millisecond
	if got := ask(t.Context(), p, s.URL+"/"); got != `{"error":"Error: The operation was aborted due to timeout"}` {
		t.Error(got)
	}
}

// A page that says that it is larger than anything that is fetched has a preview:
// no more is read of it than of others.
func TestLongPage(t *testing.T) {
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "50000000")
		io.WriteString(w, "<head><title>Long</title></head>")
		io.WriteString(w, strings.Repeat("<p>more</p>", maxBody))
	})
	if got := ask(t.Context(), newTest(t, settings{}), s.URL+"/"); !strings.Contains(got, `"title":"Long"`) {
		t.Error(got)
	}
}

// Of a page without end no more is read, or kept, than a preview needs.
func TestEndless(t *testing.T) {
	var sent atomic.Int64
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `<head><title>Endless</title><meta property="og:image" content="/i.png"></head><body>`)
		for range 50 << 4 {
			n, err := w.Write(bytes.Repeat([]byte("<p>more</p> text"), 4096))
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	p := newTest(t, settings{})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if got := ask(t.Context(), p, s.URL+"/"); !strings.Contains(got, `"title":"Endless"`) {
		t.Error(got)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 16<<20 {
		t.Errorf("%d bytes allocated", n)
	}
	s.Close() // waits for the handler
	if n := sent.Load(); n == 50<<20 {
		t.Error("the whole page was fetched")
	}
}

func TestReadPage(t *testing.T) {
	head := `<head><meta name="a"><meta charset="koi8-r"><title>t</title>` + strings.Repeat("<link>", 40000) + `</head>`
	long := head + strings.Repeat("<p>", 1<<20)
	tests := []struct {
		name, in string
		length   int
		whole    bool
		declared string
	}{
		{"small", "<title>a</title>", 16, true, ""},
		{"nothing", "", 0, true, ""},
		{"exactly a part", strings.Repeat("a", 64<<10), 64 << 10, true, ""},
		{"long", long, len(head) + maxBody, false, "koi8-r"},
		{"no head's end", strings.Repeat("<link>", 1<<20), maxPage, false, ""},
		{"UTF-16", "\xFF\xFE" + strings.Repeat("<\x00p\x00>\x00", 1<<20), maxPage, false, ""},
	}
	for _, tt := range tests {
		read, err := readPage(strings.NewReader(tt.in), nil, true)
		body, declared, whole := read.body, read.declared, read.whole
		if len(body) != tt.length || declared != tt.declared || whole != tt.whole && tt.name != "exactly a part" || err != nil {
			t.Errorf("%s: %d bytes, %q, whole %v, %v; want %d, %q, %v", tt.name, len(body), declared, whole, err, tt.length, tt.declared, tt.whole)
		}
		if string(body) != tt.in[:len(body)] {
			t.Errorf("%s: other bytes", tt.name)
		}
	}
	broken := errors.New("broken")
	if _, err := readPage(io.MultiReader(strings.NewReader("<p>"), &failing{broken}), nil, true); err != broken {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

func TestRedirect(t *testing.T) {
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/out":
			http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
		case "/short":
			http.Redirect(w, r, "/dir/page", http.StatusFound)
		case "/dir/page":
			io.WriteString(w, `<title>T</title><link rel="icon" href="i.png"><link rel="canonical" href="page?c">`)
		case "/local":
			io.WriteString(w, `<title>T</title><link rel="icon" href="i.png">`)
		}
	})
	p := newTest(t, settings{})
	page := pageOf(t, p, s.URL+"/short")
	for name, want := range map[string]string{"finalUrl": s.URL + "/dir/page", "favicon": s.URL + "/dir/i.png", "url": s.URL + "/dir/page?c"} {
		if got := page.Text(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if got := pageOf(t, p, s.URL+"/local").Text("favicon"); got != "i.png" {
		t.Errorf("favicon is %q", got)
	}
	if got := ask(t.Context(), p, s.URL+"/loop"); got != `{"error":"Error: redirect count exceeded"}` {
		t.Error(got)
	}
	guarded, err := newMetadata(settings{})
	if err != nil {
		t.Fatal(err)
	}
	defer guarded.Stop(t.Context())
	if got := ask(t.Context(), guarded, s.URL+"/local"); got != `{"error":"Error: blocked non-public address 127.0.0.1"}` {
		t.Error(got)
	}
}

func TestStatus(t *testing.T) {
	for status, want := range map[statusError]string{
		401: "401 Unauthorized", 404: "404 Not Found", 418: "Server has returned a 400/500 error code", 504: "504 Gateway Timeout",
		304: "Page not found", 302: "302 Found", 399: "399", 599: "Server has returned a 400/500 error code",
	} {
		if got := status.Error(); got != want {
			t.Errorf("%d: %q, want %q", status, got, want)
		}
	}
}

// A server that asked for time is not asked again.
func TestRetryAfter(t *testing.T) {
	var requests atomic.Int32
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		w.Header().Set("Retry-After", "3000")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	p := newTest(t, settings{})
	if got := ask(t.Context(), p, s.URL+"/"); got != `{"error":"Error: 429 Too Many Requests"}` {
		t.Error(got)
	}
	p.cache = webfetch.NewCache[*preview](cacheEntries, cacheBytes)
	if got := ask(t.Context(), p, s.URL+"/"); !strings.Contains(got, "429") || requests.Load() != 1 {
		t.Errorf("%d requests, %s", requests.Load(), got)
	}
}

// The reference's texts for addresses, where they are those of the address.
func TestAddresses(t *testing.T) {
	data, err := os.ReadFile("testdata/addresses.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range bytes.Lines(data) {
		var c struct {
			URL   string
			Valid bool
		}
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		n++
		if _, ok := address(c.URL); ok != c.Valid {
			t.Errorf("%q: %v, want %v", c.URL, ok, c.Valid)
		}
	}
	if n < 150 {
		t.Errorf("%d addresses", n)
	}
	for text, want := range map[string]string{
		"x.test/a": "http://x.test/a", "8.8.8.8": "http://8.8.8.8", "HTTPS://x.test": "HTTPS://x.test", "localhost:8080/p?q#f": "http://localhost:8080/p?q#f",
		"http://a@b@c/": "", "http://:x@h/": "http://:x@h/", "http://:@h/": "", "http://@h/": "", "http://u:p:q@h/": "", "http://h:/": "http://h:/", "http://h:0/": "", "http://h:65536/": "",
		"http://h_h/": "", "http://-h/": "", "http://h-/": "", "http://h./": "", "http://1.2.3/": "", "http://01.2.3.4/": "", "http://ｈ/": "",
		"http://bücher.test/": "http://bücher.test/", "http://[::1]/": "http://[::1]/", "http://[::g]/": "", "//x.test": "", "mailto:a@b.c": "", "a b": "", "": "",
		"ftp://x.test/": "", "http://" + strings.Repeat("a", 64) + "/": "", "http://x.test/" + strings.Repeat("a", 2082-14): "http://x.test/" + strings.Repeat("a", 2082-14),
		"http://x.test/" + strings.Repeat("a", 2083-14): "",
	} {
		if got, _ := address(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// What is taken for an address is read as a URL or refused, and never one of
// another scheme.
func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"x.test/a", "http://u:p@[::1]:8/?q#f", "http:/8.8.8.8/", "HTTPS://bücher.test", "http://1.2.3.4:65536", "//x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		url, ok := address(text)
		if !ok {
			return
		}
		if !strings.HasSuffix(url, text) {
			t.Errorf("%q became %q", text, url)
		}
		if u, err := webfetch.ParseURL(url); err == nil && u.Scheme != "http" && u.Scheme != "https" {
			t.Errorf("%q became %s", text, u)
		}
	})
}

func TestRefused(t *testing.T) {
	p := newTest(t, settings{})
	for url, want := range map[string]string{
		"not a url":                 "Error: Invalid URL",
		"http://user:secret@x.test": "Error: URL must not include credentials",
		"http://:secret@x.test":     "Error: URL must not include credentials",
		"http://x.test:25/":         "Error: bad port",
	} {
		if got := ask(t.Context(), p, url); got != `{"error":"`+want+`"}` {
			t.Errorf("%s: %s, want %s", url, got, want)
		}
	}
}

func TestSettings(t *testing.T) {
	s, err := readSettings([]byte(`{"allowPrivateAddresses":true,"concurrency":3,"userAgent":"a/1","compatUserAgent":"b/2","fxTwitter":true,"reddit":true}`))
	if err != nil || !s.fetching.AllowPrivate || s.fetching.UserAgent != "a/1" || s.compatUserAgent != "b/2" || !s.fxTwitter || !s.reddit {
		t.Errorf("%+v, %v", s, err)
	}
	if s, err := readSettings([]byte(`{}`)); err != nil || s.fetching.AllowPrivate || s.fetching.UserAgent != userAgent || s.fxTwitter || s.reddit {
		t.Errorf("without settings: %+v, %v", s, err)
	}
	for _, bad := range []string{`[]`, `{"x":1}`, `{"concurrency":0}`, `{"concurrency":1.5}`, `{"allowPrivateAddresses":1}`, `{"userAgent":"a\nb"}`,
		`{"compatUserAgent":"` + strings.Repeat("a", 257) + `"}`, `{"fxTwitter":"yes"}`, `{"reddit":null}`} {
		if _, err := readSettings([]byte(bad)); err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}

// The client says who it is, and nothing of who asks.
func TestHeader(t *testing.T) {
	header := make(chan http.Header, 1)
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		header <- r.Header
		io.WriteString(w, "x")
	})
	config := fmt.Sprintf(`{"allowPrivateAddresses":true,"userAgent":%q}`, "own/1")
	for config, want := range map[string]string{config: "own/1", `{"allowPrivateAddresses":true}`: userAgent} {
		p, err := Definition().New(fetchtest.Host{}, []byte(config))
		if err != nil {
			t.Fatal(err)
		}
		ask(t.Context(), p.(*metadata), s.URL+"/")
		h := <-header
		if h.Get("User-Agent") != want || h.Get("Accept") != accept || h.Get("Origin") != "" || h.Get("Referer") != "" || h.Get("Cookie") != "" {
			t.Errorf("%v", h)
		}
		p.(*metadata).Stop(t.Context())
	}
}
