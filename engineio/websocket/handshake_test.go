package websocket

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestHandshakeRefused(t *testing.T) {
	server := serve(t, &Options{}, func(c *Conn) { echo(c) })
	good := func() http.Header {
		return http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {sampleKey}}
	}
	tests := []struct {
		name   string
		method string
		change func(http.Header)
		status int
		advice string // a header that says what would be right
	}{
		{"POST", "POST", func(http.Header) {}, http.StatusMethodNotAllowed, "Allow"},
		{"no Connection", "GET", func(h http.Header) { h.Del("Connection") }, http.StatusUpgradeRequired, "Connection"},
		{"another Connection", "GET", func(h http.Header) { h.Set("Connection", "keep-alive, upgrades") }, http.StatusUpgradeRequired, "Connection"},
		{"no Upgrade", "GET", func(h http.Header) { h.Del("Upgrade") }, http.StatusUpgradeRequired, "Upgrade"},
		{"another Upgrade", "GET", func(h http.Header) { h.Set("Upgrade", "h2c") }, http.StatusUpgradeRequired, "Upgrade"},
		{"no version", "GET", func(h http.Header) { h.Del("Sec-Websocket-Version") }, http.StatusUpgradeRequired, "Sec-Websocket-Version"},
		{"version 7", "GET", func(h http.Header) { h.Set("Sec-Websocket-Version", "7") }, http.StatusUpgradeRequired, "Sec-Websocket-Version"},
		{"no key", "GET", func(h http.Header) { h.Del("Sec-Websocket-Key") }, http.StatusBadRequest, ""},
		{"empty key", "GET", func(h http.Header) { h.Set("Sec-Websocket-Key", "") }, http.StatusBadRequest, ""},
		{"two keys", "GET", func(h http.Header) { h.Add("Sec-Websocket-Key", sampleKey) }, http.StatusBadRequest, ""},
		{"key of 15 bytes", "GET", func(h http.Header) { h.Set("Sec-Websocket-Key", "AAAAAAAAAAAAAAAAAAAA") }, http.StatusBadRequest, ""},
		{"key of 17 bytes", "GET", func(h http.Header) { h.Set("Sec-Websocket-Key", "AAAAAAAAAAAAAAAAAAAAAAA=") }, http.StatusBadRequest, ""},
		{"key that is not base64", "GET", func(h http.Header) { h.Set("Sec-Websocket-Key", "dGhlIHNhbXBsZSBub25jZ!==") }, http.StatusBadRequest, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := http.NewRequest(tt.method, server.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header = good()
			tt.change(r.Header)
			response, err := server.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode != tt.status || tt.advice != "" && response.Header.Get(tt.advice) == "" {
				t.Errorf("got %d with %s %q, want %d", response.StatusCode, tt.advice, response.Header.Get(tt.advice), tt.status)
			}
		})
	}
	t.Run("HTTP 1.0", func(t *testing.T) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header = good()
		r.ProtoMajor, r.ProtoMinor = 1, 0
		var refused *HandshakeError
		if _, err := Upgrade(httptest.NewRecorder(), r, &Options{}); !errors.As(err, &refused) || refused.Status != http.StatusHTTPVersionNotSupported {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a writer that cannot be hijacked", func(t *testing.T) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header = good()
		if conn, err := Upgrade(httptest.NewRecorder(), r, &Options{}); err == nil {
			t.Errorf("got %v", conn)
		}
	})
}

func TestIsUpgrade(t *testing.T) {
	for _, tt := range []struct {
		connection, upgrade string
		want                bool
	}{
		{"Upgrade", "websocket", true},
		{"keep-alive, UPGRADE", "WebSocket", true},
		{"keep-alive", "websocket", false},
		{"upgrade", "", false},
		{"", "websocket", false},
		{"upgrade", "h2c, websocket", true},
	} {
		r := &http.Request{Header: http.Header{"Connection": {tt.connection}, "Upgrade": {tt.upgrade}}}
		if got := IsUpgrade(r); got != tt.want {
			t.Errorf("Connection %q, Upgrade %q: got %t", tt.connection, tt.upgrade, got)
		}
	}
}

func TestHandshakeResponse(t *testing.T) {
	opts := &Options{Protocol: "chat", Deflate: true, Header: http.Header{"X-B": {"one", "two\r\nX-Evil: yes"}, "X-A": {"zero"}}}
	got := string(appendSwitching(nil, sampleKey, "permessage-deflate", opts))
	want := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n" +
		"Sec-WebSocket-Extensions: permessage-deflate\r\nX-A: zero\r\nX-B: one\r\nX-B: two  X-Evil: yes\r\n\r\n"
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// A client need not wait for the response: what it sends with the handshake may
// be in net/http's buffer.
func TestFramesWithTheHandshake(t *testing.T) {
	server := serve(t, &Options{}, func(c *Conn) { echo(c) })
	longPing := masked(fin|byte(ping), []byte(repeat(125)))
	for _, tt := range []struct {
		name        string
		early, rest []byte
		want        []received
	}{
		{"two frames", join(text("one"), text("two")), nil, []received{echoed(Text, "one"), echoed(Text, "two")}},
		{"a part of a frame", text("one")[:3], text("one")[3:], []received{echoed(Text, "one")}},
		{"a part of a ping that no tiny buffer holds", longPing[:100], longPing[100:], []received{{fin | byte(pong), repeat(125)}}},
		{"what no small buffer holds", join(text(repeat(1000)), text("two")), nil, []received{echoed(Text, repeat(1000)), echoed(Text, "two")}},
		{"what net/http's buffer does not hold", text(repeat(10_000)), nil, []received{echoed(Text, repeat(10_000))}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(patience))
			c := &client{t, conn, bufio.NewReader(conn)}
			c.send([]byte(handshake+"\r\n"), tt.early)
			if _, err := http.ReadResponse(c.in, nil); err != nil {
				t.Fatal(err)
			}
			c.send(tt.rest)
			c.expect(tt.want...)
		})
	}
}

// pipeListener is a network without one: it works with the clock of synctest.
type pipeListener struct{ conns chan net.Conn }

func (l *pipeListener) Accept() (net.Conn, error) {
	conn, ok := <-l.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}
func (l *pipeListener) Close() error   { return nil }
func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

// What an http.Server allows a request is no limit for the WebSocket after it.
func TestServerDeadlinesAreCleared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 1)
		server := &http.Server{
			ReadTimeout: time.Second, ReadHeaderTimeout: time.Second, WriteTimeout: time.Second, IdleTimeout: time.Second,
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				conn, err := Upgrade(w, r, &Options{})
				if err != nil {
					t.Error(err)
					return
				}
				go func() { ended <- echo(conn) }()
			}),
		}
		listener := &pipeListener{make(chan net.Conn)}
		go server.Serve(listener)
		ours, theirs := net.Pipe()
		listener.conns <- theirs
		c := &client{t, ours, bufio.NewReader(ours)}
		c.send([]byte(handshake + "\r\n"))
		if _, err := http.ReadResponse(c.in, nil); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			time.Sleep(time.Hour)
			c.send(text("still here"))
			c.expect(echoed(Text, "still here"))
		}
		ours.Close()
		if err := <-ended; err != io.ErrUnexpectedEOF {
			t.Errorf("the connection ended with %v", err)
		}
		close(listener.conns)
		server.Close()
	})
}
