package socketio_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/sockethub/sockethub/socketio"
	"github.com/sockethub/sockethub/testdata/conformance/wire"
)

func TestOf(t *testing.T) {
	server, _ := start(t, socketio.Options{})
	n := server.Of("chat")
	if n.Name() != "/chat" || server.Of("/chat") != n {
		t.Errorf("Of(chat) is %s, and not that of /chat", n.Name())
	}
}

// Namespaces made by rule appear when they are asked for and vanish with their
// last socket.
func TestOfFunc(t *testing.T) {
	server, url := start(t, socketio.Options{MaxNamespaces: 3})
	made := make(chan *socketio.Namespace, 10)
	model := server.OfFunc(func(name string, auth []byte) bool {
		return strings.HasPrefix(name, "/room-") && string(auth) != `{"banned":true}`
	})
	model.OnConnected(func(s *socketio.Socket) { made <- s.Namespace() })
	echo(model)
	server.OfFunc(func(name string, auth []byte) bool { return name == "/panic" && auth[0] == 'x' })
	c := wire.WebSocket(t, url)
	c.Send(`40/room-1,{"banned":true}`, "40/hall", "40/panic")
	c.Expect(`44/room-1,{"message":"Invalid namespace"}`, `44/hall,{"message":"Invalid namespace"}`, `44/panic,{"message":"Invalid namespace"}`)

	for i := range 3 {
		c.Send(fmt.Sprintf("40/room-%d", i), fmt.Sprintf(`42/room-%d,%d["x"]`, i, i))
		c.Match(fmt.Sprintf("40/room-%d,{.*}", i))
		c.Expect(fmt.Sprintf(`43/room-%d,%d["x"]`, i, i))
	}
	c.Send("40/room-3", "40/room-4")
	c.Expect(`44/room-3,{"message":"too many namespaces"}`, `44/room-4,{"message":"too many namespaces"}`)

	other := wire.Polling(t, url)
	other.Send("40/room-1")
	other.Match("40/room-1,{.*}")
	first := await(t, "a namespace", made)
	if first.Len() != 1 {
		t.Errorf("%s has %d sockets", first.Name(), first.Len())
	}
	if server.Of("/room-0") != first {
		t.Error("Of has made another namespace than the rule")
	}
	c.Send("41/room-0", "41/room-1", "41/room-2", "40/room-5")
	c.Match("40/room-5,{.*}")
	// room-0 stays since Of asked for it, room-1 has the other client.
	if r := server.Remains(); r.Namespaces != 3 || r.Dynamic != 2 {
		t.Errorf("%d namespaces remain, %d by rule; want 3 and 2", r.Namespaces, r.Dynamic)
	}
	c.Close()
	other.Close()
	eventually(t, "the namespaces vanish", func() bool { r := server.Remains(); return r.Namespaces == 1 && r.Dynamic == 0 })
}

// A client that is refused leaves no namespace behind.
func TestOfFuncRefusal(t *testing.T) {
	server, url := start(t, socketio.Options{})
	model := server.OfFunc(func(string, []byte) bool { return true })
	model.OnConnect(func(s *socketio.Socket) error {
		s.Join("room")
		return errors.New("no")
	})
	c := wire.WebSocket(t, url)
	c.Send("40/a", "40/b")
	c.Expect(`44/a,{"message":"no"}`, `44/b,{"message":"no"}`)
	if r := server.Remains(); r.Namespaces != 0 || r.Dynamic != 0 || r.Rooms != 0 {
		t.Errorf("a refused client leaves %+v", r)
	}
}

