package webfetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
)

func newClient(t *testing.T, o Options) *Client {
	t.Helper()
	if o.Timeout == 0 {
		o.Timeout = time.Minute
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestRequestHeader(t *testing.T) {
	var got http.Header
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) { got = r.Header })
	c := newClient(t, Options{AllowPrivate: true})
	response, err := c.Fetch(context.Background(), Request{URL: s.URL, Accept: "text/html", ETag: `"a"`, LastModified: "Mon, 01 Jan 2024 00:00:00 GMT"})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	want := map[string]string{
		"User-Agent": DefaultUserAgent, "Accept": "text/html", "Accept-Encoding": "gzip, deflate", "Accept-Language": "*",
		"If-None-Match": `"a"`, "If-Modified-Since": "Mon, 01 Jan 2024 00:00:00 GMT",
	}
	for name, value := range want {
		if got.Get(name) != value {
			t.Errorf("%s: %q, want %q", name, got.Get(name), value)
		}
	}
	if len(got) != len(want) {
		t.Errorf("header %v", got)
	}
}

// The log has what no client is told: the address; and the URL as it was
// understood, not as it was written.
func TestLog(t *testing.T) {
	var log bytes.Buffer
	n := &names{answers: map[string][][]netip.Addr{"inner.test": {addresses("10.0.0.5")}}}
	c := newClient(t, Options{Resolver: n, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if _, err := c.Fetch(context.Background(), Request{URL: "http:\\\\INNER.test\\a\nb"}); err == nil || err.Error() != "address not allowed" {
		t.Errorf("%v", err)
	}
	if got := log.String(); !strings.Contains(got, "url=http://inner.test/ab ") || !strings.Contains(got, "blocked non-public address 10.0.0.5 for inner.test") {
		t.Errorf("log: %s", got)
	}
}

func TestRedirectLimit(t *testing.T) {
	var requests int
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests++
		http.Redirect(w, r, fmt.Sprintf("/%d", requests), http.StatusMovedPermanently)
	})
	c := newClient(t, Options{AllowPrivate: true})
	_, err := c.Fetch(context.Background(), Request{URL: s.URL})
	if ClassOf(err) != Redirects || requests != 21 {
		t.Errorf("%v after %d requests, want 21", err, requests)
	}
}

func TestMoved(t *testing.T) {
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/a":
			http.Redirect(w, r, "/b", http.StatusMovedPermanently)
		case "/b":
			http.Redirect(w, r, "/c", http.StatusPermanentRedirect)
		case "/c":
			http.Redirect(w, r, "/d", http.StatusFound)
		case "/d":
			http.Redirect(w, r, "/e", http.StatusMovedPermanently)
		}
	})
	c := newClient(t, Options{AllowPrivate: true})
	for from, want := range map[string]string{"/a": "/c", "/b": "/c", "/c": "", "/d": "/e", "/e": ""} {
		response, err := c.Fetch(context.Background(), Request{URL: s.URL + from})
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if got := strings.TrimPrefix(response.MovedTo, s.URL); got != want || response.URL.Path != "/e" {
			t.Errorf("%s moved to %q and ended at %s, want %q", from, got, response.URL, want)
		}
	}
}

// Secrets go to the first origin only, and not again after a way over another.
func TestSecrets(t *testing.T) {
	seen := map[string]string{}
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen[r.Host+r.URL.Path] = r.Header.Get("Authorization") + r.Header.Get("Cookie")
		switch r.Host + r.URL.Path {
		case "a.test/1":
			http.Redirect(w, r, "/2", http.StatusFound)
		case "a.test/2":
			http.Redirect(w, r, "http://b.test/3", http.StatusFound)
		case "b.test/3":
			http.Redirect(w, r, "http://a.test/4", http.StatusFound)
		}
	})
	n := &names{answers: map[string][][]netip.Addr{"a.test": {addresses("8.8.8.8")}, "b.test": {addresses("8.8.4.4")}}}
	c := newClient(t, Options{Resolver: n, Dial: fetchtest.To(s)})
	response, err := c.Fetch(context.Background(), Request{URL: "http://a.test/1", Header: http.Header{"authorization": {"x"}, "Cookie": {"y"}}})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	want := map[string]string{"a.test/1": "xy", "a.test/2": "xy", "b.test/3": "", "a.test/4": ""}
	for path, secret := range want {
		if seen[path] != secret {
			t.Errorf("%s got %q, want %q", path, seen[path], secret)
		}
	}
}

