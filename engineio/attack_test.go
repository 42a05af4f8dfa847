package engineio_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sockethub/sockethub/engineio"
)

// What has broken servers of these protocols. Each test names the place; the
// WebSocket's own are in package websocket, the packets' in socketio.

// loopback serves echoing sessions until the test ends.
func loopback(t testing.TB, opts engineio.Options) (*network, *engineio.Server) {
	t.Helper()
	if opts.Open == nil {
		opts.Open = openEcho
	}
	engine, err := engineio.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	n := onLoopback(t, &http.Server{Handler: engine, ReadHeaderTimeout: patience})
	t.Cleanup(func() {
		n.client.CloseIdleConnections()
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // sessions are cut off
		engine.Close(ctx)
	})
	return n, engine
}

// nats 0f2ddacec, 6ffaacdc6, b6bd2039a: what an Origin must not be taken for.
func TestOrigin(t *testing.T) {
	n, _ := loopback(t, engineio.Options{CORS: engineio.CORS{
		Origins: []string{"https://app.example.com", "https://app.example.com:8443", "https://xn--bcher-kva.example"}, Credentials: true,
	}})
	open, _ := n.open(pollingPath, nil)
	open.conn.Close()
	for _, tt := range []struct {
		origin  string
		allowed bool
	}{
		{"https://app.example.com", true},
		{"https://app.example.com:8443", true},
		{"https://xn--bcher-kva.example", true},
		{"http://app.example.com", false},
		{"https://app.example.com:443", false},
		{"https://App.example.com", false},
		{"https://app.example.com/", false},
		{"https://app.example.com.", false},
		{"https://app.example.com.evil.example", false},
		{"https://evil.example/https://app.example.com", false},
		{"https://app.example.com@evil.example", false},
		{"https://user@app.example.com", false},
		{"https://bücher.example", false},
		{"https://example.com", false},
		{"http://test", false}, // the server's own name, as a page would say whose name was pointed here
		{"null", false},
		{"*", false},
	} {
		want := 403
		if tt.allowed {
			want = 101
		}
		polling := n.openPolling()
		for _, path := range []string{webSocketPath, strings.Replace(polling, "polling", "websocket", 1)} {
			w, got := n.open(path, func(h http.Header) { h.Set("Origin", tt.origin) })
			if got.status != want || want == 403 && got.body != `{"code":4,"message":"Forbidden"}` {
				t.Errorf("websocket from %s: got %v, want %d", tt.origin, got, want)
			}
			if w != nil {
				w.conn.Close()
			}
		}
		got := n.mustDo("GET", pollingPath, "", func(r *http.Request) { r.Header.Set("Origin", tt.origin) })
		allowed, credentials := got.header.Get("Access-Control-Allow-Origin"), got.header.Get("Access-Control-Allow-Credentials")
		if got.status != 200 || got.header.Get("Vary") != "Origin" || tt.allowed != (allowed == tt.origin && credentials == "true") || !tt.allowed && allowed+credentials != "" {
			t.Errorf("polling from %s: got %d, %v", tt.origin, got.status, got.header)
		}
	}
	w, got := n.open(webSocketPath, nil)
	if w == nil {
		t.Fatalf("without Origin, as from a program: got %v", got)
	}
	w.conn.Close()
	if w, got := n.open(webSocketPath, func(h http.Header) { h["Origin"] = []string{"https://app.example.com", "https://evil.example"} }); w != nil {
		t.Errorf("two Origins: got %v", got)
	}
	if w, got := n.open(webSocketPath, func(h http.Header) { h["Origin"] = []string{""} }); w != nil {
		t.Errorf("an empty Origin: got %v", got)
	}
}

