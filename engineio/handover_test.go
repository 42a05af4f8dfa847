package engineio_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sockethub/sockethub/engineio"
)

// house is a place where one server serves after another, as a program does that is
// replaced.
type house struct {
	*network
	t       testing.TB
	opts    engineio.Options
	receive func(*engineio.Session) engineio.Receiver
	engine  atomic.Pointer[engineio.Server]
	stays   func(net.Conn) bool // is the connection one that cannot be passed on? nil: none is
	renew   func(net.Conn) net.Conn
	grace   time.Duration // for handlers; 0: 200 ms
}

func newHouse(t testing.TB, opts engineio.Options) *house {
	h := &house{t: t, opts: opts, receive: opts.Open}
	h.engine.Store(h.build())
	return h
}

func (h *house) build() *engineio.Server {
	engine, err := engineio.New(h.opts)
	if err != nil {
		h.t.Fatal(err)
	}
	return engine
}

func (h *house) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.engine.Load().ServeHTTP(w, r) }

// handOver replaces the server; meanwhile runs while nobody serves.
func (h *house) handOver(meanwhile func()) {
	ctx, cancel := context.WithTimeout(context.Background(), cmp.Or(h.grace, 200*time.Millisecond))
	defer cancel()
	old := h.engine.Load()
	old.Freeze(ctx)
	if meanwhile != nil {
		meanwhile()
	}
	var conns []net.Conn
	exported := old.Export(func(conn net.Conn) (int, error) {
		if h.stays != nil && h.stays(conn) {
			return 0, errors.New("it is encrypted")
		}
		conns = append(conns, conn)
		return len(conns) - 1, nil
	})
	next := h.build()
	for _, e := range exported {
		text, err := json.Marshal(e.State)
		if err != nil {
			h.t.Fatal(err)
		}
		var state engineio.SessionState
		if err := json.Unmarshal(text, &state); err != nil {
			h.t.Fatal(err)
		}
		take := func(i int) (net.Conn, error) {
			if h.renew != nil {
				return h.renew(conns[i]), nil
			}
			return conns[i], nil
		}
		receive := func(s *engineio.Session) engineio.Receiver {
			if r, ok := e.Receiver.(*recorder); ok { // goes on with its notes
				r.session = s
				return r
			}
			return h.receive(s)
		}
		if err := next.Restore(&state, e.Session.Value(), take, receive); err != nil {
			h.t.Error(err)
		}
	}
	h.engine.Store(next)
	next.Thaw()
}

// inHouse is a house on a clock that jumps. Goroutines of a former server that do not
// end fail the test.
func inHouse(t *testing.T, opts engineio.Options, f func(t *testing.T, h *house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		if opts.Open == nil {
			opts.Open = openEcho
		}
		h := newHouse(t, opts)
		h.network = inMemory(t, &http.Server{Handler: h})
		f(t, h)
		h.client.CloseIdleConnections()
		if err := h.engine.Load().Close(t.Context()); err != nil {
			t.Error(err)
		}
		h.close()
	})
}

// A client on a WebSocket notices nothing: what it sends and what it is sent while
// nobody serves comes once and in order, and pings come when they are due.
func TestHandoverOfWebSocket(t *testing.T) {
	var session *engineio.Session
	opts := engineio.Options{PingInterval: 25 * time.Second, PingTimeout: 20 * time.Second, Open: func(s *engineio.Session) engineio.Receiver {
		session = s
		return echoReceiver{s}
	}}
	inHouse(t, opts, func(t *testing.T, h *house) {
		w := h.openWebSocket()
		w.send("4before")
		w.expect(text("4before"))
		began := time.Now()
		for i, at := range []time.Duration{0, 20 * time.Second, 24 * time.Second} {
			time.Sleep(time.Until(began.Add(at)))
			frame := masked(1, fmt.Sprintf("4half %d", i))
			w.conn.Write(frame[:7])
			synctest.Wait()
			sent := make(chan struct{})
			h.handOver(func() {
				session.Send(fmt.Appendf(nil, "late %d", i), false)
				go func() { w.conn.Write(frame[7:]); close(sent) }()
				synctest.Wait()
			})
			w.expect(text(fmt.Sprintf("4late %d", i)), text(fmt.Sprintf("4half %d", i)))
			<-sent
		}
		w.expect(text("2"))
		if d := time.Since(began); d.Round(time.Second) != 25*time.Second {
			t.Errorf("the ping came after %v", d)
		}
		h.handOver(nil) // between ping and pong
		time.Sleep(19 * time.Second)
		w.send("3")
		w.expect(text("2"))
		h.handOver(nil)
		w.expectCloseFrame(1005) // without a pong
		if d := time.Since(began); d.Round(time.Second) != (25+19+25+20)*time.Second {
			t.Errorf("the session ended after %v", d)
		}
		w.conn.Close()
	})
}