func TestUnauthorizedIsAskedOnce(t *testing.T) {
	var requests int
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests++
		w.Header().Set("WWW-Authenticate", "Basic")
		w.WriteHeader(http.StatusUnauthorized)
	})
	c := newClient(t, Options{AllowPrivate: true})
	response, err := c.Fetch(context.Background(), Request{URL: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.Status != 401 || response.Reason != "Unauthorized" || requests != 1 {
		t.Errorf("%d %s after %d requests", response.Status, response.Reason, requests)
	}
}

func TestFailures(t *testing.T) {
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/header":
			w.Header().Set("X", strings.Repeat("x", maxHeader))
		case "/hangup":
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				conn.Close()
			}
		case "/garbage":
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				io.WriteString(conn, "SSH-2.0-x\r\n")
				conn.Close()
			}
		case "/slow":
			<-r.Context().Done()
		}
	})
	refused, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + refused.Addr().String() + "/"
	refused.Close()
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	secure.Config.ErrorLog = nil
	n := &names{answers: map[string][][]netip.Addr{"none.test": {nil}}}
	tests := []struct {
		url, text string
		class     Class
		timeout   time.Duration
	}{
		{s.URL + "/header", "response header too large", HeaderSize, 0},
		{s.URL + "/hangup", "the server closed the connection", HungUp, 0},
		{s.URL + "/garbage", "invalid response", BadResponse, 0},
		{s.URL + "/slow", "The operation was aborted due to timeout", Timeout, 100 * time.Millisecond},
		{closed, "connection refused", Refused, 0},
		{secure.URL, "TLS failed: the certificate is not valid for this host", TLSFailed, 0},
		{strings.Replace(s.URL, "http:", "https:", 1), "TLS failed", TLSFailed, 0},
		{"http://missing.test/", "name not found", NameNotFound, 0},
		{"http://none.test/", "name not found", NameNotFound, 0},
	}
	for _, tt := range tests {
		c := newClient(t, Options{AllowPrivate: true, Timeout: tt.timeout, Resolver: n})
		_, err := c.Fetch(context.Background(), Request{URL: tt.url})
		if err == nil || err.Error() != tt.text || ClassOf(err) != tt.class {
			t.Errorf("%s: %v (%s), want %s (%s)", tt.url, err, ClassOf(err), tt.text, tt.class)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := newClient(t, Options{AllowPrivate: true}).Fetch(ctx, Request{URL: s.URL}); err == nil || err.Error() != "the request was cancelled" {
		t.Errorf("cancelled: %v", err)
	}
}

func TestRetryAfter(t *testing.T) {
	var requests int
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests++
		switch r.URL.Path {
		case "/seconds":
			w.Header().Set("Retry-After", "120")
		case "/date":
			w.Header().Set("Retry-After", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
		case "/past":
			w.Header().Set("Retry-After", "Mon, 01 Jan 2024 00:00:00 GMT")
		}
		w.WriteHeader(http.StatusTooManyRequests)
	})
	c := newClient(t, Options{AllowPrivate: true})
	for path, want := range map[string]int{"/seconds": 1, "/date": 1, "/past": 2, "/none": 2} {
		requests = 0
		response, err := c.Fetch(context.Background(), Request{URL: s.URL + path})
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		response, err = c.Fetch(context.Background(), Request{URL: s.URL + path + "#again"})
		if err == nil {
			response.Body.Close()
		} else if p, ok := errors.Unwrap(err).(*Pause); !ok || ClassOf(err) != RetryLater || p.Status != 429 ||
			p.Reason != "Too Many Requests" || p.Seconds < 1 || p.Seconds > 3600 || err.Error() != fmt.Sprintf("retry after %d s", p.Seconds) {
			t.Errorf("%s: %v", path, err)
		}
		if requests != want {
			t.Errorf("%s: %d requests, want %d", path, requests, want)
		}
	}
}

// However many jobs name a host, and whichever of its ports, few requests reach
// it at once.
func TestRequestsAtOnce(t *testing.T) {
	var now, most atomic.Int32
	inside, proceed := make(chan struct{}, 64), make(chan struct{})
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		inside <- struct{}{}
		<-proceed
		now.Add(-1)
	})
	n := &names{answers: map[string][][]netip.Addr{"x.test": {addresses("8.8.8.8")}}}
	c := newClient(t, Options{Resolver: n, Dial: fetchtest.To(s)})
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			response, err := c.Fetch(context.Background(), Request{URL: fmt.Sprintf("http://x.test:%d/%d", 8000+i%3, i)})
			if err != nil {
				t.Error(err)
				return
			}
			response.Body.Close()
		})
	}
	for range platform.LaneWidth {
		<-inside
	}
	close(proceed)
	all.Wait()
	if most.Load() > platform.LaneWidth {
		t.Errorf("%d requests at once, want at most %d", most.Load(), platform.LaneWidth)
	}
	c.hosts.mu.Lock()
	defer c.hosts.mu.Unlock()
	if len(c.hosts.gates) != 0 {
		t.Errorf("%d hosts are remembered for ever", len(c.hosts.gates))
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{{Timeout: -1}, {MaxBody: -1}, {UserAgent: "a\r\nb: c"}, {Ports: []int{443, 25}}} {
		if _, err := New(o); err == nil {
			t.Errorf("New(%+v) is no error", o)
		}
	}
}

func TestReason(t *testing.T) {
	for status, want := range map[string]string{
		"404 Not Found": "Not Found", "200": "", "200 ": "", "500 a\x1b[31m\x00b": "a[31mb",
		"500 " + strings.Repeat("ä", 100): strings.Repeat("ä", 50) + "…",
	} {
		if got := reasonOf(status); got != want {
			t.Errorf("reasonOf(%q) = %q, want %q", status, got, want)
		}
	}
}

func TestExchange(t *testing.T) {
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(http.StatusFound)
		fmt.Fprint(w, r.Method, r.Header.Get("Depth"))
	})
	c := newClient(t, Options{AllowPrivate: true})
	request, err := http.NewRequest("PROPFIND", s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Depth", "1")
	response, err := c.Exchange(context.Background(), request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := response.Body.ReadAll()
	if err != nil || string(body) != "PROPFIND1" || response.Status != 302 {
		t.Errorf("%d %q, %v", response.Status, body, err)
	}
	if request.Header.Get("User-Agent") != "" {
		t.Error("the caller's request was changed")
	}
	private := newClient(t, Options{})
	if _, err := private.Exchange(context.Background(), request); ClassOf(err) != BadAddress {
		t.Errorf("a private address: %v", err)
	}
}

func ExampleParseURL() {
	for _, s := range []string{" HTTP://0x7f.1:80/a b ", "http://user:pw@x.test/", "ftp://x.test/", "http://bücher.test"} {
		fmt.Println(ParseURL(s))
	}
	// Output:
	// http://127.0.0.1/a%20b <nil>
	// <nil> URL must not include credentials
	// <nil> unsupported scheme ftp: for ftp://x.test/
	// http://xn--bcher-kva.test/ <nil>
}
