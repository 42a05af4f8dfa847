package socketio_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/socketio"
	"github.com/sockethub/sockethub/testdata/conformance/wire"
)

// echo acknowledges each event with its name and arguments.
func echo(n *socketio.Namespace) {
	n.OnEvent(func(s *socketio.Socket, e *socketio.EventPacket) {
		e.Ack.SendBinary(e.Attachments, append([][]byte{fmt.Appendf(nil, "%q", e.Name)}, e.Args...)...)
	})
}

func TestEvents(t *testing.T) {
	tests := []struct{ name, send, want string }{
		{"no argument", `420["hello"]`, `430["hello"]`},
		{"arguments as they are", `421["x", 1.50, {"b": 1,"a":"\u00e9é"} ,null,[ ]]`, `431["x",1.50,{"b": 1,"a":"\u00e9é"},null,[ ]]`},
		{"more than eight", `422["x",1,2,3,4,5,6,7,8,9,10]`, `432["x",1,2,3,4,5,6,7,8,9,10]`},
		{"an escaped name", `423["h\u00e9\"llo"]`, `433["hé\"llo"]`},
		{"a number for a name", `424[42,"x"]`, `434["42","x"]`},
		{"named __proto__", `425["__proto__",{"__proto__":{"a":1},"constructor":null}]`, `435["__proto__",{"__proto__":{"a":1},"constructor":null}]`},
		{"the name error", `426["error",{}]`, `436["error",{}]`},
		{"an empty name", `427[""]`, `437[""]`},
		{"ids beyond 2^53, as JavaScript counts", `429007199254740993["x"]`, `439007199254740992["x"]`},
		{"the longest id", `4299999999999999999999["x"]`, `43100000000000000000000["x"]`},
		{"an id with zeros before it", `42007["x"]`, `437["x"]`},
		{"as deep as allowed", `428["x",` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `]`, `438["x",` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `]`},
		{"a placeholder without attachments is data", `429["x",{"_placeholder":true,"num":7}]`, `439["x",{"_placeholder":true,"num":7}]`},
		{"a long name", `4210["` + strings.Repeat("n", 10000) + `"]`, `4310["` + strings.Repeat("n", 10000) + `"]`},
	}
	overEach(t, func(t *testing.T, open func(testing.TB, string, ...string) *wire.Client) {
		server, url := start(t, socketio.Options{})
		echo(server.Of("/"))
		c := open(t, url)
		join(c)
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				c.Send(tt.send)
				c.Expect(tt.want)
			})
		}
	})
}

func TestBinary(t *testing.T) {
	overEach(t, func(t *testing.T, open func(testing.TB, string, ...string) *wire.Client) {
		server, url := start(t, socketio.Options{})
		n := server.Of("/")
		n.OnEvent(func(s *socketio.Socket, e *socketio.EventPacket) {
			if e.Ack.Wanted() {
				e.Ack.SendBinary(e.Attachments, e.Args...)
			} else {
				s.EmitBinary("back", e.Attachments, e.Args...)
			}
		})
		c := open(t, url)
		join(c)
		c.Send(`452-["x",{"num":1,"_placeholder":true},[{ "_placeholder" : true , "num" : 0 }]]`, "bAQID", "b")
		c.Expect(`452-["back",{"num":1,"_placeholder":true},[{ "_placeholder" : true , "num" : 0 }]]`, "bAQID", "b")
		c.Send(`451-7["x",{"_placeholder":true,"num":0}]`, "bAQID")
		c.Expect(`461-7[{"_placeholder":true,"num":0}]`, "bAQID")
		c.Send(`451-8["x",{"_placeholder":false,"num":9},{"_placeholder":"true"},"_placeholder"]`, "bAQID")
		c.Expect(`461-8[{"_placeholder":false,"num":9},{"_placeholder":"true"},"_placeholder"]`, "bAQID")
		// Without attachments it is no binary packet: clients refuse one.
		c.Send(`429["x",1]`, `42["x"]`)
		c.Expect(`439[1]`, `42["back"]`)
	})
}

