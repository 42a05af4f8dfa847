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

// Connections are opened, upgraded and closed in every way there is, many at once.
// Nothing of them stays, as it did of servers before this one (googollee/go-socket.io
// 46, 170, 442). Who does what a client should meets a patient server, and is not
// cut off on a busy machine; who leaves something out meets a hasty one.
func TestNothingStays(t *testing.T) {
	type way struct {
		name string
		do   func(n *network)
	}
	patiently := []way{
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
		{"polling, close packet", func(n *network) { n.post(n.openPolling(), "1") }},
		{"polling, closed by the server", func(n *network) { path := n.openPolling(); n.post(path, "4close"); n.get(path) }},
		{"polling, no packet", func(n *network) { n.post(n.openPolling(), "nonsense") }},
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
			path := n.openPolling()
			w := n.mustOpen(webSocketOf(path))
			w.send("2probe")
			reset(w)
			n.post(path, "1")
		}},
		{"upgrading, closed meanwhile", func(n *network) {
			path := n.openPolling()
			w := n.mustOpen(webSocketOf(path))
			w.send("2probe")
			n.post(path, "1")
			w.conn.Close()
		}},
		{"handshake, hung up", func(n *network) {
			if conn, err := n.dial(); err == nil {
				conn.Write(handshake(webSocketPath, nil))
				conn.Close()
			}
		}},
	}
	hastily := []way{
		{"websocket, without a pong", func(n *network) { w := n.openWebSocket(); w.expectClose(1005) }},
		{"polling, never again", func(n *network) { n.openPolling() }},
		{"polling, a panic", func(n *network) { n.post(n.openPolling(), "4panic") }},
		{"polling, a poll hung up", func(n *network) {
			path := n.openPolling()
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
			defer cancel()
			n.do(ctx, "GET", path, nil, nil)
		}},
	}
	unfinished := []way{
		{"upgrading, never finished", func(n *network) {
			path := n.openPolling()
			w := n.mustOpen(webSocketOf(path))
			w.expectClose(1005)
			n.post(path, "1")
		}},
	}
	const total, workers = 5_000, 250
	var opened, closed atomic.Int64
	var servers []*engineio.Server
	var networks []*network
	var ways []func()
	serve := func(list []way, options engineio.Options) {
		options.MaxPayload = 1000
		options.Open = func(s *engineio.Session) engineio.Receiver { opened.Add(1); return counted{s, &closed} }
		server, err := engineio.New(options)
		if err != nil {
			t.Fatal(err)
		}
		n := onLoopback(t, &http.Server{Handler: server, ReadHeaderTimeout: patience})
		servers, networks = append(servers, server), append(networks, n)
		for _, w := range list {
			ways = append(ways, func() { w.do(n) })
		}
	}
	serve(patiently, engineio.Options{PingInterval: patience, PingTimeout: patience, UpgradeTimeout: patience})
	serve(hastily, engineio.Options{PingInterval: 2 * time.Second, PingTimeout: 3 * time.Second})
	serve(unfinished, engineio.Options{PingInterval: patience, PingTimeout: patience, UpgradeTimeout: 3 * time.Second})
	ended := func() bool {
		for _, server := range servers {
			if server.Len() > 0 {
				return false
			}
		}
		return opened.Load() == closed.Load()
	}

	// Goroutines and memory that come once and stay, of net/http and the tests.
	for _, do := range ways {
		do()
	}
	await(t, "the first sessions to end", ended)
	goroutines, heap := quiet(networks)

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
				ways[int(i)%len(ways)]()
			}
		})
	}
	wg.Wait()
	await(t, "the sessions to end, and their receivers to be told", ended)
	await(t, "the goroutines to end", func() bool {
		closeIdle(networks)
		return runtime.NumGoroutine() <= goroutines
	})
	if _, now := quiet(networks); now > heap+4<<20 {
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
func quiet(networks []*network) (goroutines int, heap uint64) {
	goroutines, heap = 1<<30, 1<<62
	for range 20 {
		closeIdle(networks)
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		goroutines, heap = min(goroutines, runtime.NumGoroutine()), min(heap, m.HeapAlloc)
		time.Sleep(10 * time.Millisecond)
	}
	return goroutines, heap
}

func closeIdle(networks []*network) {
	for _, n := range networks {
		n.client.CloseIdleConnections()
	}
}
