package engineio_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sockethub/sockethub/engineio"
)

// The cases of the public test suite for servers of the protocol, with its
// settings, on a clock that jumps.

type echoReceiver struct{ session *engineio.Session }

func (e echoReceiver) Message(data []byte, binary bool) { e.session.Send(data, binary) }
func (e echoReceiver) Closed(engineio.Reason, error)    {}

func openEcho(s *engineio.Session) engineio.Receiver { return echoReceiver{s} }

// inProtocol runs a test against the server that the suite asks for.
func inProtocol(t *testing.T, name string, f func(t *testing.T, n *network)) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			server, err := engineio.New(engineio.Options{
				PingInterval: 300 * time.Millisecond,
				PingTimeout:  200 * time.Millisecond,
				MaxPayload:   1_000_000,
				Open:         openEcho,
			})
			if err != nil {
				t.Fatal(err)
			}
			n := inMemory(t, &http.Server{Handler: server})
			f(t, n)
			if err := server.Close(t.Context()); err != nil {
				t.Error(err)
			}
			n.close()
		})
	})
}

const (
	pollingPath   = "/engine.io/?EIO=4&transport=polling"
	webSocketPath = "/engine.io/?EIO=4&transport=websocket"
)

// openPolling opens a session and returns the path of its requests.
func (n *network) openPolling() string {
	n.t.Helper()
	return pollingPath + "&sid=" + sid(n.t, n.get(pollingPath).body)
}

// openWebSocket opens a session and takes its open packet.
func (n *network) openWebSocket() *webSocket {
	n.t.Helper()
	w := n.mustOpen(webSocketPath)
	f, _ := w.next()
	sid(n.t, f.payload)
	return w
}

func (n *network) expectStatus(status int, got response) {
	n.t.Helper()
	if got.status != status {
		n.t.Fatalf("got %v, want %d", got, status)
	}
}

func (n *network) expectBody(want string, got response) {
	n.t.Helper()
	if got.status != 200 || got.body != want {
		n.t.Fatalf("got %v, want %q", got, want)
	}
}

// background makes a request whose answer comes later.
func (n *network) background(method, path, body string) <-chan response {
	answer := make(chan response, 1)
	go func() {
		defer close(answer)
		ctx, cancel := context.WithTimeout(context.Background(), 10*patience)
		defer cancel()
		if got, err := n.do(ctx, method, path, strings.NewReader(body), nil); err == nil {
			answer <- got
		}
	}()
	return answer
}

func TestProtocolHandshake(t *testing.T) {
	const rest = `","upgrades":["websocket"],"pingInterval":300,"pingTimeout":200,"maxPayload":1000000}`
	inProtocol(t, "polling: opens a session", func(t *testing.T, n *network) {
		got := n.get(pollingPath)
		if id := sid(t, got.body); got.body != `0{"sid":"`+id+rest {
			t.Errorf("got %v", got)
		}
	})
	inProtocol(t, "polling: refuses a wrong EIO", func(t *testing.T, n *network) {
		n.expectStatus(400, n.get("/engine.io/?transport=polling"))
		n.expectStatus(400, n.get("/engine.io/?EIO=abc&transport=polling"))
	})
	inProtocol(t, "polling: refuses a wrong transport", func(t *testing.T, n *network) {
		n.expectStatus(400, n.get("/engine.io/?EIO=4"))
		n.expectStatus(400, n.get("/engine.io/?EIO=4&transport=abc"))
	})
	inProtocol(t, "polling: refuses a wrong method", func(t *testing.T, n *network) {
		n.expectStatus(400, n.post(pollingPath, "4hello"))
		n.expectStatus(400, n.mustDo("PUT", pollingPath, "", nil))
	})
	inProtocol(t, "websocket: opens a session", func(t *testing.T, n *network) {
		w := n.mustOpen(webSocketPath)
		f, _ := w.next()
		if want := `0{"sid":"` + sid(t, f.payload) + strings.Replace(rest, `"websocket"`, "", 1); f != text(want) {
			t.Errorf("got %v, want %s", f, want)
		}
		w.sendFrame(8, "")
		w.expectClose(1005)
	})
	inProtocol(t, "websocket: refuses a wrong EIO", func(t *testing.T, n *network) {
		for _, path := range []string{"/engine.io/?transport=websocket", "/engine.io/?EIO=abc&transport=websocket", "/engine.io/?EIO=3&transport=websocket"} {
			w, got := n.open(path, nil)
			if w != nil || got.status != 400 || got.body != `{"code":5,"message":"Unsupported protocol version"}` {
				t.Errorf("%s: got %v", path, got)
			}
		}
	})
	inProtocol(t, "websocket: refuses a wrong transport", func(t *testing.T, n *network) {
		for _, path := range []string{"/engine.io/?EIO=4", "/engine.io/?EIO=4&transport=abc"} {
			if w, got := n.open(path, nil); w != nil || got.status != 400 {
				t.Errorf("%s: got %v", path, got)
			}
		}
	})
}