func TestPreflight(t *testing.T) {
	n, engine := loopback(t, engineio.Options{})
	ask := func(r *http.Request) {
		r.Header.Set("Origin", "https://app.example.com")
		r.Header.Set("Access-Control-Request-Headers", "x-token")
	}
	got := n.mustDo("OPTIONS", pollingPath, "", ask)
	if got.status != 204 || got.header.Get("Access-Control-Allow-Origin") != "*" || got.header.Get("Access-Control-Allow-Headers") != "x-token" {
		t.Errorf("got %d %v", got.status, got.header)
	}
	engine.SetCORS(engineio.CORS{Origins: []string{"https://app.example.com"}, Credentials: true})
	got = n.mustDo("OPTIONS", pollingPath, "", ask)
	if vary := got.header.Values("Vary"); got.header.Get("Access-Control-Allow-Credentials") != "true" || len(vary) != 2 {
		t.Errorf("got %d %v", got.status, got.header)
	}
	engine.SetCORS(engineio.CORS{Origins: []string{"https://other.example.com"}, Credentials: true})
	got = n.mustDo("OPTIONS", pollingPath, "", ask)
	if got.status != 204 || got.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("got %d %v", got.status, got.header)
	}
}

// nats fcc826057, c7b68763f, dc6827ade: an upgrade that fails, in each way, on
// each path; headers that are there and empty.
func TestFailingUpgrades(t *testing.T) {
	n, engine := loopback(t, engineio.Options{})
	live := n.openPolling()
	for _, path := range []string{"/", "/engine.io/", pollingPath, webSocketPath, live, strings.Replace(live, "polling", "websocket", 1), webSocketPath + "&sid=nobody", "/?transport=websocket", "/?EIO=3&transport=websocket"} {
		for _, name := range []string{"Upgrade", "Connection", "Sec-Websocket-Key", "Sec-Websocket-Version", "X-Forwarded-For", "Sec-Websocket-Protocol", "Sec-Websocket-Extensions"} {
			if path == live && (name == "Upgrade" || name == "Connection") {
				continue // that is a poll
			}
			for _, values := range [][]string{nil, {""}, {"nonsense"}, {"a", "b"}} {
				w, got := n.open(path, func(h http.Header) { h[name] = values })
				switch {
				case w != nil:
					w.conn.Close()
				case got.status < 200 || got.status >= 500 || got.status == 101:
					t.Errorf("%s with %s %q: got %v", path, name, values, got)
				}
			}
		}
	}
	n.expectBody("ok", n.post(live, "4still here"))
	if engine.Len() == 0 {
		t.Error("the session is gone")
	}
}

// ws CVE-2024-37890 and CVE-2021-32640: many headers; a subprotocol of spaces.
func TestManyHeaders(t *testing.T) {
	n, _ := loopback(t, engineio.Options{})
	w, got := n.open(webSocketPath, func(h http.Header) {
		for i := range 2000 {
			h.Set(fmt.Sprint("X-Header-", i), "1")
		}
	})
	if w == nil {
		t.Fatalf("2,000 headers: got %v", got)
	}
	w.conn.Close()
	for _, protocol := range []string{strings.Repeat(" ", 16<<10) + "x", strings.Repeat(" ,", 8<<10), strings.Repeat("x", 16<<10), "chat\x7f", `"chat"`} {
		w, got := n.open(webSocketPath, func(h http.Header) { h.Set("Sec-Websocket-Protocol", protocol) })
		if w == nil {
			continue // net/http's own verdict
		}
		if chosen := got.header.Get("Sec-Websocket-Protocol"); chosen != "" && chosen != strings.TrimSpace(protocol) {
			t.Errorf("%.20q: got %q", protocol, chosen)
		}
		w.conn.Close()
	}
}

