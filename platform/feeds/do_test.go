package feeds

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/webfetch"
	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
)

const small = `<rss version="2.0"><channel><title>Small</title><link>https://small.test/</link>` +
	`<item><title>One</title><link>https://small.test/1</link><pubDate>Fri, 09 Feb 2024 10:30:00 GMT</pubDate></item></channel></rss>`

// ask does a job and returns its result in JSON, or its error as clients get it.
func ask(ctx context.Context, p *feeds, url string, more ...activity.Member) string {
	result, failure := fetchtest.Do(ctx, p, fetchtest.Message(url, "feed", more...))
	if failure != "" {
		return failure
	}
	return string(activity.AppendJSON(nil, result))
}

// Many clients ask for one feed, and it is fetched once, and not again while it
// is fresh; then only if it has changed.
func TestShared(t *testing.T) {
	var requests, conditional atomic.Int32
	inside, proceed := make(chan struct{}, 1), make(chan struct{})
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) == 1 {
			inside <- struct{}{}
			<-proceed
		}
		if r.Header.Get("If-None-Match") == `"1"` && r.Header.Get("If-Modified-Since") == "Fri, 09 Feb 2024 10:30:00 GMT" {
			conditional.Add(1)
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Last-Modified", "Fri, 09 Feb 2024 10:30:00 GMT")
		io.WriteString(w, small)
	})
	p := newTestFeeds(t, webfetch.Options{AllowPrivate: true, Timeout: time.Minute})
	var all sync.WaitGroup
	for i := range 10 {
		all.Go(func() {
			url := fmt.Sprintf("%s/feed#%d", s.URL, i)
			if got := ask(t.Context(), p, url); !strings.Contains(got, `"totalItems":1`) || !strings.Contains(got, `"id":"`+url+`"`) {
				t.Errorf("%s: %s", url, got)
			}
		})
	}
	<-inside
	close(proceed)
	all.Wait()
	before := ask(t.Context(), p, s.URL+"/feed")
	if n := requests.Load(); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
	expire(t, p, s.URL+"/feed")
	if after := ask(t.Context(), p, s.URL+"/feed"); after != before {
		t.Errorf("after 304: %s\nwant %s", after, before)
	}
	if n := conditional.Load(); n != 1 {
		t.Errorf("%d conditional requests, want 1", n)
	}
}

// expire makes what is remembered of a URL old.
func expire(t *testing.T, p *feeds, key string) {
	t.Helper()
	old := p.cache
	p.cache = webfetch.NewCache[*document](cacheEntries, cacheBytes)
	load := func(context.Context, *webfetch.Entry[*document]) (entry webfetch.Entry[*document], err error) {
		entry.Value, err = old.Get(t.Context(), key, nil)
		entry.ETag, entry.LastModified = `"1"`, "Fri, 09 Feb 2024 10:30:00 GMT"
		return entry, err
	}
	if _, err := p.cache.Get(t.Context(), key, load); err != nil {
		t.Fatal(err)
	}
}

func TestFreshUntil(t *testing.T) {
	tests := []struct {
		control string
		own     time.Duration
		want    time.Duration
	}{
		{"", 0, minFresh}, {"", 10 * time.Minute, 10 * time.Minute}, {"", 24 * time.Hour, maxFresh},
		{"max-age=300", 10 * time.Minute, 5 * time.Minute}, {"public, Max-Age=\"600\"", 0, 10 * time.Minute},
		{"max-age=0", time.Hour, minFresh}, {"max-age=x", 0, minFresh}, {"no-store", 0, minFresh}, {"max-age=999999", 0, maxFresh},
	}
	for _, tt := range tests {
		got := time.Until(freshUntil(http.Header{"Cache-Control": {tt.control}}, &feed{fresh: tt.own}))
		if got > tt.want || got < tt.want-30*time.Second {
			t.Errorf("%q and %v: %v, want %v", tt.control, tt.own, got, tt.want)
		}
	}
}