// A client that polls notices nothing either: its poll is answered, and the next one
// finds the new server, and what waited.
func TestHandoverOfPolling(t *testing.T) {
	var session *engineio.Session
	opts := engineio.Options{Open: func(s *engineio.Session) engineio.Receiver { session = s; return echoReceiver{s} }}
	inHouse(t, opts, func(t *testing.T, h *house) {
		path := h.openPolling()
		poll := h.background("GET", path, "")
		synctest.Wait()
		h.handOver(func() {
			h.expectBody("6", <-poll)
			h.expectBody("6", h.get(path)) // it was on its way
			session.Send([]byte("late"), false)
			session.Send([]byte{1, 2}, true)
		})
		h.expectBody("4late\x1ebAQI=", h.get(path))
		h.expectBody("ok", h.post(path, "4after"))
		h.expectBody("4after", h.get(path))
		// A POST whose body comes while nobody serves is taken when somebody does
		// again, here the same server.
		engine := h.engine.Load()
		engine.Freeze(t.Context())
		post := h.background("POST", path, "4patient")
		synctest.Wait()
		select {
		case r := <-post:
			t.Errorf("answered %v by a frozen server", r)
		default:
		}
		engine.Thaw()
		h.expectBody("ok", <-post)
		h.expectBody("4patient", h.get(path))
	})
}

// A session that is about to move to a WebSocket does.
func TestHandoverOfUpgrade(t *testing.T) {
	for _, when := range []string{"before the probe", "before the upgrade", "after it"} {
		inHouse(t, engineio.Options{}, func(t *testing.T, h *house) {
			path := h.openPolling()
			poll := h.background("GET", path, "")
			w := h.mustOpen(webSocketOf(path))
			handOver := func(now string) {
				synctest.Wait()
				if when == now {
					h.handOver(nil)
				}
			}
			handOver("before the probe")
			w.send("2probe")
			w.expect(text("3probe"))
			h.expectBody("6", <-poll)
			handOver("before the upgrade")
			w.send("5")
			handOver("after it")
			w.send("4hello")
			w.expect(text("4hello"))
			if r := h.get(path); r.status != http.StatusBadRequest {
				t.Errorf("%s: a poll behind the upgrade is answered %v", when, r)
			}
		})
	}
}

// Whose connection cannot be passed on hears that it is over; a handler that does not
// return in time costs its own session only.
func TestHandoverLeavesBehind(t *testing.T) {
	opened := make(chan *recorder, 3)
	var release chan struct{}
	opts := engineio.Options{Open: func(s *engineio.Session) engineio.Receiver {
		r := &recorder{session: s, closed: make(chan string, 1), on: func(s *engineio.Session, data string) {
			if data == "stuck" {
				<-release
			}
			s.Send([]byte(data), false)
		}}
		opened <- r
		return r
	}}
	inHouse(t, opts, func(t *testing.T, h *house) {
		release = make(chan struct{})
		first := h.openWebSocket()
		behind := <-opened
		stuck := h.openWebSocket()
		stuckSession := <-opened
		stuck.send("4stuck")
		synctest.Wait()
		h.handOver(nil)
		stuck.expectCloseFrame(1005)
		stuck.conn.Close()
		close(release)
		stuckSession.ended(t, engineio.TransportClose)
		first.send("4x")
		first.expect(text("4x"))
		h.stays = func(net.Conn) bool { return true }
		h.handOver(nil)
		first.expectCloseFrame(1005)
		first.conn.Close()
		behind.ended(t, engineio.TransportClose)
		if n := h.engine.Load().Len(); n != 0 {
			t.Errorf("%d sessions went over", n)
		}
	})
}

