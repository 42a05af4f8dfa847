// Command socketio is the server that the public Socket.IO protocol test suite
// asks for: namespaces "/" and "/custom", `auth` on connection, `message`
// answered with `message-back`, `message-with-ack` acknowledged with its
// arguments.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/sockethub/sockethub/engineio"
	"github.com/sockethub/sockethub/socketio"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:3000", "address to listen on")
	recovery := flag.Duration("recovery", 0, "how long a lost client is waited for")
	pingTimeout := flag.Duration("ping-timeout", 200*time.Millisecond, "how long an answer to a ping is waited for")
	flag.Parse()
	server, err := newServer(*recovery, *pingTimeout)
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", listener.Addr())
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", server)
	log.Fatal(http.Serve(listener, mux))
}

func newServer(recovery, pingTimeout time.Duration) (*socketio.Server, error) {
	server, err := socketio.New(socketio.Options{
		ConnectTimeout: time.Second,
		Recovery:       socketio.Recovery{Max: recovery},
		Engine: engineio.Options{
			PingInterval: 300 * time.Millisecond,
			PingTimeout:  pingTimeout,
			MaxPayload:   1_000_000,
		},
	})
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"/", "/custom"} {
		n := server.Of(name)
		n.OnConnected(func(s *socketio.Socket) {
			auth := s.Auth()
			if len(auth) == 0 {
				auth = []byte("{}")
			}
			s.Emit("auth", auth)
		})
		n.OnEvent(func(s *socketio.Socket, e *socketio.EventPacket) {
			switch e.Name {
			case "message":
				s.EmitBinary("message-back", e.Attachments, e.Args...)
			case "message-with-ack":
				e.Ack.SendBinary(e.Attachments, e.Args...)
			}
		})
	}
	return server, nil
}
