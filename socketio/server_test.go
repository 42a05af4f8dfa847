package socketio_test

import (
	"cmp"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sockethub/sockethub/engineio"
	"github.com/sockethub/sockethub/socketio"
	"github.com/sockethub/sockethub/testdata/conformance/wire"
)

// start serves Socket.IO until the test ends; then nothing may be left of any
// client.
func start(t testing.TB, opts socketio.Options) (server *socketio.Server, url string) {
	t.Helper()
	// Close waits that long for a polling client that fetches nothing.
	opts.Engine.PingTimeout = cmp.Or(opts.Engine.PingTimeout, 2*time.Second)
	server, err := socketio.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(server)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), wire.Patience)
		defer cancel()
		if err := server.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
		listener.Close()
		left := server.Remains()
		left.Namespaces = 0
		if left != (socketio.Remains{}) {
			t.Errorf("what is left after the end: %+v", left)
		}
	})
	return server, listener.URL + "/socket.io/"
}

// overEach runs a test over each transport.
func overEach(t *testing.T, f func(t *testing.T, open func(t testing.TB, base string, query ...string) *wire.Client)) {
	t.Run("websocket", func(t *testing.T) { f(t, wire.WebSocket) })
	t.Run("polling", func(t *testing.T) { f(t, wire.Polling) })
}

const sid = `[A-Za-z0-9_-]{20}`

// join connects to the default namespace and returns the socket's id.
func join(c *wire.Client) string {
	c.Send("40")
	return c.Match(`40\{"sid":"(` + sid + `)"\}`)[0]
}

// await returns what a channel brings, in time.
func await[T any](t testing.TB, what string, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(wire.Patience):
		t.Fatalf("waited in vain for %s", what)
		panic("unreachable")
	}
}

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(wire.Patience); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

func TestNewRefusesWrongOptions(t *testing.T) {
	tests := map[string]socketio.Options{
		"ConnectTimeout": {ConnectTimeout: -1},
		"limit":          {MaxAttachments: -1},
		"Recovery":       {Recovery: socketio.Recovery{Max: -1}},
		"Engine.Open":    {Engine: engineio.Options{Open: func(*engineio.Session) engineio.Receiver { return nil }}},
		"Transports":     {Engine: engineio.Options{Transports: []string{"pigeon"}}},
	}
	for want, opts := range tests {
		if _, err := socketio.New(opts); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New(%+v) = %v, want an error about %s", opts, err, want)
		}
	}
}

func TestConnect(t *testing.T) {
	overEach(t, func(t *testing.T, open func(testing.TB, string, ...string) *wire.Client) {
		server, url := start(t, socketio.Options{})
		auths := make(chan string, 1)
		server.Of("/").OnConnect(func(s *socketio.Socket) error {
			auths <- string(s.Auth())
			if s.Connected() || s.Emit("early") == nil {
				t.Error("the socket takes events before it is connected")
			}
			return nil
		})
		server.Of("garden").OnConnect(func(s *socketio.Socket) error {
			return &socketio.ConnectRefusal{Message: `"members" only`, Data: []byte(`{"retry":false}`)}
		})
		c := open(t, url)
		c.Send("40/nowhere,", "40/garden", `40{"token":"x"}`)
		c.Expect(`44/nowhere,{"message":"Invalid namespace"}`, `44/garden,{"message":"\"members\" only","data":{"retry":false}}`)
		id := c.Match(`40\{"sid":"(` + sid + `)"\}`)[0]
		if got := await(t, "the auth", auths); got != `{"token":"x"}` {
			t.Errorf("auth %s", got)
		}
		if id == c.SID {
			t.Error("the socket has its session's id, which is a secret")
		}
	})
}

func TestConnectTimeout(t *testing.T) {
	overEach(t, func(t *testing.T, open func(testing.TB, string, ...string) *wire.Client) {
		_, url := start(t, socketio.Options{ConnectTimeout: time.Second})
		c := open(t, url)
		c.Send("40/nowhere") // a refusal is no connection
		c.Expect(`44/nowhere,{"message":"Invalid namespace"}`)
		c.Over()
	})
}

