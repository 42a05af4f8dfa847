package engineio_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// What tests talk to a Server with: an HTTP client and WebSockets, over the
// loopback or over a network in memory, whose clock is that of synctest.

// patience is how long a test waits for what should come at once.
const patience = 30 * time.Second

// network is an http.Server and the way to it.
type network struct {
	t      testing.TB
	server *http.Server
	dial   func() (net.Conn, error)
	client *http.Client
	conns  chan net.Conn // of a network in memory
}

// memoryListener accepts one end of each pipe.
type memoryListener struct{ conns chan net.Conn }

func (l memoryListener) Accept() (net.Conn, error) {
	if conn, ok := <-l.conns; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}
func (l memoryListener) Close() error   { return nil }
func (l memoryListener) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "unix"} }

// inMemory serves a handler without a network; the caller closes it.
func inMemory(t testing.TB, server *http.Server) *network {
	n := &network{t: t, server: server, conns: make(chan net.Conn)}
	n.dial = func() (net.Conn, error) {
		ours, theirs := net.Pipe()
		n.conns <- theirs
		return ours, nil
	}
	go server.Serve(memoryListener{n.conns})
	n.client = n.httpClient()
	return n
}

// onLoopback serves a handler until the test ends.
func onLoopback(t testing.TB, server *http.Server) *network {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &network{t: t, server: server}
	n.dial = func() (net.Conn, error) { return net.Dial("tcp", listener.Addr().String()) }
	go server.Serve(listener)
	n.client = n.httpClient()
	t.Cleanup(n.close)
	return n
}

func (n *network) httpClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableCompression:  true,
		MaxIdleConnsPerHost: 100,
		DialContext:         func(context.Context, string, string) (net.Conn, error) { return n.dial() },
	}}
}

func (n *network) close() {
	n.client.CloseIdleConnections()
	if n.conns != nil {
		close(n.conns)
	}
	n.server.Close()
}

// response is a whole answer.
type response struct {
	status int
	header http.Header
	body   string
}

func (r response) String() string {
	body := r.body
	if len(body) > 200 {
		body = fmt.Sprintf("%s… of %d bytes", body[:200], len(body))
	}
	return fmt.Sprintf("%d %q", r.status, body)
}

// do makes a request; change, which may be nil, changes it.
func (n *network) do(ctx context.Context, method, path string, body io.Reader, change func(*http.Request)) (response, error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://test"+path, body)
	if err != nil {
		return response{}, err
	}
	if change != nil {
		change(r)
	}
	got, err := n.client.Do(r)
	if err != nil {
		return response{}, err
	}
	defer got.Body.Close()
	b, err := io.ReadAll(got.Body)
	return response{got.StatusCode, got.Header, string(b)}, err
}

// mustDo is do for what should come at once.
func (n *network) mustDo(method, path, body string, change func(*http.Request)) response {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var r io.Reader
	if body != "" {
		r = bytes.NewReader([]byte(body))
	}
	got, err := n.do(ctx, method, path, r, change)
	if err != nil {
		n.t.Fatalf("%s %s: %v", method, path, err)
	}
	return got
}

func (n *network) get(path string) response { n.t.Helper(); return n.mustDo("GET", path, "", nil) }
func (n *network) post(path, body string) response {
	n.t.Helper()
	return n.mustDo("POST", path, body, nil)
}

// frame is what a WebSocket client reads: a message, or the close frame.
type frame struct {
	opcode  byte
	payload string
}

func text(s string) frame { return frame{1, s} }

func (f frame) String() string {
	if len(f.payload) > 200 {
		return fmt.Sprintf("%x %q… of %d bytes", f.opcode, f.payload[:200], len(f.payload))
	}
	return fmt.Sprintf("%x %q", f.opcode, f.payload)
}

// closeCode returns what a close frame says; 1005: nothing.
func (f frame) closeCode() int {
	if len(f.payload) < 2 {
		return 1005
	}
	return int(binary.BigEndian.Uint16([]byte(f.payload)))
}

// webSocket is a client's end.
type webSocket struct {
	t      testing.TB
	conn   net.Conn
	frames chan frame // closed at the end of the connection
}

const key = "dGhlIHNhbXBsZSBub25jZQ=="

// handshake makes the request for a WebSocket; change may be nil.
func handshake(path string, change func(http.Header)) []byte {
	h := http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}, "Sec-Websocket-Key": {key}, "Sec-Websocket-Version": {"13"}}
	if change != nil {
		change(h)
	}
	b := bytes.NewBufferString("GET " + path + " HTTP/1.1\r\nHost: test\r\n")
	h.Write(b)
	b.WriteString("\r\n")
	return b.Bytes()
}

