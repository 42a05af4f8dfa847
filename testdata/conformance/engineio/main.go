// Command engineio is the server that the public Engine.IO protocol test suite
// asks for: it echoes every message.
//
//	go run ./testdata/conformance/engineio -addr 127.0.0.1:3000
package main

import (
	"flag"
	"log"
	"net/http"
	"time"

	"github.com/sockethub/sockethub/engineio"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:3000", "address to listen on")
	flag.Parse()
	engine, err := engineio.New(engineio.Options{
		PingInterval: 300 * time.Millisecond,
		PingTimeout:  200 * time.Millisecond,
		MaxPayload:   1_000_000,
		Open:         func(s *engineio.Session) engineio.Receiver { return echo{s} },
	})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/engine.io/", engine)
	server := &http.Server{Addr: *addr, Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.ListenAndServe())
}

type echo struct{ session *engineio.Session }

func (e echo) Message(data []byte, binary bool) { e.session.Send(data, binary) }
func (e echo) Closed(engineio.Reason, error)    {}