func TestEmptyArgumentsReadAsNull(t *testing.T) {
	server, url := start(t, socketio.Options{})
	server.Of("/").OnEvent(func(s *socketio.Socket, e *socketio.EventPacket) {
		s.Emit("back", nil, []byte("1"), []byte{})
		e.Ack.Send(nil)
		e.Ack.Send([]byte(`"twice"`))
	})
	c := wire.WebSocket(t, url)
	join(c)
	c.Send(`421["x"]`, `42["no ack"]`)
	c.Expect(`42["back",null,1,null]`, `431[null]`, `42["back",null,1,null]`)
}

// What a client may not send ends its session, and nothing but it.
func TestAbuse(t *testing.T) {
	deep := strings.Repeat("[", 201) + strings.Repeat("]", 201)
	tests := []struct {
		name string
		send []string
	}{
		{"no packet", []string{"4"}},
		{"an unknown type", []string{"47"}},
		{"a letter for a type", []string{"4abc"}},
		{"connected twice", []string{"40"}},
		{"auth that is no object", []string{"40/b,[]"}},
		{"auth that is null", []string{"40/b,null"}},
		{"auth that is no JSON", []string{`40/b,{"a"}`}},
		{"an event elsewhere", []string{`42/b,["x"]`}},
		{"a disconnect with data", []string{`41{}`}},
		{"a refusal from a client", []string{`44{"message":"x"}`}},
		{"an event without data", []string{"42"}},
		{"an empty event", []string{"42[]"}},
		{"an event that is an object", []string{"42{}"}},
		{"an event that is no JSON", []string{`42["x",]`}},
		{"something after an event", []string{`42["x"]]`}},
		{"an event called by an object", []string{`42[{"toString":1},1]`}},
		{"an event called null", []string{`42[null]`}},
		{"an event called true", []string{`42[true]`}},
		{"connect", []string{`42["connect"]`}},
		{"connect_error", []string{`42["connect_error"]`}},
		{"disconnect", []string{`42["disconnect"]`}},
		{"disconnecting", []string{`42["disconnecting"]`}},
		{"newListener", []string{`42["newListener"]`}},
		{"removeListener", []string{`42["removeListener"]`}},
		{"a reserved name in disguise", []string{`42["\u0063onnect"]`}},
		{"an id that is a word", []string{`42abc["x"]`}},
		{"a negative id", []string{`42-1["x"]`}},
		{"an id that is a fraction", []string{`421.5["x"]`}},
		{"an id that overflows", []string{`42` + strings.Repeat("9", 400) + `["x"]`}},
		{"an ack without arguments", []string{"431"}},
		{"an ack that is an object", []string{"431{}"}},
		{"a negative ack id", []string{"43-1[]"}},
		{"an ack id that overflows", []string{"43" + strings.Repeat("9", 400) + "[]"}},
		{"nested too deep", []string{`42["x",` + deep + `]`}},
		{"nested far too deep", []string{`42["x",` + strings.Repeat(`{"a":`, 20000)}},
		{"a namespace without end", []string{"40/" + strings.Repeat("n", 5000)}},
		{"text that is not UTF-8", []string{"42[\"x\xff\"]"}},
		{"5999 attachments", []string{`455999-["x"]`}},
		{"eleven attachments", []string{`4511-["x"]`}},
		{"no attachments", []string{`450-["x"]`}},
		{"a negative count of attachments", []string{`45-1-["x"]`}},
		{"a count of attachments that overflows", []string{`45` + strings.Repeat("9", 400) + `-["x"]`}},
		{"attachments without a dash", []string{`451["x"]`}},
		{"attachments without a count", []string{`45["x"]`}},
		{"placeholder -1", []string{`451-["x",{"_placeholder":true,"num":-1}]`, "bAQID"}},
		{"placeholder x", []string{`451-["x",{"_placeholder":true,"num":"x"}]`, "bAQID"}},
		{"placeholder 1.5", []string{`451-["x",{"_placeholder":true,"num":1.5}]`, "bAQID"}},
		{"placeholder 1", []string{`451-["x",{"_placeholder":true,"num":1}]`, "bAQID"}},
		{"placeholder that overflows", []string{`451-["x",{"_placeholder":true,"num":99999999999999999999}]`, "bAQID"}},
		{"placeholder without a number", []string{`451-["x",{"_placeholder":true}]`, "bAQID"}},
		{"placeholder whose last number counts", []string{`451-["x",{"_placeholder":true,"num":0,"num":3}]`, "bAQID"}},
		{"placeholder in disguise", []string{`451-["x",{"\u005fplaceholder":true,"num":3}]`, "bAQID"}},
		{"placeholder far inside", []string{`451-["x",[{"a":{"_placeholder":true,"num":3}}]]`, "bAQID"}},
		{"placeholder in an ack", []string{`461-1[{"_placeholder":true,"num":3}]`, "bAQID"}},
		{"text where an attachment is due", []string{`451-["x",{"_placeholder":true,"num":0}]`, `42["x"]`}},
		{"two packets interleaved", []string{`451-["x",{"_placeholder":true,"num":0}]`, `451-["y",{"_placeholder":true,"num":0}]`, "bAQID", "bAQID"}},
		{"an attachment out of nowhere", []string{"bAQID"}},
		{"one attachment too many", []string{`451-["x",{"_placeholder":true,"num":0}]`, "bAQID", "bAQID"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			overEach(t, func(t *testing.T, open func(testing.TB, string, ...string) *wire.Client) {
				server, url := start(t, socketio.Options{})
				server.Of("/b")
				server.Of("/").OnEvent(func(s *socketio.Socket, e *socketio.EventPacket) {
					if tt.name != "one attachment too many" {
						t.Errorf("the handler was given %q %q", e.Name, e.Args)
					}
				})
				c, other := open(t, url), wire.WebSocket(t, url)
				join(c)
				join(other)
				c.Try(tt.send...)
				c.Over()
				other.Send("40/b")
				other.Match(`40/b,{.*}`)
			})
		})
	}
}