// engine.io CVE-2020-36048: a body without end is cut while it is read.
func TestEndlessPost(t *testing.T) {
	n, _ := loopback(t, engineio.Options{MaxPayload: 100_000})
	path := n.openPolling()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := n.do(t.Context(), "POST", path, io.LimitReader(zeros{}, 1<<30), nil)
	runtime.ReadMemStats(&after)
	if err == nil && got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("got %v", got) // an error: the server hung up first
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 4<<20 {
		t.Errorf("it took %d bytes", took)
	}
	n.expectBody("ok", n.post(path, "4still here"))
	n.expectBody("4still here", n.get(path))
	n.expectStatus(http.StatusRequestEntityTooLarge, n.post(path, strings.Repeat("4", 100_001)))
	n.expectBody("ok", n.post(path, "4"+strings.Repeat("x", 99_999)))
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// engine.io 6.6.7: the request of an unknown content type was never answered.
func TestUnknownContentType(t *testing.T) {
	n, _ := loopback(t, engineio.Options{})
	path := n.openPolling()
	n.expectStatus(400, n.mustDo("POST", path, "4x", func(r *http.Request) { r.Header.Set("Content-Type", "application/octet-stream") }))
	n.expectStatus(400, n.get(path))
}

// engine.io CVE-2022-41940: a connection that is reset while it upgrades.
func TestResetDuringUpgrade(t *testing.T) {
	n, engine := loopback(t, engineio.Options{})
	path := n.openPolling()
	probe := strings.Replace(path, "polling", "websocket", 1)
	reset := func(conn net.Conn) {
		conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
	}
	for i := range 30 {
		conn, err := n.dial()
		if err != nil {
			t.Fatal(err)
		}
		request := handshake(probe, nil)
		conn.Write(request[:len(request)*i/29])
		reset(conn)
	}
	for _, steps := range [][]string{nil, {"2probe"}, {"2probe", "2probe"}, {"2"}, {""}} {
		await(t, "the last probe to be given up", func() bool {
			w := n.mustOpen(probe)
			for _, s := range steps {
				w.send(s)
			}
			if len(steps) == 0 || steps[0] != "2probe" {
				reset(w.conn)
				return true
			}
			f, _ := w.next()
			reset(w.conn)
			return f == text("3probe")
		})
	}
	n.expectBody("ok", n.post(path, "4still here"))
	await(t, "the message", func() bool { return strings.Contains(n.get(path).body, "4still here") })
	if engine.Len() != 1 {
		t.Errorf("%d sessions", engine.Len())
	}
}

// await waits for what other goroutines do.
func await(t testing.TB, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// engine.io CVE-2023-31125: names that mean something to JavaScript; a session's
// id where it does not belong; a query without end (net/url CVE-2025-61726).
func TestHostileQueries(t *testing.T) {
	n, engine := loopback(t, engineio.Options{})
	live := n.openPolling()
	id := live[strings.LastIndexByte(live, '=')+1:]
	for query, status := range map[string]int{
		"EIO=4&transport=constructor":                             400,
		"EIO=4&transport=__proto__":                               400,
		"EIO=4&transport=hasOwnProperty":                          400,
		"EIO=4&transport=polling&sid=constructor":                 400,
		"EIO=4&transport=polling&sid=" + id + "&sid=" + id:        400,
		"EIO=4&transport=polling&sid=" + id + "%00":               400,
		"EIO=4&transport=polling&sid=" + id[:19]:                  400,
		"EIO=4&transport=websocket&sid=" + id:                     400,
		"EIO=4&transport=polling&transport=polling":               400,
		"EIO=4&EIO=3&transport=polling":                           400,
		"EIO=4&transport=polling&%zz":                             200,
		"EIO=4&transport=polling;EIO=4":                           400,
		"EIO=4&transport=polling&" + strings.Repeat("a&", 5000):   200,
		"EIO=4&transport=polling&" + strings.Repeat("a&", 10_000): 400, // more than net/url takes
	} {
		if got := n.get("/engine.io/?" + query); got.status != status {
			t.Errorf("%.60s: got %v, want %d", query, got, status)
		}
	}
	n.expectBody("ok", n.post(live, "4still here"))
	if engine.Len() == 0 {
		t.Error("the session is gone")
	}
}

// Zero-length parts of a payload, base64 that is none, more packets than anybody
// sends.
func TestHostilePayloads(t *testing.T) {
	n, engine := loopback(t, engineio.Options{})
	for _, body := range []string{"", "\x1e", "4a\x1e", "\x1e\x1e\x1e", "b!!", "bA", "b=", "x", "4a\x1e7", strings.Repeat("6\x1e", 20_000), strings.Repeat("\x1e", 200_000)} {
		path := n.openPolling()
		n.post(path, body)
		if got := n.get(path); got.status != 400 || got.body != `{"code":1,"message":"Session ID unknown"}` {
			t.Errorf("after %.20q: got %v", body, got)
		}
	}
	await(t, "the sessions to end", func() bool { return engine.Len() == 0 })
}

// LXD CVE-2025-54289: a session's id is all that is needed to speak for it.
func TestSessionIDs(t *testing.T) {
	inBubble(t, engineio.Options{}, func(t *testing.T, b *bench) {
		seen := make(map[string]bool)
		for range 200 {
			path := b.openPolling()
			id := path[strings.LastIndexByte(path, '=')+1:]
			if len(id) != 20 || seen[id] {
				t.Fatalf("id %q", id)
			}
			seen[id] = true
			<-b.opened
			switch len(seen) % 4 {
			case 0:
				b.post(path, "x")
			case 1:
				b.get(path[:len(path)-1])
			case 2:
				w := b.mustOpen(strings.Replace(path, "polling", "websocket", 1))
				w.send("nonsense")
				w.expectCloseFrame(1005)
				w.conn.Close()
			}
		}
		// Random to the last character: each place has many values.
		for i := range 20 {
			values := make(map[byte]bool)
			for id := range seen {
				values[id[i]] = true
			}
			if len(values) < 32 {
				t.Errorf("character %d has %d values in %d ids", i, len(values), len(seen))
			}
		}
		for id := range seen {
			if strings.Contains(b.log.String(), id) {
				t.Fatalf("the log holds the id %s:\n%s", id, b.log.String())
			}
		}
	})
}

// A close packet in the middle of an upgrade ends both ways.
func TestCloseDuringUpgrade(t *testing.T) {
	inBubble(t, engineio.Options{}, func(t *testing.T, b *bench) {
		path := b.openPolling()
		poll := b.background("GET", path, "")
		w := b.mustOpen(strings.Replace(path, "polling", "websocket", 1))
		w.send("2probe")
		w.expect(text("3probe"))
		b.expectBody("6", <-poll)
		b.expectBody("ok", b.post(path, "1"))
		w.send("5")
		w.expectClose(1005)
		(<-b.opened).ended(t, engineio.TransportClose)
		b.expectStatus(400, b.get(path))
	})
}

// socketioxide #731: an upgrade that is begun and never finished.
func TestUpgradeThatStops(t *testing.T) {
	inBubble(t, engineio.Options{UpgradeTimeout: 3 * time.Second}, func(t *testing.T, b *bench) {
		path := b.openPolling()
		for _, steps := range [][]string{nil, {"2probe"}} {
			w := b.mustOpen(strings.Replace(path, "polling", "websocket", 1))
			start := time.Now()
			for _, s := range steps {
				w.send(s)
				w.expect(text("3probe"))
			}
			w.expectCloseFrame(1005)
			if took := time.Since(start); took != 3*time.Second {
				t.Errorf("after %q it was closed after %v", steps, took)
			}
			w.sendFrame(8, "")
			if f, ok := w.next(); ok {
				t.Errorf("got %v", f)
			}
			w.conn.Close()
			synctest.Wait()
		}
		b.expectBody("ok", b.post(path, "4x"))
		w := b.upgrade(path)
		synctest.Wait()
		(<-b.opened).session.Send([]byte("hello"), false)
		w.expect(text("4hello"))
		w.conn.Close()
	})
}

// An upgrade that comes to its end only after its time is none: the POST before
// it was taken too slowly.
func TestUpgradeThatIsTooLate(t *testing.T) {
	taking, release := make(chan struct{}), make(chan struct{})
	n, _ := loopback(t, engineio.Options{UpgradeTimeout: 100 * time.Millisecond, Open: func(s *engineio.Session) engineio.Receiver {
		return &recorder{session: s, closed: make(chan string, 1), on: func(s *engineio.Session, data string) {
			if data == "wait" {
				close(taking)
				<-release
			}
			s.Send([]byte(data), false)
		}}
	}})
	path := n.openPolling()
	posted := n.background("POST", path, "4wait")
	<-taking
	w := n.mustOpen(webSocketOf(path))
	w.send("5")
	w.expectCloseFrame(1005)
	w.conn.Close()
	close(release)
	n.expectBody("ok", <-posted)
	n.expectBody("4wait", n.get(path))
	n.expectBody("ok", n.post(path, "4still here"))
	n.expectBody("4still here", n.get(path))
}

// Headers, and bodies, that come a byte at a time.
func TestSlowRequests(t *testing.T) {
	trickle := func(conn net.Conn, b string) {
		for i := range len(b) {
			if _, err := conn.Write([]byte{b[i]}); err != nil {
				return
			}
			time.Sleep(time.Second)
		}
	}
	inBubble(t, engineio.Options{}, func(t *testing.T, b *bench) {
		path := b.openPolling()
		r := <-b.opened
		for _, tt := range []struct {
			name, at, slow string
			within         time.Duration
			answer         string
		}{
			{"headers", "", "GET " + path + " HTTP/1.1\r\nHost: test\r\n\r\n", 5 * time.Second, ""},
			{"a body for nobody", "POST " + path[:len(path)-1] + " HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\n", repeated("4", 100), 20 * time.Second, "400"},
			{"a body", "POST " + path + " HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\n", repeated("4", 100), 20 * time.Second, "408"},
		} {
			conn, err := b.dial()
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			sent := make(chan struct{})
			go func() {
				defer close(sent)
				io.WriteString(conn, tt.at)
				trickle(conn, tt.slow)
			}()
			answer, err := io.ReadAll(conn)
			if took := time.Since(start); took > tt.within+time.Second || err != nil || !strings.Contains(string(answer), tt.answer) {
				t.Errorf("%s: got %q, %v after %v", tt.name, answer, err, took)
			}
			conn.Close()
			<-sent
			if tt.name != "a body" {
				b.expectBody("ok", b.post(path, "3"))
			}
		}
		r.ended(t, engineio.TransportError)
	})
}

func repeated(s string, n int) string { return strings.Repeat(s, n) }

// A client that is there and says nothing, and one that does not even read.
func TestHalfOpen(t *testing.T) {
	inBubble(t, engineio.Options{}, func(t *testing.T, b *bench) {
		w := b.openWebSocket()
		start := time.Now()
		(<-b.opened).ended(t, engineio.PingTimeout)
		if took := time.Since(start); took != 45*time.Second {
			t.Errorf("it ended after %v", took)
		}
		time.Sleep(10 * time.Second) // for an answer to the close frame
		synctest.Wait()
		if n := b.engine.Len(); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
		w.conn.Close()

		conn, err := b.dial()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		go conn.Write(handshake(webSocketPath, nil))
		if _, err := http.ReadResponse(bufio.NewReader(io.LimitReader(conn, 250)), nil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := b.engine.Len(); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
	})
}

// The limit of a message holds from the first byte on.
func TestWebSocketMessageTooBig(t *testing.T) {
	inBubble(t, engineio.Options{MaxPayload: 1000}, func(t *testing.T, b *bench) {
		w := b.openWebSocket()
		w.send("4" + repeated("x", 999))
		go w.send("4" + repeated("x", 1000))
		w.expectClose(1009)
		r := <-b.opened
		r.ended(t, engineio.TransportClose)
		if len(r.data) != 1 {
			t.Errorf("%d messages", len(r.data))
		}
	})
}

// Whatever the query, the answer is one of the protocol's.
func FuzzQuery(f *testing.F) {
	engine, err := engineio.New(engineio.Options{Open: openEcho, PingInterval: time.Hour})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"EIO=4&transport=polling", "EIO=4&transport=websocket", "transport=constructor", "EIO=4&transport=polling&j=0&sid=", "EIO=4;transport=polling", "%zz=&&==", "EIO=4&transport=polling&j=%22"} {
		f.Add(seed, "GET", "")
		f.Add(seed, "POST", "4hello")
	}
	f.Fuzz(func(t *testing.T, query, method, body string) {
		r := httptest.NewRequest("GET", "/", strings.NewReader(body))
		r.URL.RawQuery, r.Method = query, method
		w := httptest.NewRecorder()
		engine.ServeHTTP(w, r)
		answer := w.Body.String()
		switch {
		case w.Code == 200 && strings.Contains(answer, `"sid`) || w.Code == 200 && strings.HasPrefix(answer, "___eio["):
		case w.Code == 204 && method == "OPTIONS":
		case w.Code == 400 && bytes.HasPrefix(w.Body.Bytes(), []byte(`{"code":`)):
		default:
			t.Errorf("%s ?%s: %d %q", method, query, w.Code, answer)
		}
	})
}