func TestAnswers(t *testing.T) {
	page := `<!DOCTYPE html><html><head><title>x</title><base href="/sub/"><link rel="stylesheet alternate" type="text/css" href="a.css">
		<LINK REL='Alternate' TYPE=application/rss+xml HREF=feed.xml></head><body><br></body></html>`
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/page", "/old":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			io.WriteString(w, page)
		case "/sub/feed.xml":
			io.WriteString(w, small)
		case "/loop":
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, `<html><link rel="alternate" type="application/atom+xml" href="/loop">`)
		case "/dead":
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, `<link rel="alternate" type="application/atom+xml" href="/404">`)
		case "/plain":
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "no feed here")
		case "/moved":
			http.Redirect(w, r, "/sub/feed.xml", http.StatusMovedPermanently)
		case "/found":
			http.Redirect(w, r, "/sub/relative", http.StatusFound)
		case "/sub/relative":
			io.WriteString(w, strings.ReplaceAll(small, "https://small.test/1", "one"))
		case "/badrss":
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<rss><channel><title></channel></rss>")
		case "/gone":
			w.WriteHeader(http.StatusGone)
		case "/busy":
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/huge":
			w.Header().Set("Content-Length", "6000000")
			w.WriteHeader(http.StatusOK)
		default:
			http.NotFound(w, r)
		}
	})
	p := newTestFeeds(t, webfetch.Options{AllowPrivate: true, Timeout: time.Minute})
	tests := []struct{ path, want string }{
		{"/page", `"id":"URL","type":"feed","name":"Small","link":"https://small.test/","categories":[],"discovered":"SERVER/sub/feed.xml"}`},
		{"/moved", `"categories":[],"url":"SERVER/sub/feed.xml","movedTo":"SERVER/sub/feed.xml"}`},
		{"/found", `"url":"SERVER/sub/one"`},
		{"/found", `"categories":[],"url":"SERVER/sub/relative"}`},
		{"/badrss", "XmlError: Missing end tag for element title"},
		{"/loop", "Error: no feed found at URL"},
		{"/dead", "Error: no feed found at URL"},
		{"/plain", "Error: no feed found at URL"},
		{"/gone", "Error: request failed: 410 Gone for URL"},
		{"/gone#2", "Error: request failed: 410 Gone for URL"},
		{"/busy", "Error: request failed: 503 Service Unavailable for URL"},
		{"/busy", "Error: request failed: 503 Service Unavailable for URL, retry after 3600 s"},
		{"/huge", "Error: response too large"},
		{"/404", "Error: request failed: 404 Not Found for URL"},
	}
	for _, tt := range tests {
		got := ask(t.Context(), p, s.URL+tt.path)
		want := strings.NewReplacer("URL", s.URL+tt.path, "SERVER", s.URL).Replace(tt.want)
		if strings.HasPrefix(want, "Error") && got != want || !strings.Contains(got, want) {
			t.Errorf("%s: %s\nwant %s", tt.path, got, want)
		}
	}
	for url, want := range map[string]string{
		"":                          "Error: invalid URL: ",
		"ftp://x.test/":             "Error: unsupported scheme ftp: for ftp://x.test/",
		"http://user:secret@x.test": "Error: URL must not include credentials",
		"http://x.test:25/":         "Error: port not allowed",
	} {
		if got := ask(t.Context(), p, url); got != want {
			t.Errorf("%q: %s, want %s", url, got, want)
		}
	}
	private := newTestFeeds(t, webfetch.Options{})
	if got := ask(t.Context(), private, s.URL+"/sub/feed.xml"); got != "Error: address not allowed" {
		t.Errorf("private address: %s", got)
	}
}