// A client that is connected is not ended by the time-out.
func TestConnectTimeoutStops(t *testing.T) {
	server, url := start(t, socketio.Options{ConnectTimeout: 2 * time.Second})
	echo(server.Of("/"))
	c := wire.WebSocket(t, url)
	join(c)
	other := wire.WebSocket(t, url)
	other.Over() // began later, so its time-out comes later
	c.Send(`421["still here"]`)
	c.Expect(`431["still here"]`)
}

func TestDisconnect(t *testing.T) {
	type end struct {
		reason                 string
		connected, recoverable bool
	}
	setup := func(t *testing.T) (*socketio.Server, string, chan *socketio.Socket, chan end, chan string) {
		server, url := start(t, socketio.Options{})
		sockets, ends, releases := make(chan *socketio.Socket, 1), make(chan end, 1), make(chan string, 1)
		n := server.Of("/")
		n.OnConnected(func(s *socketio.Socket) { sockets <- s })
		n.OnDisconnect(func(s *socketio.Socket, reason string) { ends <- end{reason, s.Connected(), s.Recoverable()} })
		n.OnRelease(func(s *socketio.Socket) { releases <- s.ID() })
		return server, url, sockets, ends, releases
	}
	tests := []struct {
		name string
		end  func(c *wire.Client, s *socketio.Socket)
		want string
		says []string
	}{
		{"by the client", func(c *wire.Client, s *socketio.Socket) { c.Send("41") }, "client namespace disconnect", nil},
		{"by the server", func(c *wire.Client, s *socketio.Socket) { s.Disconnect(false) }, "server namespace disconnect", []string{"41"}},
		{"by the server, with the session", func(c *wire.Client, s *socketio.Socket) { s.Disconnect(true) }, "server namespace disconnect", []string{"41"}},
		{"by a close packet", func(c *wire.Client, s *socketio.Socket) { c.Try("1") }, "transport close", nil},
		{"by a broken packet", func(c *wire.Client, s *socketio.Socket) { c.Try("42{}") }, "forced close", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			overEach(t, func(t *testing.T, open func(testing.TB, string, ...string) *wire.Client) {
				_, url, sockets, ends, releases := setup(t)
				c := open(t, url)
				id := join(c)
				s := await(t, "the socket", sockets)
				ctx := s.Context()
				if ctx.Err() != nil {
					t.Errorf("the context has ended at the beginning: %v", context.Cause(ctx))
				}
				tt.end(c, s)
				if got := await(t, "OnDisconnect", ends); got != (end{tt.want, false, false}) {
					t.Errorf("OnDisconnect was told %+v, want %q", got, tt.want)
				}
				if got := await(t, "OnRelease", releases); got != id {
					t.Errorf("OnRelease for %s, want %s", got, id)
				}
				c.Expect(tt.says...)
				await(t, "the context's end", ctx.Done())
				if err := s.Emit("late"); err == nil {
					t.Error("a socket that is gone takes events")
				}
				if s.Context().Err() == nil || s.Session() != nil {
					t.Error("a socket that is gone has a session or a context")
				}
				s.Disconnect(true) // does nothing
			})
		})
	}
}

// Leaving one namespace leaves the others alone, and a client may come again.
func TestDisconnectFromOneOfTwo(t *testing.T) {
	overEach(t, func(t *testing.T, open func(testing.TB, string, ...string) *wire.Client) {
		server, url := start(t, socketio.Options{})
		sockets := make(chan *socketio.Socket, 4)
		server.Of("/a").OnConnected(func(s *socketio.Socket) { sockets <- s })
		echo(server.Of("/a"))
		echo(server.Of("/b"))
		c := open(t, url)
		c.Send("40/a", "40/b")
		c.Match("40/a,{.*}")
		c.Match("40/b,{.*}")
		c.Send("41/a,", `42/b,1["x"]`, "40/a")
		c.Expect(`43/b,1["x"]`)
		c.Match("40/a,{.*}")

		await(t, "the first socket", sockets)
		second := await(t, "the second socket", sockets)
		second.Disconnect(false)
		// What was under way then is dropped, and ends nothing.
		c.Send(`42/a,2["x"]`, "41/a", `42/b,3["x"]`)
		c.Expect("41/a,", `43/b,3["x"]`)
		c.Send("40/a", `42/a,4["x"]`)
		c.Match("40/a,{.*}")
		c.Expect(`43/a,4["x"]`)
	})
}

