package webfetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// names resolves some names to the loopback and counts the look-ups.
type names struct {
	mu      sync.Mutex
	answers map[string][][]netip.Addr // one after another, the last one for ever
	lookups int
}

func (n *names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lookups++
	list, ok := n.answers[host]
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if len(list) > 1 {
		n.answers[host] = list[1:]
	}
	return list[0], nil
}

func addresses(texts ...string) (list []netip.Addr) {
	for _, s := range texts {
		list = append(list, netip.MustParseAddr(s))
	}
	return list
}

// toServer dials a test's server whatever the address.
func toServer(s *httptest.Server) DialFunc {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, s.Listener.Addr().String())
	}
}

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

func serve(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s
}

func TestRequestHeader(t *testing.T) {
	var got http.Header
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { got = r.Header })
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

// A name that answers with a public address when it is looked up and with a
// private one a moment later: what was judged is what is dialled.
func TestRebinding(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") })
	n := &names{answers: map[string][][]netip.Addr{"re.test": {addresses("93.184.216.34"), addresses("127.0.0.1")}}}
	var dialled []string
	c := newClient(t, Options{Resolver: n, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		dialled = append(dialled, address)
		return toServer(s)(ctx, network, address)
	}})
	response, err := c.Fetch(context.Background(), Request{URL: "http://re.test/"})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if n.lookups != 1 || len(dialled) != 1 || dialled[0] != "93.184.216.34:80" {
		t.Errorf("%d look-ups, dialled %v", n.lookups, dialled)
	}
	c.Close() // the connection, so that the next fetch dials
	if _, err := c.Fetch(context.Background(), Request{URL: "http://re.test/"}); ClassOf(err) != BadAddress {
		t.Errorf("the private answer: %v", err)
	}
}

// The second gate stands where the kernel is about to connect, whatever the
// first one thought.
func TestControl(t *testing.T) {
	s := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request arrived") })
	g := newGuard(Options{})
	conn, err := g.dial(context.Background(), "tcp", s.Listener.Addr().String())
	var blocked *addressError
	if !errors.As(err, &blocked) {
		t.Errorf("dialled %v, %v", conn, err)
	}
	for _, address := range []string{"[::1]:80", "[fe80::1%1]:80", "[::ffff:10.0.0.1]:80", "x.test:80", ""} {
		if g.control("tcp", address, nil) == nil {
			t.Errorf("%q passes", address)
		}
	}
	if err := g.control("tcp", "8.8.8.8:80", nil); err != nil {
		t.Error(err)
	}
}

// Every spelling of an inner address is refused as the target of a redirect
// too, and so are names that lead there.
func TestRedirectTricks(t *testing.T) {
	targets := []string{
		"http://127.0.0.1/", "http://2130706433/", "http://0x7f.1/", "http://017700000001/", "http://127.1/", "http://0/",
		"http://127.0.0.1./", "//127.0.0.1/", `\\127.0.0.1/`, "http:127.0.0.1/", "http://１２７.0.0.1/", "http://127。0。0。1/",
		"http://%31%32%37.0.0.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/",
		"http://[2002:7f00:1::]/", "http://[2001:0:7f00:1::1]/", "http://[::ffff:0:127.0.0.1]/", "http://[::7f00:1]/",
		"http://169.254.169.254/latest/meta-data/", "http://[fd00::1]/", "http://inner.test/", "http://mixed.test/",
		"http://mapped.test/", "http://x@hop.test/", "http://u:p@hop.test/", "ftp://hop.test/", "file:///etc/passwd",
		"http://hop.test:25/", "http://[::1%25lo]/", "http://[oops", "gopher://127.0.0.1/", "http://missing.test/",
	}
	for _, target := range targets {
		t.Run(target, func(t *testing.T) {
			var requests atomic.Int32
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				w.Header()["Location"] = []string{target}
				w.WriteHeader(http.StatusFound)
			})
			n := &names{answers: map[string][][]netip.Addr{
				"hop.test": {addresses("93.184.216.34")}, "inner.test": {addresses("10.0.0.5")},
				"mixed.test": {addresses("93.184.216.34", "fd00::5")}, "mapped.test": {addresses("::ffff:192.168.0.10")},
			}}
			c := newClient(t, Options{Resolver: n, Dial: toServer(s)})
			_, err := c.Fetch(context.Background(), Request{URL: "http://hop.test/"})
			if err == nil || requests.Load() != 1 {
				t.Fatalf("%v after %d requests", err, requests.Load())
			}
			for _, secret := range []string{"10.0.0.5", "fd00::5", "192.168.0.10", "inner.test", "127.0.0.1"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("text %q tells %q", err, secret)
				}
			}
		})
	}
}

func TestRedirectLimit(t *testing.T) {
	var requests int
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
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
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
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
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
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
	c := newClient(t, Options{Resolver: n, Dial: toServer(s)})
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
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
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
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/header":
			w.Header().Set("X", strings.Repeat("x", 17<<10))
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
		{s.URL + "/header", "response header too large", TooLarge, 0},
		{s.URL + "/hangup", "connection failed", Failed, 0},
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
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
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
		} else if text := err.Error(); ClassOf(err) != Blocked || !strings.HasPrefix(text, "request failed: 429 Too Many Requests for "+s.URL+path+"#again, retry after ") {
			t.Errorf("%s: %v", path, err)
		}
		if requests != want {
			t.Errorf("%s: %d requests, want %d", path, requests, want)
		}
	}
}

// However many jobs name a host, few requests reach it at once.
func TestRequestsAtOnce(t *testing.T) {
	var now, most atomic.Int32
	inside, proceed := make(chan struct{}, 64), make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		inside <- struct{}{}
		<-proceed
		now.Add(-1)
	})
	c := newClient(t, Options{AllowPrivate: true})
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			response, err := c.Fetch(context.Background(), Request{URL: fmt.Sprintf("%s/%d", s.URL, i)})
			if err != nil {
				t.Error(err)
				return
			}
			response.Body.Close()
		})
	}
	for range perHost {
		<-inside
	}
	close(proceed)
	all.Wait()
	if most.Load() > perHost {
		t.Errorf("%d requests at once, want at most %d", most.Load(), perHost)
	}
	c.hosts.mu.Lock()
	defer c.hosts.mu.Unlock()
	if len(c.hosts.gates) != 0 {
		t.Errorf("%d hosts are remembered for ever", len(c.hosts.gates))
	}
}

// Addresses take turns, and one that fails does not spoil the others.
func TestDialFirst(t *testing.T) {
	n := &names{answers: map[string][][]netip.Addr{"x.test": {addresses("2606:4700::1", "2606:4700::2", "8.8.8.8")}}}
	var dialled []string
	g := newGuard(Options{Resolver: n, Dial: func(_ context.Context, _, address string) (net.Conn, error) {
		dialled = append(dialled, address)
		if len(dialled) < 3 {
			return nil, errors.New("down")
		}
		ours, theirs := net.Pipe()
		theirs.Close()
		return ours, nil
	}})
	conn, err := g.dialContext(context.Background(), "tcp", "x.test:80")
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if got := strings.Join(dialled, " "); got != "[2606:4700::1]:80 8.8.8.8:80 [2606:4700::2]:80" {
		t.Errorf("dialled %s", got)
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{{Timeout: -1}, {MaxBody: -1}, {UserAgent: "a\r\nb: c"}} {
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
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
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