func TestRooms(t *testing.T) {
	server, url := start(t, socketio.Options{})
	n := server.Of("/")
	var mu sync.Mutex
	sockets := make(map[string]*socketio.Socket)
	n.OnConnect(func(s *socketio.Socket) error {
		s.Join("all") // before it is told so
		mu.Lock()
		defer mu.Unlock()
		sockets[string(s.Auth())] = s
		return nil
	})
	clients := make(map[string]*wire.Client)
	names := []string{"ann", "bob", "cy"}
	for i, name := range names {
		c := wire.WebSocket(t, url)
		if i == 1 {
			c = wire.Polling(t, url)
		}
		c.Send(`40{"n":"` + name + `"}`)
		c.Match(`40{.*}`)
		clients[name] = c
	}
	socket := func(name string) *socketio.Socket {
		mu.Lock()
		defer mu.Unlock()
		return sockets[`{"n":"`+name+`"}`]
	}
	socket("ann").Join("a")
	socket("bob").Join("a")
	socket("bob").Join("b")
	socket("cy").Join("b")
	tests := []struct {
		name string
		to   socketio.Broadcast
		want string
	}{
		{"all", n.To(), "ann bob cy"},
		{"a room from OnConnect", n.To("all"), "ann bob cy"},
		{"one room", n.To("a"), "ann bob"},
		{"two rooms, once each", n.To("a", "b"), "ann bob cy"},
		{"all but one", n.To().Except(socket("bob")), "ann cy"},
		{"two rooms but one", n.To("a", "b").Except(socket("ann")), "bob cy"},
		{"nobody's room", n.To("c"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.to.Emit("news", []byte(`"`+tt.name+`"`))
			tt.to.EmitBinary("file", [][]byte{{1, 2, 3}}, []byte(`{"_placeholder":true,"num":0}`))
			n.To().Emit("end")
			for _, name := range names {
				if strings.Contains(tt.want, name) {
					clients[name].Expect(`42["news","`+tt.name+`"]`, `451-["file",{"_placeholder":true,"num":0}]`, "bAQID")
				}
				clients[name].Expect(`42["end"]`)
			}
		})
	}
	socket("bob").Leave("a")
	socket("bob").Leave("never joined")
	n.To("a").Emit("only ann")
	n.To().Emit("end")
	clients["ann"].Expect(`42["only ann"]`, `42["end"]`)
	clients["bob"].Expect(`42["end"]`)

	gone := socket("ann")
	clients["ann"].Close()
	eventually(t, "ann leaves", func() bool { return n.Len() == 2 })
	gone.Join("a")
	if r := server.Remains(); r.Rooms != 2 {
		t.Errorf("%d rooms remain, want all and b", r.Rooms)
	}
}

// A handler that panics ends its own client and is in the log.
func TestPanic(t *testing.T) {
	tests := []struct {
		handler string
		set     func(n *socketio.Namespace, f func())
		client  func(c *wire.Client)
	}{
		{"connect", func(n *socketio.Namespace, f func()) { n.OnConnect(func(*socketio.Socket) error { f(); return nil }) }, func(c *wire.Client) {
			c.Send("40")
			c.Expect(`44{"message":"internal error"}`)
		}},
		{"connected", func(n *socketio.Namespace, f func()) { n.OnConnected(func(*socketio.Socket) { f() }) }, func(c *wire.Client) {
			join(c)
			c.Expect("41")
			c.Over()
		}},
		{"event", func(n *socketio.Namespace, f func()) {
			n.OnEvent(func(*socketio.Socket, *socketio.EventPacket) { f() })
		}, func(c *wire.Client) {
			join(c)
			c.Send(`421["x"]`)
			c.Expect("41")
			c.Over()
		}},
		{"disconnect", func(n *socketio.Namespace, f func()) { n.OnDisconnect(func(*socketio.Socket, string) { f() }) }, func(c *wire.Client) {
			join(c)
			c.Send("41")
		}},
		{"release", func(n *socketio.Namespace, f func()) { n.OnRelease(func(*socketio.Socket) { f() }) }, func(c *wire.Client) {
			join(c)
			c.Send("41")
		}},
	}
	for _, tt := range tests {
		t.Run(tt.handler, func(t *testing.T) {
			overEach(t, func(t *testing.T, open func(testing.TB, string, ...string) *wire.Client) {
				var log lockedBuilder
				server, url := start(t, socketio.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
				tt.set(server.Of("/"), func() { panic("at the disco") })
				echo(server.Of("/other"))
				tt.client(open(t, url))
				eventually(t, "the panic is in the log", func() bool {
					return strings.Contains(log.String(), "handler="+tt.handler) && strings.Contains(log.String(), "at the disco") && strings.Contains(log.String(), "namespace_test.go")
				})
				other := wire.WebSocket(t, url)
				other.Send("40/other", `42/other,1["x"]`)
				other.Match("40/other,{.*}")
				other.Expect(`43/other,1["x"]`)
			})
		})
	}
}

type lockedBuilder struct {
	mu sync.Mutex
	b  strings.Builder
}

var _ io.Writer = (*lockedBuilder)(nil)

func (l *lockedBuilder) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lockedBuilder) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// OnConnect may put a client out again, by itself or with its session.
func TestDisconnectInOnConnect(t *testing.T) {
	for _, all := range []bool{false, true} {
		server, url := start(t, socketio.Options{})
		n := server.Of("/")
		n.OnConnect(func(s *socketio.Socket) error {
			s.Disconnect(all)
			return nil
		})
		n.OnConnected(func(*socketio.Socket) { t.Error("a client was let in that was put out before") })
		n.OnRelease(func(*socketio.Socket) { t.Error("a socket is released that was not let in") })
		c := wire.WebSocket(t, url)
		c.Send("40")
		if all {
			c.Over()
		} else {
			c.Expect(`44{"message":"disconnected"}`)
		}
		if n.Len() != 0 {
			t.Errorf("%d sockets remain", n.Len())
		}
	}
}
