package daemon

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Of few descriptors, some are kept back for workers: a connection too many is
// closed at once, and whoever leaves makes room.
func TestDescriptorsAreKeptBack(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	d := newDescriptors(50, 0, func(netip.Addr) bool { return false }, slog.New(slog.DiscardHandler))
	if d.max != 2 {
		t.Fatalf("of 50 descriptors %d are for clients, want 2", d.max)
	}
	accepted := make(chan net.Conn)
	go func() {
		guarded := d.guard(l)
		for {
			conn, err := guarded.Accept()
			if err != nil {
				close(accepted)
				return
			}
			accepted <- conn
		}
	}()
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	dial()
	first := <-accepted
	dial()
	second := <-accepted
	if _, err := dial().Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("a connection too many: %v, want that it is closed", err)
	}
	first.Close()
	first.Close()
	dial()
	third := <-accepted
	second.Close()
	third.Close()
	if d.open != 0 || len(d.by) != 0 {
		t.Errorf("%d connections are counted at the end: %v", d.open, d.by)
	}
}

// Connections from which nothing has been read are counted too, also those that
// have begun no TLS.
func TestBareConnections(t *testing.T) {
	cert, key := makeCertificate(t, t.TempDir(), 1, time.Now().Add(time.Hour))
	for name, environ := range map[string][]string{"plain": nil, "TLS": {"SOCKETHUB_TLS_CERT=" + cert, "SOCKETHUB_TLS_KEY=" + key}} {
		t.Run(name, func(t *testing.T) {
			p := start(t, `{"rateLimiter":{"maxConnectionsPerIp":1}}`, environ) // then it is the least
			_, address, _ := strings.Cut(p.url(), "://")
			dial := func() net.Conn {
				conn, err := net.Dial("tcp", address)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { conn.Close() })
				conn.SetDeadline(time.Now().Add(patience))
				return conn
			}
			first := dial()
			for range fewest - 1 {
				dial()
			}
			if _, err := dial().Read(make([]byte, 1)); err != io.EOF && !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("one too many: %v, want that it is closed", err)
			}
			p.await("too many of one address")
			if name == "TLS" {
				first = tls.Client(first, &tls.Config{InsecureSkipVerify: true})
			}
			fmt.Fprint(first, "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
			if line, err := bufio.NewReader(first).ReadString('\n'); !strings.HasPrefix(line, "HTTP/1.1 200") {
				t.Errorf("the first of them: %q, %v", line, err)
			}
		})
	}
}

// An address has a share of connections, of which nothing needs to have been read; a
// proxy, from where all clients may come, has any number.
func TestConnectionsOfAnAddress(t *testing.T) {
	proxy := netip.MustParseAddr("192.0.2.9")
	d := newDescriptors(0, 5, func(a netip.Addr) bool { return a == proxy }, slog.New(slog.DiscardHandler))
	from := func(ip string) string { return d.subscriber(&net.TCPAddr{IP: net.ParseIP(ip), Port: 1}) }
	for range 5 * perClient {
		if !d.take(from("2001:db8::1")) || !d.take(from("192.0.2.1")) {
			t.Fatal("an address does not have its share")
		}
	}
	for _, ip := range []string{"2001:db8::2", "2001:db8::ffff:1", "192.0.2.1", "::ffff:192.0.2.1"} {
		if d.take(from(ip)) {
			t.Errorf("%s has more than its share", ip)
		}
	}
	for _, a := range []string{from("2001:db8:0:1::1"), from("192.0.2.2"), d.subscriber(&net.UnixAddr{})} {
		if !d.take(a) {
			t.Errorf("%q has nothing", a)
		}
	}
	for range 10 * perClient {
		if !d.take(from("192.0.2.9")) {
			t.Fatal("a proxy has a share")
		}
	}
	d.release(from("192.0.2.1"))
	if !d.take(from("192.0.2.1")) {
		t.Error("whoever leaves makes no room")
	}
	d.clients.Store(0)
	if !d.take(from("192.0.2.1")) {
		t.Error("without a limit there is one")
	}
}
