package socketio_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sockethub/sockethub/socketio"
	"github.com/sockethub/sockethub/testdata/conformance/wire"
)

// recoverable is a server whose sockets wait for their clients, and what its
// handlers are told.
type recoverable struct {
	*socketio.Server
	url     string
	sockets chan *socketio.Socket
	told    chan string
	events  chan socketio.Ack
}

func startRecoverable(t *testing.T, recovery socketio.Recovery) *recoverable {
	t.Helper()
	server, url := start(t, socketio.Options{Recovery: recovery})
	r := &recoverable{
		Server: server, url: url,
		sockets: make(chan *socketio.Socket, 1000), told: make(chan string, 10000), events: make(chan socketio.Ack, 1000),
	}
	n := server.Of("/")
	n.OnConnected(func(s *socketio.Socket) { r.sockets <- s })
	n.OnEvent(func(s *socketio.Socket, e *socketio.EventPacket) { r.events <- e.Ack })
	n.OnDisconnect(func(s *socketio.Socket, reason string) {
		r.told <- fmt.Sprintf("disconnect %s %t", s.ID(), s.Recoverable())
	})
	n.OnRecover(func(s *socketio.Socket) { r.told <- "recover " + s.ID() })
	n.OnRelease(func(s *socketio.Socket) { r.told <- "release " + s.ID() })
	server.Of("/b")
	return r
}

// expect fails the test unless the handlers were told those things, in order.
func (r *recoverable) expect(t *testing.T, want ...string) {
	t.Helper()
	for _, w := range want {
		if got := await(t, w, r.told); got != w {
			t.Fatalf("the handlers were told %q, want %q", got, w)
		}
	}
}

// joined connects a client and returns its ids and its socket.
func (r *recoverable) joined(t *testing.T, c *wire.Client) (id, pid string, s *socketio.Socket) {
	t.Helper()
	c.Send("40")
	ids := c.Match(`40\{"sid":"(` + sid + `)","pid":"([A-Za-z0-9_-]{24})"\}`)
	return ids[0], ids[1], await(t, "the socket", r.sockets)
}

func comeBack(pid, offset string) string {
	if offset == "" {
		return `40{"pid":"` + pid + `"}`
	}
	return `40{"pid":"` + pid + `","offset":"` + offset + `"}`
}

func welcome(id, pid string) string { return `40{"sid":"` + id + `","pid":"` + pid + `"}` }

const offset = `([A-Za-z0-9_-]{6}\.)([0-9a-z]+)`

func TestRecovery(t *testing.T) {
	overEach(t, func(t *testing.T, open func(testing.TB, string, ...string) *wire.Client) {
		r := startRecoverable(t, socketio.Recovery{Max: time.Hour})
		c := open(t, r.url)
		id, pid, s := r.joined(t, c)
		s.Data = "state"
		s.Join("garden")
		s.Emit("news", []byte("1"))
		token := c.Match(`42\["news",1,"` + offset + `"\]`)[0]
		ctx := s.Context()
		c.Send(`429["x"]`)
		ack := await(t, "an event", r.events)

		c.Try("1") // a polling client that just stops is not missed until its heartbeat is
		c.Close()
		r.expect(t, "disconnect "+id+" true")
		await(t, "the context's end", ctx.Done())
		if s.Connected() || !s.Recoverable() || s.Session() != nil || s.Namespace().Len() != 1 {
			t.Error("the socket does not wait")
		}
		if err := s.Emit("news", []byte("2")); err != nil {
			t.Errorf("Emit = %v for a client that may come back", err)
		}
		s.Namespace().To("garden").Emit("news", []byte("3"))
		s.EmitBinary("file", [][]byte{{1, 2, 3}}, []byte(`{"_placeholder":true,"num":0}`))
		if err := s.EmitVolatile("tick"); err != socketio.ErrGone {
			t.Errorf("EmitVolatile = %v for a client that is away", err)
		}
		if _, err := s.EmitAck(t.Context(), "ask"); err != socketio.ErrGone {
			t.Errorf("EmitAck = %v for a client that is away", err)
		}

		back := open(t, r.url)
		back.Send(comeBack(pid, token+"1"))
		back.Expect(welcome(id, pid), `42["news",2,"`+token+`2"]`, `42["news",3,"`+token+`3"]`,
			`451-["file",{"_placeholder":true,"num":0},"`+token+`4"]`, "bAQID")
		r.expect(t, "recover "+id)
		if !s.Connected() || s.Recoverable() || s.Data != "state" || s.Context().Err() != nil {
			t.Error("the socket is not as it was")
		}
		// Who asked is gone; the client that is back may use the id anew.
		if err := ack.Send([]byte("1")); err != socketio.ErrGone {
			t.Errorf("an answer to the last connection: %v, want ErrGone", err)
		}
		s.Namespace().To("garden").Emit("news", []byte("5"))
		back.Expect(`42["news",5,"` + token + `5"]`)
		// Clients remember a string at the end as the offset, whatever it is.
		s.EmitVolatile("tick", []byte(`"6"`))
		back.Expect(`42["tick","6","` + token + `5"]`)
		back.Send("41")
		r.expect(t, "disconnect "+id+" false", "release "+id)
		again := open(t, r.url)
		again.Send(comeBack(pid, token+"5"))
		again.Match(`40\{"sid":"` + sid + `","pid":"[^"]{24}"\}`)
		if other := await(t, "the new socket", r.sockets); other.ID() == id {
			t.Error("a client that had left is back")
		}
	})
}

