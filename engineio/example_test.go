package engineio_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/sockethub/sockethub/engineio"
)

// shout answers each message in capitals.
type shout struct{ session *engineio.Session }

func (s shout) Message(data []byte, binary bool) {
	s.session.Send([]byte(strings.ToUpper(string(data))), binary)
}
func (s shout) Closed(reason engineio.Reason, err error) {}

func newShouting() (*engineio.Server, error) {
	return engineio.New(engineio.Options{
		Open: func(s *engineio.Session) engineio.Receiver { return shout{s} },
	})
}

// The payloads of a session over HTTP: what a client sends, and what it reads.
func ExampleServer() {
	engine, err := newShouting()
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(engine)
	defer server.Close()

	path := server.URL + "/?EIO=4&transport=polling"
	open := body(http.Get(path))
	sid := open[len(`0{"sid":"`):][:20]
	fmt.Println(strings.Replace(open, sid, "…", 1))
	path += "&sid=" + sid
	fmt.Println(body(http.Post(path, "text/plain", strings.NewReader("4hello\x1e4world"))))
	fmt.Printf("%q\n", body(http.Get(path)))
	fmt.Println(body(http.Get(server.URL + "/?EIO=3&transport=polling")))
	// Output:
	// 0{"sid":"…","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":262144}
	// ok
	// "4HELLO\x1e4WORLD"
	// {"code":5,"message":"Unsupported protocol version"}
}

func body(r *http.Response, err error) string {
	if err != nil {
		return err.Error()
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// The same on a WebSocket, byte by byte: a frame for each packet.
func ExampleServer_webSocket() {
	engine, err := newShouting()
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(engine)
	defer server.Close()

	conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close()
	io.WriteString(conn, "GET /?EIO=4&transport=websocket HTTP/1.1\r\nHost: example.net\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	in := bufio.NewReader(conn)
	if _, err := http.ReadResponse(in, nil); err != nil {
		fmt.Println(err)
		return
	}
	show := func() {
		head := make([]byte, 2)
		io.ReadFull(in, head)
		payload := make([]byte, head[1])
		io.ReadFull(in, payload)
		fmt.Printf("% x  %.9s\n", head, payload)
	}
	show()
	io.WriteString(conn, "\x81\x86\x01\x02\x03\x04"+"\x35\x6a\x66\x68\x6d\x6d") // "4hello"
	show()
	io.WriteString(conn, "\x82\x83\x00\x00\x00\x00abc") // a binary message has no type
	show()
	// Output:
	// 81 6a  0{"sid":"
	// 81 06  4HELLO
	// 82 03  ABC
}
