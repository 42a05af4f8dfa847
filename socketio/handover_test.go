package socketio_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sockethub/sockethub/engineio"
	"github.com/sockethub/sockethub/socketio"
	"github.com/sockethub/sockethub/testdata/conformance/wire"
)

// succession is a place where one server serves after another. It is the Owner of
// what is on sockets: a string.
type succession struct {
	t       *testing.T
	make    func() *socketio.Server
	now     atomic.Pointer[socketio.Server]
	sockets map[string]*socketio.Socket // that were restored, by id
	stays   bool                        // no connection can be passed on
}

func (o *succession) SaveValue(any) (json.RawMessage, error) { return nil, nil }
func (o *succession) LoadValue(json.RawMessage) (any, error) { return nil, nil }
func (o *succession) SaveData(s *socketio.Socket) (json.RawMessage, error) {
	return json.Marshal(s.Data)
}

func (o *succession) LoadData(s *socketio.Socket, text json.RawMessage) error {
	o.sockets[s.ID()] = s
	return json.Unmarshal(text, &s.Data)
}

func (o *succession) ServeHTTP(w http.ResponseWriter, r *http.Request) { o.now.Load().ServeHTTP(w, r) }

func succeed(t *testing.T, build func() *socketio.Server) (*succession, string) {
	o := &succession{t: t, make: build}
	o.now.Store(build())
	web := httptest.NewServer(o)
	t.Cleanup(func() {
		o.now.Load().Close(context.Background())
		web.CloseClientConnections()
		web.Close()
	})
	return o, web.URL + "/socket.io/"
}

// handOver replaces the server. An error of Restore ends the test.
func (o *succession) handOver(meanwhile func()) {
	o.t.Helper()
	old := o.now.Load()
	ctx, cancel := context.WithTimeout(o.t.Context(), wire.Patience)
	defer cancel()
	old.Engine().Freeze(ctx)
	if meanwhile != nil {
		meanwhile()
	}
	var conns []net.Conn
	state, err := old.Export(o, func(conn net.Conn) (int, error) {
		if o.stays {
			return 0, errors.New("it is encrypted")
		}
		conns = append(conns, conn)
		return len(conns) - 1, nil
	})
	if err != nil {
		o.t.Fatal(err)
	}
	text, err := json.Marshal(state)
	if err != nil {
		o.t.Fatal(err)
	}
	state = socketio.State{}
	if err := json.Unmarshal(text, &state); err != nil {
		o.t.Fatal(err)
	}
	next := o.make()
	o.sockets = make(map[string]*socketio.Socket)
	take := func(i int) (net.Conn, error) {
		f, err := conns[i].(interface{ File() (*os.File, error) }).File()
		if err != nil {
			return nil, err
		}
		defer f.Close()
		defer conns[i].Close()
		return net.FileConn(f)
	}
	for i := range state.Clients {
		if err := next.RestoreClient(&state.Clients[i], o, take); err != nil {
			o.t.Fatal(err)
		}
	}
	for i := range state.Lost {
		if err := next.RestoreLost(&state.Lost[i], o); err != nil {
			o.t.Fatal(err)
		}
	}
	o.now.Store(next)
	next.Engine().Thaw()
}

// Rooms, data, offsets, half an event with attachments and an answer that is owed go
// over with a client that notices nothing.
func TestHandoverOfClient(t *testing.T) {
	acks := make(chan socketio.Ack, 10)
	o, url := succeed(t, func() *socketio.Server {
		server, err := socketio.New(socketio.Options{Recovery: socketio.Recovery{Max: time.Hour}})
		if err != nil {
			t.Fatal(err)
		}
		n := server.OfFunc(func(name string, _ []byte) bool { return name == "/made" })
		n.OnConnected(func(s *socketio.Socket) { s.Data = "mine"; s.Join("garden") })
		n.OnEvent(func(s *socketio.Socket, e *socketio.EventPacket) {
			if e.Name == "ask" {
				acks <- e.Ack
				return
			}
			e.Ack.SendBinary(e.Attachments, e.Args...)
		})
		return server
	})
	for _, transport := range []string{"websocket", "polling"} {
		t.Run(transport, func(t *testing.T) {
			open := wire.WebSocket
			if transport == "polling" {
				open = wire.Polling
			}
			c := open(t, url)
			c.Send(`40/made,{"who":"me"}`)
			id := c.Match(`40/made,\{"sid":"(` + sid + `)","pid":".*"\}`)[0]
			c.Send(`42/made,7["ask"]`)
			owed := await(t, "the question", acks)
			c.Send(`451-/made,8["echo",{"_placeholder":true,"num":0}]`)
			state, wanted := owed.State()
			if !wanted {
				t.Fatal("nobody waits for the answer")
			}
			for range 2 {
				o.handOver(nil)
			}
			s := o.sockets[id]
			if s == nil || s.Data != "mine" || string(s.Auth()) != `{"who":"me"}` || !s.Connected() {
				t.Fatalf("the socket became %+v", s)
			}
			c.Send("bAQID")
			c.Expect(`461-/made,8[{"_placeholder":true,"num":0}]`, "bAQID")
			ack := s.RestoreAck(state)
			if err := ack.Send([]byte("true")); err != nil {
				t.Error(err)
			}
			c.Expect("43/made,7[true]")
			if _, wanted := ack.State(); wanted {
				t.Error("an answer that was sent has a state")
			}
			s.Namespace().To("garden").Emit("news", []byte("1"))
			c.Match(`42/made,\["news",1,"` + offset + `"\]`)
			c.Try("41/made,")
			c.Close()
		})
	}
}

