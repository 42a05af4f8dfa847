// Command websocket echoes text and binary messages at "/", for a WebSocket test
// suite to run against.
//
//	go run ./testdata/conformance/websocket -addr 127.0.0.1:9001 -deflate
package main

import (
	"errors"
	"flag"
	"log"
	"net/http"
	"time"

	"github.com/sockethub/sockethub/engineio/websocket"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:9001", "address to listen on")
	deflate := flag.Bool("deflate", false, "accept permessage-deflate")
	flag.Parse()
	opts := &websocket.Options{MaxMessage: 64 << 20, MaxBuffered: 128 << 20, Deflate: *deflate}
	server := &http.Server{
		Addr:              *addr,
		ReadHeaderTimeout: 10 * time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn, err := websocket.Upgrade(w, r, opts)
			var refused *websocket.HandshakeError
			switch {
			case errors.As(err, &refused):
				http.Error(w, refused.Reason, refused.Status)
			case err != nil:
				log.Print(err)
			default:
				go echo(conn)
			}
		}),
	}
	log.Fatal(server.ListenAndServe())
}

// echo sends each message back until the connection ends.
func echo(conn *websocket.Conn) {
	for {
		opcode, data, err := conn.Next()
		if err != nil {
			return
		}
		conn.Write(websocket.Frame{Opcode: opcode, Data: data})
	}
}
