package irc

import (
	"bufio"
	"context"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/irc/wire"
)

// patience is how long tests wait for what must come.
const patience = 60 * time.Second

// fakeServer is an IRC server that says what a test lets it say.
type fakeServer struct {
	listener net.Listener
	port     int
	conns    chan *fakeConn
}

func newServer(t testing.TB) *fakeServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, l)
}

func serveOn(t testing.TB, l net.Listener) *fakeServer {
	s := &fakeServer{listener: l, port: l.Addr().(*net.TCPAddr).Port, conns: make(chan *fakeConn, 16)}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			c := &fakeConn{Conn: conn, lines: make(chan string, 10_000)}
			t.Cleanup(func() { conn.Close() })
			go c.read()
			s.conns <- c
		}
	}()
	return s
}

func (s *fakeServer) accept(t testing.TB) *fakeConn {
	t.Helper()
	select {
	case c := <-s.conns:
		return c
	case <-time.After(patience):
		t.Fatal("nobody connected")
		return nil
	}
}

// fakeConn is the server's end of a connection. lines is closed when the client
// closed it.
type fakeConn struct {
	net.Conn
	lines chan string
}

func (c *fakeConn) read() {
	defer close(c.lines)
	r := bufio.NewReader(c.Conn)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		c.lines <- strings.TrimSuffix(line, "\r\n")
	}
}

func (c *fakeConn) send(lines ...string) {
	// Who has gone is noticed by what is expected next.
	_, _ = io.WriteString(c.Conn, strings.Join(lines, "\r\n")+"\r\n")
}

// next returns the next line of the client.
func (c *fakeConn) next(t testing.TB) string {
	t.Helper()
	select {
	case line, ok := <-c.lines:
		if !ok {
			t.Fatal("the client closed the connection")
		}
		return line
	case <-time.After(patience):
		t.Fatal("the client says nothing")
	}
	return ""
}

func (c *fakeConn) expect(t testing.TB, want ...string) {
	t.Helper()
	for _, w := range want {
		if got := c.next(t); got != w {
			t.Fatalf("the client says %q, want %q", got, w)
		}
	}
}

// pong answers the barrier, which must be the next line.
func (c *fakeConn) pong(t testing.TB) {
	t.Helper()
	line := c.next(t)
	token, ok := strings.CutPrefix(line, "PING :")
	if !ok {
		t.Fatalf("the client says %q, want a PING", line)
	}
	c.send(":irc.example.net PONG irc.example.net :" + token)
}

// sync returns when the client has followed all lines before.
func (c *fakeConn) sync(t testing.TB) {
	t.Helper()
	c.send("PING :sync")
	c.expect(t, "PONG :sync")
}

// ended waits for the client to close the connection.
func (c *fakeConn) ended(t testing.TB) {
	t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case _, ok := <-c.lines:
			if !ok {
				return
			}
		case <-timeout:
			t.Fatal("the client does not close the connection")
		}
	}
}

// register lets a client in, with the capabilities that it asks for among caps.
func (c *fakeConn) register(t testing.TB, caps string) {
	t.Helper()
	c.expect(t, "CAP LS 302")
	nick := strings.TrimPrefix(c.next(t), "NICK ")
	c.next(t) // USER
	c.send(":irc.example.net CAP * LS :" + caps)
	for {
		line := c.next(t)
		if names, ok := strings.CutPrefix(line, "CAP REQ :"); ok {
			c.send(":irc.example.net CAP * ACK :" + names)
			continue
		}
		if line != "CAP END" {
			t.Fatalf("the client says %q, want CAP END", line)
		}
		break
	}
	c.send(":irc.example.net 001 " + nick + " :Welcome")
}

// testSettings are the defaults without waiting: no pacing, and reconnects that
// only come when somebody asks for them.
func testSettings() settings {
	s := defaultSettings()
	s.private = true
	s.burst, s.firstRetry, s.replyTimeout, s.connectTimeout = 1000, time.Hour, patience, patience
	return s
}

// credentialsFor is what mara submits, with more members in the object.
func credentialsFor(port int, more string) *activity.Object {
	a, err := activity.ParseObject([]byte(`{"type":"credentials","actor":{"id":"mara@localhost","type":"person","name":"mara"},` +
		`"object":{"type":"credentials","nick":"mara","server":"localhost","secure":false,"port":` + strconv.Itoa(port) + more + `}}`))
	if err != nil {
		panic(err)
	}
	return a
}

// job is a message of mara's first session.
func job(t testing.TB, text string) platform.Job {
	t.Helper()
	a, err := activity.ParseObject([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if a.Object("actor") == nil {
		a.Set("actor", object("id", "mara@localhost", "type", "person", "name", "mara"))
	}
	return platform.Job{Session: "a", Address: "203.0.113.9", Activity: a}
}

// answer is how a job ended.
type answer struct {
	activity *activity.Object
	err      error
}

func (a answer) text() string {
	if a.err != nil {
		return a.err.Error()
	}
	return ""
}

// start runs a job; its answer comes from the channel.
func start(c *client, j platform.Job) <-chan answer {
	out := make(chan answer, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
		defer cancel()
		a, err := c.Do(ctx, j)
		if a == nil {
			a = j.Activity
		}
		out <- answer{a, err}
	}()
	return out
}

// want waits for an answer and compares the error's text, "" for success.
func want(t testing.TB, answers <-chan answer, text string) answer {
	t.Helper()
	select {
	case a := <-answers:
		if a.text() != text {
			t.Fatalf("the answer is %q, want %q", a.text(), text)
		}
		return a
	case <-time.After(2 * patience):
		t.Fatal("no answer")
		return answer{}
	}
}

// online is a client of mara's that is connected, with its host and the server's
// end of the connection.
func online(t testing.TB, s settings, caps string) (*client, *fakeHost, *fakeConn, *fakeServer) {
	t.Helper()
	server := newServer(t)
	host := newHost()
	c := newClient(host, s)
	j := job(t, `{"type":"connect"}`)
	j.Credentials = credentialsFor(server.port, "")
	answers := start(c, j)
	conn := server.accept(t)
	conn.register(t, caps)
	want(t, answers, "")
	t.Cleanup(func() { stop(c) })
	return c, host, conn, server
}

func stop(c *client) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	c.Stop(ctx)
}

// enter joins #deck.
func enter(t testing.TB, c *client, conn *fakeConn) {
	t.Helper()
	answers := start(c, job(t, `{"type":"join","target":{"type":"room","id":"localhost/#deck","name":"#deck"}}`))
	conn.expect(t, "JOIN #deck")
	conn.send(":mara!~m@10.0.0.9 JOIN #deck", ":irc.example.net 366 mara #deck :End of /NAMES list.")
	conn.pong(t)
	want(t, answers, "")
}

// parse reads a line that a test wrote.
func parse(line string) wire.Message {
	m, err := wire.Parse(line)
	if err != nil {
		panic(line + ": " + err.Error())
	}
	return m
}