func TestSinceAndLimit(t *testing.T) {
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `<rss><channel><title>W</title>`)
		for _, d := range []string{"", "1970-01-01", "1969-12-31", "2024-01-01", "soon", "2024-03-01T00:00:00Z"} {
			fmt.Fprintf(w, "<item><title>%s</title><pubDate>%s</pubDate></item>", d, d)
		}
		io.WriteString(w, `</channel></rss>`)
	})
	p := newTestFeeds(t, webfetch.Options{AllowPrivate: true})
	for in, want := range map[string]string{
		`{}`:                              "2024-03-01T00:00:00Z|2024-01-01|1970-01-01|1969-12-31||soon",
		`{"limit":2}`:                     "2024-03-01T00:00:00Z|2024-01-01",
		`{"since":"2024-01-01T00:00:00"}`: "2024-03-01T00:00:00Z|2024-01-01",
		`{"since":"2024-01-01T00:00:00+01","limit":1e9}`:  "2024-03-01T00:00:00Z|2024-01-01",
		`{"since":"1900-01-01T00:00:00Z"}`:                "2024-03-01T00:00:00Z|2024-01-01|1969-12-31",
		`{"since":"2025-01-01T00:00:00Z"}`:                "",
		`{"since":"2024-02-01T00:00:00-05:00","limit":9}`: "2024-03-01T00:00:00Z",
	} {
		o, err := activity.ParseObject([]byte(in))
		if err != nil {
			t.Fatal(err)
		}
		result, err := activity.ParseObject([]byte(ask(t.Context(), p, s.URL, activity.Member{Name: "object", Value: o})))
		if err != nil {
			t.Fatal(err)
		}
		var titles []string
		items := result.Get("items").([]any)
		for _, i := range items {
			titles = append(titles, i.(*activity.Object).Object("object").Text("title"))
		}
		if got := strings.Join(titles, "|"); got != want || result.Text("summary") != "W" || int(result.Get("totalItems").(float64)) != len(items) {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

// What does not fit in a frame is left out, from the end; one entry is always
// there, if need be without all of its text.
func TestResultSize(t *testing.T) {
	text := func(n int) string { return strings.Repeat("é\"", n/3) }
	tests := []struct {
		name  string
		items []string
		want  int
	}{
		{"three that fit", []string{text(100), text(100), text(100)}, 3},
		{"some that do not", []string{text(300 << 10), text(300 << 10), text(300 << 10), text(300 << 10)}, 2},
		{"one that does not", []string{text(1 << 20), text(100)}, 1},
	}
	for _, tt := range tests {
		f := &feed{}
		for _, content := range tt.items {
			i := &item{full: content, brief: content[:len(content)/2]}
			i.content.offer(content, 0)
			i.full = content[1:]
			if len(tt.items) > 2 {
				i.full, i.brief = "", ""
			}
			f.add(i)
		}
		d := document{feed: f}
		o := d.result(query{id: "1", url: "https://x.test/"})
		if n := len(activity.AppendJSON(nil, o)); n > maxResult || len(o.Get("items").([]any)) != tt.want || o.Get("totalItems") != len(tt.items) {
			t.Errorf("%s: %v items in %d bytes, want %d", tt.name, o.Get("totalItems"), n, tt.want)
		}
		content := o.Get("items").([]any)[0].(*activity.Object).Object("object").Text("content")
		if tt.want == 1 && (!strings.HasSuffix(content, "…") || len(content) < 1<<18) {
			t.Errorf("%s: content of %d bytes", tt.name, len(content))
		}
	}
}

// A client reaches each entry of a feed that does not fit in an answer, and is
// told how many there are: from a date on, or counting backwards with a limit.
func TestEverythingCanBeReached(t *testing.T) {
	const entries = 300
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) { manyLarge(w) })
	p := newTestFeeds(t, webfetch.Options{AllowPrivate: true})
	fetch := func(since string, limit int) (total int, items []*activity.Object) {
		object := activity.NewObject(activity.Member{Name: "since", Value: since})
		if limit > 0 {
			object.Set("limit", float64(limit))
		}
		result, err := activity.ParseObject([]byte(ask(t.Context(), p, s.URL, activity.Member{Name: "object", Value: object})))
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range result.Get("items").([]any) {
			items = append(items, i.(*activity.Object).Object("object"))
		}
		return int(result.Get("totalItems").(float64)), items
	}
	reached := map[string]bool{}
	for since := "1970-01-01T00:00:00Z"; len(reached) < entries; {
		total, items := fetch(since, 0)
		before := len(reached)
		for _, i := range items {
			reached[i.Text("title")] = true
		}
		if len(reached) == before || total < len(items) {
			t.Fatalf("%d entries since %s, of %d, and %d reached", len(items), since, total, before)
		}
		since = items[0].Text("published")
	}
	clear(reached)
	for limit := entries; limit > 0; {
		total, items := fetch("1970-01-01T00:00:00Z", limit)
		if total != limit || len(items) == 0 {
			t.Fatalf("%d entries of %d with limit %d", len(items), total, limit)
		}
		for _, i := range items {
			reached[i.Text("title")] = true
		}
		limit -= len(items)
	}
	if len(reached) != entries {
		t.Errorf("%d entries reached", len(reached))
	}
}

