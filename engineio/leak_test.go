package engineio_test

import (
	"context"
	"net"
	"net/http"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sockethub/sockethub/engineio"
)

// counted is a Receiver that echoes, obeys, and is counted.
type counted struct {
	session *engineio.Session
	closed  *atomic.Int64
}

func (c counted) Message(data []byte, binary bool) {
	switch string(data) {
	case "close":
		c.session.Close(engineio.ForcedClose)
	case "panic":
		panic("as asked")
	default:
		c.session.Send(data, binary)
	}
}

func (c counted) Closed(engineio.Reason, error) { c.closed.Add(1) }

// googollee #46, #170, #442 and others: connections are opened, upgraded and
// closed in every way there is, many at once. Nothing of them stays.
func TestNothingStays(t *testing.T) {
	ways := []struct {
		name string
		do   func(n *network)
	}{
		{"websocket, close frame", func(n *network) {
			w := n.openWebSocket()
			w.send("4x")
			w.expect(text("4x"))
			w.sendFrame(8, "")
			w.expectClose(1005)
		}},
		{"websocket, hung up", func(n *network) { n.openWebSocket().conn.Close() }},
		{"websocket, reset", func(n *network) { reset(n.openWebSocket()) }},
		{"websocket, close packet", func(n *network) { w := n.openWebSocket(); w.send("1"); w.expectClose(1005) }},
		{"websocket, closed by the server", func(n *network) { w := n.openWebSocket(); w.send("4close"); w.expectClose(1005) }},
		{"websocket, closed by the server and not answered", func(n *network) {
			w := n.openWebSocket()
			w.send("4close")
			w.expectCloseFrame(1005)
			w.conn.Close()
		}},
		{"websocket, no packet", func(n *network) { w := n.openWebSocket(); w.send("nonsense"); w.expectClose(1005) }},
		{"websocket, no frame", func(n *network) { w := n.openWebSocket(); w.sendFrame(3, ""); w.expectClose(1002) }},
		{"websocket, half a frame", func(n *network) { w := n.openWebSocket(); w.conn.Write([]byte{0x81}); w.conn.Close() }},
		{"websocket, too long", func(n *network) { w := n.openWebSocket(); w.send(strings.Repeat("4", 5000)); w.expectClose(1009) }},
		{"websocket, a panic", func(n *network) { w := n.openWebSocket(); w.send("4panic"); w.expectClose(1005) }},
		{"websocket, without a pong", func(n *network) { w := n.openWebSocket(); w.expectClose(1005) }},
		{"polling, close packet", func(n *network) { n.post(n.openPolling(), "1") }},
		{"polling, closed by the server", func(n *network) { path := n.openPolling(); n.post(path, "4close"); n.get(path) }},
		{"polling, no packet", func(n *network) { n.post(n.openPolling(), "nonsense") }},
		{"polling, a panic", func(n *network) { n.post(n.openPolling(), "4panic") }},
		{"polling, never again", func(n *network) { n.openPolling() }},
		{"polling, a poll hung up", func(n *network) {
			path := n.openPolling()
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
			defer cancel()
			n.do(ctx, "GET", path, nil, nil)
		}},
		{"polling, two polls", func(n *network) {
			path := n.openPolling()
			other := n.background("GET", path, "")
			n.get(path)
			<-other
		}},
		{"upgraded, close frame", func(n *network) {
			w := n.upgradeQuickly(n.openPolling())
			w.send("4x")
			w.expect(text("4x"))
			w.sendFrame(8, "")
			w.expectClose(1005)
		}},
		{"upgraded, reset", func(n *network) { reset(n.upgradeQuickly(n.openPolling())) }},
		{"upgrading, reset after the probe", func(n *network) {
			w := n.mustOpen(webSocketOf(n.openPolling()))
			w.send("2probe")
			reset(w)
		}},
		{"upgrading, closed meanwhile", func(n *network) {
			path := n.openPolling()
			w := n.mustOpen(webSocketOf(path))
			w.send("2probe")
			n.post(path, "1")
			w.conn.Close()
		}},
		{"upgrading, never finished", func(n *network) { w := n.mustOpen(webSocketOf(n.openPolling())); w.expectClose(1005) }},
		{"handshake, hung up", func(n *network) {
			if conn, err := n.dial(); err == nil {
				conn.Write(handshake(webSocketPath, nil))
				conn.Close()
			}
		}},
	}
	const total, workers = 10_000, 250
	var opened, closed atomic.Int64
	server, err := engineio.New(engineio.Options{
		PingInterval: 2 * time.Second, PingTimeout: 3 * time.Second, UpgradeTimeout: 3 * time.Second, MaxPayload: 1000,
		Open: func(s *engineio.Session) engineio.Receiver { opened.Add(1); return counted{s, &closed} },
	})
	if err != nil {
		t.Fatal(err)
	}
	n := onLoopback(t, &http.Server{Handler: server, ReadHeaderTimeout: patience})

	// Goroutines and memory that come once and stay, of net/http and the tests.
	for _, way := range ways {
		way.do(n)
	}
	n.client.CloseIdleConnections()
	await(t, "the first sessions to end", func() bool { return server.Len() == 0 && opened.Load() == closed.Load() })
	goroutines, heap := quiet(n)

	defer func() {
		if t.Failed() {
			pprof.Lookup("goroutine").WriteTo(testWriter{t}, 1)
		}
	}()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := next.Add(1); i <= total && !t.Failed(); i = next.Add(1) {
				ways[int(i)%len(ways)].do(n)
			}
		})
	}
	wg.Wait()
	await(t, "the sessions to end", func() bool { return server.Len() == 0 })
	await(t, "the receivers to be told", func() bool { return opened.Load() == closed.Load() })
	await(t, "the goroutines to end", func() bool {
		n.client.CloseIdleConnections()
		return runtime.NumGoroutine() <= goroutines
	})
	if _, now := quiet(n); now > heap+4<<20 {
		t.Errorf("the heap grew from %d to %d bytes", heap, now)
	}
	t.Logf("%d sessions, %d goroutines at the end", opened.Load(), runtime.NumGoroutine())
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) { w.t.Log(string(b)); return len(b), nil }

func webSocketOf(path string) string { return strings.Replace(path, "polling", "websocket", 1) }

func reset(w *webSocket) {
	w.conn.(*net.TCPConn).SetLinger(0)
	w.conn.Close()
}

// upgradeQuickly moves a session that has no poll open.
func (n *network) upgradeQuickly(path string) *webSocket {
	n.t.Helper()
	w := n.mustOpen(webSocketOf(path))
	w.send("2probe")
	w.expect(text("3probe"))
	w.send("5")
	return w
}

// quiet returns the goroutines and the bytes of the heap once neither falls any
// more.
func quiet(n *network) (goroutines int, heap uint64) {
	goroutines, heap = 1<<30, 1<<62
	for range 20 {
		n.client.CloseIdleConnections()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		goroutines, heap = min(goroutines, runtime.NumGoroutine()), min(heap, m.HeapAlloc)
		time.Sleep(10 * time.Millisecond)
	}
	return goroutines, heap
}
