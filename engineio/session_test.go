package engineio_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sockethub/sockethub/engineio"
	"github.com/sockethub/sockethub/engineio/websocket"
)

// recorder is a Receiver that notes what it is told, and does what on says.
type recorder struct {
	session *engineio.Session
	on      func(s *engineio.Session, data string)
	closed  chan string

	mu   sync.Mutex
	data []string
}

func (r *recorder) Message(data []byte, binary bool) {
	r.mu.Lock()
	r.data = append(r.data, string(data))
	r.mu.Unlock()
	if r.on != nil {
		r.on(r.session, string(data))
	}
}

func (r *recorder) Closed(reason engineio.Reason, err error) {
	r.closed <- fmt.Sprint(reason)
	close(r.closed) // a second time panics
}

// bench is a server whose sessions are recorders, on a clock that jumps.
type bench struct {
	*network
	engine *engineio.Server
	opened chan *recorder
	on     func(s *engineio.Session, data string)
	log    bytes.Buffer
}

func inBubble(t *testing.T, opts engineio.Options, f func(t *testing.T, b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{opened: make(chan *recorder, 100)}
		if opts.Open == nil {
			opts.Open = func(s *engineio.Session) engineio.Receiver {
				r := &recorder{session: s, on: b.on, closed: make(chan string, 1)}
				b.opened <- r
				return r
			}
		}
		opts.Log = slog.New(slog.NewTextHandler(&b.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		engine, err := engineio.New(opts)
		if err != nil {
			t.Fatal(err)
		}
		b.engine = engine
		b.network = inMemory(t, &http.Server{
			Handler: engine, ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second, IdleTimeout: 5 * time.Second, ReadHeaderTimeout: 5 * time.Second,
		})
		f(t, b)
		if err := engine.Close(t.Context()); err != nil {
			t.Error(err)
		}
		b.close()
	})
}

// ended waits for the session's end.
func (r *recorder) ended(t *testing.T, want engineio.Reason) {
	t.Helper()
	if got := <-r.closed; got != string(want) {
		t.Errorf("the session ended with %q, want %q", got, want)
	}
	if cause := context.Cause(r.session.Context()); cause == nil || !strings.Contains(cause.Error(), string(want)) {
		t.Errorf("the cause of the context is %v, want %q", cause, want)
	}
	if err := r.session.Send([]byte("x"), false); !errors.Is(err, engineio.ErrClosed) {
		t.Errorf("Send: %v", err)
	}
	if err := r.session.SendAll(engineio.Packet{}); !errors.Is(err, engineio.ErrClosed) {
		t.Errorf("SendAll: %v", err)
	}
	if err := r.session.SendPrepared(engineio.Prepare(nil, false)); !errors.Is(err, engineio.ErrClosed) {
		t.Errorf("SendPrepared: %v", err)
	}
}

func TestNewChecksItsOptions(t *testing.T) {
	for _, tt := range []struct {
		name string
		opts engineio.Options
		want string
	}{
		{"no Open", engineio.Options{}, "Open is missing"},
		{"a transport", engineio.Options{Open: openEcho, Transports: []string{"pigeon"}}, "pigeon"},
		{"a cookie without a name", engineio.Options{Open: openEcho, Cookie: &http.Cookie{}}, "Cookie"},
		{"credentials for everybody", engineio.Options{Open: openEcho, CORS: engineio.CORS{Credentials: true}}, "Credentials"},
	} {
		if _, err := engineio.New(tt.opts); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// A message is sent in each way, and in order, over each transport.
func TestSend(t *testing.T) {
	send := func(s *engineio.Session) {
		s.Send([]byte("one"), false)
		s.SendAll(engineio.Packet{Data: []byte("two")}, engineio.Packet{Data: []byte{3}, Binary: true})
		s.SendPrepared(engineio.Prepare([]byte("four"), false), engineio.Prepare([]byte{5}, true))
	}
	inBubble(t, engineio.Options{}, func(t *testing.T, b *bench) {
		path := b.openPolling()
		r := <-b.opened
		send(r.session)
		b.expectBody("4one\x1e4two\x1ebAw==\x1e4four\x1ebBQ==", b.get(path))
		if r.session.Transport() != "polling" {
			t.Errorf("the transport is %q", r.session.Transport())
		}

		w := b.upgrade(path)
		synctest.Wait()
		send(r.session)
		w.expect(text("4one"), text("4two"), frame{2, "\x03"}, text("4four"), frame{2, "\x05"})
		if r.session.Transport() != "websocket" || b.engine.Len() != 1 {
			t.Errorf("the transport is %q, of %d sessions", r.session.Transport(), b.engine.Len())
		}
		w.conn.Close()
		r.ended(t, engineio.TransportClose)
	})
}

// What the packets of a POST cause goes into one payload; Flush, and nothing
// else, sends what there is.
func TestPollIsAnsweredOnce(t *testing.T) {
	inBubble(t, engineio.Options{}, func(t *testing.T, b *bench) {
		hold := make(chan struct{})
		b.on = func(s *engineio.Session, data string) {
			s.Send([]byte(data), false)
			if data == "wait" {
				s.Flush()
				<-hold
			}
		}
		path := b.openPolling()
		poll := b.background("GET", path, "")
		synctest.Wait()
		b.expectBody("ok", b.post(path, "4a\x1e4b"))
		b.expectBody("4a\x1e4b", <-poll)

		poll = b.background("GET", path, "")
		synctest.Wait()
		posted := make(chan response, 1)
		go func() { posted <- b.post(path, "4c\x1e4wait\x1e4d") }()
		b.expectBody("4c\x1e4wait", <-poll)
		close(hold)
		b.expectBody("ok", <-posted)
		b.expectBody("4d", b.get(path))
	})
}

// Others send to a client whose POST is still on its way.
func TestSlowPostHoldsNothingUp(t *testing.T) {
	inBubble(t, engineio.Options{}, func(t *testing.T, b *bench) {
		path := b.openPolling()
		r := <-b.opened
		conn, err := b.dial()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\n4", path)
		poll := b.background("GET", path, "")
		synctest.Wait()
		r.session.Send([]byte("hello"), false)
		b.expectBody("4hello", <-poll)
		conn.Close()
		r.ended(t, engineio.TransportError)
	})
}

// A client that posts twice at once does not follow its own order: the session
// ends.
func TestTwoPostsAtOnce(t *testing.T) {
	inBubble(t, engineio.Options{}, func(t *testing.T, b *bench) {
		path := b.openPolling()
		r := <-b.opened
		conn, err := b.dial()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\n\r\n4", path)
		synctest.Wait()
		b.expectStatus(400, b.post(path, "4second"))
		r.ended(t, engineio.TransportError)
		go conn.Write([]byte("1"))
		first, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || first.StatusCode != 200 {
			t.Errorf("the first POST was answered with %v, %v", first, err)
		}
		if len(r.data) > 0 {
			t.Errorf("the receiver got %q", r.data)
		}
		b.expectStatus(400, b.get(path))
	})
}

// The context of a session may be asked for before and after its end.
func TestContext(t *testing.T) {
	inBubble(t, engineio.Options{}, func(t *testing.T, b *bench) {
		path := b.openPolling()
		s := (<-b.opened).session
		if !strings.HasSuffix(path, "sid="+s.ID()) {
			t.Errorf("the session at %s has the id %s", path, s.ID())
		}
		late := (func() *engineio.Session { b.openPolling(); return (<-b.opened).session })()
		early := s.Context()
		if early.Err() != nil {
			t.Error("the context has ended")
		}
		s.Close(engineio.ForcedClose)
		late.Close(engineio.ForcedClose)
		for _, ctx := range []context.Context{early, s.Context(), late.Context()} {
			<-ctx.Done()
			if got := context.Cause(ctx); got.Error() != "session ended: forced close" {
				t.Errorf("the cause is %v", got)
			}
		}
	})
}

// A middleware whose ResponseWriter hides the connection is the operator's bug:
// it is answered, and logged.
func TestWriterThatCannotBeHijacked(t *testing.T) {
	inBubble(t, engineio.Options{}, func(t *testing.T, b *bench) {
		r := httptest.NewRequest("GET", webSocketPath, nil)
		r.Header = http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}, "Sec-Websocket-Key": {key}, "Sec-Websocket-Version": {"13"}}
		w := httptest.NewRecorder()
		b.engine.ServeHTTP(w, r)
		if w.Code != 500 || b.engine.Len() != 0 || !strings.Contains(b.log.String(), "level=ERROR") {
			t.Errorf("got %d, %d sessions, log %s", w.Code, b.engine.Len(), b.log.String())
		}
	})
}

func TestCloseByTheServer(t *testing.T) {
	closing := func(name string, f func(t *testing.T, b *bench)) {
		t.Run(name, func(t *testing.T) {
			inBubble(t, engineio.Options{}, func(t *testing.T, b *bench) {
				b.on = func(s *engineio.Session, data string) {
					s.Send([]byte("bye"), false)
					s.Close(engineio.ForcedClose)
					s.Send([]byte("too late"), false)
				}
				f(t, b)
			})
		})
	}
	closing("a websocket", func(t *testing.T, b *bench) {
		w := b.openWebSocket()
		r := <-b.opened
		w.send("4x")
		w.send("4y")
		w.expect(text("4bye"))
		w.expectClose(1005)
		r.ended(t, engineio.ForcedClose)
		if len(r.data) != 1 {
			t.Errorf("after Close came %q", r.data)
		}
	})
	closing("polling, a GET waits", func(t *testing.T, b *bench) {
		path := b.openPolling()
		poll := b.background("GET", path, "")
		synctest.Wait()
		b.expectBody("ok", b.post(path, "4x"))
		b.expectBody("4bye\x1e1", <-poll)
		(<-b.opened).ended(t, engineio.ForcedClose)
		b.expectStatus(400, b.get(path))
	})
	closing("polling, none does", func(t *testing.T, b *bench) {
		path := b.openPolling()
		b.expectBody("ok", b.post(path, "4x"))
		(<-b.opened).ended(t, engineio.ForcedClose)
		b.expectBody("4bye\x1e1", b.get(path))
		b.expectStatus(400, b.get(path))
	})
	closing("polling, the client never asks", func(t *testing.T, b *bench) {
		path := b.openPolling()
		b.expectBody("ok", b.post(path, "4x"))
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if n := b.engine.Len(); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
		b.expectStatus(400, b.get(path))
	})
}

// An answer to a poll has at most 16 packets: python-engineio refuses more. What
// is left comes with the next, and a close with the last.
func TestPollHasFewPackets(t *testing.T) {
	said := func(from, to int) string {
		var list []string
		for i := from; i <= to; i++ {
			list = append(list, fmt.Sprintf("4%d", i))
		}
		return strings.Join(list, "\x1e")
	}
	inBubble(t, engineio.Options{}, func(t *testing.T, b *bench) {
		b.on = func(s *engineio.Session, data string) {
			n, _ := strconv.Atoi(data)
			for i := range n {
				s.Send(strconv.AppendInt(nil, int64(i+1), 10), false)
			}
			if n%10 != 0 {
				s.Close(engineio.ForcedClose)
			}
		}
		path := b.openPolling()
		b.expectBody("ok", b.post(path, "440"))
		b.expectBody(said(1, 16), b.get(path))
		b.expectBody(said(17, 32), b.get(path))
		b.expectBody(said(33, 40), b.get(path))
		for n, answers := range map[string][]string{
			"433": {said(1, 15), said(16, 30), said(31, 33) + "\x1e1"},
			"415": {said(1, 15) + "\x1e1"},
			"416": {said(1, 15), said(16, 16) + "\x1e1"},
		} {
			path := b.openPolling()
			b.expectBody("ok", b.post(path, n))
			for _, want := range answers {
				b.expectBody(want, b.get(path))
			}
			b.expectStatus(400, b.get(path))

			path = b.openPolling() // the same to a GET that waits
			poll := b.background("GET", path, "")
			synctest.Wait()
			b.expectBody("ok", b.post(path, n))
			b.expectBody(answers[0], <-poll)
			for _, want := range answers[1:] {
				b.expectBody(want, b.get(path))
			}
			b.expectStatus(400, b.get(path))
		}
	})
}

func TestServerClose(t *testing.T) {
	inBubble(t, engineio.Options{}, func(t *testing.T, b *bench) {
		path := b.openPolling()
		poll := b.background("GET", path, "")
		w := b.openWebSocket()
		first, second := <-b.opened, <-b.opened
		b.openPolling() // whose client never asks again
		stuck := b.openWebSocket()
		synctest.Wait()

		ctx, cancel := context.WithTimeoutCause(t.Context(), 7*time.Second, errors.New("out of patience"))
		defer cancel()
		closed := make(chan error, 1)
		start := time.Now()
		go func() { closed <- b.engine.Close(ctx) }()
		b.expectBody("1", <-poll)
		w.expectClose(1005)
		first.ended(t, engineio.ServerShutdown)
		second.ended(t, engineio.ServerShutdown)
		if got := b.get(pollingPath); got.status != 503 || got.body != `{"code":4,"message":"Server is shutting down"}` {
			t.Errorf("a new session: %v", got)
		}
		if err := <-closed; err == nil || err.Error() != "out of patience" || time.Since(start) != 7*time.Second {
			t.Errorf("Close: %v after %v", err, time.Since(start))
		}
		stuck.expectCloseFrame(1005) // which it never answers
		if got, ok := stuck.next(); ok {
			t.Errorf("after the end of Close came %v", got)
		}
		synctest.Wait()
		if n := b.engine.Len(); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
	})
}

// A panic costs the session in which it happened, and nothing else.
func TestPanicsAreContained(t *testing.T) {
	inBubble(t, engineio.Options{}, func(t *testing.T, b *bench) {
		b.on = func(s *engineio.Session, data string) {
			if data == "boom" {
				panic("a bug")
			}
			s.Send([]byte(data), false)
		}
		other := b.openWebSocket()
		<-b.opened
		w := b.openWebSocket()
		w.send("4boom")
		w.expectClose(1005)
		(<-b.opened).ended(t, engineio.ForcedClose)

		path := b.openPolling()
		b.expectBody("ok", b.post(path, "4boom"))
		(<-b.opened).ended(t, engineio.ForcedClose)

		other.send("4still here")
		other.expect(text("4still here"))
		other.conn.Close()
		if log := b.log.String(); strings.Count(log, "a bug") != 2 || !strings.Contains(log, "session_test.go") {
			t.Errorf("the log says %s", log)
		}
	})
}

type panicsAtTheEnd struct{}

func (panicsAtTheEnd) Message([]byte, bool)          {}
func (panicsAtTheEnd) Closed(engineio.Reason, error) { panic("a bug") }

func TestPanicsInOpenAndClosed(t *testing.T) {
	for name, open := range map[string]func(*engineio.Session) engineio.Receiver{
		"Open":   func(*engineio.Session) engineio.Receiver { panic("a bug") },
		"Closed": func(s *engineio.Session) engineio.Receiver { return panicsAtTheEnd{} },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, engineio.Options{Open: open}, func(t *testing.T, b *bench) {
				w := b.mustOpen(webSocketPath)
				f, _ := w.next()
				sid(t, f.payload)
				w.send("1")
				w.expectClose(1005)
				b.get(pollingPath)
				time.Sleep(time.Minute)
				synctest.Wait()
				if n := b.engine.Len(); n != 0 {
					t.Errorf("%d sessions are left", n)
				}
				if log := b.log.String(); !strings.Contains(log, "a bug") {
					t.Errorf("the log says %s", log)
				}
			})
		})
	}
}