// Many clients talk through many handovers, over real connections: each answer comes
// once and in order, and no goroutine of a former server stays.
func TestHandoverUnderLoad(t *testing.T) {
	h := newHouse(t, engineio.Options{Open: openEcho, PingInterval: time.Hour})
	h.network = onLoopback(t, &http.Server{Handler: h})
	h.grace = patience
	h.renew = func(conn net.Conn) net.Conn {
		f, err := conn.(interface{ File() (*os.File, error) }).File()
		if err != nil {
			t.Error(err)
			return conn
		}
		defer f.Close()
		next, err := net.FileConn(f)
		if err != nil {
			t.Error(err)
			return conn
		}
		conn.Close()
		return next
	}
	const clients, messages = 20, 300
	var wg sync.WaitGroup
	progress := make(chan struct{}, clients*messages)
	var opened []*webSocket
	for range clients {
		opened = append(opened, h.openWebSocket())
	}
	for i, w := range opened {
		wg.Go(func() {
			var frames []byte
			for n := range messages {
				frames = append(frames, masked(1, fmt.Sprintf("4%d:%d:%s", i, n, strings.Repeat("x", n)))...)
			}
			go func() {
				for part := range slices.Chunk(frames, 777) { // anywhere in a frame
					w.conn.Write(part)
				}
			}()
			for n := 0; n < messages; {
				f, ok := w.next()
				switch want := fmt.Sprintf("4%d:%d:%s", i, n, strings.Repeat("x", n)); {
				case !ok:
					t.Errorf("client %d: the connection ended at message %d", i, n)
					return
				case f != text(want):
					t.Errorf("client %d: got %v, want %q", i, f, want)
					return
				default:
					n++
					progress <- struct{}{}
				}
			}
			w.conn.Close()
		})
	}
	go func() { wg.Wait(); close(progress) }()
	received, handovers := 0, 0
	for range progress {
		if received++; received%200 == 0 {
			h.handOver(nil)
			handovers++
		}
	}
	t.Logf("%d handovers", handovers)
	h.engine.Load().Close(t.Context())
}

func TestRestoreSessionRefuses(t *testing.T) {
	engine, err := engineio.New(engineio.Options{Open: openEcho, MaxBuffered: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, state, want string }{
		{"no id", `{}`, "the id has 0 characters"},
		{"a long id", `{"id":"` + strings.Repeat("a", 65) + `"}`, "the id has 65 characters"},
		{"script", `{"id":"a","jsonp":"alert(1)//"}`, "jsonp"},
		{"both", `{"id":"a","webSocket":{},"pending":[{"kind":"4"}]}`, "does not poll"},
		{"counters", `{"id":"a","sent":1,"proven":2}`, "fewer messages were sent"},
		{"a packet of no type", `{"id":"a","pending":[{"kind":"x"}]}`, `pending[0]: kind is "x"`},
		{"too much", `{"id":"a","pending":[{"kind":"4"},{"kind":"4","data":"` + strings.Repeat("AAAA", 100) + `"}]}`, "more than 100 bytes"},
		{"no descriptor", `{"id":"a","webSocket":{"descriptor":7}}`, "webSocket: no such"},
	} {
		var state engineio.SessionState
		if err := json.Unmarshal([]byte(tt.state), &state); err != nil {
			t.Fatal(err)
		}
		none := func(int) (net.Conn, error) { return nil, errors.New("no such descriptor") }
		if err := engine.Restore(&state, nil, none, openEcho); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	if engine.Len() != 0 {
		t.Errorf("%d sessions are left", engine.Len())
	}
}

// Whatever a state says, the session serves or is refused.
func FuzzRestoreSession(f *testing.F) {
	f.Add([]byte(`{"id":"a","pending":[{"kind":"4","data":"aGk="},{"kind":"b"}],"beat":1000,"sent":2}`))
	f.Add([]byte(`{"id":"a","webSocket":{"descriptor":1,"in":"gYU3+iE9f58=","out":"gQA="},"beat":-5,"pinged":true}`))
	f.Add([]byte(`{"id":"a","probe":{"descriptor":1},"probed":true,"jsonp":"___eio[0](\""}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var state engineio.SessionState
		if json.Unmarshal(text, &state) != nil {
			return
		}
		engine, err := engineio.New(engineio.Options{Open: openEcho})
		if err != nil {
			t.Fatal(err)
		}
		take := func(int) (net.Conn, error) { client, server := net.Pipe(); client.Close(); return server, nil }
		if engine.Restore(&state, nil, take, openEcho) != nil {
			return
		}
		engine.Thaw()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		engine.Close(ctx)
	})
}

// still is a connection of which nothing comes until it is frozen.
type still struct {
	tireless
	wake chan struct{}
	once sync.Once
}

func (s *still) Read([]byte) (int, error) { <-s.wake; return 0, os.ErrDeadlineExceeded }

func (s *still) SetDeadline(d time.Time) error {
	if !d.IsZero() {
		s.once.Do(func() { close(s.wake) })
	}
	return nil
}

// What a handover of 10,000 idle clients costs the old server.
func BenchmarkFreeze(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		engine, err := engineio.New(engineio.Options{Open: openEcho})
		if err != nil {
			b.Fatal(err)
		}
		for range 10_000 {
			openOver(engine, &still{wake: make(chan struct{})})
		}
		b.StartTimer()
		engine.Freeze(context.Background())
		if n := len(engine.Export(func(net.Conn) (int, error) { return 0, nil })); n != 10_000 {
			b.Fatalf("%d sessions are exported", n)
		}
	}
}
