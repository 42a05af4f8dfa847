package engineio_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sockethub/sockethub/engineio"
)

// tireless is a connection on which a client sends the same frame until it is
// closed.
type tireless struct {
	frame  []byte
	at     int
	closed atomic.Bool
}

func (c *tireless) Read(b []byte) (int, error) {
	if c.closed.Load() {
		return 0, io.EOF
	}
	n := 0
	for n < len(b) {
		k := copy(b[n:], c.frame[c.at:])
		n += k
		c.at = (c.at + k) % len(c.frame)
	}
	return n, nil
}

func (c *tireless) Write(b []byte) (int, error)      { return len(b), nil }
func (c *tireless) Close() error                     { c.closed.Store(true); return nil }
func (c *tireless) LocalAddr() net.Addr              { return nil }
func (c *tireless) RemoteAddr() net.Addr             { return nil }
func (c *tireless) SetDeadline(time.Time) error      { return nil }
func (c *tireless) SetReadDeadline(time.Time) error  { return nil }
func (c *tireless) SetWriteDeadline(time.Time) error { return nil }

// hijacker is a response that hands its connection over.
type hijacker struct {
	*httptest.ResponseRecorder
	conn net.Conn
}

func (h hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.conn, bufio.NewReadWriter(bufio.NewReader(h.conn), nil), nil
}

// openOver opens a WebSocket session over any connection.
func openOver(engine *engineio.Server, conn net.Conn) {
	r := httptest.NewRequest("GET", webSocketPath, nil)
	r.Header = http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}, "Sec-Websocket-Key": {key}, "Sec-Websocket-Version": {"13"}}
	engine.ServeHTTP(hijacker{httptest.NewRecorder(), conn}, r)
}

// silent is a connection on which a client sends nothing.
type silent struct {
	tireless
	end chan struct{}
}

func (s *silent) Read([]byte) (int, error) { <-s.end; return 0, io.EOF }

// limited echoes so many messages, and then ends.
type limited struct {
	session *engineio.Session
	left    int
	done    chan struct{}
}

func (l *limited) Message(data []byte, binary bool) {
	if l.left--; l.left < 0 {
		l.session.Close(engineio.ForcedClose)
		return
	}
	l.session.Send(data, binary)
}

func (l *limited) Closed(engineio.Reason, error) { close(l.done) }

// A message is taken from a WebSocket and answered without an allocation.
func BenchmarkWebSocketEcho(b *testing.B) {
	for _, size := range []int{16, 300, 4096} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			done := make(chan struct{})
			engine, err := engineio.New(engineio.Options{Open: func(s *engineio.Session) engineio.Receiver { return &limited{s, b.N, done} }})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.SetBytes(int64(size))
			conn := &tireless{frame: masked(1, "4"+strings.Repeat("x", size))}
			openOver(engine, conn)
			<-done
			conn.Close()
		})
	}
}

// One message to many sessions is encoded once.
func BenchmarkSendPrepared(b *testing.B) {
	const sessions = 100
	opened := make(chan *engineio.Session, sessions)
	engine, err := engineio.New(engineio.Options{Open: func(s *engineio.Session) engineio.Receiver { opened <- s; return echoReceiver{s} }})
	if err != nil {
		b.Fatal(err)
	}
	conn := &silent{end: make(chan struct{})}
	defer close(conn.end)
	var all []*engineio.Session
	for range sessions {
		openOver(engine, conn)
		all = append(all, <-opened)
	}
	message := []byte(strings.Repeat("x", 300))
	b.ReportAllocs()
	for b.Loop() {
		prepared := engineio.Prepare(message, false)
		for _, s := range all {
			s.SendPrepared(prepared)
		}
	}
}

// A poll and the POST that it answers, over HTTP.
func BenchmarkPollingEcho(b *testing.B) {
	n, _ := loopback(b, engineio.Options{})
	path := n.openPolling()
	body := "4" + strings.Repeat("x", 300)
	b.ReportAllocs()
	for b.Loop() {
		n.post(path, body)
		n.get(path)
	}
}