func TestClose(t *testing.T) {
	server, url := start(t, socketio.Options{Recovery: socketio.Recovery{Max: time.Hour}})
	released := make(chan string, 2)
	server.Of("/").OnRelease(func(s *socketio.Socket) { released <- s.ID() })
	lost, there := wire.WebSocket(t, url), wire.Polling(t, url)
	lost.Send("40")
	lost.Match("40{.*}")
	there.Send("40")
	there.Match("40{.*}")
	lost.Close()
	eventually(t, "the lost one waits", func() bool { return server.Remains().Lost == 1 })

	ctx, cancel := context.WithTimeout(t.Context(), wire.Patience)
	defer cancel()
	if err := server.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if len(released) != 2 {
		t.Errorf("%d of 2 sockets are released when Close returns", len(released))
	}
	there.Over()
	if status, body := wire.Do(t, "GET", url+"?EIO=4&transport=polling", ""); status == 200 {
		t.Errorf("a closed server opened a session: %s", body)
	}
}

// Close waits for a handler that runs, but not longer than its context.
func TestCloseWaits(t *testing.T) {
	server, url := start(t, socketio.Options{})
	began, release := make(chan struct{}), make(chan struct{})
	server.Of("/").OnEvent(func(s *socketio.Socket, e *socketio.EventPacket) {
		close(began)
		<-s.Context().Done()
		<-release
	})
	c := wire.WebSocket(t, url)
	join(c)
	c.Send(`42["wait"]`)
	await(t, "the handler", began)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := server.Close(ctx); err != context.DeadlineExceeded {
		t.Errorf("Close = %v while a handler runs", err)
	}
	close(release)
	if err := server.Close(t.Context()); err != nil {
		t.Errorf("Close = %v after the handler", err)
	}
}

// The answer to a client that connects leaves in a write of its own: naive clients
// that wait for it miss what arrives with it.
func TestConnectAnswerIsWrittenAlone(t *testing.T) {
	server, err := socketio.New(socketio.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server.Of("/").OnConnected(func(s *socketio.Socket) { s.Emit("hello") })
	ours, theirs := net.Pipe() // whose reads do not join writes
	listener := &oneConn{conn: theirs, closed: make(chan struct{})}
	web := &http.Server{Handler: server}
	go web.Serve(listener)
	defer web.Close()
	defer server.Close(t.Context())
	defer ours.Close()
	go io.WriteString(ours, "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n")
	b := make([]byte, 4096)
	for n := 0; !strings.Contains(string(b[:n]), `0{"sid"`); { // the response, and the open packet
		if n, err = ours.Read(b); err != nil {
			t.Fatal(err)
		}
	}
	go ours.Write([]byte("\x81\x82\x00\x00\x00\x0040"))
	for _, want := range []string{`40{"sid":`, `42["hello"]`} {
		n, err := ours.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(b[2:n]); !strings.HasPrefix(got, want) || len(got) != int(b[1]) {
			t.Fatalf("a write has %q, want %s alone", got, want)
		}
	}
}

// oneConn accepts one connection.
type oneConn struct {
	conn   net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *oneConn) Accept() (net.Conn, error) {
	if conn := l.conn; conn != nil {
		l.conn = nil
		return conn, nil
	}
	<-l.closed
	return nil, net.ErrClosed
}

func (l *oneConn) Close() error   { l.once.Do(func() { close(l.closed) }); return nil }
func (l *oneConn) Addr() net.Addr { return &net.UnixAddr{Name: "one", Net: "unix"} }