// Before the namespace is joined, nothing but a connect packet is taken.
func TestNothingBeforeConnect(t *testing.T) {
	for _, packet := range []string{`42["x"]`, "41", "431[]", `44{}`} {
		_, url := start(t, socketio.Options{})
		c := wire.WebSocket(t, url)
		c.Try(packet)
		c.Over()
	}
}

// Attachments that never come hold up nobody else, and end with the session.
func TestAttachmentsNeverCome(t *testing.T) {
	server, url := start(t, socketio.Options{})
	echo(server.Of("/"))
	c, other := wire.WebSocket(t, url), wire.WebSocket(t, url)
	join(c)
	join(other)
	c.Send(`4510-["x"]`, "bAQID")
	other.Send(`421["x"]`)
	other.Expect(`431["x"]`)
	c.Close()
	eventually(t, "the session ends", func() bool { return server.Remains().Clients == 1 })
}

func TestEmitAck(t *testing.T) {
	overEach(t, func(t *testing.T, open func(testing.TB, string, ...string) *wire.Client) {
		server, url := start(t, socketio.Options{})
		sockets := make(chan *socketio.Socket, 1)
		server.Of("/").OnConnected(func(s *socketio.Socket) { sockets <- s })
		c := open(t, url)
		join(c)
		s := await(t, "the socket", sockets)
		type result struct {
			reply socketio.Reply
			err   error
		}
		results := make(chan result, 1)
		ask := func(ctx context.Context) {
			reply, err := s.EmitAck(ctx, "ask", []byte("1"))
			results <- result{reply, err}
		}

		go ask(t.Context())
		c.Expect(`420["ask",1]`)
		c.Send(`435["to nobody"]`, `430["an answer",{"a":1}]`, `430["again"]`)
		if r := await(t, "the answer", results); r.err != nil || string(bytes.Join(r.reply.Args, []byte("|"))) != `"an answer"|{"a":1}` {
			t.Errorf("EmitAck = %q, %v", r.reply.Args, r.err)
		}

		go ask(t.Context())
		c.Expect(`421["ask",1]`)
		c.Send(`461-1[{"_placeholder":true,"num":0}]`, "bAQID")
		if r := await(t, "the binary answer", results); r.err != nil || len(r.reply.Attachments) != 1 || !bytes.Equal(r.reply.Attachments[0], []byte{1, 2, 3}) {
			t.Errorf("EmitAck = %q, %v", r.reply, r.err)
		}

		late := errors.New("too late")
		ctx, cancel := context.WithTimeoutCause(t.Context(), 10*time.Millisecond, late)
		defer cancel()
		go ask(ctx)
		c.Expect(`422["ask",1]`)
		if r := await(t, "the time-out", results); r.err != late {
			t.Errorf("EmitAck = %v, want the context's cause", r.err)
		}
		c.Send(`432["after the time-out"]`)

		go ask(t.Context())
		c.Expect(`423["ask",1]`)
		c.Send("41")
		if r := await(t, "the end", results); r.err != socketio.ErrGone {
			t.Errorf("EmitAck = %v, want ErrGone", r.err)
		}
		if _, err := s.EmitAck(t.Context(), "ask"); err != socketio.ErrGone {
			t.Errorf("EmitAck = %v for a socket that is gone", err)
		}
	})
}

