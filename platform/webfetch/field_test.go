package webfetch

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
)

// Whole answers of servers as people have met them, in testdata/field.
func TestField(t *testing.T) {
	const whole = "<?xml"
	tests := map[string]struct {
		begins string
		class  Class
	}{
		"h-gzip-trailing-zeros": {whole, ""},
		"h-gzip-unlabelled":     {whole, ""},
		"h-header-20k":          {whole, ""},
		"h-br-unasked":          {"", BadEncoding},
		"h-zstd-unasked":        {"", BadEncoding},
	}
	for name, want := range tests {
		answer, err := os.ReadFile(filepath.Join("testdata/field", name+".http"))
		if err != nil {
			t.Fatal(err)
		}
		body, err := fetchAnswer(t, answer)
		if !strings.HasPrefix(string(body), want.begins) || want.begins != "" && !bytes.HasSuffix(bytes.TrimSpace(body), []byte("</rss>")) || ClassOf(err) != want.class {
			t.Errorf("%s: %.80q, %v", name, body, err)
		}
	}
}

// fetchAnswer fetches from a server that answers just so and hangs up.
func fetchAnswer(t *testing.T, answer []byte) ([]byte, error) {
	t.Helper()
	c := newClient(t, Options{Resolver: fetchtest.Everywhere{}, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			if _, err := http.ReadRequest(bufio.NewReader(theirs)); err == nil {
				theirs.Write(answer)
			}
		}()
		return ours, nil
	}})
	response, err := c.Fetch(t.Context(), Request{URL: "http://field.test/"})
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return response.Body.ReadAll()
}

// What stands behind the last member of a gzip file is nobody's, whatever it is.
func TestBehindGzip(t *testing.T) {
	text := []byte("<p>tide</p>")
	for name, behind := range map[string]string{"zeros": "\x00\x00\x00\x00", "text": "<!-- cached -->", "half a mark": "\x1F", "a mark alone": "\x1F\x8B\x08",
		"a broken header": "\x1F\x8B\x08\xFF\x00"} {
		head := "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n"
		if body, err := fetchAnswer(t, append(append([]byte(head), gzipped(t, text)...), behind...)); err != nil || !bytes.Equal(body, text) {
			t.Errorf("%s: %q, %v", name, body, err)
		}
	}
}

// A site sends its visitor to the same address until the cookie is there. No other
// origin sees it, and the next fetch begins without.
func TestCookiesOfOneFetch(t *testing.T) {
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.Header.Get("Cookie") {
		case "":
			w.Header().Add("Set-Cookie", "seen=1; Path=/; HttpOnly")
			w.Header().Add("Set-Cookie", "gone=1; Max-Age=0")
			http.Redirect(w, r, "/page", http.StatusFound)
		case "seen=1":
			io.WriteString(w, "in")
		default:
			t.Errorf("Cookie: %s", r.Header.Get("Cookie"))
		}
	})
	c := newClient(t, Options{AllowPrivate: true})
	for _, tt := range []struct{ url, want string }{{s.URL, "in"}, {s.URL + "/again", "in"}} {
		response, err := c.Fetch(t.Context(), Request{URL: tt.url})
		if err != nil {
			t.Fatal(err)
		}
		body, _ := response.Body.ReadAll()
		response.Body.Close()
		if string(body) != tt.want {
			t.Errorf("%s: %q, want %q", tt.url, body, tt.want)
		}
	}
	origin, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	jar := cookies{}
	jar.take(origin, http.Header{"Set-Cookie": {"a=b; Secure", "broken", "c=" + strings.Repeat("x", maxCookie)}})
	if got := jar.give(origin, http.Header{}).Get("Cookie"); got != "a=b" {
		t.Errorf("the origin gets %q", got)
	}
	if got := jar.give(origin, http.Header{"Cookie": {"own"}}).Get("Cookie"); got != "own" {
		t.Errorf("the caller's cookie became %q", got)
	}
}

// What a redirect has set at one origin, another does not see.
func TestCookiesOfAnotherOrigin(t *testing.T) {
	other := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "cookie: "+r.Header.Get("Cookie")) })
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Set-Cookie", "seen=1")
		http.Redirect(w, r, other.URL, http.StatusFound)
	})
	response, err := newClient(t, Options{AllowPrivate: true}).Fetch(t.Context(), Request{URL: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := response.Body.ReadAll(); string(body) != "cookie: " {
		t.Errorf("%q, %v", body, err)
	}
}
