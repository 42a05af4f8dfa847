package feeds

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sockethub/sockethub/platform/webfetch"
	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
)

// A 50 MB document, and a bomb that inflates to as much, are refused with the
// memory that the limits allow, and meanwhile other jobs get their answers.
func TestLargeDocuments(t *testing.T) {
	block := bytes.Repeat([]byte("<item><title>x</title></item>"), 1<<15)
	bomb := fetchtest.Bomb(t, block, 50)
	hanging := make(chan struct{})
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/large":
			io.WriteString(w, "<rss><channel>")
			for range 50 {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(bomb)
		case "/hangs":
			io.WriteString(w, "<rss>")
			w.(http.Flusher).Flush()
			<-hanging
		default:
			io.WriteString(w, small)
		}
	})
	defer close(hanging)
	p := newTestFeeds(t, webfetch.Options{AllowPrivate: true, Timeout: time.Minute})
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() { ask(ctx, p, s.URL+"/hangs") })
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, path := range []string{"/large", "/bomb"} {
		all.Go(func() {
			if got := ask(t.Context(), p, s.URL+path); got != "Error: response too large" {
				t.Errorf("%s: %s", path, got)
			}
		})
	}
	for i := range 20 {
		if got := ask(t.Context(), p, fmt.Sprintf("%s/%d", s.URL, i)); !strings.Contains(got, `"totalItems":1`) {
			t.Errorf("another job: %s", got)
		}
	}
	cancel()
	all.Wait()
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 100<<20 {
		t.Errorf("%d MB were allocated", n>>20)
	}
}

// Every kind of bomb at once, each asked for by several clients, ends within the
// limits in a clear error or in something small, and jobs of other clients in the
// same worker get their answers while servers still hold all bombs back, while
// these burn, and afterwards.
func TestBombsHoldUpNobody(t *testing.T) {
	const size = 1 << 20
	fill := func(begin, repeat, end string) string {
		return begin + strings.Repeat(repeat, (size-len(begin)-len(end))/len(repeat)) + end
	}
	gzipped := string(fetchtest.Bomb(t, bytes.Repeat([]byte("<rss>"), size/5), 6))
	bombs := map[string]struct{ body, want string }{
		"/tags":       {fill("<rss><channel><item><description>", "<b ", "</description></item></channel></rss>"), "XmlError: "},
		"/entities":   {fill("<!DOCTYPE rss [<!ENTITY a 'aaaaaaaaaaaaaaaa'><!ENTITY b '", "&a;", "'>]><rss><channel><title>&b;</title></channel></rss>"), "XmlError: Named entity isn't defined: &b; "},
		"/depth":      {fill("<rss><channel>", "<a>", ""), "XmlError: Elements are nested deeper than 512 levels "},
		"/attributes": {fill("<rss><channel><title ", "a='' ", "/></channel></rss>"), "XmlError: Duplicate attribute: a "},
		"/items":      {fill("<rss><channel><title>t</title>", "<item/>", "</channel></rss>"), `"totalItems":149790,`},
		"/page":       {fill("<!doctype html>", "<link rel=alternate ", ""), "Error: no feed found at "},
		"/json":       {fill(`{"version":"https://jsonfeed.org/version/1","items":[`, "[],", "0]}"), "Error: JSON feed has too many values"},
		"/deep":       {fill(`{"version":"https://jsonfeed.org/version/1","items":`, "[", ""), "Error: "},
		"/gzip":       {gzipped, "Error: response too large"},
		"/endless":    {strings.Repeat(" ", 6*size), "Error: response too large"},
	}
	const clients = 3
	lit := make(chan struct{})
	var held sync.WaitGroup
	held.Add(len(bombs) + 1)
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		bomb, ok := bombs[r.URL.Path]
		switch {
		case ok || r.URL.Path == "/redirect":
			held.Done()
			<-lit
		case strings.HasPrefix(r.URL.Path, "/redirect/"):
		default:
			io.WriteString(w, small)
			return
		}
		if !ok {
			http.Redirect(w, r, "/redirect"+r.URL.Path, http.StatusMovedPermanently)
			return
		}
		if r.URL.Path == "/gzip" {
			w.Header().Set("Content-Encoding", "gzip")
		}
		io.WriteString(w, bomb.body)
	})
	// Each bomb has a name of its own, as a server gets few requests at once.
	p := newTestFeeds(t, webfetch.Options{AllowPrivate: true, Timeout: 5 * time.Minute, Resolver: fetchtest.Everywhere{}, Dial: fetchtest.To(s)})
	var burning sync.WaitGroup
	burn := func(path, want string) {
		for range clients {
			burning.Go(func() {
				if got := ask(t.Context(), p, "http://"+path[1:]+".test"+path); !strings.Contains(got, want) {
					t.Errorf("%s: %.300s, want %s", path, got, want)
				}
			})
		}
	}
	for path, bomb := range bombs {
		burn(path, bomb.want)
	}
	burn("/redirect", "Error: too many redirects")
	quick := func(name string) {
		for i := range 10 {
			if got := ask(t.Context(), p, fmt.Sprintf("http://quick.test/%s/%d", name, i)); !strings.Contains(got, `"totalItems":1,`) {
				t.Errorf("a job %s: %s", name, got)
			}
		}
	}
	held.Wait()
	quick("before")
	close(lit)
	quick("meanwhile")
	burning.Wait()
	quick("after")
}
