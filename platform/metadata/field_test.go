package metadata

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sockethub/sockethub/platform/webfetch"
	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
)

// weir is a page whose head says all, and the beginning of its body.
const weir = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>The Weir</title>` +
	`<meta name="description" content="Low water"></head><body><p>At the weir`

// servers behave as no file can tell.
var servers = map[string]http.HandlerFunc{
	"m-cookie-loop": func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("seen"); err != nil {
			http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1"})
			http.Redirect(w, r, r.URL.Path, http.StatusFound)
			return
		}
		io.WriteString(w, weir)
	},
	"m-og-in-body-300k": func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `<html><head><meta charset="utf-8"><title>VideoHost</title></head><body>`+strings.Repeat("<p>Some words of a page.</p>\n", 11000)+
			`<meta property="og:title" content="The Weir"><meta property="og:description" content="Low water"></body></html>`)
	},
	"m-reset-after-head": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100000")
		io.WriteString(w, weir)
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	},
	"m-stall-after-head": func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, weir)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	},
}

// TestField reads what people have met, in testdata/field: each answer has all
// that the file beside its page says.
func TestField(t *testing.T) {
	const dir = "testdata/field"
	files, err := filepath.Glob(dir + "/*.expect.json")
	if err != nil || len(files) != 20 {
		t.Fatal(len(files), "cases", err)
	}
	recorded := fetchtest.Recorded(dir, "text/html")
	server := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimSuffix(filepath.Base(r.URL.Path), ".html")
		if serve := servers[name]; serve != nil {
			w.Header().Set("Content-Type", "text/html")
			serve(w, r)
			return
		}
		if _, err := os.Stat(filepath.Join(dir, name+".atom")); err == nil {
			r.URL.Path = "/" + name + ".atom"
		}
		recorded(w, r)
	})
	p := newTest(t, settings{})
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".expect.json")
		t.Run(name, func(t *testing.T) {
			fetchtest.Compare(t, dir, name, caseAnswer(t, p, server.URL, name), false, nil)
		})
	}
}

// The server's own page, which clients try previews with, says of itself what the
// reference's page does.
func TestOwnPage(t *testing.T) {
	page, err := os.ReadFile("../../gateway/web/files/app/metadata-test.html")
	if err != nil {
		t.Fatal(err)
	}
	s := fetchtest.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(page)
	})
	address := s.URL + "/metadata-test.html"
	o := pageOf(t, newTest(t, settings{}), address)
	for name, want := range map[string]string{"type": "page", "title": "Sockethub Metadata Test", "url": address,
		"description": "Local metadata fixture for integration tests"} {
		if got := o.Text(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// slow is a body that pauses before each of its pieces, and then for ever, unless
// it is stopped.
type slow struct {
	pieces []string
	pause  time.Duration
	stop   chan struct{}
}

func (s *slow) Read(p []byte) (int, error) {
	pause := time.After(s.pause)
	if len(s.pieces) == 0 {
		pause = nil
	}
	select {
	case <-pause:
		n := copy(p, s.pieces[0])
		s.pieces = s.pieces[1:]
		return n, nil
	case <-s.stop:
		return 0, errDeadline
	}
}

// A head that has come counts, a moment after nothing more does: but before that
// a pause means nothing.
func TestPatience(t *testing.T) {
	tests := []struct {
		name   string
		pieces []string
		pause  time.Duration
		length int
		took   time.Duration
	}{
		{"stalls behind the head", []string{weir}, 0, len(weir), patience},
		{"stalls in the head, then behind", []string{weir[:80], weir[80:]}, 3 * patience, len(weir), 7 * patience},
		{"drips behind the head", []string{weir, "a", "b", "c"}, patience / 2, len(weir) + 3, 3 * patience},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			in := &slow{tt.pieces, tt.pause, make(chan struct{})}
			start := time.Now()
			read, err := readPage(in, func() { close(in.stop) }, true)
			if took := time.Since(start); err != nil || len(read.body) != tt.length || !read.broken || took != tt.took {
				t.Errorf("%s: %d bytes, broken %v, in %v, %v; want %d in %v", tt.name, len(read.body), read.broken, took, err, tt.length, tt.took)
			}
		})
	}
}

// At the limit of time what has come is read, also of a body that is compressed:
// drip by drip, and what it is cut into does not matter.
func TestDrip(t *testing.T) {
	drip := func(w io.Writer, r *http.Request, flush func()) {
		for rest := weir; ; rest = "drip" {
			if _, err := io.WriteString(w, rest); err != nil {
				return
			}
			flush()
			select {
			case <-r.Context().Done():
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.URL.Path == "/plain" {
			drip(w, r, w.(http.Flusher).Flush)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		drip(z, r, func() { z.Flush(); w.(http.Flusher).Flush() })
	})
	p, err := newMetadata(settings{fetching: webfetch.Options{AllowPrivate: true, Timeout: 2 * time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop(t.Context())
	var group sync.WaitGroup
	for _, path := range []string{"/plain", "/gzip"} {
		group.Go(func() {
			if answer := ask(t.Context(), p, s.URL+path); !strings.Contains(answer, `"title":"The Weir"`) || !strings.Contains(answer, `"description":"Low water"`) {
				t.Errorf("%s: %s", path, answer)
			}
		})
	}
	group.Wait()
}

// What breaks before the head has come is an error still.
func TestBreaksInHead(t *testing.T) {
	for name, want := range map[string]struct {
		failure error
		page    string
		whole   bool
	}{
		"reset in the head":      {&webfetch.Error{Class: webfetch.Broken}, weir[:90], false},
		"reset behind":           {&webfetch.Error{Class: webfetch.Broken}, weir, true},
		"time is over behind":    {errDeadline, weir, true},
		"a bomb behind the head": {&webfetch.Error{Class: webfetch.TooLarge}, weir, false},
	} {
		read, err := readPage(io.MultiReader(strings.NewReader(want.page), &failing{want.failure}), nil, true)
		if (err == nil) != want.whole || err == nil && string(read.body) != want.page {
			t.Errorf("%s: %q, %v", name, read.body, err)
		}
	}
}

// Open Graph is looked for to the end of a page that has none in its head, and
// what else is as deep in the body does not count.
func TestDeepOpenGraph(t *testing.T) {
	filler := strings.Repeat("<p>words</p>\n", 20000)
	page := `<head><title>Host</title></head><body>` + filler + `<img src="/deep.png" width=900 height=900><meta name="twitter:title" content="no">` +
		`<meta property="og:title" content="Deep">` + filler + `<meta property="og:description" content="too deep"></body>`
	var served string
	s := fetchtest.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Length", strconv.Itoa(len(served)))
		io.WriteString(w, served)
	})
	p := newTest(t, settings{})
	for i, tt := range []struct{ page, title, image string }{
		{page, `"Deep"`, "undefined"},
		{strings.Replace(page, "<title>", `<meta property="og:type" content="x"><title>`, 1), `"Host"`, "undefined"},
		{strings.Replace(page, "og:title", "twitter:title", 1), `"Host"`, "undefined"},
		{page + strings.Repeat("<p>", 1<<20), `"Host"`, "undefined"}, // longer than what is read
	} {
		served = tt.page
		o := pageOf(t, p, fmt.Sprintf("%s/%d", s.URL, i))
		image := "undefined"
		if v, ok := o.Lookup("image"); ok {
			image = fmt.Sprint(v)
		}
		if got := member(o, "title"); got != tt.title || image != tt.image {
			t.Errorf("%d: title %s, image %s, description %s", i, got, image, member(o, "description"))
		}
	}
}

// Feeds are previews of what they say of themselves.
func TestFeedPreview(t *testing.T) {
	at := &url.URL{Scheme: "https", Host: "feeds.example", Path: "/all.xml"}
	tests := []struct{ kind, text, title, description, image string }{
		{"application/rss+xml", `<?xml version="1.0"?><!-- c --><rss version="2.0"><channel><image><title>no</title><url>/logo.png</url></image>` +
			`<title><![CDATA[Tides &amp; more]]></title><description>&lt;b&gt;All&lt;/b&gt; of them</description><item><title>no</title></item></channel></rss>`,
			"Tides & more", "All of them", "https://feeds.example/logo.png"},
		{"text/xml", `<rdf:RDF xmlns:rdf="r"><channel><title>Old &amp; gold</title></channel><item/></rdf:RDF>`, "Old & gold", "", ""},
		{"text/html", "\n" + `<feed><author><name>x</name></author><title type="html">a &amp;lt; b</title><subtitle>s</subtitle><logo> l.png </logo></feed>`, "a < b", "s", "https://feeds.example/l.png"},
		{"application/feed+json", `{"version":"https://jsonfeed.org/version/1.1","title":"J","description":"d","icon":"/i.png"}`, "J", "d", "https://feeds.example/i.png"},
		{"application/feed+json", `{"title":"no version"}`, "", "", ""},
		{"application/xml", `<html><head><title>page</title>`, "", "", ""},
		{"application/rss+xml", `<rss><channel><item><title>no</title>`, "", "", ""},
		{"application/rss+xml", `nothing`, "", "", ""},
	}
	for _, tt := range tests {
		p := feedPreview([]byte(tt.text), tt.kind, at, at)
		if p == nil {
			p = &preview{}
		}
		image := ""
		if len(p.images) > 0 {
			image = p.images[0].url
		}
		if p.title != tt.title || p.description != tt.description || image != tt.image {
			t.Errorf("%s: title %q, description %q, image %q", tt.text, p.title, p.description, image)
		}
	}
}

// The schema of packageConfig takes what the platform takes.
func TestConfigSchema(t *testing.T) {
	fetchtest.CheckConfig(t, Definition().Schemas.Config, func(config string) error { _, err := readSettings([]byte(config)); return err },
		map[string]bool{
			`{}`: true, `{"userAgent":"a","compatUserAgent":"b","fxTwitter":true,"reddit":false,"refuseDowngrade":true,"concurrency":3}`: true,
			`{"allowPrivateAddresses":true,"allowedPorts":[80,8080]}`: true, `{"allowPrivateAddresses":"yes"}`: false,
			`{"userAgent":"a\nb"}`: false, `{"userAgent":"` + strings.Repeat("x", 257) + `"}`: false, `{"concurrency":0}`: false,
			`{"concurrency":1.5}`: false, `{"allowedPorts":[0]}`: false, `{"allowedPorts":80}`: false, `{"other":1}`: false,
		})
}
