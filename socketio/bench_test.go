package socketio_test

import (
	"bufio"
	"fmt"
	"net"
	"sync"
	"testing"

	"github.com/sockethub/sockethub/socketio"
	"github.com/sockethub/sockethub/testdata/conformance/wire"
)

// connectRaw opens a WebSocket, joins, and returns it with its reader.
func connectRaw(b *testing.B, url string) (net.Conn, *bufio.Reader) {
	b.Helper()
	conn := wire.Dial(b, url+"?EIO=4&transport=websocket")
	b.Cleanup(func() { conn.Close() })
	in := bufio.NewReader(conn)
	wire.WriteFrame(conn, 1, []byte("40"))
	for range 2 {
		if _, _, err := wire.ReadFrame(in); err != nil {
			b.Fatal(err)
		}
	}
	return conn, in
}

// frames is a batch of events, as a client writes them.
func frames(n int, packet func(i int) string) []byte {
	var batch writer
	for i := range n {
		wire.WriteFrame(&batch, 1, []byte(packet(i)))
	}
	return batch.b
}

type writer struct{ b []byte }

func (w *writer) Write(b []byte) (int, error) {
	w.b = append(w.b, b...)
	return len(b), nil
}

// BenchmarkEvent is an event with its acknowledgement, sixteen in flight. The
// client writes and reads whole batches, and allocates nothing of note.
func BenchmarkEvent(b *testing.B) {
	for _, name := range []string{"/", "/chat"} {
		b.Run("namespace="+name, func(b *testing.B) {
			server, url := start(b, socketio.Options{})
			answer := []byte(`{"type":"echo","object":{"content":"hello"}}`)
			handler := func(s *socketio.Socket, e *socketio.EventPacket) { e.Ack.Send(answer) }
			server.Of("/").OnEvent(handler)
			server.Of(name).OnEvent(handler)
			conn, in := connectRaw(b, url)
			prefix := ""
			if name != "/" {
				prefix = name + ","
				wire.WriteFrame(conn, 1, []byte("40"+prefix))
				wire.ReadFrame(in)
			}
			const batch = 16
			out := frames(batch, func(i int) string {
				return fmt.Sprintf(`42%s%d["message",{"type":"echo","object":{"content":"hello"}}]`, prefix, 10+i)
			})
			answers := batch * (4 + len(fmt.Sprintf(`43%s10[%s]`, prefix, answer)) - 2) // each with a header of two bytes
			back := make([]byte, answers)
			b.ReportAllocs()
			for b.Loop() {
				conn.Write(out)
				for n := 0; n < len(back); {
					got, err := in.Read(back[n:])
					if err != nil {
						b.Fatal(err)
					}
					n += got
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/batch, "ns/event")
		})
	}
}

// BenchmarkBroadcast sends an event to many sockets, each of which reads it.
func BenchmarkBroadcast(b *testing.B) {
	for _, sockets := range []int{10, 100, 1000} {
		b.Run(fmt.Sprintf("sockets=%d", sockets), func(b *testing.B) {
			server, url := start(b, socketio.Options{})
			n := server.Of("/")
			frame := len(`42["news",{"content":"hello"}]`) + 2
			var reading sync.WaitGroup
			for range sockets {
				_, in := connectRaw(b, url)
				go func() {
					buf := make([]byte, 64<<10)
					for have := 0; ; {
						got, err := in.Read(buf)
						if err != nil {
							return
						}
						for have += got; have >= frame; have -= frame {
							reading.Done()
						}
					}
				}()
			}
			arg := []byte(`{"content":"hello"}`)
			b.ReportAllocs()
			for b.Loop() {
				reading.Add(sockets)
				n.To().Emit("news", arg)
				reading.Wait()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(sockets), "ns/socket")
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	in := []byte(`212["message",{"type":"echo","object":{"content":"hello"}}]`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := socketio.Decode(in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendPacket(b *testing.B) {
	p := socketio.Packet{Type: socketio.Event, Namespace: "/chat", HasID: true, ID: 12, Data: []byte(`["message",{"type":"echo"}]`)}
	buf := make([]byte, 0, 256)
	b.ReportAllocs()
	for b.Loop() {
		buf = socketio.AppendPacket(buf[:0], &p)
	}
}