// Nobody else's id or offset brings a socket back, nor a gap in what it missed.
func TestRecoveryRefused(t *testing.T) {
	tests := []struct {
		name string
		auth func(id, pid, token string) string
		ends bool // the socket that waits: it cannot be continued
	}{
		{"the public id", func(id, pid, token string) string { return comeBack(id, token+"1") }, false},
		{"no private id", func(id, pid, token string) string { return `40{"offset":"` + token + `1"}` }, false},
		{"a number for it", func(id, pid, token string) string { return `40{"pid":1}` }, false},
		{"a prefix of it", func(id, pid, token string) string { return comeBack(pid[:23], token+"1") }, false},
		{"an offset to come", func(id, pid, token string) string { return comeBack(pid, token+"zz") }, true},
		{"an offset that is no number", func(id, pid, token string) string { return comeBack(pid, token+"-1") }, true},
		{"an offset that overflows", func(id, pid, token string) string { return comeBack(pid, token+strings.Repeat("z", 20)) }, true},
		{"an offset that is forgotten", func(id, pid, token string) string { return comeBack(pid, token+"1") }, true},
		{"no offset, and the beginning is forgotten", func(id, pid, token string) string { return comeBack(pid, "") }, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := startRecoverable(t, socketio.Recovery{Max: time.Hour, MaxBytes: 4096})
			c := wire.WebSocket(t, r.url)
			id, pid, s := r.joined(t, c)
			s.Emit("x")
			token := c.Match(`42\["x","` + offset + `"\]`)[0]
			c.Close()
			r.expect(t, "disconnect "+id+" true")
			s.Fill(1000)
			back := wire.WebSocket(t, r.url)
			back.Send(tt.auth(id, pid, token))
			ids := back.Match(`40\{"sid":"(` + sid + `)","pid":"([^"]{24})"\}`)
			if ids[0] == id || ids[1] == pid {
				t.Error("the socket is back")
			}
			if tt.ends {
				r.expect(t, "release "+id)
			} else if !s.Recoverable() {
				t.Error("somebody else has ended the wait")
			}
		})
	}
}

// No offset, or that of a socket that the client had before, means that nothing
// arrived: all of it is sent.
func TestRecoveryFromTheBeginning(t *testing.T) {
	for _, from := range []string{"", "abcdef.1", "1", "a string that a handler was given"} {
		r := startRecoverable(t, socketio.Recovery{Max: time.Hour})
		c := wire.WebSocket(t, r.url)
		id, pid, s := r.joined(t, c)
		s.Emit("x")
		token := c.Match(`42\["x","` + offset + `"\]`)[0]
		s.Emit("y")
		c.Close()
		r.expect(t, "disconnect "+id+" true")
		back := wire.WebSocket(t, r.url)
		back.Send(comeBack(pid, from))
		back.Expect(welcome(id, pid), `42["x","`+token+`1"]`, `42["y","`+token+`2"]`)
	}
}

// A socket is found only in its own namespace.
func TestRecoveryElsewhere(t *testing.T) {
	r := startRecoverable(t, socketio.Recovery{Max: time.Hour})
	c := wire.WebSocket(t, r.url)
	id, pid, _ := r.joined(t, c)
	c.Close()
	r.expect(t, "disconnect "+id+" true")
	back := wire.WebSocket(t, r.url)
	back.Send(strings.Replace(comeBack(pid, ""), "40", "40/b,", 1))
	if got := back.Match(`40/b,\{"sid":"(.*)","pid":"(.*)"\}`); got[0] == id || got[1] == pid {
		t.Error("the socket is in another namespace")
	}
	back.Send(comeBack(pid, ""))
	back.Expect(welcome(id, pid))
}

