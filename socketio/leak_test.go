package socketio_test

import (
	"fmt"
	"net/http"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sockethub/sockethub/socketio"
	"github.com/sockethub/sockethub/testdata/conformance/wire"
)

// Sockets are opened, joined, recovered and closed in every way there is; then
// goroutines and maps are where they were.
func TestLeaks(t *testing.T) {
	server, url := start(t, socketio.Options{
		Recovery: socketio.Recovery{
			Max:   50 * time.Millisecond,
			Wants: func(s *socketio.Socket) bool { return strings.Contains(string(s.Auth()), "id") },
		},
	})
	var in, out, connects, releases atomic.Int64
	handlers := func(n *socketio.Namespace) {
		n.OnConnect(func(s *socketio.Socket) error {
			s.Join("room")
			if strings.Contains(string(s.Auth()), "stranger") {
				return fmt.Errorf("no strangers")
			}
			connects.Add(1)
			return nil
		})
		n.OnConnected(func(s *socketio.Socket) {
			in.Add(1)
			s.Join(s.ID())
		})
		n.OnRecover(func(s *socketio.Socket) { in.Add(1) })
		n.OnDisconnect(func(s *socketio.Socket, reason string) { out.Add(1) })
		n.OnRelease(func(s *socketio.Socket) { releases.Add(1) })
		n.OnEvent(func(s *socketio.Socket, e *socketio.EventPacket) {
			switch e.Name {
			case "kick":
				s.Disconnect(false)
			case "kick all":
				s.Disconnect(true)
			case "panic":
				panic("asked to")
			case "ask":
				ctx := s.Context()
				go func() {
					s.EmitAck(ctx, "asked")
				}()
			}
			n.To("room").Emit("event", []byte(`"`+e.Name+`"`))
			e.Ack.Send()
		})
	}
	handlers(server.Of("/"))
	handlers(server.OfFunc(func(name string, auth []byte) bool { return strings.HasPrefix(name, "/room-") }))

	var numbers atomic.Int64
	pid := func(c *wire.Client) string {
		c.Send(`40{"id":1}`)
		for {
			if packet := c.Next(); strings.HasPrefix(packet, "40") {
				return packet[strings.Index(packet, `"pid":"`)+7 : len(packet)-2]
			}
		}
	}
	ways := map[string]func(c *wire.Client, again func() *wire.Client){
		"never connected":      func(c *wire.Client, again func() *wire.Client) {},
		"refused":              func(c *wire.Client, again func() *wire.Client) { c.Send(`40{"stranger":1}`, "40/nowhere") },
		"cut":                  func(c *wire.Client, again func() *wire.Client) { c.Send("40", `421["x"]`) },
		"left":                 func(c *wire.Client, again func() *wire.Client) { c.Send("40", "41") },
		"left and back":        func(c *wire.Client, again func() *wire.Client) { c.Send("40", "41", "40", `421["x"]`) },
		"in many namespaces":   func(c *wire.Client, again func() *wire.Client) { joinRooms(c, &numbers) },
		"closed":               func(c *wire.Client, again func() *wire.Client) { c.Send("40"); c.Try("1") },
		"kicked":               func(c *wire.Client, again func() *wire.Client) { c.Send("40", `42["kick"]`) },
		"thrown out":           func(c *wire.Client, again func() *wire.Client) { c.Try("40", `42["kick all"]`) },
		"broken":               func(c *wire.Client, again func() *wire.Client) { c.Try("40", "42{") },
		"panicked":             func(c *wire.Client, again func() *wire.Client) { c.Try("40", `42["panic"]`) },
		"waited for":           func(c *wire.Client, again func() *wire.Client) { c.Send("40", `42["ask"]`) },
		"cut in attachments":   func(c *wire.Client, again func() *wire.Client) { c.Send("40", `452-["x"]`, "bAQID") },
		"lost":                 func(c *wire.Client, again func() *wire.Client) { pid(c) },
		"lost, in recovery":    func(c *wire.Client, again func() *wire.Client) { p := pid(c); c.Close(); again().Send(comeBack(p, "")) },
		"taken over":           func(c *wire.Client, again func() *wire.Client) { p := pid(c); again().Send(comeBack(p, "")) },
		"taken over and left":  func(c *wire.Client, again func() *wire.Client) { p := pid(c); again().Send(comeBack(p, ""), "41") },
		"cut while taken over": func(c *wire.Client, again func() *wire.Client) { p := pid(c); again().Send(comeBack(p, "")); c.Close() },
	}
	round := func() {
		for name, way := range ways {
			var clients sync.WaitGroup
			for i := range 6 {
				clients.Go(func() {
					open := func() *wire.Client {
						if i%2 == 0 {
							return wire.WebSocket(t, url)
						}
						return wire.Polling(t, url)
					}
					var others []*wire.Client
					c := open()
					way(c, func() *wire.Client {
						others = append(others, open())
						return others[len(others)-1]
					})
					for _, other := range append(others, c) {
						if i%2 == 1 {
							other.Try("1") // else the server learns of it with the next heartbeat
						}
						other.Close()
					}
				})
			}
			clients.Wait()
			if t.Failed() {
				t.Fatalf("failed where clients are %s", name)
			}
		}
		http.DefaultClient.CloseIdleConnections()
	}
	settled := func() bool {
		r := server.Remains()
		r.Namespaces--
		return r == socketio.Remains{}
	}
	round()
	eventually(t, "the first clients are gone", settled)
	goroutines := runtime.NumGoroutine()
	for range 8 {
		round()
	}
	defer func() {
		if t.Failed() {
			var stacks strings.Builder
			pprof.Lookup("goroutine").WriteTo(&stacks, 1)
			t.Logf("%+v\n%s", server.Remains(), stacks.String())
		}
	}()
	eventually(t, "all clients are gone", settled)
	eventually(t, "the goroutines are gone", func() bool { return runtime.NumGoroutine() <= goroutines })
	if in.Load() != out.Load() || connects.Load() != releases.Load() || connects.Load() == 0 {
		t.Errorf("%d connections, %d ends; %d sockets, %d releases", in.Load(), out.Load(), connects.Load(), releases.Load())
	}
}

// joinRooms connects to namespaces that nobody else is in.
func joinRooms(c *wire.Client, numbers *atomic.Int64) {
	for range 5 {
		n := numbers.Add(1)
		c.Send(fmt.Sprintf("40/room-%d", n), fmt.Sprintf(`42/room-%d,["x"]`, n))
	}
}