// A polling client that fetches nothing has what waits for it bounded.
func TestSlowPollingClient(t *testing.T) {
	inBubble(t, engineio.Options{MaxBuffered: 10_000}, func(t *testing.T, b *bench) {
		for _, size := range []int{1000, 0} {
			b.openPolling()
			r := <-b.opened
			var err error
			for i := 0; err == nil && i < 1000; i++ {
				err = r.session.Send(make([]byte, size), true)
			}
			if !errors.Is(err, websocket.ErrSlow) {
				t.Errorf("messages of %d bytes: got %v", size, err)
			}
			r.ended(t, engineio.TransportError)
		}
	})
}

// A client that takes its answers too slowly is left.
func TestClientThatDoesNotReadItsAnswer(t *testing.T) {
	inBubble(t, engineio.Options{WriteTimeout: 3 * time.Second}, func(t *testing.T, b *bench) {
		path := b.openPolling()
		r := <-b.opened
		conn, err := b.dial()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		r.session.Send([]byte("hello"), false)
		start := time.Now()
		go fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: test\r\n\r\n", path)
		r.ended(t, engineio.TransportError)
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("it ended after %v", took)
		}
	})
}

// A poll may take longer than the http.Server lets a request take.
func TestPollOutlivesTheServersTimeouts(t *testing.T) {
	inBubble(t, engineio.Options{}, func(t *testing.T, b *bench) {
		path := b.openPolling()
		for range 3 {
			start := time.Now()
			b.expectBody("2", b.get(path))
			if took := time.Since(start); took != 25*time.Second {
				t.Errorf("the poll took %v", took)
			}
			b.expectBody("ok", b.post(path, "3"))
		}
	})
}