// open opens a WebSocket, or returns how it was refused.
func (n *network) open(path string, change func(http.Header)) (*webSocket, response) {
	n.t.Helper()
	conn, err := n.dial()
	if err != nil {
		n.t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(10 * patience))
	go conn.Write(handshake(path, change))
	in := bufio.NewReader(conn)
	answer, err := http.ReadResponse(in, nil)
	if err != nil {
		n.t.Fatalf("%s: %v", path, err)
	}
	got := response{status: answer.StatusCode, header: answer.Header}
	if got.status != http.StatusSwitchingProtocols {
		b, err := io.ReadAll(answer.Body)
		conn.Close()
		if err != nil {
			n.t.Fatalf("%s: %v", path, err)
		}
		got.body = string(b)
		return nil, got
	}
	w := &webSocket{t: n.t, conn: conn, frames: make(chan frame, 10_000)}
	go w.read(in)
	return w, got
}

func (n *network) mustOpen(path string) *webSocket {
	n.t.Helper()
	w, refused := n.open(path, nil)
	if w == nil {
		n.t.Fatalf("%s was refused: %v", path, refused)
	}
	return w
}

func (w *webSocket) read(in *bufio.Reader) {
	defer close(w.frames)
	for {
		f, err := readFrame(in)
		if err != nil {
			return
		}
		w.frames <- f
	}
}

func readFrame(in *bufio.Reader) (frame, error) {
	var head [2]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return frame{}, err
	}
	if head[0]&0xF0 != 0x80 || head[1]&0x80 != 0 {
		return frame{}, errors.New("not a server's frame")
	}
	n := uint64(head[1])
	var err error
	switch n {
	case 126:
		var short uint16
		err = binary.Read(in, binary.BigEndian, &short)
		n = uint64(short)
	case 127:
		err = binary.Read(in, binary.BigEndian, &n)
	}
	if err != nil || n > 64<<20 {
		return frame{}, errors.Join(err, fmt.Errorf("a frame of %d bytes", n))
	}
	payload := make([]byte, n)
	_, err = io.ReadFull(in, payload)
	return frame{head[0] & 0xF, string(payload)}, err
}

// masked returns a client's frame.
func masked(opcode byte, payload string) []byte {
	b := []byte{0x80 | opcode}
	switch n := len(payload); {
	case n <= 125:
		b = append(b, 0x80|byte(n))
	case n <= 0xFFFF:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	b = append(b, 0, 0, 0, 0) // a key that changes nothing
	return append(b, payload...)
}

// send sends a text message.
func (w *webSocket) send(payload string)                   { w.sendFrame(1, payload) }
func (w *webSocket) sendFrame(opcode byte, payload string) { w.conn.Write(masked(opcode, payload)) }

// next returns the next frame; ok is false at the end of the connection.
func (w *webSocket) next() (f frame, ok bool) {
	w.t.Helper()
	select {
	case f, ok = <-w.frames:
		return f, ok
	case <-time.After(patience):
		w.t.Fatal("nothing came from the server")
		return
	}
}

func (w *webSocket) expect(want ...frame) {
	w.t.Helper()
	for _, f := range want {
		if got, ok := w.next(); got != f {
			w.t.Fatalf("got %v (open: %t), want %v", got, ok, f)
		}
	}
}

// expectCloseFrame waits for the close frame. Pings before it are skipped.
func (w *webSocket) expectCloseFrame(code int) {
	w.t.Helper()
	got, ok := w.next()
	for ok && got == text("2") {
		got, ok = w.next()
	}
	if !ok || got.opcode != 8 || got.closeCode() != code {
		w.t.Fatalf("got %v (open: %t), want a close frame with %d", got, ok, code)
	}
}

// expectClose waits for the close frame, answers it and waits for the end.
func (w *webSocket) expectClose(code int) {
	w.t.Helper()
	w.expectCloseFrame(code)
	w.sendFrame(8, "")
	if got, ok := w.next(); ok {
		w.t.Fatalf("after the close frame came %v", got)
	}
	w.conn.Close()
}

// sid returns the session's id of an open packet.
func sid(t testing.TB, open string) string {
	t.Helper()
	const before = `0{"sid":"`
	if len(open) < len(before)+20 || open[:len(before)] != before {
		t.Fatalf("got %q, want an open packet", open)
	}
	return open[len(before) : len(before)+20]
}
