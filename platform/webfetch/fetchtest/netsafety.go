package fetchtest

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
)

// NetCase is a fetch that was recorded from the reference server with a resolver
// and a connector of the test's, and a world in which it can be done again.
type NetCase struct {
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
	Error        string   // the guard's own words
	Feeds        string   // what a client of the platform feeds read, "" for a result
	Metadata     string   // likewise
	Dials        []string // addresses

	mu      sync.Mutex
	dialled []string
}

// NetCases runs f for each case of a file.
func NetCases(t *testing.T, file string, f func(t *testing.T, c *NetCase)) {
	t.Helper()
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	n := 0
	for lines := bufio.NewScanner(in); lines.Scan(); n++ {
		c := &NetCase{}
		if err := json.Unmarshal(lines.Bytes(), c); err != nil {
			t.Fatal(err)
		}
		t.Run(fmt.Sprintf("%d/%s/%s", c.I, c.Group, c.URL), func(t *testing.T) { f(t, c) })
	}
	if n != 209 {
		t.Errorf("%d cases, want 209", n)
	}
}

// Stricter are the cases that the reference allows and we do not: the
// special-purpose ranges that it forgot, and ports.
func (c *NetCase) Stricter() bool {
	switch c.Group {
	case "ipv4-special-not-blocked", "ipv6-special-not-blocked":
		return true
	}
	switch c.URL {
	case "http://[fec0::1]/", "http://[ff02::1]/", "http://[2001:db8::1]/", "http://[::808:808]/", "http://[fbff::1]/", "http://[fe00::1]/":
		return true
	}
	return c.OtherPort()
}

// OtherPort are the cases of a port that the reference allows and we do not: no
// web server's.
func (c *NetCase) OtherPort() bool {
	for _, port := range []string{":0/", ":81/", ":3306/", ":6379/", ":9200/", ":11211/"} {
		if c.Group == "port" && strings.HasSuffix(c.URL, port) {
			return true
		}
	}
	return false
}

// PlainURL is the case's URL with http, as only that is spoken here. What is
// dialled does not depend on it.
func (c *NetCase) PlainURL() string {
	if len(c.URL) > 8 && strings.EqualFold(c.URL[:8], "https://") {
		return "http://" + c.URL[8:]
	}
	return c.URL
}

// Dialled are the addresses that were dialled, in order.
func (c *NetCase) Dialled() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dialled
}

// LookupNetIP makes a NetCase a resolver.
func (c *NetCase) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	raw, ok := c.Resolves[host]
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

// Dial connects to a server that answers as the case says.
func (c *NetCase) Dial(_ context.Context, _, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.dialled = append(c.dialled, netip.MustParseAddr(host).String())
	c.mu.Unlock()
	ours, theirs := net.Pipe()
	go c.serve(theirs)
	return ours, nil
}

func (c *NetCase) serve(conn net.Conn) {
	defer conn.Close()
	request, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return
	}
	answer := &http.Response{StatusCode: 200, ProtoMajor: 1, ProtoMinor: 1, Close: true, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("ok")), ContentLength: 2}
	if r, ok := c.Responds["http://"+request.Host+request.URL.Path]; ok {
		answer.StatusCode = r.Status
		answer.Header.Set("Location", r.Location)
	}
	if err := answer.Write(conn); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		return
	}
}
