package webfetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sockethub/sockethub/platform/policy"
	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
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

// A name that answers with a public address when it is looked up and with a
// private one a moment later: what was judged is what is dialled.
func TestRebinding(t *testing.T) {
	s := fetchtest.Serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") })
	n := &names{answers: map[string][][]netip.Addr{"re.test": {addresses("93.184.216.34"), addresses("127.0.0.1")}}}
	var dialled []string
	c := newClient(t, Options{Resolver: n, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		dialled = append(dialled, address)
		return fetchtest.To(s)(ctx, network, address)
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

// The first answer for a name is public, the second one leads inside, in each way
// that an address can: nothing is dialled but what was judged, at the first URL
// and behind a redirect, and no text tells the address.
func TestRebindingToAnyAddress(t *testing.T) {
	for _, inner := range []string{
		"127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.5", "100.64.0.1", "169.254.169.254", "172.16.0.1", "192.168.0.1", "192.0.0.8",
		"198.18.0.1", "224.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
		"::ffff:0:10.0.0.5", "64:ff9b::10.0.0.5", "64:ff9b:1::1", "100::1", "2001:0:7f00:1::", "2001:0:808:808::80ff:fffe", "2001:db8::1",
		"2002:7f00:1::1", "2002:a9fe:a9fe::1", "3fff::1", "5f00::1", "fc00::1", "fd00::1", "fe80::1", "fe80::1%lo", "fec0::1", "ff02::1",
	} {
		t.Run(inner, func(t *testing.T) {
			s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Connection", "close") // so that each fetch dials
				if r.Host == "hop.test" {
					http.Redirect(w, r, "http://re.test/", http.StatusFound)
				}
			})
			for _, first := range []string{"http://re.test/", "http://hop.test/"} {
				var dialled []string
				c := newClient(t, Options{
					Resolver: &names{answers: map[string][][]netip.Addr{
						"re.test": {addresses("93.184.216.34"), addresses(inner)}, "hop.test": {addresses("8.8.8.8")},
					}},
					Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
						dialled = append(dialled, address)
						return fetchtest.To(s)(ctx, network, address)
					},
				})
				response, err := c.Fetch(context.Background(), Request{URL: first})
				if err != nil {
					t.Fatal(err)
				}
				response.Body.Close()
				_, err = c.Fetch(context.Background(), Request{URL: first})
				if ClassOf(err) != BadAddress || strings.Contains(err.Error(), inner) {
					t.Errorf("%s for the second time: %v", first, err)
				}
				for _, address := range dialled {
					if address != "93.184.216.34:80" && address != "8.8.8.8:80" {
						t.Errorf("%s: dialled %s", first, address)
					}
				}
			}
		})
	}
}

// The operator's policy is asked about the name before it is looked up, and about
// each address that it leads to, after redirects too.
func TestPolicy(t *testing.T) {
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "http://no.test/", http.StatusFound)
		}
	})
	rules, err := policy.New([]string{"*.test:80"}, []string{"no.test", "198.41.0.0/24"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		url     string
		ok      bool
		lookups int
	}{
		{"http://yes.test/", true, 1},
		{"http://no.test/", false, 0},
		{"http://inside.test/", false, 1},
		{"http://yes.test:8080/", false, 0},
		{"http://93.184.216.34/", false, 0},
		{"http://198.41.0.4/", false, 0},
		{"http://yes.test/moved", false, 1},
	} {
		n := &names{answers: map[string][][]netip.Addr{
			"yes.test": {addresses("93.184.216.34")}, "no.test": {addresses("93.184.216.34")}, "inside.test": {addresses("93.184.216.34", "198.41.0.4")},
		}}
		c := newClient(t, Options{Resolver: n, Dial: fetchtest.To(s), Policy: rules})
		response, err := c.Fetch(t.Context(), Request{URL: tt.url})
		if err == nil {
			response.Body.Close()
		}
		if (err == nil) != tt.ok || err != nil && (!policy.IsRefused(err) || err.Error() != "address not allowed") || n.lookups != tt.lookups {
			t.Errorf("%s: %v after %d look-ups, want %v after %d", tt.url, err, n.lookups, tt.ok, tt.lookups)
		}
	}
}

// A name that takes its time to be looked up holds up nobody else, and no longer
// than its own limit of time.
func TestSlowLookup(t *testing.T) {
	s := fetchtest.Serve(t, func(http.ResponseWriter, *http.Request) {})
	c := newClient(t, Options{Resolver: slowNames{}, Dial: fetchtest.To(s)})
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	var waiting sync.WaitGroup
	for i := range 20 {
		waiting.Go(func() {
			if _, err := c.Fetch(ctx, Request{URL: fmt.Sprintf("http://slow%d.test/", i)}); ClassOf(err) != Timeout {
				t.Errorf("slow: %v", err)
			}
		})
	}
	response, err := c.Fetch(context.Background(), Request{URL: "http://quick.test/"})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	waiting.Wait()
}

// slowNames answers for quick.test alone.
type slowNames struct{}

func (slowNames) LookupNetIP(ctx context.Context, _, host string) ([]netip.Addr, error) {
	if host == "quick.test" {
		return addresses("8.8.8.8"), nil
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

// Where ports are listed no other is dialled, whatever leads there.
func TestPorts(t *testing.T) {
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			http.Redirect(w, r, "http://x.test:6379/", http.StatusFound)
		}
	})
	n := &names{answers: map[string][][]netip.Addr{"x.test": {addresses("8.8.8.8")}}}
	c := newClient(t, Options{Resolver: n, Dial: fetchtest.To(s), Ports: []int{80, 8080}})
	for url, allowed := range map[string]bool{
		"http://x.test/": true, "http://x.test:8080/": true, "http://x.test:6379/": false, "http://x.test/elsewhere": false, "https://x.test/": false,
		"http://8.8.8.8:81/": false,
	} {
		response, err := c.Fetch(context.Background(), Request{URL: url})
		if err == nil {
			response.Body.Close()
		}
		if allowed != (err == nil) || !allowed && (ClassOf(err) != BadPort || err.Error() != "port not allowed") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// The second gate stands where the kernel is about to connect, whatever the
// first one thought.
func TestControl(t *testing.T) {
	s := fetchtest.Serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request arrived") })
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
			s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				w.Header()["Location"] = []string{target}
				w.WriteHeader(http.StatusFound)
			})
			n := &names{answers: map[string][][]netip.Addr{
				"hop.test": {addresses("93.184.216.34")}, "inner.test": {addresses("10.0.0.5")},
				"mixed.test": {addresses("93.184.216.34", "fd00::5")}, "mapped.test": {addresses("::ffff:192.168.0.10")},
			}}
			c := newClient(t, Options{Resolver: n, Dial: fetchtest.To(s)})
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