// A client whose connection stays behind comes back by recovery: it gets what it
// missed, and answers that are owed as events.
func TestHandoverByRecovery(t *testing.T) {
	acks := make(chan socketio.Ack, 10)
	o, url := succeed(t, func() *socketio.Server {
		server, err := socketio.New(socketio.Options{Recovery: socketio.Recovery{Max: time.Hour}})
		if err != nil {
			t.Fatal(err)
		}
		server.Of("/").OnEvent(func(s *socketio.Socket, e *socketio.EventPacket) { acks <- e.Ack })
		return server
	})
	o.stays = true
	c := wire.WebSocket(t, url)
	c.Send("40")
	ids := c.Match(`40\{"sid":"(` + sid + `)","pid":"([A-Za-z0-9_-]{24})"\}`)
	c.Send(`427["ask"]`)
	state, _ := await(t, "the question", acks).State()
	o.handOver(nil)
	s := o.sockets[ids[0]]
	if s == nil || !s.Recoverable() {
		t.Fatalf("the socket does not wait: %+v", s)
	}
	s.Emit("news", []byte("1"))
	s.RestoreAck(state).Deliver("answer", []byte("true"))
	o.handOver(nil) // and once more, while nobody is there
	back := wire.WebSocket(t, url)
	back.Send(`40{"pid":"` + ids[1] + `"}`)
	back.Expect(welcome(ids[0], ids[1]))
	back.Match(`42\["news",1,"` + offset + `"\]`)
	back.Expect("437[true]")
	back.Match(`42\["answer",true,"` + offset + `"\]`)
	back.Close()
}

func TestRestoreSocketRefuses(t *testing.T) {
	server, err := socketio.New(socketio.Options{Recovery: socketio.Recovery{Max: time.Hour}})
	if err != nil {
		t.Fatal(err)
	}
	server.Of("/")
	owner := &succession{t: t, sockets: map[string]*socketio.Socket{}}
	for _, tt := range []struct{ name, state, want string }{
		{"no id", `{"namespace":"/"}`, "an id is missing"},
		{"no namespace", `{"id":"a"}`, "no namespace has such a name"},
		{"unknown namespace", `{"id":"a","namespace":"/x"}`, "Invalid namespace"},
		{"seen", `{"id":"a","namespace":"/","seen":-2}`, "seen"},
		{"nothing kept", `{"id":"a","namespace":"/"}`, "cannot come back"},
		{"a token", `{"id":"a","namespace":"/","privateID":"p","kept":{"token":""}}`, "kept.token"},
		{"numbers", `{"id":"a","namespace":"/","privateID":"p","kept":{"token":"ab.","next":0,"events":[{}]}}`, "kept.next"},
		{"data", `{"id":"a","namespace":"/","privateID":"p","kept":{"token":"ab."}}`, "unexpected end of JSON"},
	} {
		var state socketio.SocketState
		if err := json.Unmarshal([]byte(tt.state), &state); err != nil {
			t.Fatal(err)
		}
		if err := server.RestoreLost(&state, owner); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	if r := server.Remains(); r != (socketio.Remains{Namespaces: 1}) {
		t.Errorf("remains: %+v", r)
	}
}

// Whatever a state says, the client is served or refused, and nothing stays of it.
func FuzzRestoreClient(f *testing.F) {
	f.Add([]byte(`{"session":{"id":"s"},"sockets":[{"namespace":"/","id":"a","privateID":"p","kept":{"token":"ab.","next":1,"events":[{"text":"MlsieCJd"}],"answers":[{"text":"MzdbXQ==","after":1,"number":1}]},"data":"1"}]}`))
	f.Add([]byte(`{"session":{"id":"s"},"packet":"NTEtWyJhIl0=","sockets":[{"namespace":"/r","id":"a","rooms":["x"],"data":null}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var state socketio.ClientState
		if json.Unmarshal(text, &state) != nil {
			return
		}
		server, err := socketio.New(socketio.Options{Recovery: socketio.Recovery{Max: time.Hour}, Engine: engineio.Options{PingTimeout: time.Millisecond}})
		if err != nil {
			t.Fatal(err)
		}
		server.Of("/")
		server.OfFunc(func(string, []byte) bool { return true })
		none := func(int) (net.Conn, error) { return nil, errors.New("none") }
		server.RestoreClient(&state, &succession{sockets: map[string]*socketio.Socket{}}, none)
		server.Engine().Thaw()
		ctx, cancel := context.WithTimeout(context.Background(), wire.Patience)
		defer cancel()
		if err := server.Close(ctx); err != nil {
			t.Error(err)
		}
		if r := server.Remains(); r.Sockets+r.Resumable+r.Lost+r.Clients+r.Rooms > 0 {
			t.Errorf("%s leaves %+v", text, fmt.Sprintf("%+v", r))
		}
	})
}