func TestProtocolMessage(t *testing.T) {
	inProtocol(t, "polling: text", func(t *testing.T, n *network) {
		path := n.openPolling()
		n.expectBody("ok", n.post(path, "4hello"))
		n.expectBody("4hello", n.get(path))
	})
	inProtocol(t, "polling: binary", func(t *testing.T, n *network) {
		path := n.openPolling()
		n.expectBody("ok", n.post(path, "bAQIDBA=="))
		n.expectBody("bAQIDBA==", n.get(path))
	})
	inProtocol(t, "polling: several packets in one payload", func(t *testing.T, n *network) {
		path := n.openPolling()
		n.expectBody("ok", n.post(path, "4test1\x1e4test2\x1e4test3"))
		n.expectBody("4test1\x1e4test2\x1e4test3", n.get(path))
	})
	inProtocol(t, "polling: what is no packet closes the session", func(t *testing.T, n *network) {
		path := n.openPolling()
		n.post(path, "abc")
		n.expectStatus(400, n.get(path))
	})
	inProtocol(t, "polling: two polls at once close the session", func(t *testing.T, n *network) {
		path := n.openPolling()
		first := n.background("GET", path, "")
		synctest.Wait()
		n.expectStatus(400, n.get(path))
		n.expectBody("1", <-first)
		n.expectStatus(400, n.get(path))
	})
	inProtocol(t, "websocket: text", func(t *testing.T, n *network) {
		w := n.openWebSocket()
		w.send("4hello")
		w.expect(text("4hello"))
		w.conn.Close()
	})
	inProtocol(t, "websocket: binary", func(t *testing.T, n *network) {
		w := n.openWebSocket()
		w.sendFrame(2, "\x01\x02\x03\x04")
		w.expect(frame{2, "\x01\x02\x03\x04"})
		w.conn.Close()
	})
	inProtocol(t, "websocket: what is no packet closes the session", func(t *testing.T, n *network) {
		w := n.openWebSocket()
		w.send("abc")
		w.expectClose(1005)
	})
}

func TestProtocolHeartbeat(t *testing.T) {
	inProtocol(t, "polling: pings", func(t *testing.T, n *network) {
		path := n.openPolling()
		for range 3 {
			start := time.Now()
			n.expectBody("2", n.get(path))
			if took := time.Since(start); took != 300*time.Millisecond {
				t.Errorf("the ping came after %v", took)
			}
			n.expectBody("ok", n.post(path, "3"))
		}
	})
	inProtocol(t, "polling: closes after the ping time-out", func(t *testing.T, n *network) {
		path := n.openPolling()
		time.Sleep(500 * time.Millisecond)
		synctest.Wait()
		n.expectStatus(400, n.get(path))
	})
	inProtocol(t, "websocket: pings", func(t *testing.T, n *network) {
		w := n.openWebSocket()
		for range 3 {
			start := time.Now()
			w.expect(text("2"))
			if took := time.Since(start); took != 300*time.Millisecond {
				t.Errorf("the ping came after %v", took)
			}
			w.send("3")
		}
		w.conn.Close()
	})
	inProtocol(t, "websocket: closes after the ping time-out", func(t *testing.T, n *network) {
		w := n.openWebSocket()
		start := time.Now()
		w.expect(text("2"))
		got, _ := w.next()
		if took := time.Since(start); got.opcode != 8 || took != 500*time.Millisecond {
			t.Errorf("got %v after %v", got, took)
		}
		w.conn.Close()
	})
}

func TestProtocolClose(t *testing.T) {
	inProtocol(t, "polling: a close packet ends the session", func(t *testing.T, n *network) {
		path := n.openPolling()
		poll := n.background("GET", path, "")
		synctest.Wait()
		n.expectBody("ok", n.post(path, "1"))
		n.expectBody("6", <-poll)
		n.expectStatus(400, n.get(path))
	})
	inProtocol(t, "polling: a close packet that has overtaken its poll", func(t *testing.T, n *network) {
		path := n.openPolling()
		posted := n.background("POST", path, "1")
		synctest.Wait()
		n.expectBody("6", n.get(path))
		n.expectBody("ok", <-posted)
		n.expectStatus(400, n.get(path))
	})
	inProtocol(t, "polling: a close packet without a poll", func(t *testing.T, n *network) {
		path := n.openPolling()
		n.expectBody("ok", n.post(path, "1"))
		n.expectStatus(400, n.get(path))
	})
	inProtocol(t, "websocket: a close packet ends the session", func(t *testing.T, n *network) {
		w := n.openWebSocket()
		w.send("1")
		w.expectClose(1005)
	})
}