// A client whose last connection seems alive takes its socket over.
func TestRecoveryTakesOver(t *testing.T) {
	overEach(t, func(t *testing.T, open func(testing.TB, string, ...string) *wire.Client) {
		r := startRecoverable(t, socketio.Recovery{Max: time.Hour})
		c := open(t, r.url)
		id, pid, s := r.joined(t, c)
		s.Emit("x")
		token := c.Match(`42\["x","` + offset + `"\]`)[0]
		s.Emit("y")
		back := open(t, r.url)
		back.Send(comeBack(pid, token+"1"))
		back.Expect(welcome(id, pid), `42["y","`+token+`2"]`)
		r.expect(t, "disconnect "+id+" true", "recover "+id)
		c.Match(`42\["y",.*`)
		c.Over()
		s.Emit("z")
		back.Expect(`42["z","` + token + `3"]`)
	})
}

// Where a handler of the last connection still runs, it comes to its end first.
func TestRecoveryWaitsForHandler(t *testing.T) {
	r := startRecoverable(t, socketio.Recovery{Max: time.Hour})
	began, ended, goOn := make(chan struct{}), make(chan struct{}), make(chan struct{})
	r.Of("/").OnEvent(func(s *socketio.Socket, e *socketio.EventPacket) {
		close(began)
		<-s.Context().Done()
		close(ended)
		<-goOn
		r.told <- "handler's end"
	})
	c := wire.WebSocket(t, r.url)
	id, pid, _ := r.joined(t, c)
	c.Send(`42["x"]`)
	await(t, "the handler", began)
	back := wire.WebSocket(t, r.url)
	back.Send(comeBack(pid, ""))
	await(t, "the end of the handler's context", ended)
	close(goOn)
	back.Expect(welcome(id, pid))
	r.expect(t, "handler's end", "disconnect "+id+" true", "recover "+id)
}

// A client that comes back while the server closes has nothing to wait for, and
// the socket is released all the same.
func TestRecoveryWhileClosing(t *testing.T) {
	r := startRecoverable(t, socketio.Recovery{Max: time.Hour})
	began, ended, goOn := make(chan struct{}), make(chan struct{}), make(chan struct{})
	r.Of("/").OnEvent(func(s *socketio.Socket, e *socketio.EventPacket) {
		close(began)
		<-s.Context().Done()
		close(ended)
		<-goOn
	})
	c := wire.WebSocket(t, r.url)
	id, pid, _ := r.joined(t, c)
	c.Send(`42["x"]`)
	await(t, "the handler", began)
	back := wire.WebSocket(t, r.url)
	back.Send(comeBack(pid, ""))
	await(t, "the end of the handler's context", ended) // so the other waits
	closed := make(chan error, 1)
	go func() { closed <- r.Close(t.Context()) }()
	back.Over()
	close(goOn)
	if err := await(t, "Close", closed); err != nil {
		t.Errorf("Close = %v", err)
	}
	counts := make(map[string]int)
	for len(r.told) > 0 {
		counts[<-r.told]++
	}
	// It may have been quick enough to come back, for a moment.
	if counts["disconnect "+id+" true"] != 1+counts["recover "+id] || counts["release "+id] != 1 {
		t.Errorf("the handlers were told %v", counts)
	}
}

func TestRecoveryExpires(t *testing.T) {
	r := startRecoverable(t, socketio.Recovery{Max: 20 * time.Millisecond})
	c := wire.WebSocket(t, r.url)
	id, pid, s := r.joined(t, c)
	c.Close()
	r.expect(t, "disconnect "+id+" true", "release "+id)
	if err := s.Emit("x"); err != socketio.ErrGone {
		t.Errorf("Emit = %v after the wait", err)
	}
	back := wire.WebSocket(t, r.url)
	back.Send(comeBack(pid, ""))
	if back.Match(`40\{"sid":"(.*)","pid":".*"\}`)[0] == id {
		t.Error("the socket is back after its wait")
	}
}

// Disconnect ends a wait.
func TestRecoveryDisconnect(t *testing.T) {
	r := startRecoverable(t, socketio.Recovery{Max: time.Hour})
	c := wire.WebSocket(t, r.url)
	id, _, s := r.joined(t, c)
	c.Close()
	r.expect(t, "disconnect "+id+" true")
	eventually(t, "the socket waits", func() bool { return r.Remains().Lost == 1 })
	s.Disconnect(false)
	r.expect(t, "release "+id)
	if left := r.Remains(); left.Lost != 0 || left.Resumable != 0 {
		t.Errorf("remains %+v", left)
	}
}

