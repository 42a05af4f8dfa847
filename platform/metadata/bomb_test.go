package metadata

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sockethub/sockethub/platform/webfetch"
	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
)

// What made other parsers slow is read at once: what takes the square of its
// length would take minutes for each of these.
func TestBombs(t *testing.T) {
	for _, bomb := range fetchtest.Pages {
		page := []byte(strings.Repeat(bomb, maxPage/4/len(bomb)))
		survey(page)
		if _, err := readFacts(t.Context(), page); err != nil {
			t.Errorf("%q: %v", bomb, err)
		}
		lines(string(page))
	}
}

// Every kind of bomb at once, and a server that never ends: jobs of other clients
// in the same worker get their previews before they burn, meanwhile and afterwards.
func TestBombsHoldUpNobody(t *testing.T) {
	lit, hanging := make(chan struct{}), make(chan struct{})
	var held sync.WaitGroup
	inflating := fetchtest.Bomb(t, bytes.Repeat([]byte("<p "), 1<<20/3), 50)
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		var n int
		switch _, err := fmt.Sscanf(r.URL.Path, "/bomb/%d", &n); {
		case r.URL.Path == "/redirect":
			held.Done()
			<-lit
			http.Redirect(w, r, "/redirect/on", http.StatusFound)
		case r.URL.Path == "/redirect/on":
			http.Redirect(w, r, "/redirect/on", http.StatusFound)
		case r.URL.Path == "/gzip":
			held.Done()
			<-lit
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(inflating)
		case r.URL.Path == "/hangs":
			io.WriteString(w, "<title>")
			w.(http.Flusher).Flush()
			held.Done()
			<-hanging
		case err == nil:
			held.Done()
			<-lit
			io.WriteString(w, "<title>Bomb</title>"+strings.Repeat(fetchtest.Pages[n], maxPage/8/len(fetchtest.Pages[n])))
		default:
			io.WriteString(w, "<title>Quick</title>")
		}
	})
	defer close(hanging)
	p, err := newMetadata(settings{fetching: webfetch.Options{AllowPrivate: true, Timeout: 5 * time.Minute, Resolver: fetchtest.Everywhere{}, Dial: fetchtest.To(s)}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop(t.Context())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var burning, waiting sync.WaitGroup
	// Each bomb has a name of its own, as a server gets few requests at once.
	burn := func(to *sync.WaitGroup, host, path, want string) {
		held.Add(1)
		to.Go(func() {
			if got := ask(ctx, p, "http://"+host+".test"+path); !strings.Contains(got, want) {
				t.Errorf("%s: %.300s, want %s", path, got, want)
			}
		})
	}
	for n := range fetchtest.Pages {
		burn(&burning, fmt.Sprint("bomb", n), fmt.Sprint("/bomb/", n), `"title":"Bomb"`)
	}
	burn(&burning, "gzip", "/gzip", `"type":"page"`)
	burn(&burning, "redirect", "/redirect", "Error: redirect count exceeded")
	burn(&waiting, "hangs", "/hangs", "error")
	quick := func(name string) {
		for i := range 10 {
			if got := ask(t.Context(), p, fmt.Sprintf("http://quick.test/%s/%d", name, i)); !strings.Contains(got, `"title":"Quick"`) {
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
	cancel()
	waiting.Wait()
}

// A job whose time is over is not read to its end.
func TestReadFactsHonoursContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("enough")
	cancel(reason)
	if _, err := readFacts(ctx, []byte(strings.Repeat("<p>", 2000))); err != reason {
		t.Errorf("%v, want %v", err, reason)
	}
}

// Whatever a page says, facts are found in it within a time for each byte.
func FuzzPage(f *testing.F) {
	for _, bomb := range fetchtest.Pages {
		f.Add([]byte(strings.Repeat(bomb, 20)))
	}
	f.Add([]byte(`<!doctype html><html lang=en><head><meta charset=utf-8><title>T</title><link rel=icon href=/i></head><body><h1 class=title>a<a>b</a></h1><svg><style><meta>`))
	f.Fuzz(func(t *testing.T, page []byte) {
		fetchtest.Linear(t, page, func(long []byte) {
			readFacts(t.Context(), long)
			survey(long)
			lines(string(long))
		})
		facts, err := readFacts(t.Context(), page)
		if err != nil {
			t.Fatal(err)
		}
		survey(page)
		if v := newPreview(facts, somewhere, somewhere).finish(somewhere, somewhere); v.size() > 1<<20 {
			t.Errorf("a preview of %d bytes", v.size())
		}
	})
}