// upgrade moves a polling session, as clients do.
func (n *network) upgrade(path string) *webSocket {
	n.t.Helper()
	w := n.mustOpen(strings.Replace(path, "polling", "websocket", 1))
	w.send("2probe")
	w.expect(text("3probe"))
	n.expectBody("6", n.get(path))
	w.send("5")
	return w
}

func TestProtocolUpgrade(t *testing.T) {
	inProtocol(t, "moves to a websocket", func(t *testing.T, n *network) {
		w := n.upgrade(n.openPolling())
		w.send("4hello")
		w.expect(text("4hello"))
		w.conn.Close()
	})
	inProtocol(t, "releases a poll that waits", func(t *testing.T, n *network) {
		path := n.openPolling()
		poll := n.background("GET", path, "")
		synctest.Wait()
		w := n.mustOpen(strings.Replace(path, "polling", "websocket", 1))
		synctest.Wait()
		select {
		case got := <-poll:
			t.Fatalf("the poll was answered before the probe: %v", got)
		default:
		}
		w.send("2probe")
		w.expect(text("3probe"))
		n.expectBody("6", <-poll)
		w.send("5")
		w.send("4hello")
		w.expect(text("4hello"))
		w.conn.Close()
	})
	inProtocol(t, "refuses HTTP requests of a session that has moved", func(t *testing.T, n *network) {
		path := n.openPolling()
		w := n.upgrade(path)
		w.send("4hello")
		w.expect(text("4hello"))
		n.expectStatus(400, n.get(path))
		n.expectStatus(400, n.post(path, "4hello"))
		w.send("4hello")
		w.expect(text("4hello"))
		w.conn.Close()
	})
	inProtocol(t, "refuses a poll that has overtaken the end of the upgrade", func(t *testing.T, n *network) {
		path := n.openPolling()
		w := n.mustOpen(strings.Replace(path, "polling", "websocket", 1))
		w.send("2probe")
		w.expect(text("3probe"))
		n.expectBody("ok", n.post(path, "4hello")) // its echo does not go with the poll
		poll := n.background("GET", path, "")
		synctest.Wait()
		w.send("5")
		n.expectStatus(400, <-poll)
		w.expect(text("4hello"))
		w.conn.Close()
	})
	inProtocol(t, "releases a poll behind the probe when the client has time for it", func(t *testing.T, n *network) {
		path := n.openPolling()
		w := n.mustOpen(strings.Replace(path, "polling", "websocket", 1))
		w.send("2probe")
		w.expect(text("3probe"))
		n.expectBody("6", n.get(path))
		n.expectBody("6", n.get(path))
		w.conn.Close()
	})
	inProtocol(t, "refuses a websocket of a session that has moved", func(t *testing.T, n *network) {
		path := n.openPolling()
		w := n.upgrade(path)
		w.send("4hello")
		w.expect(text("4hello"))
		second := n.mustOpen(strings.Replace(path, "polling", "websocket", 1))
		second.expectCloseFrame(1005)
		second.conn.Close()
		w.send("4hello")
		w.expect(text("4hello"))
		w.conn.Close()
	})
	inProtocol(t, "what was sent meanwhile comes by the websocket", func(t *testing.T, n *network) {
		path := n.openPolling()
		w := n.mustOpen(strings.Replace(path, "polling", "websocket", 1))
		w.send("2probe")
		w.expect(text("3probe"))
		n.expectBody("ok", n.post(path, "4one\x1ebAQID\x1e4two"))
		w.send("5")
		w.expect(text("4one"), frame{2, "\x01\x02\x03"}, text("4two"))
		w.conn.Close()
	})
	inProtocol(t, "a ping during the upgrade can be answered after it", func(t *testing.T, n *network) {
		path := n.openPolling()
		w := n.mustOpen(strings.Replace(path, "polling", "websocket", 1))
		w.send("2probe")
		w.expect(text("3probe"))
		time.Sleep(300 * time.Millisecond)
		synctest.Wait()
		w.send("5")
		w.expect(text("2"))
		w.send("3")
		time.Sleep(299 * time.Millisecond)
		w.send("4still here")
		w.expect(text("4still here"))
		w.conn.Close()
	})
}
