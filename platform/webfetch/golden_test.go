package webfetch

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// netCase is a line of testdata/net-safety.jsonl, recorded from the reference
// server with a resolver and a connector of the test's.
type netCase struct {
	I        int
	Group    string
	URL      string
	Resolves map[string]json.RawMessage
	Responds map[string]struct {
		Status   int
		Location string
	}
	AllowPrivate bool `json:"allowPrivateAddresses"`
	Allowed      bool
	Error        string
	Feeds        string
	Dials        []string
}

// stricter are the recorded cases that the reference allows and we do not: the
// special-purpose ranges that it forgot.
func (c *netCase) stricter() bool {
	switch c.Group {
	case "ipv4-special-not-blocked", "ipv6-special-not-blocked":
		return true
	}
	switch c.URL {
	case "http://[fec0::1]/", "http://[ff02::1]/", "http://[2001:db8::1]/":
		return true
	}
	return false
}

func TestNetSafety(t *testing.T) {
	file, err := os.Open("testdata/net-safety.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	n := 0
	for lines := bufio.NewScanner(file); lines.Scan(); n++ {
		var c netCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		t.Run(fmt.Sprintf("%d/%s/%s", c.I, c.Group, c.URL), func(t *testing.T) { c.run(t) })
	}
	if n != 209 {
		t.Errorf("%d cases, want 209", n)
	}
}

func (c *netCase) run(t *testing.T) {
	world := &fakeWorld{c: c}
	client, err := New(Options{AllowPrivate: c.AllowPrivate, Resolver: world, Dial: world.dial, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	// Only plain HTTP is spoken here; what is dialled does not depend on it.
	url := c.URL
	if len(url) > 8 && strings.EqualFold(url[:8], "https://") {
		url = "http://" + url[8:]
	}
	response, err := client.Fetch(context.Background(), Request{URL: url})
	status := 0
	if err == nil {
		status = response.Status
		response.Body.Close()
	}
	allowed := err == nil && response.OK()
	want := c.Allowed && !c.stricter()
	if allowed != want {
		t.Fatalf("allowed %v (%v, status %d), want %v: %s", allowed, err, status, want, c.Error)
	}
	for _, address := range world.dialled {
		a := netip.MustParseAddr(address)
		if !c.AllowPrivate && !Public(a) {
			t.Errorf("dialled %s", address)
		}
	}
	if want && world.dialled[0] != netip.MustParseAddr(c.Dials[0]).String() {
		t.Errorf("dialled %v, want %v", world.dialled, c.Dials)
	}
	if err == nil {
		return
	}
	if strings.HasPrefix(c.Feeds, "Error: invalid URL") || strings.HasPrefix(c.Feeds, "Error: unsupported") {
		if got := "Error: " + err.Error(); got != c.Feeds {
			t.Errorf("text %q, want %q", got, c.Feeds)
		}
	}
	// No text tells an address that the client did not write, or a password.
	for _, secret := range []string{"pw", "10.0.0.5", "10.1.2.3", "fd00::5", "172.20.0.1", "192.168.4.4", "169.254.169.254"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("text %q tells %q", err, secret)
		}
	}
}

// fakeWorld resolves and answers as the case says.
type fakeWorld struct {
	c *netCase

	mu      sync.Mutex
	dialled []string
}

func (w *fakeWorld) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	raw, ok := w.c.Resolves[host]
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	var texts []string
	if json.Unmarshal(raw, &texts) != nil {
		return nil, &net.DNSError{Err: "server misbehaving", Name: host, IsTemporary: true}
	}
	var list []netip.Addr
	for _, s := range texts {
		list = append(list, netip.MustParseAddr(s))
	}
	return list, nil
}

func (w *fakeWorld) dial(_ context.Context, _, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	w.dialled = append(w.dialled, netip.MustParseAddr(host).String())
	w.mu.Unlock()
	ours, theirs := net.Pipe()
	go w.serve(theirs)
	return ours, nil
}

func (w *fakeWorld) serve(conn net.Conn) {
	defer conn.Close()
	request, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return
	}
	answer := &http.Response{StatusCode: 200, ProtoMajor: 1, ProtoMinor: 1, Close: true, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("ok")), ContentLength: 2}
	if r, ok := w.c.Responds["http://"+request.Host+request.URL.Path]; ok {
		answer.StatusCode = r.Status
		answer.Header.Set("Location", r.Location)
	}
	if err := answer.Write(conn); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		return
	}
}