func TestHandshakeIsAsked(t *testing.T) {
	opts := engineio.Options{Handshake: func(r *http.Request) (any, error) {
		switch name := r.URL.Query().Get("name"); name {
		case "":
			return nil, errors.New("who are you?")
		case "late":
			return nil, &engineio.RefuseError{Status: 429, Code: 4, Message: "Too many"}
		default:
			return name, nil
		}
	}}
	inBubble(t, opts, func(t *testing.T, b *bench) {
		for _, path := range []string{pollingPath, webSocketPath} {
			request := func(query string) response {
				if path == webSocketPath {
					_, got := b.open(path+query, nil)
					return got
				}
				return b.get(path + query)
			}
			if got := request(""); got.status != 403 || got.body != `{"code":4,"message":"Forbidden"}` {
				t.Errorf("got %v", got)
			}
			if got := request("&name=late"); got.status != 429 || got.body != `{"code":4,"message":"Too many"}` {
				t.Errorf("got %v", got)
			}
		}
		sid(t, b.get(pollingPath+"&name=wren").body)
		r := <-b.opened
		if r.session.Value() != "wren" {
			t.Errorf("the session has %v", r.session.Value())
		}
	})
}

func TestCookie(t *testing.T) {
	cookie := &http.Cookie{Name: "io", Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
	inBubble(t, engineio.Options{Cookie: cookie}, func(t *testing.T, b *bench) {
		got := b.get(pollingPath)
		if want := "io=" + sid(t, got.body) + "; Path=/; HttpOnly; SameSite=Lax"; got.header.Get("Set-Cookie") != want {
			t.Errorf("polling: %q, want %q", got.header.Get("Set-Cookie"), want)
		}
		w, upgraded := b.open(webSocketPath, nil)
		f, _ := w.next()
		if want := "io=" + sid(t, f.payload) + "; Path=/; HttpOnly; SameSite=Lax"; upgraded.header.Get("Set-Cookie") != want {
			t.Errorf("websocket: %q, want %q", upgraded.header.Get("Set-Cookie"), want)
		}
		w.conn.Close()
		if got := b.get(pollingPath + "&sid=" + sid(t, got.body) + "&x="); got.header.Get("Set-Cookie") != "" {
			t.Errorf("a poll sets %q", got.header.Get("Set-Cookie"))
		}
	})
}

func TestTransports(t *testing.T) {
	inBubble(t, engineio.Options{Transports: []string{"polling"}}, func(t *testing.T, b *bench) {
		if got := b.get(pollingPath); !strings.Contains(got.body, `"upgrades":[]`) {
			t.Errorf("got %v", got)
		}
		if w, got := b.open(webSocketPath, nil); w != nil || got.status != 400 {
			t.Errorf("got %v", got)
		}
	})
	inBubble(t, engineio.Options{Transports: []string{"websocket"}}, func(t *testing.T, b *bench) {
		b.expectStatus(400, b.get(pollingPath))
		b.openWebSocket().conn.Close()
	})
	inBubble(t, engineio.Options{NoUpgrade: true}, func(t *testing.T, b *bench) {
		got := b.get(pollingPath)
		if !strings.Contains(got.body, `"upgrades":[]`) {
			t.Errorf("got %v", got)
		}
		b.mustOpen(webSocketPath + "&sid=" + sid(t, got.body)).expectClose(1005)
	})
}

func TestDeflateOption(t *testing.T) {
	inBubble(t, engineio.Options{Deflate: true, Open: openEcho}, func(t *testing.T, b *bench) {
		w, got := b.open(webSocketPath, func(h http.Header) { h.Set("Sec-Websocket-Extensions", "permessage-deflate") })
		if got.header.Get("Sec-Websocket-Extensions") == "" {
			t.Errorf("got %v", got.header)
		}
		w.conn.Close()
	})
}

func TestPollCompression(t *testing.T) {
	inBubble(t, engineio.Options{}, func(t *testing.T, b *bench) {
		path := b.openPolling()
		r := <-b.opened
		for _, tt := range []struct {
			size         int
			accept, want string
		}{{1023, "gzip", ""}, {1024, "gzip", "gzip"}, {5000, "deflate", "deflate"}, {5000, "br", ""}} {
			message := strings.Repeat("x", tt.size)
			r.session.Send([]byte(message), false)
			got := b.mustDo("GET", path, "", func(r *http.Request) { r.Header.Set("Accept-Encoding", tt.accept) })
			if coding := got.header.Get("Content-Encoding"); coding != tt.want || decoded(t, got) != "4"+message {
				t.Errorf("%d bytes, %q: coding %q, %d bytes", tt.size, tt.accept, coding, len(got.body))
			}
		}
	})
}

func TestRefuseError(t *testing.T) {
	err := &engineio.RefuseError{Status: 400, Code: 3, Message: "Bad request"}
	if err.Error() != "Bad request" {
		t.Errorf("got %q", err)
	}
}
