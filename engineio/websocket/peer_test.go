package websocket

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// What tests talk to a Conn with: a client that sends any bytes, and a
// connection without a network that reads what it was given.

// patience is how long a test waits for what should come at once.
const patience = 30 * time.Second

const (
	fin  = 0x80
	rsv1 = 0x40
	rsv2 = 0x20
	rsv3 = 0x10
)

// masked returns a client's frame: its first byte is given, its payload masked.
func masked(first byte, payload []byte) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n <= 125:
		b = append(b, 0x80|byte(n))
	case n <= 0xFFFF:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	key := [4]byte{0x37, 0xfa, 0x21, 0x3d}
	b = append(b, key[:]...)
	for i, c := range payload {
		b = append(b, c^key[i%4])
	}
	return b
}

func text(s string) []byte { return masked(fin|byte(Text), []byte(s)) }

// closeFrame is a client's close frame with a code and a reason.
func closeFrame(code int, reason string) []byte {
	return masked(fin|byte(closing), append(binary.BigEndian.AppendUint16(nil, uint16(code)), reason...))
}

// received is a frame from the server.
type received struct {
	first   byte
	payload string
}

func (r received) String() string {
	p := r.payload
	if len(p) > 40 {
		p = fmt.Sprintf("%s… of %d bytes", p[:40], len(p))
	}
	return fmt.Sprintf("%02x %q", r.first, p)
}

// readFrame reads one frame of a server.
func readFrame(r *bufio.Reader) (received, error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return received{}, err
	}
	n := uint64(head[1])
	var extended []byte
	switch n {
	case 126:
		extended = make([]byte, 2)
	case 127:
		extended = make([]byte, 8)
	}
	if _, err := io.ReadFull(r, extended); err != nil {
		return received{}, err
	}
	switch len(extended) {
	case 2:
		n = uint64(binary.BigEndian.Uint16(extended))
	case 8:
		n = binary.BigEndian.Uint64(extended)
	}
	if n > 64<<20 {
		return received{}, fmt.Errorf("a frame of %d bytes, or masked", n)
	}
	payload := make([]byte, n)
	_, err := io.ReadFull(r, payload)
	return received{head[0], string(payload)}, err
}

// client is the other end of a Conn.
type client struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
}

// echo sends every message back until the connection ends.
func echo(conn *Conn) error {
	for {
		opcode, data, err := conn.Next()
		if err != nil {
			return err
		}
		conn.Write(Frame{Opcode: opcode, Data: data})
	}
}

// serve starts an HTTP server that hands each WebSocket to f, on a goroutine of
// its own that the test waits for.
func serve(t testing.TB, opts *Options, f func(*Conn)) *httptest.Server {
	t.Helper()
	var wg sync.WaitGroup
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := Upgrade(w, r, opts)
		if err != nil {
			var refused *HandshakeError
			if errors.As(err, &refused) {
				http.Error(w, refused.Reason, refused.Status)
			}
			return
		}
		wg.Go(func() { f(conn) })
	}))
	t.Cleanup(func() { server.Close(); wg.Wait() })
	return server
}

const sampleKey = "dGhlIHNhbXBsZSBub25jZQ=="

const handshake = "GET / HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + sampleKey + "\r\n"

// dial opens a WebSocket; extra are header lines.
func dial(t testing.TB, server *httptest.Server, extra string) *client {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	c := &client{t, conn, bufio.NewReader(conn)}
	c.send([]byte(handshake + extra + "\r\n"))
	response, err := http.ReadResponse(c.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusSwitchingProtocols || response.Header.Get("Sec-Websocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Fatalf("the handshake was answered with %v", response)
	}
	return c
}

// send writes bytes; the server may have closed before it has taken them all.
func (c *client) send(parts ...[]byte) {
	c.conn.Write(bytes.Join(parts, nil))
}

// chopped writes bytes n at a time.
func (c *client) chopped(n int, b []byte) {
	for len(b) > n {
		c.conn.Write(b[:n])
		b = b[n:]
	}
	c.conn.Write(b)
}

// expect reads frames and compares them.
func (c *client) expect(want ...received) {
	c.t.Helper()
	for i, w := range want {
		got, err := readFrame(c.in)
		if err != nil || got != w {
			c.t.Fatalf("frame %d from the server is %v, %v; want %v", i, got, err, w)
		}
	}
}

// expectClose reads the server's close frame and then the end of the connection.
func (c *client) expectClose(code Code) {
	c.t.Helper()
	got, err := readFrame(c.in)
	want := ""
	if code != NoStatus {
		want = string(binary.BigEndian.AppendUint16(nil, uint16(code)))
	}
	if err != nil || got != (received{fin | byte(closing), want}) {
		c.t.Fatalf("got %v, %v from the server; want it to close with %d", got, err, code)
	}
	if b, err := c.in.ReadByte(); err != io.EOF {
		c.t.Fatalf("after the close frame came %#x, %v; want the end of the connection", b, err)
	}
}

// scripted is a connection that reads given pieces, and then its end, and keeps
// what was written.
type scripted struct {
	pieces [][]byte

	mu     sync.Mutex
	out    bytes.Buffer
	writes int
	closed bool
}

func (s *scripted) Read(b []byte) (int, error) {
	for len(s.pieces) > 0 && len(s.pieces[0]) == 0 {
		s.pieces = s.pieces[1:]
	}
	if len(s.pieces) == 0 {
		return 0, io.EOF
	}
	n := copy(b, s.pieces[0])
	s.pieces[0] = s.pieces[0][n:]
	return n, nil
}

func (s *scripted) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, net.ErrClosed
	}
	s.writes++
	return s.out.Write(b)
}

func (s *scripted) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

func (s *scripted) LocalAddr() net.Addr              { return nil }
func (s *scripted) RemoteAddr() net.Addr             { return nil }
func (s *scripted) SetDeadline(time.Time) error      { return nil }
func (s *scripted) SetReadDeadline(time.Time) error  { return nil }
func (s *scripted) SetWriteDeadline(time.Time) error { return nil }

// over returns a Conn on a scripted connection.
func over(opts *Options, deflate bool, pieces ...[]byte) (*Conn, *scripted) {
	s := &scripted{pieces: pieces}
	return newConn(s, opts, deflate), s
}