// An answer to who has gone is an error for the handler, and harms nobody.
func TestAckAfterTheClientIsGone(t *testing.T) {
	server, url := start(t, socketio.Options{})
	acks := make(chan socketio.Ack, 1)
	gone := make(chan string, 1)
	n := server.Of("/")
	n.OnEvent(func(s *socketio.Socket, e *socketio.EventPacket) { acks <- e.Ack })
	n.OnDisconnect(func(s *socketio.Socket, reason string) { gone <- reason })
	c := wire.WebSocket(t, url)
	join(c)
	c.Send(`421["x"]`)
	ack := await(t, "the event", acks)
	c.Close()
	await(t, "the end", gone)
	if err := ack.Send([]byte("1")); err != socketio.ErrGone {
		t.Errorf("Send = %v, want ErrGone", err)
	}
	if err := (socketio.Ack{}).Send(); err != nil || (socketio.Ack{}).Wanted() {
		t.Errorf("an event that wants no answer: %v", err)
	}
}

// A handler that blocks holds up its own client only, and its context ends
// with the session.
func TestHandlerBlocks(t *testing.T) {
	overEach(t, func(t *testing.T, open func(testing.TB, string, ...string) *wire.Client) {
		server, url := start(t, socketio.Options{})
		began, woke := make(chan *socketio.Socket, 1), make(chan error, 1)
		server.Of("/").OnEvent(func(s *socketio.Socket, e *socketio.EventPacket) {
			if e.Name == "block" {
				began <- s
				s.Session().Flush()
				<-s.Context().Done()
				woke <- context.Cause(s.Context())
				return
			}
			e.Ack.Send()
		})
		c, other := open(t, url), wire.WebSocket(t, url)
		join(c)
		join(other)
		sent := make(chan struct{})
		go func() { // a POST is answered when its handlers have returned
			defer close(sent)
			c.Send(`42["block"]`)
		}()
		s := await(t, "the handler", began)
		other.Send(`421["x"]`)
		other.Expect(`431[]`)
		s.Emit("meanwhile")
		c.Expect(`42["meanwhile"]`)
		s.Disconnect(true)
		c.Expect("41")
		if err := await(t, "the end of the wait", woke); err == nil {
			t.Error("a context that ended has no cause")
		}
		await(t, "the POST", sent)
	})
}

func TestVolatile(t *testing.T) {
	server, url := start(t, socketio.Options{})
	sockets := make(chan *socketio.Socket, 1)
	server.Of("/").OnConnected(func(s *socketio.Socket) { sockets <- s })
	c := wire.WebSocket(t, url)
	join(c)
	s := await(t, "the socket", sockets)
	s.EmitVolatile("tick", []byte("1"))
	c.Expect(`42["tick",1]`)
	s.Disconnect(false)
	if err := s.EmitVolatile("tick"); err != socketio.ErrGone {
		t.Errorf("EmitVolatile = %v", err)
	}
}
