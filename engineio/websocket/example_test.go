package websocket_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/sockethub/sockethub/engineio/websocket"
)

// An echo server, and the bytes of RFC 6455, section 5.7, on its wire.
func ExampleUpgrade() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Upgrade(w, r, &websocket.Options{})
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		go func() { // the handler returns, so that net/http keeps nothing
			for {
				opcode, data, err := conn.Next()
				if err != nil {
					return
				}
				conn.Write(websocket.Frame{Opcode: opcode, Data: data})
			}
		}()
	}))
	defer server.Close()

	client, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		fmt.Println(err)
		return
	}
	io.WriteString(client, "GET / HTTP/1.1\r\nHost: example.net\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	io.WriteString(client, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58") // "Hello"
	io.WriteString(client, "\x88\x82\x37\xfa\x21\x3d\x34\x12")             // close, 1000
	answer, err := io.ReadAll(client)
	if err != nil {
		fmt.Println(err)
		return
	}
	response, frames, _ := strings.Cut(string(answer), "\r\n\r\n")
	fmt.Println(strings.ReplaceAll(response, "\r", ""))
	fmt.Printf("% x\n", frames)
	// Output:
	// HTTP/1.1 101 Switching Protocols
	// Upgrade: websocket
	// Connection: Upgrade
	// Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
	// 81 05 48 65 6c 6c 6f 88 02 03 e8
}
