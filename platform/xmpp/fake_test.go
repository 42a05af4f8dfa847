package xmpp

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// fakeServer is a server whose words a test says.
type fakeServer struct {
	port  int
	conns chan *fakeConn
}

// fakeConn is one connection to it.
type fakeConn struct {
	conn   net.Conn
	reader *xml.Reader
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
	s := &fakeServer{port: l.Addr().(*net.TCPAddr).Port, conns: make(chan *fakeConn, 16)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.conns <- &fakeConn{conn, xml.NewReader(conn)}
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
		for len(s.conns) > 0 {
			(<-s.conns).conn.Close()
		}
	})
	return s
}

func (s *fakeServer) accept(t testing.TB) *fakeConn {
	t.Helper()
	select {
	case c := <-s.conns:
		c.conn.SetDeadline(time.Now().Add(patience))
		t.Cleanup(func() { c.conn.Close() })
		return c
	case <-time.After(patience):
		t.Fatal("nobody connects")
		return nil
	}
}

func (c *fakeConn) send(texts ...string) {
	c.conn.Write([]byte(strings.Join(texts, ""))) // what the client does shows how it went
}

// header reads the client's stream header and answers it with features.
func (c *fakeConn) header(t testing.TB, features string) *xml.Element {
	t.Helper()
	e, err := c.reader.Header()
	if err != nil {
		t.Fatalf("the client sends no header: %v", err)
	}
	c.send(`<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='s1' from='localhost' version='1.0'>`,
		`<stream:features>`, features, `</stream:features>`)
	return e
}

func (c *fakeConn) next(t testing.TB) *xml.Element {
	t.Helper()
	e, err := c.reader.Next()
	if err != nil {
		t.Fatalf("the client says nothing more: %v", err)
	}
	return e
}

// expect reads the next element, which must be written like that. "ID" stands for
// any value of an id.
func (c *fakeConn) expect(t testing.TB, text string) *xml.Element {
	t.Helper()
	e := c.next(t)
	got := e.String()
	if id := e.Attr("id"); id != "" {
		got = strings.ReplaceAll(got, `"`+id+`"`, `"ID"`)
	}
	if got != text && e.String() != text {
		t.Fatalf("the client sends\n%s\nwant\n%s", got, text)
	}
	return e
}

// ended waits for the client to close the connection.
func (c *fakeConn) ended(t testing.TB) {
	t.Helper()
	for {
		if _, err := c.reader.Next(); err != nil {
			if isTimeout(err) {
				t.Fatal("the client does not close the connection")
			}
			return
		}
	}
}

const (
	plainFeatures = `<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>`
	bindFeature   = `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>`
	smFeature     = `<sm xmlns='urn:xmpp:sm:3'/>`
)

// authenticate lets a client in, up to the features behind the login.
func (c *fakeConn) authenticate(t testing.TB, features string) {
	t.Helper()
	c.header(t, plainFeatures)
	if e := c.next(t); e.Text() != "AG1hcmEAc2VzYW1l" {
		t.Fatalf("the client logs in with %s", e)
	}
	c.send(`<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>`)
	c.reader.Restart()
	c.header(t, features)
}

// bind gives the client its address and reads what it then asks for. managed: it
// has stream management, and the stream may be resumed under the id "s7".
func (c *fakeConn) bind(t testing.TB, managed bool) {
	t.Helper()
	id := c.expect(t, `<iq type="set" id="ID"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>web</resource></bind></iq>`).Attr("id")
	c.send(`<iq type='result' id='`, id, `'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>mara@localhost/web</jid></bind></iq>`)
	if managed {
		c.expect(t, `<enable xmlns="urn:xmpp:sm:3" resume="true"/>`)
		c.send(`<enabled xmlns='urn:xmpp:sm:3' id='s7' resume='true'/>`)
	}
	c.expect(t, `<iq type="set" id="ID"><enable xmlns="urn:xmpp:carbons:2"/></iq>`)
	c.next(t) // roster
	for range 2 {
		iq := c.next(t)
		c.send(`<iq type='result' id='`, iq.Attr("id"), `' from='`, iq.Attr("to"), `'><query xmlns='http://jabber.org/protocol/disco#info'><feature var='urn:xmpp:sid:0'/></query></iq>`)
	}
}

// login lets a client in.
func (c *fakeConn) login(t testing.TB, managed bool) {
	t.Helper()
	features := bindFeature
	if managed {
		features += smFeature
	}
	c.authenticate(t, features)
	c.bind(t, managed)
}

// testSettings are the defaults without waiting: reconnects come only when
// somebody asks for them.
func testSettings() settings {
	s := defaultSettings()
	s.private = true
	s.firstRetry, s.replyTimeout, s.connectTimeout, s.silence = time.Hour, patience, patience, time.Hour
	return s
}

// credentialsFor is what mara submits, with more members in the object.
func credentialsFor(port int, more string) *activity.Object {
	a, err := activity.ParseObject([]byte(`{"type":"credentials","actor":{"id":"mara@localhost/web","type":"person"},` +
		`"object":{"type":"credentials","userAddress":"mara@localhost","resource":"web","password":"sesame","server":"xmpp://127.0.0.1:` + strconv.Itoa(port) + `"` + more + `}}`))
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
		a.Set("actor", object("id", "mara@localhost/web", "type", "person"))
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

// dialled is a client that mara has told to connect to a server.
func dialled(t testing.TB, s settings, server *fakeServer, more string) (*client, *fakeHost, <-chan answer) {
	t.Helper()
	host := newHost()
	c := newClient(host, s)
	t.Cleanup(func() { stop(c) })
	return c, host, connectJob(t, c, server, more)
}

func connectJob(t testing.TB, c *client, server *fakeServer, more string) <-chan answer {
	j := job(t, `{"type":"connect"}`)
	j.Credentials = credentialsFor(server.port, more)
	return start(c, j)
}

// online is a client of mara's that is connected, with its host and the server's
// end of the connection.
func online(t testing.TB, s settings, managed bool) (*client, *fakeHost, *fakeConn, *fakeServer) {
	t.Helper()
	server := newServer(t)
	c, host, answers := dialled(t, s, server, "")
	conn := server.accept(t)
	conn.login(t, managed)
	want(t, answers, "")
	if managed { // the client has heard all that
		conn.send(`<r xmlns='urn:xmpp:sm:3'/>`)
		conn.expect(t, `<a xmlns="urn:xmpp:sm:3" h="2"/>`)
	}
	return c, host, conn, server
}

func stop(c *client) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	c.Stop(ctx)
}

// ottoSays is a message of otto's.
func ottoSays(id, text string) string {
	return fmt.Sprintf(`<message from='otto@quay.example/phone' to='mara@localhost/web' type='chat' id='%s'><body>%s</body></message>`, id, text)
}

var _ = tls.Config{}

// replaceID puts an id where a text has "ID".
func replaceID(text, id string) string { return strings.ReplaceAll(text, "ID", id) }