// Disconnect with the whole session ends all of its sockets for good.
func TestRecoveryKicked(t *testing.T) {
	r := startRecoverable(t, socketio.Recovery{Max: time.Hour})
	other := make(chan bool, 1)
	r.Of("/b").OnDisconnect(func(s *socketio.Socket, reason string) { other <- s.Recoverable() })
	c := wire.WebSocket(t, r.url)
	id, _, s := r.joined(t, c)
	c.Send("40/b")
	c.Match("40/b,{.*}")
	s.Disconnect(true)
	r.expect(t, "disconnect "+id+" false", "release "+id)
	if await(t, "the other namespace's end", other) {
		t.Error("a session that was thrown out may come back in another namespace")
	}
}

// The sockets that wait are bounded; the longest wait ends first.
func TestRecoveryMaxSockets(t *testing.T) {
	r := startRecoverable(t, socketio.Recovery{Max: time.Hour, MaxSockets: 2})
	var ids []string
	for range 4 {
		c := wire.WebSocket(t, r.url)
		id, _, _ := r.joined(t, c)
		ids = append(ids, id)
		c.Close()
		r.expect(t, "disconnect "+id+" true")
		if len(ids) > 2 {
			r.expect(t, "release "+ids[len(ids)-3])
			continue
		}
		eventually(t, "the socket waits", func() bool { return r.Remains().Lost == len(ids) })
	}
	if left := r.Remains(); left.Lost != 2 || left.Resumable != 2 {
		t.Errorf("%+v, want 2 that wait", left)
	}
}

// What is kept for one socket is bounded in bytes, also if each event is next
// to nothing, or more than the bound alone.
func TestRecoveryMaxBytes(t *testing.T) {
	r := startRecoverable(t, socketio.Recovery{Max: time.Hour, MaxBytes: 10000})
	c := wire.WebSocket(t, r.url)
	_, _, s := r.joined(t, c)
	if n, bytes := s.Fill(100000); n == 0 || n > 100 || bytes > 10000 {
		t.Errorf("%d events of %d bytes are kept", n, bytes)
	}
	s.EmitBinary("x", [][]byte{bytes.Repeat([]byte{1}, 20000)}, []byte(`{"_placeholder":true,"num":0}`))
	if n, bytes := s.Fill(0); n != 0 || bytes != 0 {
		t.Errorf("%d events of %d bytes are kept beside one that is too large", n, bytes)
	}
	if n, bytes := s.Fill(3); n != 3 || bytes == 0 {
		t.Errorf("%d of 3 events are kept after that", n)
	}
}

// Who takes no part has a private id, so that it can ask for recovery with it
// later, but no offsets; and is gone when its transport is.
func TestRecoveryUnwanted(t *testing.T) {
	r := startRecoverable(t, socketio.Recovery{
		Max:   time.Hour,
		Wants: func(s *socketio.Socket) bool { return bytes.Contains(s.Auth(), []byte("recovery")) },
	})
	c := wire.WebSocket(t, r.url)
	id, pid, s := r.joined(t, c)
	wants := wire.WebSocket(t, r.url)
	wants.Send(`40{"recovery":true}`)
	wants.Match(`40{.*}`)
	s.Namespace().To().Emit("x", []byte("1"))
	c.Expect(`42["x",1]`)
	wants.Match(`42\["x",1,"` + offset + `"\]`)
	s.EmitVolatile("y")
	c.Expect(`42["y"]`)
	c.Close()
	r.expect(t, "disconnect "+id+" false", "release "+id)
	back := wire.WebSocket(t, r.url)
	back.Send(comeBack(pid, ""))
	if back.Match(`40\{"sid":"(.*)","pid":".*"\}`)[0] == id {
		t.Error("the socket is back")
	}
}

func TestRecoveryWantsPanics(t *testing.T) {
	r := startRecoverable(t, socketio.Recovery{Max: time.Hour, Wants: func(s *socketio.Socket) bool { panic("no") }})
	c := wire.WebSocket(t, r.url)
	_, _, s := r.joined(t, c)
	s.Emit("x")
	c.Expect(`42["x"]`)
}