// The registry publishes what the reference's does, and the responses' schema,
// which knows every member that results have.
func TestSchemas(t *testing.T) {
	p := fetchtest.CheckPublished(t, Definition(), "testdata/registration.json")
	server := fetchtest.Serve(t, serveCase)
	platform := newTestFeeds(t, webfetch.Options{AllowPrivate: true, Timeout: time.Minute})
	entries, err := os.ReadDir("testdata/cases")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".xml") && e.Name() != "not-xml-json-feed.json" {
			continue
		}
		got := ask(t.Context(), platform, server.URL+"/"+e.Name())
		if !strings.HasPrefix(got, "{") {
			continue
		}
		result, err := activity.ParseObject([]byte(got))
		if err != nil {
			t.Fatal(err)
		}
		if broken := p.ResponseSchema.Validate(result); broken != nil {
			t.Errorf("%s: %v", e.Name(), broken)
		}
	}
}

// A feed that is gone is not asked for again, nor one whose server is busy.
func TestGoneIsRemembered(t *testing.T) {
	var requests atomic.Int32
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if r.URL.Path == "/busy" {
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		w.WriteHeader(http.StatusGone)
	})
	p := newTestFeeds(t, webfetch.Options{AllowPrivate: true, Timeout: time.Minute})
	for _, path := range []string{"/gone", "/busy"} {
		requests.Store(0)
		for range 3 {
			ask(t.Context(), p, s.URL+path)
		}
		if n := requests.Load(); n != 1 {
			t.Errorf("%s: %d requests, want 1", path, n)
		}
	}
}

// The User-Agent names the software unless the configuration names another.
func TestUserAgent(t *testing.T) {
	agent := make(chan string, 1)
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		agent <- r.UserAgent()
		io.WriteString(w, small)
	})
	for config, want := range map[string]string{
		`{"allowPrivateAddresses":true}`:                      webfetch.DefaultUserAgent,
		`{"allowPrivateAddresses":true,"userAgent":"mine/1"}`: "mine/1",
	} {
		p, err := Definition().New(fetchtest.Host{}, []byte(config))
		if err != nil {
			t.Fatal(err)
		}
		ask(t.Context(), p.(*feeds), s.URL)
		if got := <-agent; got != want {
			t.Errorf("%s: %q, want %q", config, got, want)
		}
		p.(*feeds).Stop(t.Context())
	}
}

// Markup goes out as it came in: it is the client that shows it who knows what
// is harmless there.
func TestMarkupIsKept(t *testing.T) {
	const script = `<script>alert(1)</script><p onclick="x()">p</p>`
	i := item1(t, "<title><![CDATA["+script+"]]></title><description><![CDATA["+script+"]]></description>")
	if i.title.value != script || i.content.value != script {
		t.Errorf("title %q, content %q", i.title.value, i.content.value)
	}
}

// A job has one deadline, for look-up, body and scanning alike.
func TestDeadline(t *testing.T) {
	hanging := make(chan struct{})
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			io.WriteString(w, "<rss><channel>")
			w.(http.Flusher).Flush()
		}
		<-hanging
	})
	defer close(hanging)
	p := newTestFeeds(t, webfetch.Options{AllowPrivate: true, Timeout: 50 * time.Millisecond})
	const want = "TimeoutError: The operation was aborted due to timeout"
	for _, path := range []string{"/head", "/body"} {
		if got := ask(t.Context(), p, s.URL+path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	patient := newTestFeeds(t, webfetch.Options{AllowPrivate: true, Timeout: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if got := ask(ctx, patient, s.URL+"/body"); got != want {
		t.Errorf("the job's own deadline: %s, want %s", got, want)
	}
}