func TestRecoverPanics(t *testing.T) {
	r := startRecoverable(t, socketio.Recovery{Max: time.Hour})
	r.Of("/").OnRecover(func(s *socketio.Socket) { panic("no") })
	c := wire.WebSocket(t, r.url)
	id, pid, _ := r.joined(t, c)
	back := wire.WebSocket(t, r.url)
	back.Send(comeBack(pid, ""))
	back.Expect(welcome(id, pid), "41")
	back.Over()
	r.expect(t, "disconnect "+id+" true", "disconnect "+id+" false", "release "+id)
}

// Many emit while the client comes and goes: each event arrives once, in
// order, whatever the connection it came on.
func TestRecoveryUnderLoad(t *testing.T) {
	r := startRecoverable(t, socketio.Recovery{Max: time.Hour, MaxBytes: 64 << 20})
	c := wire.WebSocket(t, r.url)
	id, pid, s := r.joined(t, c)
	s.Join("room")
	const emitters, events = 4, 300
	var emitting sync.WaitGroup
	for e := range emitters {
		emitting.Go(func() {
			for i := range events {
				arg := fmt.Appendf(nil, "%d", i)
				switch i % 3 {
				case 0:
					s.Emit(fmt.Sprint("e", e), arg)
				case 1:
					r.Of("/").To("room").Emit(fmt.Sprint("e", e), arg)
				case 2:
					s.EmitBinary(fmt.Sprint("e", e), [][]byte{{7}}, arg)
				}
				if i%50 == 0 {
					s.Leave("elsewhere")
				}
			}
		})
	}
	next := make([]int, emitters)
	last, round := "", 0
	for total := 0; total < emitters*events; {
		// Leave without a word after some events, at another place each time.
		for range 17 + round%11 {
			if total == emitters*events {
				break
			}
			p := c.Next()
			if p == "bBw==" {
				continue
			}
			var e, i int
			if _, err := fmt.Sscanf(p[strings.IndexByte(p, '['):], `["e%d",%d,`, &e, &i); err != nil {
				t.Fatalf("%s: %v", p, err)
			}
			if i != next[e] {
				t.Fatalf("event %d of emitter %d comes where %d is due (round %d)", i, e, next[e], round)
			}
			next[e]++
			total++
			last = p[strings.LastIndex(p, `,"`)+2 : len(p)-2]
		}
		round++
		if round%2 == 0 {
			c.Close() // else the new connection takes over
		}
		c = wire.WebSocket(t, r.url)
		c.Send(comeBack(pid, last))
		c.Expect(welcome(id, pid))
	}
	emitting.Wait()
	if round < 10 {
		t.Errorf("only %d connections", round)
	}
	s.Disconnect(true)
}

// Two that know the private id fight for the socket: one has it in the end,
// and nothing else is left.
func TestRecoveryFight(t *testing.T) {
	r := startRecoverable(t, socketio.Recovery{Max: time.Hour})
	c := wire.WebSocket(t, r.url)
	id, pid, _ := r.joined(t, c)
	var fighting sync.WaitGroup
	for range 8 {
		fighting.Go(func() {
			for range 10 {
				other := wire.WebSocket(t, r.url)
				other.Try(comeBack(pid, ""))
			}
		})
	}
	fighting.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), wire.Patience)
	defer cancel()
	if err := r.Close(ctx); err != nil {
		t.Fatal(err)
	}
	released := 0
	for len(r.told) > 0 {
		if <-r.told == "release "+id {
			released++
		}
	}
	if released != 1 {
		t.Errorf("the socket is released %d times", released)
	}
}

// When too many wait, one of whoever has most goes: a crowd that closes its
// connections at once does not end what everybody else could come back to.
func TestRecoveryIsShared(t *testing.T) {
	var whose atomic.Value
	r := startRecoverable(t, socketio.Recovery{Max: time.Hour, MaxSockets: 4,
		Whose: func(*socketio.Socket) string { return whose.Load().(string) }, MaxWhose: func() int { return 3 }})
	lose := func(name string) (id string) {
		whose.Store(name)
		before := r.Remains().Lost
		c := wire.WebSocket(t, r.url)
		id, _, _ = r.joined(t, c)
		c.Close()
		r.expect(t, "disconnect "+id+" true")
		if before < 3 {
			eventually(t, "the socket waits", func() bool { return r.Remains().Lost == before+1 })
		}
		return id
	}
	lose("modest")
	var crowd []string
	for range 2 {
		crowd = append(crowd, lose("crowd"))
	}
	crowd = append(crowd, lose("crowd"))
	eventually(t, "all places are taken", func() bool { return r.Remains().Lost == 4 })
	lose("crowd") // has its own share
	r.expect(t, "release "+crowd[0])
	lose("other")
	r.expect(t, "release "+crowd[1])
}
